//! The experiment of optimisers.

use super::{Criterion, Grid, Results, Variants};
use crate::claim::{Margin, Unit};
use crate::experiment::Experiment;
use crate::programs::adaptive;
use crate::{Control, ExperimentError, Findings};

/// Update rules of the optimisers on the same task.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "optimisers",
    title: "Momentum and adaptive learning rates",
    source: "Lecture 6a.3, \"Gradientenabstieg mit Trägheit / Momentum\", \"Adaptive Lernraten: \
        AdaGrad und Adam\".",
    question: "The same gradients, followed in different ways, each at its own best rate: what do \
        momentum and a rate for each parameter bring?",
    kind: &VARIANTS,
};

/// Margins.
const MOMENTUM: Margin = Margin::pilot(0.379, 0.285);
const ADAM: Margin = Margin::pilot(0.493, 0.411);

const VARIANTS: Variants = Variants {
    base: &["schedule=constant", "data.limit=1000", "model.hidden=[64, 64, 64, 64]"],
    settings: &[
        ("plain SGD", &["optimizer=sgd", "optimizer.momentum=0.0"]),
        ("momentum 0.8", &["optimizer=sgd", "optimizer.momentum=0.8"]),
        ("Nesterov 0.8", &["optimizer=nesterov", "optimizer.momentum=0.8"]),
        ("AdaGrad", &["optimizer=adagrad"]),
        ("RMSprop", &["optimizer=rmsprop"]),
        ("Adam", &["optimizer=adam"]),
        ("Lion", &["optimizer=lion"]),
    ],
    grids: &[
        Grid { of: &["plain SGD"], key: "optimizer.lr", values: &["0.01", "0.03", "0.1", "0.3"] },
        Grid {
            of: &["momentum 0.8", "Nesterov 0.8", "AdaGrad"],
            key: "optimizer.lr",
            values: &["0.003", "0.01", "0.03", "0.1"],
        },
        Grid {
            of: &["RMSprop", "Adam"],
            key: "optimizer.lr",
            values: &["0.0003", "0.001", "0.003", "0.01"],
        },
        Grid {
            of: &["Lion"],
            key: "optimizer.lr",
            values: &["0.00003", "0.0001", "0.0003", "0.001"],
        },
    ],
    criteria: &[Criterion::TRAINING_LOSS],
    controls: &[Control {
        fails: &[1, 2],
        settings: &["batch_size=8", "model.batch_norm=true"],
        because: "The gradient of eight images, normalised by their own mean and variance, is \
            mostly noise. It bounds the rate of all methods, and none gets ahead by adding up or \
            rescaling it.",
    }],
    judge,
    ..Variants::NONE
};

fn judge(results: &Results) -> Result<Findings, ExperimentError> {
    let lower = |name: &'static str, statement: &str, margin: Margin| {
        let last = Criterion::TRAINING_LOSS.figure;
        results.above(statement, Unit::Plain(3), "plain SGD", name, margin, &last)
    };
    let claims = vec![
        lower(
            "momentum 0.8",
            "Momentum gets farther downhill in the same number of steps, each at its own best \
             rate.",
            MOMENTUM,
        ),
        lower("Adam", "So does Adam, which adapts the rate of each parameter.", ADAM),
    ];
    let mut findings = results.findings(
        [
            "Momentum adds up what successive gradients agree on, here to five times the step \
             (1/(1 - 0.8)). That larger step is not all of its lead: plain SGD has a higher rate \
             of its own here, and stays behind.",
            "AdaGrad, RMSprop and Adam divide by the size of each parameter's own past gradients, \
             so that one with small gradients need not wait for the rate that the most sensitive \
             one can bear; Lion takes the sign alone.",
            "The most sensitive parameter bounds a rate that all share. The picture of the valley \
             shows it for two parameters; the experiments adaptive and descent compute it.",
        ],
        claims,
    );
    let config = results.variants.iter().flat_map(|variant| &variant.trials).next();
    if let Some(trial) = config {
        let device = zunder::device(&trial.plan.config.device)?;
        findings.figures.extend(adaptive::picture(&device)?);
    }
    Ok(findings)
}
