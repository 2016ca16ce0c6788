//! The experiment of optimisers.

use zunder::Trial;

use super::{Results, Variants};
use crate::Findings;
use crate::claim::Unit;
use crate::experiment::Experiment;

/// Update rules of the optimisers on the same task.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "optimisers",
    title: "Momentum and adaptive learning rates",
    source: "Lecture 6a.3, \"Gradientenabstieg mit Trägheit / Momentum\", \"Adaptive Lernraten: \
        AdaGrad und Adam\".",
    question: "The same gradients, followed in different ways: what do momentum and a rate for \
        each parameter bring?",
    kind: &VARIANTS,
};

const VARIANTS: Variants = Variants {
    base: &["schedule=constant", "model.hidden=[64, 64, 64, 64]"],
    settings: &[
        ("plain SGD", &["optimizer=sgd", "optimizer.lr=0.01", "optimizer.momentum=0.0"]),
        ("momentum 0.8", &["optimizer=sgd", "optimizer.lr=0.01", "optimizer.momentum=0.8"]),
        ("Nesterov 0.8", &["optimizer=nesterov", "optimizer.lr=0.01", "optimizer.momentum=0.8"]),
        ("AdaGrad", &["optimizer=adagrad", "optimizer.lr=0.01"]),
        ("RMSprop", &["optimizer=rmsprop", "optimizer.lr=0.001"]),
        ("Adam", &["optimizer=adam", "optimizer.lr=0.001"]),
        ("AdamW", &["optimizer=adamw", "optimizer.lr=0.001", "optimizer.weight_decay=0.01"]),
        ("Lion", &["optimizer=lion", "optimizer.lr=0.0001"]),
    ],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

fn judge(results: &Results) -> Findings {
    let claims = vec![
        results.above(
            "Momentum gets farther downhill in the same number of steps, at the same rate.",
            Unit::Plain(3),
            "plain SGD",
            "momentum 0.8",
            0.1,
            &last_loss,
        ),
        results.above(
            "So does Adam, which adapts the rate of each parameter, without any search for its \
             rate.",
            Unit::Plain(3),
            "plain SGD",
            "Adam",
            0.1,
            &last_loss,
        ),
    ];
    results.findings(
        [
            "Momentum adds up what successive gradients agree on, here to five times the step \
             (1/(1 - 0.8)); the training loss falls much faster at the same rate.",
            "AdaGrad, RMSprop and Adam divide by the size of each parameter's own past gradients, \
             so that one with small gradients need not wait for the rate that the most sensitive \
             one can bear; Lion takes the sign alone.",
            "None of the rates was tuned: they are the usual ones, and a good rate for plain SGD \
             narrows the gap.",
        ],
        claims,
    )
}

/// Returns the training loss of the last epoch.
fn last_loss(trial: &Trial) -> f64 {
    trial.epochs.last().map_or(f64::NAN, |record| record.train_loss)
}
