//! The experiment of batch normalisation.

use zunder::Trial;

use super::{Criterion, Grid, Results, Variants};
use crate::claim::{Margin, Unit, above};
use crate::experiment::Experiment;
use crate::{Control, Findings};

/// Initial weights and learning rates with and without batch normalisation.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "batch-norm",
    title: "Batch normalisation: initial weights and rates that fail without it",
    source: "Lecture 6a.3, \"Batch-Normalisierung\".",
    question: "The same network with and without batch normalisation, each at its own best rate: \
        does it learn better, and does it depend less on its initial weights and on the rate?",
    kind: &VARIANTS,
};

/// Rate that is too high without batch normalisation.
const HIGH: &str = "optimizer.lr=0.3";

/// Margins.
const SMALL: Margin = Margin::pilot(0.229, 0.210);
const DEPENDS_LESS: Margin = Margin::pilot(0.186, 0.197);
const HIGH_RATE: Margin = Margin::pilot(0.141, 0.188);

const VARIANTS: Variants = Variants {
    base: &["data.limit=1000", "model.hidden=[64, 64, 64, 64]", "schedule=constant"],
    settings: &[
        ("small without", &["model.initializer=normal", "model.batch_norm=false"]),
        ("small with", &["model.initializer=normal", "model.batch_norm=true"]),
        ("Xavier without", &["model.initializer=xavier", "model.batch_norm=false"]),
        ("Xavier with", &["model.initializer=xavier", "model.batch_norm=true"]),
        ("He without", &["model.initializer=he", "model.batch_norm=false"]),
        ("He with", &["model.initializer=he", "model.batch_norm=true"]),
        ("0.3 without", &["model.initializer=he", "model.batch_norm=false", HIGH]),
        ("0.3 with", &["model.initializer=he", "model.batch_norm=true", HIGH]),
    ],
    grids: &[Grid {
        of: &[
            "small without",
            "small with",
            "Xavier without",
            "Xavier with",
            "He without",
            "He with",
        ],
        key: "optimizer.lr",
        values: &["0.003", "0.01", "0.03", "0.1", "0.3"],
    }],
    criteria: &[Criterion::VALIDATION_ERROR],
    controls: &[
        Control {
            fails: &[1, 2],
            settings: &["model.hidden=[64]"],
            because: "With one hidden layer even small weights pass enough on to be trained.",
        },
        Control {
            fails: &[3],
            settings: &["optimizer.lr=0.01"],
            because: "At a low rate the network trains without batch normalisation as well.",
        },
    ],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

/// Returns for each seed how much the accuracy depends on the initial weights: the highest minus
/// the lowest of those that were trained.
fn range(results: &Results, with: &str) -> Vec<f64> {
    let all: Vec<Vec<f64>> = ["small", "Xavier", "He"]
        .iter()
        .map(|init| results.of(&format!("{init} {with}"), Trial::accuracy))
        .filter(|accuracies| !accuracies.is_empty())
        .collect();
    let seeds = all.iter().map(Vec::len).min().unwrap_or(0);
    let range = |seed: usize| {
        let of = || all.iter().map(|accuracies| accuracies[seed]);
        of().fold(f64::NAN, f64::max) - of().fold(f64::NAN, f64::min)
    };
    (0..seeds).map(range).collect()
}

fn judge(results: &Results) -> Findings {
    let claims = vec![
        results.better(
            "With weights from N(0, 0.01²) the network learns only with batch normalisation.",
            "small with",
            "small without",
            SMALL,
        ),
        above(
            "With it the accuracy depends less on the initial weights: the highest less the \
             lowest of small, Xavier and He is smaller.",
            Unit::Percent,
            ("range without", &range(results, "without")),
            ("range with", &range(results, "with")),
            DEPENDS_LESS,
        ),
        results.better(
            "With it, a rate of 0.3 trains, which is too high without it.",
            "0.3 with",
            "0.3 without",
            HIGH_RATE,
        ),
    ];
    results.findings(
        [
            "With He's initial weights and the best rate for each, the network with batch \
             normalisation and the one without are close. The table has the figures of both.",
            "With it, each layer sees inputs of mean 0 and variance 1 before γ and β, whatever the \
             scale of the weights before it: small weights train as well as others.",
            "At a high rate the network without it diverges or stops learning: a step in one layer \
             upsets what all later layers had adapted to.",
        ],
        claims,
    )
}
