//! The experiment of dropout.

use zunder_report::Scale;

use super::{Results, Variants};
use crate::Findings;
use crate::claim::Unit;
use crate::experiment::Experiment;

/// Dropout probabilities of hidden units.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "dropout",
    title: "Dropout",
    source: "Lecture 6a.3, \"Regularisierung\".",
    question: "A wide network and few images: does dropping hidden units at random keep it from \
        learning by heart?",
    kind: &VARIANTS,
};

const VARIANTS: Variants = Variants {
    base: &[
        "data.limit=2000",
        "model.hidden=[256, 128]",
        "epochs=30",
        "optimizer.lr=0.005",
        "schedule=constant",
    ],
    settings: &[
        ("none", &["model.dropout=0.0"]),
        ("0.2", &["model.dropout=0.2"]),
        ("0.5", &["model.dropout=0.5"]),
        ("0.8", &["model.dropout=0.8"]),
    ],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

fn judge(results: &Results) -> Findings {
    let claims = vec![results.above(
        "With half of the units dropped the validation loss ends lower.",
        Unit::Plain(3),
        "none",
        "0.5",
        0.1,
        &Results::last_validation_loss,
    )];
    let mut findings = results.findings(
        [
            "Without dropout the validation loss turns round and rises while the training loss \
             still falls: the network learns its images by heart.",
            "With dropout the turn comes later and the rise is smaller.",
            "Too much of it underfits: with 0.8 too few units are left to learn from in the same \
             time. (p is the probability to drop, here as in Burn and PyTorch.)",
        ],
        claims,
    );
    let caption = "The validation loss over the epochs.";
    findings.figures.insert(
        0,
        results.over_epochs(
            "validation",
            caption,
            &[("validation loss", Scale::Values, |record| record.validation_loss)],
        ),
    );
    findings
}
