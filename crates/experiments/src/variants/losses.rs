//! The experiment of loss functions.

use zunder::Trial;
use zunder_eval::ScoreKind;
use zunder_report::{Drawing, Figure, Plot, Scale, Series, plot};
use zunder_train::softmax;

use super::{Criterion, Grid, Results, Variants};
use crate::claim::{Margin, Unit, at_least};
use crate::experiment::Experiment;
use crate::means::mean;
use crate::{Control, Findings};

/// Loss functions: hinge and softmax cross-entropy.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "losses",
    title: "Loss functions: hinge against softmax cross-entropy",
    source: "Lecture 6a.1, \"Verlust und Risiko\"; 6a.3, \"Beispiel: Hinge-Loss für mehrere \
        Klassen\", \"Kreuzentropie als Verlustfunktion\".",
    question: "The same network learns with different losses, each at its own best rate. Is one \
        the better classifier, and are their scores probabilities?",
    kind: &VARIANTS,
};

const CROSS_ENTROPY: &str = "cross-entropy";
const HINGE: &str = "hinge";

/// Least share of the training images that counts as all of them.
const LEARNT: f64 = 0.995;
/// Margins.
const AHEAD: Margin = Margin::pilot(0.032, 0.003);
const SURER: Margin = Margin::pilot(0.94, 2.12);

const VARIANTS: Variants = Variants {
    base: &["data.limit=1000", "data.validation=0.2", "epochs=30"],
    settings: &[
        (CROSS_ENTROPY, &["loss=cross-entropy"]),
        (HINGE, &["loss=hinge"]),
        ("squared-hinge", &["loss=squared-hinge"]),
        ("squared-error", &["loss=squared-error"]),
    ],
    grids: &[
        Grid {
            of: &[CROSS_ENTROPY],
            key: "optimizer.lr",
            values: &["0.003", "0.01", "0.03", "0.1"],
        },
        Grid { of: &[HINGE], key: "optimizer.lr", values: &["0.001", "0.003", "0.01"] },
        Grid { of: &["squared-hinge"], key: "optimizer.lr", values: &["0.0003", "0.001", "0.003"] },
        Grid { of: &["squared-error"], key: "optimizer.lr", values: &["0.001", "0.003", "0.01"] },
    ],
    criteria: &[Criterion::VALIDATION_ERROR, Criterion::TRAINING_LOSS],
    controls: &[Control {
        fails: &[1, 2, 3],
        settings: &["optimizer.lr=0.0003", "epochs=3"],
        because: "The hinge loss adds up all wrong classes, so its gradient is larger: after three \
            epochs at the same low rate it is ahead, and nothing is learnt by heart that one could \
            be too sure of.",
    }],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

/// Numbers of the criteria: the rate that is best on new images, and on the training images.
const ON_NEW: usize = 0;
const ON_TRAINING: usize = 1;

fn judge(results: &Results) -> Findings {
    let learnt = |variant: &str| -> Vec<f64> {
        let last = |trial: &Trial| trial.epochs.last().map_or(f64::NAN, |r| r.train_accuracy);
        let known = results.best_by(ON_TRAINING, variant);
        known.map_or_else(Vec::new, |known| known.trials.iter().map(last).collect())
    };
    let both: Vec<f64> =
        learnt(CROSS_ENTROPY).iter().zip(learnt(HINGE)).map(|(a, b)| a.min(b)).collect();
    let claims = vec![
        at_least(
            "Both learn all training images, but for one in two hundred at most, each at the rate \
             with the lowest training loss.",
            Unit::Percent,
            ("training accuracy in the last epoch, the lower of the two", &both),
            LEARNT,
        ),
        results.best_above(
            ON_NEW,
            "They are not equal as classifiers: with cross-entropy the accuracy on new images is \
             higher, each at the rate that is best there.",
            Unit::Percent,
            [CROSS_ENTROPY, HINGE],
            AHEAD,
            &Trial::accuracy,
        ),
        results.best_above(
            ON_TRAINING,
            "With all training images learnt, cross-entropy is the surer of its mistakes: the log \
             loss of its softmax on new images is higher after the last epoch.",
            Unit::Plain(2),
            [CROSS_ENTROPY, HINGE],
            SURER,
            &|trial| trial.halves.last().map_or(f64::NAN, |halves| mean(halves)),
        ),
    ];
    let mut findings = results.findings(
        [
            "Both learn all training images, and still do not find the same classes: on new images \
             cross-entropy is ahead. (That they are equal within 3 points was tested on the pilot \
             seeds: it is true of CIFAR-10, but not of the shapes.)",
            "The hinge loss is 0 once the right class is ahead by 1, and then gives no gradient; \
             cross-entropy always asks for a little more, as the picture of the losses shows.",
            "Scores trained with a hinge loss rank the classes but are no probabilities. Those of \
             cross-entropy are meant as such, and here, where all images are learnt by heart, they \
             are too sure of themselves.",
        ],
        claims,
    );
    findings.figures.push(over_margin());
    let columns: [super::results::Column<'_>; 2] = [
        ("mean of the highest probability", Unit::Percent, &confidence),
        ("log loss of the softmax", Unit::Plain(3), &log_loss),
    ];
    findings.tables.push(results.table("Probabilities", &columns));
    findings
}

/// Returns the mean over the validation images of the highest softmax probability.
fn confidence(trial: &Trial) -> f64 {
    let Some((p, classes)) = probabilities(trial) else { return f64::NAN };
    let highest =
        p.chunks_exact(classes).map(|row| f64::from(row.iter().copied().fold(0.0, f32::max)));
    highest.sum::<f64>() / (p.len() / classes) as f64
}

/// Returns the mean negative logarithm of the softmax probability of the true class on the
/// validation images.
fn log_loss(trial: &Trial) -> f64 {
    let Some(((p, classes), answers)) = probabilities(trial).zip(trial.predictions.as_ref()) else {
        return f64::NAN;
    };
    zunder_eval::log_loss(&p, answers.labels(), classes).unwrap_or(f64::NAN)
}

/// Returns the softmax of the scores on the validation images, for any loss, and the number of
/// classes.
fn probabilities(trial: &Trial) -> Option<(Vec<f32>, usize)> {
    let answers = trial.predictions.as_ref()?;
    let mut scores = answers.scores().to_vec();
    if answers.kind() == ScoreKind::Scores {
        softmax(&mut scores, answers.n_classes());
    }
    Some((scores, answers.n_classes()))
}

/// Plots the losses of a binary decision against the margin of the true class.
fn over_margin() -> Figure {
    let of = |name: &str, loss: fn(f64) -> f64| {
        Series::line(name, (-60..=60).map(|i| f64::from(i) / 20.0).map(|m| (m, loss(m))).collect())
    };
    let chart = Plot {
        x_name: "margin: score of the right class less the other's".to_owned(),
        y_name: "loss".to_owned(),
        y: Scale::Between(0.0, 4.2),
        series: vec![
            of("cross-entropy", |m| (-m).exp().ln_1p()),
            of("hinge", |m| (1.0 - m).max(0.0)),
            of("squared-hinge", |m| (1.0 - m).max(0.0).powi(2)),
            of("squared-error", |m| (1.0 - m).powi(2)),
            of("0-1", |m| if m > 0.0 { 0.0 } else { 1.0 }),
        ],
        ..Plot::default()
    };
    Figure {
        name: "margin".to_owned(),
        caption: "The losses of a binary decision over the margin y y': what is right by a wide \
            margin costs nothing (hinge), ever less (cross-entropy), or again something (squared \
            error)."
            .to_owned(),
        drawing: Drawing::Svg(plot(&[chart])),
    }
}
