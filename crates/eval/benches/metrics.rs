//! Measures all metrics of a million samples with ten classes: `cargo bench -p zunder-eval`.
//! `metrics_scikit_learn.py` in this folder measures the same in scikit-learn.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use zunder_eval::{
    Binning, BootstrapConfig, CalibrationCurve, ClassificationReport, ConfusionMatrix, EvalError,
    ReportConfig, ScoreIntervals, Scored, Wanted, mcnemar,
};
use zunder_random::Key;

const SAMPLES: usize = 1_000_000;
const CLASSES: usize = 10;
const RESAMPLED: usize = 10_000;

/// Labels, and the softmax of normal scores. The score of the true class is raised by 2.
fn samples() -> (Vec<u32>, Vec<f32>) {
    let mut rng = Key::new(1).rng();
    let labels: Vec<u32> = (0..SAMPLES).map(|_| rng.below(CLASSES) as u32).collect();
    let mut probabilities = Vec::with_capacity(SAMPLES * CLASSES);
    for &label in &labels {
        let e: Vec<f64> = (0..CLASSES)
            .map(|class| (rng.normal() + if class == label as usize { 2.0 } else { 0.0 }).exp())
            .collect();
        let sum: f64 = e.iter().sum();
        probabilities.extend(e.iter().map(|e| (e / sum) as f32));
    }
    (labels, probabilities)
}

fn metrics(c: &mut Criterion) -> Result<(), EvalError> {
    let (labels, probabilities) = samples();
    let scored = Scored::new(&probabilities, &labels, CLASSES)?;
    let predicted = scored.predicted();
    let other: Vec<u32> = predicted
        .iter()
        .enumerate()
        .map(|(i, &class)| if i % 50 == 0 { 0 } else { class })
        .collect();
    let positive: Vec<bool> = labels.iter().map(|&label| label == 1).collect();
    let of_one: Vec<f32> = probabilities.chunks_exact(CLASSES).map(|row| row[1]).collect();
    let matrix = ConfusionMatrix::from_labels(&labels, &predicted, CLASSES)?;
    let ranking = scored.ranking(1)?;

    let mut group = c.benchmark_group("million x 10");
    group.sample_size(10).warm_up_time(Duration::from_millis(500));
    // The whole: the report and everything that it does not include.
    group.bench_function("everything but the bootstraps", |b| {
        b.iter(|| {
            let report = ClassificationReport::new(
                &probabilities,
                &labels,
                CLASSES,
                &ReportConfig::default(),
            );
            let ranking = scored.ranking(1)?;
            let calibration = CalibrationCurve::new(&of_one, &positive, 15, Binning::Quantile)?;
            let test = mcnemar(&labels, &predicted, &other)?;
            black_box((
                report?,
                ranking.threshold_for(Wanted::Sensitivity(0.95))?,
                calibration,
                test,
            ));
            Ok::<(), EvalError>(())
        });
    });
    group.bench_function("check", |b| {
        b.iter(|| {
            Scored::new(&probabilities, &labels, CLASSES).map(|s| black_box(s).predicted().len())
        });
    });
    group.bench_function("confusion matrix", |b| {
        b.iter(|| ConfusionMatrix::from_labels(&labels, &predicted, CLASSES));
    });
    group.bench_function("scores of the confusion matrix", |b| {
        b.iter(|| {
            (
                matrix.per_class(),
                matrix.macro_average(),
                matrix.balanced_accuracy(),
                matrix.matthews(),
                matrix.cohen_kappa(),
            )
        });
    });
    group.bench_function("top-5", |b| b.iter(|| scored.top_k_accuracy(5)));
    group.bench_function("log loss", |b| b.iter(|| scored.log_loss()));
    group.bench_function("Brier score", |b| b.iter(|| scored.brier_score()));
    group.bench_function("calibration of the confidence", |b| {
        b.iter(|| scored.calibration_curve(15, Binning::Uniform));
    });
    group.bench_function("ranking of one class", |b| b.iter(|| scored.ranking(1)));
    group.bench_function("AUC and average precision of a ranking", |b| {
        b.iter(|| (ranking.auc(), ranking.average_precision()));
    });
    group.bench_function("micro ranking", |b| b.iter(|| scored.micro_ranking()));
    group.bench_function("one vs rest, all curves", |b| b.iter(|| scored.one_vs_rest(200)));
    group.bench_function("McNemar", |b| b.iter(|| mcnemar(&labels, &predicted, &other)));
    group.finish();

    let mut group = c.benchmark_group("ten thousand x 10");
    let few = Scored::new(&probabilities[..RESAMPLED * CLASSES], &labels[..RESAMPLED], CLASSES)?;
    group.sample_size(10).warm_up_time(Duration::from_millis(500));
    group.bench_function("bootstrap of 9 scores, 1000 resamples", |b| {
        b.iter(|| {
            ScoreIntervals::new(
                &few,
                &predicted[..RESAMPLED],
                &BootstrapConfig::default(),
                Key::new(2),
            )
        });
    });
    group.finish();
    Ok(())
}

fn all(c: &mut Criterion) {
    assert!(metrics(c).is_ok(), "the samples of this benchmark are valid");
}

criterion_group!(benches, all);
criterion_main!(benches);
