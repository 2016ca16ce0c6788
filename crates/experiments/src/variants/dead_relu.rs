//! The experiment of dead ReLU units.

use zunder::Trial;

use super::{Results, Variants};
use crate::claim::{Margin, Unit};
use crate::experiment::Experiment;
use crate::{Control, Findings};

/// Units that no image activates.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "dead-relu",
    title: "Dead ReLUs, and how to rescue them",
    source: "Lecture 6a.2, \"Rectified Linear Unit (ReLU)\", \"Varianten der ReLU\".",
    question: "A large step may push a ReLU's weighted sum below zero for every image. Then it has \
        no gradient any more. How many units die so, and what keeps them alive?",
    kind: &VARIANTS,
};

const VARIANTS: Variants = Variants {
    base: &["data.limit=1000", "optimizer.lr=0.08", "schedule=constant", "gradients.clip_norm=5.0"],
    settings: &[
        ("relu", &[]),
        ("low rate", &["optimizer.lr=0.01"]),
        ("leaky-relu", &["model.activation=leaky-relu"]),
        ("prelu", &["model.activation=prelu"]),
        ("batch norm", &["model.batch_norm=true"]),
    ],
    controls: &[
        Control {
            fails: &[1],
            settings: &["model.batch_norm=true"],
            because: "Batch normalisation keeps the units alive at both rates.",
        },
        Control {
            fails: &[2, 3],
            settings: &["optimizer.lr=0.01"],
            because: "Small steps kill few units, so that there is little to rescue.",
        },
    ],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

fn judge(results: &Results) -> Findings {
    let claims = vec![
        results.above(
            "Large steps kill ReLUs: more units are silent for every image than with a low rate.",
            Unit::Percent,
            "relu",
            "low rate",
            Margin::pilot(0.364, 0.306),
            &dead,
        ),
        results.better(
            "A small slope below zero rescues them: with the same large steps Leaky ReLU learns \
             more.",
            "leaky-relu",
            "relu",
            Margin::pilot(0.040, 0.044),
        ),
        results.better(
            "So does batch normalisation, which keeps the weighted sums around zero.",
            "batch norm",
            "relu",
            Margin::pilot(0.185, 0.108),
        ),
    ];
    let mut findings = results.findings(
        [
            "With large steps a good part of the ReLUs give 0 for every image shown; their \
             gradient is 0 too, so they never come back.",
            "With a low rate nearly all stay alive, and the same network learns more.",
            "Leaky ReLU has a slope below zero and so a way back (parametric ReLU too, but it \
             learns the slope with the same large steps); batch normalisation moves the sums to \
             where half of the images activate a unit.",
        ],
        claims,
    );
    let silent = results.dots(
        "dead",
        "The share of hidden units that gave 0 for every image shown after the last epoch. With a \
         slope below zero no unit is ever silent.",
        "dead units in %",
        &|trial| 100.0 * dead(trial),
    );
    findings.figures.insert(0, silent);
    findings
}

/// Returns the mean share of dead units over the hidden layers after the last epoch; 0 if the
/// activation function has no zero slope, and NaN if the training diverged in its first epoch.
fn dead(trial: &Trial) -> f64 {
    if trial.epochs.is_empty() {
        return f64::NAN;
    }
    let shares = super::layers::by_layer(trial, trial.epochs.len(), |record| record.dead);
    if shares.is_empty() { 0.0 } else { shares.iter().sum::<f64>() / shares.len() as f64 }
}

#[cfg(test)]
mod tests {
    use zunder::{RunConfig, RunOptions, Trials, parse_setting};

    use super::*;

    #[test]
    fn a_training_that_diverged_at_once_has_no_dead_units_to_count() {
        let settings = [
            "data.dataset=shapes",
            "data.limit=100",
            "model.hidden=[8]",
            "model.batch_norm=false",
            "epochs=1",
            "optimizer.lr=1e30",
        ];
        let settings: Vec<_> =
            settings.iter().map(|setting| parse_setting(setting).unwrap()).collect();
        let config = RunConfig::from_layers(None, &settings).unwrap();
        let trial = Trials::default().run(&config, RunOptions::default()).unwrap().unwrap();
        assert!(trial.divergence.is_some() && dead(&trial).is_nan(), "{trial:?}");
    }
}
