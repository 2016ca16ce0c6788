//! The experiment of early stopping.

use zunder::Trial;
use zunder_report::Scale;

use super::{Results, Variants};
use crate::Findings;
use crate::claim::Unit;
use crate::experiment::Experiment;

/// Training beyond the best validation epoch.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "early-stopping",
    title: "Early stopping",
    source: "Lecture 6a.3, \"Regularisierung\".",
    question: "When the validation loss has turned round, is there any use in training on?",
    kind: &VARIANTS,
};

const VARIANTS: Variants = Variants {
    base: &[
        "data.limit=2000",
        "model.hidden=[256, 128]",
        "epochs=40",
        "schedule=constant",
        "early_stopping.monitor=loss",
    ],
    settings: &[("to the end", &[]), ("patience 5", &["early_stopping.patience=5"])],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

fn judge(results: &Results) -> Findings {
    let last = |trial: &Trial| trial.epochs.last().map_or(f64::NAN, |record| record.train_loss);
    let rise = |trial: &Trial| Results::last_validation_loss(trial) - trial.loss();
    let epochs = |trial: &Trial| trial.epochs.len() as f64;
    let zeros = vec![0.0; results.trials("to the end").len()];
    let claims = vec![
        crate::claim::above(
            "At the end the validation loss is higher than it was in its best epoch.",
            Unit::Plain(3),
            ("rise", &results.of("to the end", rise)),
            ("none", &zeros),
            0.1,
        ),
        results.above(
            "Meanwhile the training loss has gone on falling: below that of the training that \
             stopped.",
            Unit::Plain(3),
            "patience 5",
            "to the end",
            0.05,
            &last,
        ),
        results.above(
            "Waiting for five epochs in vain saves most of the \
            time.",
            Unit::Plain(0),
            "to the end",
            "patience 5",
            10.0,
            &epochs,
        ),
    ];
    let mut findings = results.findings(
        [
            "The training loss falls to the end, but the validation loss has its minimum early and \
             then rises: what is learnt after it is true of the training images only.",
            "Zunder keeps the weights of the best validation epoch, whether it trains on or not; \
             patience only saves the time.",
            "The accuracy need not fall with it: the network grows sure of its mistakes, which the \
             loss sees and the accuracy does not. Which epoch is best depends on what is watched, \
             here the loss.",
        ],
        claims,
    );
    let caption = "Training and validation loss over the epochs.";
    let plots: [(&str, Scale, super::results::OfEpoch); 2] = [
        ("training loss", Scale::FromZero, |record| record.train_loss),
        ("validation loss", Scale::FromZero, |record| record.validation_loss),
    ];
    findings.figures.insert(0, results.over_epochs("turn", caption, &plots));
    findings.tables.push(results.table(
        "Epochs",
        &[
            ("epochs trained", Unit::Plain(1), &epochs),
            ("best epoch", Unit::Plain(1), &|trial| {
                trial.best_epoch.map_or(f64::NAN, |best| best as f64)
            }),
        ],
    ));
    findings
}
