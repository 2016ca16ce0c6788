//! The experiment of dropout.

use zunder_report::Scale;

use super::regularisation::{claims, tables};
use super::{Criterion, Grid, Results, Variants};
use crate::experiment::Experiment;
use crate::{Control, Findings};

/// Dropout against none, and against early stopping.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "dropout",
    title: "Dropout",
    source: "Lecture 6a.3, \"Regularisierung\".",
    question: "A wide network and few images: does dropping hidden units at random keep it from \
        learning by heart, and does it do more than to stop in time?",
    kind: &VARIANTS,
};

const VARIANTS: Variants = Variants {
    base: &["data.limit=500", "model.hidden=[256, 128]", "epochs=30", "schedule=constant"],
    settings: &[("none", &[]), ("dropout", &[])],
    grids: &[
        Grid { of: &[], key: "optimizer.lr", values: &["0.003", "0.01"] },
        Grid { of: &["dropout"], key: "model.dropout", values: &["0.2", "0.5", "0.8"] },
    ],
    criteria: &[Criterion::LAST_VALIDATION_LOSS, Criterion::BEST_VALIDATION_LOSS],
    controls: &[Control {
        fails: &[1, 2, 3],
        settings: &["data.limit=9000", "epochs=4"],
        because: "9,000 images, each seen four times, are not learnt by heart, and dropout only \
            slows the training.",
    }],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

fn judge(results: &Results) -> Findings {
    let margins = [0.0; 3];
    let mut findings = results.findings(
        [
            "Without dropout the validation loss turns round and rises while the training loss \
             still falls: the network memorises its images.",
            "With dropout the turn comes later and the rise is smaller. (p is the probability to \
             drop, here as in Burn and PyTorch.)",
            "Early stopping, which keeps the best epoch, has part of that gain already; the table \
             has all four.",
        ],
        claims(results, "dropout", margins),
    );
    let caption = "The validation loss over the epochs, each with the settings that give the \
        lowest one after the last epoch.";
    findings.figures.insert(
        0,
        results.over_epochs(
            "validation",
            caption,
            &[("validation loss", Scale::Values, |record| record.validation_loss)],
        ),
    );
    findings.tables.push(tables(results));
    findings
}
