//! The experiment of early stopping.

use zunder::Trial;
use zunder_report::Scale;

use super::{Results, Variants};
use crate::claim::{Margin, Unit, above, at_least};
use crate::experiment::Experiment;
use crate::{Control, Findings};

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
        "data.limit=500",
        "model.hidden=[256, 128]",
        "epochs=40",
        "schedule=constant",
        "early_stopping.monitor=loss",
    ],
    settings: &[("to the end", &[]), ("patience 5", &["early_stopping.patience=5"])],
    controls: &[Control {
        fails: &[1, 2, 3],
        settings: &["optimizer.lr=0.002"],
        because: "At a low rate the validation loss turns only at the end, if at all, so that \
            there is nothing to stop for.",
    }],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

/// Share of the epochs that counts as most of them.
const MOST: f64 = 0.5;

fn judge(results: &Results) -> Findings {
    let epochs = |trial: &Trial| trial.epochs.len() as f64;
    let saved: Vec<f64> = results
        .of("to the end", epochs)
        .iter()
        .zip(results.of("patience 5", epochs))
        .map(|(all, stopped)| 1.0 - stopped / all)
        .collect();
    let [last, stopped] = [Results::last_loss, Results::stopped_loss]
        .map(|figure: fn(&Trial) -> f64| results.of("to the end", figure));
    let [early, late] = [Results::stopped_epoch, |trial: &Trial| trial.epochs.len()].map(
        |epoch: fn(&Trial) -> usize| {
            results.of("to the end", |trial| {
                trial.epochs.get(epoch(trial).wrapping_sub(1)).map_or(f64::NAN, |r| r.train_loss)
            })
        },
    );
    let claims = vec![
        above(
            "At the end the validation loss is higher than in the best epoch: one half of the \
             validation images chooses that epoch, the other half judges.",
            Unit::Plain(3),
            ("last epoch", &last),
            ("best epoch", &stopped),
            Margin::pilot(0.354, 1.036),
        ),
        above(
            "Meanwhile the training loss has gone on falling, so that it is not the training that \
             failed.",
            Unit::Plain(3),
            ("best epoch", &early),
            ("last epoch", &late),
            Margin::pilot(1.144, 1.087),
        ),
        at_least(
            "Waiting for five epochs in vain saves most of the epochs.",
            Unit::Percent,
            ("saved", &saved),
            MOST,
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
