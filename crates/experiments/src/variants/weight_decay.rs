//! The experiment of weight decay.

use zunder::Trial;
use zunder_report::Scale;
use zunder_train::named_tensors;

use super::{Results, Variants};
use crate::Findings;
use crate::claim::Unit;
use crate::experiment::Experiment;

/// Weights of the penalty on large weights.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "weight-decay",
    title: "A penalty on large weights",
    source: "Lecture 6a.3, \"Regularisierung\": the data term and ν R(W), R being the sum of \
        squared weights; weight decay is 2 ν.",
    question: "What does a price on large weights do to the weights, and to the loss on new \
        images?",
    kind: &VARIANTS,
};

const VARIANTS: Variants = Variants {
    base: &["data.limit=2000", "model.hidden=[256, 128]", "epochs=25", "schedule=constant"],
    settings: &[
        ("none", &["optimizer.weight_decay=0.0"]),
        ("0.001", &["optimizer.weight_decay=0.001"]),
        ("0.01", &["optimizer.weight_decay=0.01"]),
        ("0.05", &["optimizer.weight_decay=0.05"]),
        ("0.3", &["optimizer.weight_decay=0.3"]),
    ],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

fn judge(results: &Results) -> Findings {
    let claims = vec![
        results.above(
            "The penalty keeps the weights small: their squares sum up to less.",
            Unit::Plain(0),
            "none",
            "0.01",
            50.0,
            &squares,
        ),
        results.above(
            "The validation loss ends lower with a moderate penalty than without.",
            Unit::Plain(3),
            "none",
            "0.05",
            0.1,
            &Results::last_validation_loss,
        ),
        results.better("Too strong a penalty leaves nothing to learn with.", "none", "0.3", 0.05),
    ];
    let mut findings = results.findings(
        [
            "The stronger the penalty, the smaller the sum of squared weights, as the last picture \
             shows.",
            "Without it the validation loss turns round and rises; a moderate penalty holds it \
             down.",
            "The strongest one pulls the weights to zero faster than the data term can build them \
             up: the network underfits.",
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
