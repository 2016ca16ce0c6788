//! The experiment of loss functions.

use zunder::Trial;
use zunder_eval::ScoreKind;
use zunder_report::{Drawing, Figure, Plot, Scale, Series, plot};
use zunder_train::softmax;

use super::{Results, Variants};
use crate::Findings;
use crate::claim::Unit;
use crate::experiment::Experiment;

/// Loss functions: hinge and softmax cross-entropy.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "losses",
    title: "Loss functions: hinge against softmax cross-entropy",
    source: "Lecture 6a.1, \"Verlust und Risiko\"; 6a.3, \"Beispiel: Hinge-Loss für mehrere \
        Klassen\", \"Kreuzentropie als Verlustfunktion\".",
    question: "The same network learns with different losses. Do they find the same classes, and \
        are their scores probabilities?",
    kind: &VARIANTS,
};

const VARIANTS: Variants = Variants {
    base: &["optimizer.lr=0.003", "data.limit=1500", "epochs=40"],
    settings: &[
        ("cross-entropy", &["loss=cross-entropy"]),
        ("hinge", &["loss=hinge"]),
        ("squared-hinge", &["loss=squared-hinge", "optimizer.lr=0.0005"]),
        ("squared-error", &["loss=squared-error", "optimizer.lr=0.002"]),
    ],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

fn judge(results: &Results) -> Findings {
    let claims = vec![results.above(
        "The hinge loss is content once the right class is ahead by 1, so the softmax of its \
             scores stays less sure, at the same rate and with all training images learnt: the \
             mean of the highest probability is lower.",
        Unit::Percent,
        "cross-entropy",
        "hinge",
        0.03,
        &confidence,
    )];
    let mut findings = results.findings(
        [
            "Hinge loss and cross-entropy end at about the same accuracy; as classifiers they \
             hardly differ.",
            "The hinge loss is content once the right class is ahead by 1 and then gives no \
             gradient; cross-entropy always asks for a little more, which the picture of the \
             losses shows.",
            "So scores trained with a hinge loss rank the classes but are no probabilities; those \
             of cross-entropy are meant as such, and here, learnt by heart, they are too sure of \
             themselves.",
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
