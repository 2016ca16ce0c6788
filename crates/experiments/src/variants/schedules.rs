//! The experiment of learning-rate schedules.

use zunder::Trial;
use zunder_report::Scale;

use super::{Results, Variants};
use crate::Findings;
use crate::claim::Unit;
use crate::experiment::Experiment;

/// Schedules of the learning rate.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "schedules",
    title: "Learning-rate schedules",
    source: "Lecture 6a.3, \"Anpassung der Lernrate\".",
    question: "A high rate gets far at first, and then jumps about the minimum. What does it bring \
        to lower it, and does it matter how?",
    kind: &VARIANTS,
};

const VARIANTS: Variants = Variants {
    base: &["optimizer.lr=0.1", "batch_size=32", "epochs=12", "model.batch_norm=true"],
    settings: &[
        ("constant", &["schedule=constant"]),
        ("step", &["schedule={ name = \"step\", every = 8, factor = 0.1 }"]),
        ("plateau", &["schedule={ name = \"plateau\", patience = 2 }"]),
        ("linear", &["schedule=linear"]),
        ("exponential", &["schedule=exponential"]),
        ("cosine", &["schedule=cosine"]),
        ("one-cycle", &["schedule=one-cycle"]),
    ],
    off: &["schedule=constant"],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

fn judge(results: &Results) -> Findings {
    let last = |trial: &Trial| trial.epochs.last().map_or(f64::NAN, |record| record.train_loss);
    let claims = ["linear", "cosine", "step"]
        .map(|name| {
            let statement =
                format!("The training loss ends lower with {name} than with a constant rate.");
            results.above(&statement, Unit::Plain(3), "constant", name, 0.05, &last)
        })
        .into();
    let mut findings = results.findings(
        [
            "With a constant rate the steps stay as large as at first and jump about the minimum: \
             the loss ends higher than with most of the others.",
            "Linear, cosine and step schedules bring the training loss down at the end; the \
             exponential one here falls so early that little is left to learn with.",
            "The step schedule shows it best: the curves drop at the very epoch in which the rate \
             falls to a tenth.",
        ],
        claims,
    );
    let caption = "The learning rate at the last step of each epoch.";
    findings.figures.insert(
        0,
        results.over_epochs(
            "rates",
            caption,
            &[("learning rate", Scale::FromZero, |record| record.learning_rate)],
        ),
    );
    findings
}
