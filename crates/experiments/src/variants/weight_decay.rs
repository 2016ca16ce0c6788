//! The experiment of weight decay.

use zunder::Trial;
use zunder_report::Scale;
use zunder_train::named_tensors;

use super::regularisation::{claims, tables};
use super::{Criterion, Grid, Results, Variants};
use crate::claim::Margin;
use crate::experiment::Experiment;
use crate::{Control, Findings};

/// Weights of the penalty on large weights.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "weight-decay",
    title: "A penalty on large weights",
    source: "Lecture 6a.3, \"Regularisierung\": the data term and ν R(W), R being the sum of \
        squared weights; weight decay is 2 ν.",
    question: "What does a price on large weights do to the weights, and to the loss on new \
        images, at the end and against stopping in time?",
    kind: &VARIANTS,
};

/// Margins: after the last epoch, and against early stopping.
const MARGINS: [Margin; 2] = [Margin::pilot(0.284, 0.070), Margin::pilot(0.294, 0.069)];

const VARIANTS: Variants = Variants {
    base: &["data.limit=500", "epochs=20", "schedule=constant"],
    settings: &[("none", &["optimizer.weight_decay=0.0"]), ("penalty", &[])],
    grids: &[
        Grid { of: &["none"], key: "optimizer.lr", values: &["0.0003", "0.001", "0.003", "0.01"] },
        Grid { of: &["penalty"], key: "optimizer.lr", values: &["0.001", "0.003", "0.01"] },
        Grid { of: &["penalty"], key: "optimizer.weight_decay", values: &["0.03", "0.1", "0.3"] },
    ],
    criteria: &[Criterion::LAST_VALIDATION_LOSS, Criterion::BEST_VALIDATION_LOSS],
    controls: &[Control {
        fails: &[1, 2],
        settings: &["data.limit=4000", "epochs=3"],
        because: "4,000 images, each seen three times, are not learnt by heart, so that there \
                is little for a penalty to prevent.",
    }],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

fn judge(results: &Results) -> Findings {
    let claims = claims(results, "penalty", &MARGINS);
    let mut findings = results.findings(
        [
            "The stronger the penalty, the smaller the sum of squared weights, as the last picture \
             shows; that is what it is for, and no claim.",
            "Without a penalty a high rate learns the images by heart, and the validation loss \
             rises; a low rate ends before that. The table of the choice shows both.",
            "Early stopping does not close the gap: the penalty holds the weights down from the \
             first update on. On CIFAR-10 the gain at the last epoch is small, and too small for \
             claim 1, since there a low rate without penalty hardly overfits.",
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
    let caption =
        "The sum of the squared weights of the best epoch, R(W) in the lecture's formula.";
    findings.figures.push(results.dots("weights", caption, "sum of squared weights", &squares));
    findings.tables.push(tables(results));
    findings
}

/// Returns the sum of the squares of all weight matrices.
fn squares(trial: &Trial) -> f64 {
    let Some(Ok(tensors)) = trial.model.as_ref().map(named_tensors) else { return f64::NAN };
    tensors
        .iter()
        .filter(|tensor| tensor.shape.len() == 2)
        .flat_map(|tensor| &tensor.values)
        .map(|w| f64::from(*w).powi(2))
        .sum()
}
