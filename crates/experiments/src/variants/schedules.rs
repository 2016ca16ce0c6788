//! The experiment of learning-rate schedules.

use zunder::Trial;
use zunder_report::Scale;

use super::{Criterion, Grid, Results, Variants};
use crate::claim::{Margin, Unit};
use crate::experiment::Experiment;
use crate::{Control, Findings};

/// Schedules of the learning rate.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "schedules",
    title: "Learning-rate schedules",
    source: "Lecture 6a.3, \"Anpassung der Lernrate\".",
    question: "A high rate gets far at first, and then jumps about the minimum; a low one is slow. \
        Does a rate that falls do better than the best constant one?",
    kind: &VARIANTS,
};

const VARIANTS: Variants = Variants {
    base: &["data.limit=1000", "batch_size=16", "epochs=10", "model.batch_norm=true"],
    settings: &[
        ("constant", &["schedule=constant"]),
        ("step", &["schedule={ name = \"step\", every = 7, factor = 0.1 }"]),
        ("plateau", &["schedule={ name = \"plateau\", patience = 2 }"]),
        ("exponential", &["schedule=exponential"]),
        ("cosine", &["schedule=cosine"]),
    ],
    grids: &[Grid { of: &[], key: "optimizer.lr", values: &["0.003", "0.01", "0.03", "0.1"] }],
    criteria: &[Criterion::TRAINING_LOSS, Criterion::VALIDATION_ERROR],
    controls: &[Control {
        fails: &[1, 2, 3],
        settings: &["batch_size=all"],
        because: "The gradient of all images has no noise, so there is nothing for a lower rate to \
            average out: it only shortens the way.",
    }],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

fn judge(results: &Results) -> Findings {
    let last = Criterion::TRAINING_LOSS.figure;
    let lower = |name: &'static str, margin: Margin| {
        let statement = format!(
            "The training loss ends lower with {name} than with a constant rate, each with its own \
             best rate."
        );
        results.best_above(0, &statement, Unit::Plain(3), ["constant", name], margin, &last)
    };
    let claims = vec![
        lower("step", Margin::pilot(0.0, 0.0)),
        lower("cosine", Margin::pilot(0.0, 0.0)),
        results.best_above(
            1,
            "The validation accuracy is higher with cosine than with a constant rate, each with \
             the rate that is best for it.",
            Unit::Percent,
            ["cosine", "constant"],
            Margin::pilot(0.0, 0.0),
            &Trial::accuracy,
        ),
    ];
    let mut findings = results.findings(
        [
            "A constant rate must be either low, and slow at first, or high, and then the steps \
             jump about the minimum: its best value is a compromise.",
            "A falling rate needs no compromise: its best start is higher than the best constant \
             rate, and it ends lower.",
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
