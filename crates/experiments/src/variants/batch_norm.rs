//! The experiment of batch normalisation.

use super::{Results, Variants};
use crate::Findings;
use crate::experiment::Experiment;

/// Learning rates with and without batch normalisation.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "batch-norm",
    title: "Batch normalisation: rates that fail without it",
    source: "Lecture 6a.3, \"Batch-Normalisierung\".",
    question: "The same network with and without batch normalisation, from a careful learning rate \
        to a reckless one: which of them still train?",
    kind: &VARIANTS,
};

const VARIANTS: Variants = Variants {
    base: &["model.hidden=[64, 64, 64, 64]", "schedule=constant"],
    settings: &[
        ("0.01 without", &["optimizer.lr=0.01", "model.batch_norm=false"]),
        ("0.01 with", &["optimizer.lr=0.01", "model.batch_norm=true"]),
        ("0.1 without", &["optimizer.lr=0.1", "model.batch_norm=false"]),
        ("0.1 with", &["optimizer.lr=0.1", "model.batch_norm=true"]),
        ("0.5 without", &["optimizer.lr=0.5", "model.batch_norm=false"]),
        ("0.5 with", &["optimizer.lr=0.5", "model.batch_norm=true"]),
    ],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

fn judge(results: &Results) -> Findings {
    let claims = vec![
        results.at_chance(
            "At a rate of 0.1 the network without batch normalisation learns nothing.",
            "0.1 without",
            0.05,
        ),
        results.better("With it, the same rate trains.", "0.1 with", "0.1 without", 0.2),
        results.better(
            "With it, even a rate of 0.5 learns something.",
            "0.5 with",
            "0.5 without",
            0.05,
        ),
    ];
    results.findings(
        [
            "At a careful rate both train, and about equally well.",
            "At high rates the network without it diverges or stops learning: a step in one layer \
             upsets what all later layers had adapted to.",
            "With it, each layer sees inputs of mean 0 and variance 1 before γ and β whatever the \
             others do, and a rate ten times as high still trains; one fifty times as high does \
             badly, but learns.",
        ],
        claims,
    )
}
