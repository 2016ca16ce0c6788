//! The experiment of ROC curves and thresholds.

use zunder::Trial;
use zunder_eval::{BinaryCounts, EvalError, Ranking, Wanted};
use zunder_report::{Drawing, Figure, Form, Plot, Scale, Series, Table, plot};

use super::{Results, Variants};
use crate::Findings;
use crate::claim::Unit;
use crate::experiment::Experiment;

/// A binary task at every threshold.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "roc",
    title: "ROC curves and thresholds",
    source: "Lecture 6a.1, \"Evaluierung von Klassifikatoren\", \"Evaluierung mittels \
        ROC-Kurven\".",
    question: "Two classes, a score, and a threshold that can be moved: what does a higher \
        sensitivity cost?",
    kind: &VARIANTS,
};

const VARIANTS: Variants = Variants {
    two_classes: true,
    base: &["data.limit=1500", "epochs=10"],
    settings: &[
        ("untrained", &["optimizer.lr=1e-9"]),
        ("linear", &["model=linear", "optimizer.lr=0.002"]),
        ("mlp", &[]),
    ],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

/// Sensitivities whose false positive rates are tabulated.
const WANTED: [f64; 5] = [0.5, 0.8, 0.9, 0.95, 0.99];

fn judge(results: &Results) -> Findings {
    let rate =
        |wanted: f64| move |trial: &Trial| false_positive_rate(trial, wanted).unwrap_or(f64::NAN);
    let auc = |trial: &Trial| ranking(trial).map_or(f64::NAN, |ranking| ranking.auc());
    let claims =
        vec![
        results.above("The area under the curve of a trained network is above that of an untrained \
            one.", Unit::Plain(3), "mlp", "untrained", 0.15, &auc),
        results.between(
            "A curve above the diagonal: 80 % of the positives are found before half as many of \
             the negatives are taken for positive.",
            Unit::Percent,
            "mlp",
            (0.0, 0.4),
            &rate(0.8),
        ),
        results.above(
            "A better curve buys the same sensitivity for less: at 90 %, the trained network \
             raises fewer false alarms than the untrained one.",
            Unit::Percent,
            "untrained",
            "mlp",
            0.2,
            &rate(0.9),
        ),
    ];
    let mut findings = results.findings(
        [
            "An untrained network knows nothing of the classes, and its curve stays near the \
             diagonal: an area of about 0.5.",
            "Each point of a curve is one threshold: a lower one finds more of the positives and \
             raises more false alarms, from (0, 0) to (1, 1).",
            "The accuracy is that of one threshold only; which one is right depends on what a miss \
             and a false alarm cost.",
        ],
        claims,
    );
    findings.figures.insert(0, curves(results));
    findings.tables.insert(0, thresholds(results));
    findings.tables.insert(0, cases(results));
    findings
        .tables
        .insert(0, results.table("Area under the ROC curve", &[("AUC", Unit::Plain(3), &auc)]));
    findings
}

/// Returns for each validation image the probability of the positive class (`data.positive`, or
/// else the second), and whether the image is of that class.
fn scores(trial: &Trial) -> Option<(Vec<f32>, Vec<bool>)> {
    let (answers, plan) = (trial.predictions.as_ref()?, &trial.plan);
    let positive = plan.classes.iter().position(|class| Some(class) == plan.positive.as_ref())?;
    let scores = answers
        .scores()
        .chunks_exact(answers.n_classes())
        .filter_map(|row| row.get(positive).copied())
        .collect();
    Some((scores, answers.labels().iter().map(|label| *label as usize == positive).collect()))
}

/// Returns the validation images sorted by that probability.
fn ranking(trial: &Trial) -> Result<Ranking, EvalError> {
    let (scores, positive) = scores(trial).ok_or(EvalError::Empty)?;
    Ranking::new(&scores, &positive)
}

fn false_positive_rate(trial: &Trial, sensitivity: f64) -> Result<f64, EvalError> {
    let counts = ranking(trial)?.threshold_for(Wanted::Sensitivity(sensitivity))?.counts;
    Ok(counts.false_positive_rate().unwrap_or(f64::NAN)) // a ranking always has a negative
}

fn curves(results: &Results) -> Figure {
    let line = |(name, trial): (&String, &Trial)| {
        let curve = ranking(trial).ok()?.roc_curve().thinned(300);
        let points = curve.false_positive_rate.into_iter().zip(curve.true_positive_rate).collect();
        Some(Series { form: Form::Line, ..Series::line(name, points) })
    };
    let first = results
        .variants
        .iter()
        .filter_map(|variant| Some((&variant.name, variant.trials.first()?)));
    let mut series: Vec<Series> = first.filter_map(line).collect();
    series.push(Series::line("", vec![(0.0, 0.0), (1.0, 1.0)]));
    let chart = Plot {
        x_name: "false positive rate".to_owned(),
        x: Scale::Shares,
        y_name: "true positive rate (sensitivity)".to_owned(),
        y: Scale::Shares,
        series,
        ..Plot::default()
    };
    Figure {
        name: "roc".to_owned(),
        caption: "The ROC curves of seed 1 on the validation images. The faint diagonal is what \
            random scores make."
            .to_owned(),
        drawing: Drawing::Svg(plot(&[chart])),
    }
}

/// Returns the four outcome counts at the threshold 0.5 and the rates derived from them, for seed
/// 1.
fn cases(results: &Results) -> Table {
    let row = |(name, trial): (&str, &Trial)| {
        let (scores, positive) = scores(trial)?;
        let counts = BinaryCounts::from_threshold(&scores, &positive, 0.5).ok()?;
        let cells = [
            counts.true_positives,
            counts.false_negatives,
            counts.false_positives,
            counts.true_negatives,
        ]
        .map(|n| n.to_string());
        let rates =
            [counts.accuracy(), counts.precision(), counts.true_positive_rate(), counts.f1()]
                .map(share);
        Some(std::iter::once(name.to_owned()).chain(cells).chain(rates).collect())
    };
    let first = results
        .variants
        .iter()
        .filter_map(|variant| Some((variant.name.as_str(), variant.trials.first()?)));
    let names = [
        "variant",
        "true positives",
        "false negatives",
        "false positives",
        "true negatives",
        "accuracy",
        "precision",
        "recall",
        "F1",
    ];
    Table {
        caption: "The confusion matrix at a probability of 0.5, of seed 1".to_owned(),
        headings: names.map(str::to_owned).into(),
        rows: first.filter_map(row).collect(),
        ..Table::default()
    }
}

/// Returns the false positive rate of each sensitivity for the network of seed 1.
fn thresholds(results: &Results) -> Table {
    let row = |ranking: &Ranking, wanted: f64| {
        let point = ranking.threshold_for(Wanted::Sensitivity(wanted)).ok()?;
        let counts = point.counts;
        let rates = [
            counts.true_positive_rate(),
            counts.false_positive_rate(),
            counts.precision(),
            counts.accuracy(),
        ];
        let cells = rates.map(share);
        Some(
            [Unit::Percent.format(wanted), format!("{:.4}", point.threshold)]
                .into_iter()
                .chain(cells)
                .collect(),
        )
    };
    let ranking = results.trials("mlp").first().and_then(|trial| ranking(trial).ok());
    Table {
        caption: "Thresholds of the mlp of seed 1".to_owned(),
        headings: [
            "wanted sensitivity",
            "threshold",
            "sensitivity",
            "false positive rate",
            "precision",
            "accuracy",
        ]
        .map(str::to_owned)
        .into(),
        rows: ranking.map_or_else(Vec::new, |ranking| {
            WANTED.iter().filter_map(|wanted| row(&ranking, *wanted)).collect()
        }),
        ..Table::default()
    }
}

/// Formats a rate as a table cell: a dash if it is undefined.
fn share(rate: Option<f64>) -> String {
    rate.map_or_else(|| "–".to_owned(), |rate| Unit::Percent.format(rate))
}

#[cfg(test)]
mod tests {
    use zunder::{RunConfig, RunOptions, Trials, parse_setting};

    use super::*;

    #[test]
    fn the_positive_class_is_the_one_that_was_chosen() {
        let mut trials = Trials::default();
        let mut of = |positive: &str| {
            let settings = [
                "data.dataset=shapes",
                "data.limit=200",
                "data.classes=[\"ring\", \"bar\"]",
                "model.hidden=[8]",
                "epochs=1",
            ];
            let positive = format!("data.positive={positive}");
            let settings: Vec<_> = settings
                .iter()
                .copied()
                .chain([&*positive])
                .map(|setting| parse_setting(setting).unwrap())
                .collect();
            let config = RunConfig::from_layers(None, &settings).unwrap();
            scores(&trials.run(&config, RunOptions::default()).unwrap().unwrap()).unwrap()
        };
        let (ring, bar) = (of("ring"), of("bar"));
        assert!(ring.1.iter().zip(&bar.1).all(|(ring, bar)| ring != bar));
        assert!(ring.0.iter().zip(&bar.0).all(|(ring, bar)| (ring + bar - 1.0).abs() < 1e-6));
    }
}
