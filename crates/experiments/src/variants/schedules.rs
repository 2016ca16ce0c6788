//! The experiment of learning-rate schedules.

use zunder_report::Scale;

use super::{Criterion, Grid, Results, Variants};
use crate::claim::Margin;
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

/// Margin.
const HIGHER: Margin = Margin::pilot(0.037, 0.007);

const VARIANTS: Variants = Variants {
    base: &["data.limit=1000", "batch_size=16", "epochs=10", "model.batch_norm=true"],
    settings: &[
        ("constant", &["schedule=constant"]),
        ("step", &["schedule={ name = \"step\", every = 7, factor = 0.1 }"]),
        ("plateau", &["schedule={ name = \"plateau\", patience = 2 }"]),
        ("exponential", &["schedule=exponential"]),
        ("cosine", &["schedule=cosine"]),
    ],
    grids: &[Grid { of: &[], key: "optimizer.lr", values: &["0.01", "0.03", "0.1", "0.3"] }],
    criteria: &[Criterion::VALIDATION_ERROR],
    controls: &[Control {
        fails: &[1],
        settings: &["batch_size=all"],
        because: "The gradient of all images has no noise, so there is nothing for a lower rate to \
            average out: it only shortens the way.",
    }],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

fn judge(results: &Results) -> Findings {
    let claims = vec![results.better(
        "The validation accuracy is higher with cosine than with a constant rate, each with its \
         own best rate.",
        "cosine",
        "constant",
        HIGHER,
    )];
    let mut findings = results.findings(
        [
            "A constant rate must be either low, and slow at first, or high, and then the steps \
             jump about the minimum: its best value is a compromise.",
            "A falling rate can start high and end low. With its own best rate, the training loss \
             of a constant rate ends about as low: what the schedule gains is on new images.",
            "The step schedule shows the noise: the curves drop at the very epoch in which the \
             rate falls to a tenth.",
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
