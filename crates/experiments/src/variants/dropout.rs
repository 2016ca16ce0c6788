//! The experiment of dropout.

use zunder_report::Scale;

use super::regularisation::{claims, tables};
use super::{Criterion, Grid, Results, Variants};
use crate::claim::Margin;
use crate::experiment::Experiment;
use crate::{Control, Findings};

/// Dropout against none, and against early stopping.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "dropout",
    title: "Dropout",
    source: "Lecture 6a.3, \"Regularisierung\".",
    question: "A network with hundreds of weights for each image: does dropping hidden units at \
        random keep it from learning by heart, and does it do more than to stop in time?",
    kind: &VARIANTS,
};

/// Margin after the last epoch. Against early stopping the gain of the pilot seeds (at least +0.052
/// on the synthetic set, +0.076 on CIFAR-10) did not appear on the reported ones (+0.058 on
/// average, at least -0.078), so that it is no claim.
const MARGINS: [Margin; 1] = [Margin::pilot(0.080, 0.100)];

const VARIANTS: Variants = Variants {
    base: &["data.limit=500", "epochs=20", "schedule=constant"],
    settings: &[("none", &[]), ("dropout", &[])],
    grids: &[
        Grid { of: &["none"], key: "optimizer.lr", values: &["0.0003", "0.001", "0.003", "0.01"] },
        Grid { of: &["dropout"], key: "optimizer.lr", values: &["0.001", "0.003", "0.01", "0.03"] },
        Grid { of: &["dropout"], key: "model.dropout", values: &["0.1", "0.2", "0.5", "0.8"] },
    ],
    criteria: &[Criterion::LAST_VALIDATION_LOSS, Criterion::BEST_VALIDATION_LOSS],
    controls: &[Control {
        fails: &[1],
        settings: &["data.limit=4000", "epochs=3"],
        because: "4,000 images, each seen three times, are not learnt by heart, and dropout only \
            slows the training.",
    }],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

fn judge(results: &Results) -> Findings {
    let mut findings = results.findings(
        [
            "Without dropout a high rate learns the images by heart, and the validation loss \
             rises; a low rate, which is the best for it, ends before that. The table of the \
             choice shows both.",
            "With dropout a higher rate is best: the same number of steps gets farther on new \
             images. (p is the probability to drop, here as in Burn and PyTorch.)",
            "Whether dropout also gains against early stopping, the last table shows, and no claim \
             says: on the synthetic set pilot seeds had such a gain, and the reported ones did not \
             confirm it. A low rate prevents most of what early stopping would.",
        ],
        claims(results, "dropout", &MARGINS),
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
