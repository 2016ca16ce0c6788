//! The experiment of the initialisation of weights.

use burn::tensor::{Device, Tensor, TensorData};
use zunder::Trial;
use zunder_random::Key;
use zunder_report::{Drawing, Figure, Plot, Scale, Series, plot};
use zunder_train::Classifier;

use super::layers::plot_by_layer;
use super::{Criterion, Grid, Results, Variants};
use crate::claim::{Margin, Unit, above};
use crate::experiment::Experiment;
use crate::{Control, ExperimentError, Findings};

/// Distributions of the initial weights, in a network of ten hidden layers.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "init",
    title: "Initialisation: zero, small, Xavier, He",
    source: "Lecture 6a.3, \"Initialisierung der Gewichte flacher Netze\", \"Initialisierung der \
        Gewichte tiefer Netze\".",
    question: "Ten hidden layers of ReLUs, and only the first weights differ. What reaches the \
        last layer, and can it be trained?",
    kind: &VARIANTS,
};

/// Margins.
const LEARNS: Margin = Margin::pilot(0.029, 0.156);
const KEPT: Margin = Margin::pilot(1.4, 1.4);
const DIE_OUT: Margin = Margin::pilot(9.9, 9.9);

const VARIANTS: Variants = Variants {
    base: &["data.limit=1000", "model.hidden=[64, 64, 64, 64, 64, 64, 64, 64, 64, 64]"],
    settings: &[
        ("zero", &["model.initializer=zeros"]),
        ("small", &["model.initializer=normal"]),
        ("Xavier", &["model.initializer=xavier"]),
        ("He", &["model.initializer=he"]),
    ],
    grids: &[Grid {
        of: &["small", "Xavier", "He"],
        key: "optimizer.lr",
        values: &["0.002", "0.005", "0.02", "0.1", "0.3"],
    }],
    criteria: &[Criterion::VALIDATION_ERROR],
    controls: &[
        Control {
            fails: &[1],
            settings: &["model.hidden=[64]", "optimizer.lr=0.02"],
            because: "With one hidden layer there is no product of many layers: even small weights \
                pass enough on to be trained.",
        },
        Control {
            fails: &[2, 3],
            settings: &["model.hidden=[64]"],
            because: "The first hidden layer is the last one, so that nothing is lost in between.",
        },
    ],
    judge,
    ..Variants::NONE
};

/// Number of inputs for the untrained networks.
const SHOWN: usize = 500;

fn judge(results: &Results) -> Result<Findings, ExperimentError> {
    let shown: Vec<(String, Vec<Vec<f64>>)> = results
        .variants
        .iter()
        .map(|variant| {
            Ok((
                variant.name.clone(),
                variant.trials.iter().map(activations).collect::<Result<_, ExperimentError>>()?,
            ))
        })
        .collect::<Result<_, ExperimentError>>()?;
    let kept = |name: &str| -> Vec<f64> {
        let of = shown.iter().filter(|(known, _)| known == name).flat_map(|(_, seeds)| seeds);
        of.map(|layers| {
            layers.last().zip(layers.first()).map_or(f64::NAN, |(last, first)| last / first)
        })
        .collect()
    };
    let powers = |name: &str| -> Vec<f64> { kept(name).into_iter().map(f64::log10).collect() };
    let claims = vec![
        results.better(
            "With He's variance the network learns more than with weights from N(0, 0.01²), which \
             are too small for ten layers, each at its own best rate.",
            "He",
            "small",
            LEARNS,
        ),
        above(
            "He's variance keeps the activations' size, Xavier's loses it at each ReLU: powers of \
             ten from the first to the last hidden layer.",
            Unit::Plain(1),
            ("He", &powers("He")),
            ("Xavier", &powers("Xavier")),
            KEPT,
        ),
        above(
            "With small weights the activations die out: they lose more powers of ten than \
             Xavier's.",
            Unit::Plain(1),
            ("Xavier", &powers("Xavier")),
            ("small", &powers("small")),
            DIE_OUT,
        ),
    ];
    let mut findings = results.findings(
        [
            "Small weights multiply through the layers: after ten of them the activations differ \
             by less than a billionth of what they did, and so does the gradient on its way back.",
            "Xavier's variance 1/m loses half of the square at each ReLU, down to a thousandth \
             over ten layers; He's 2/m makes up for it, and the lines stay level. That is no claim \
             about accuracy: with a rate of its own Xavier's network may be ahead (see the table).",
            "With zeros all units of a layer are the same and the gradient of the hidden weights \
             is zero, so only the output's bias learns: a guess. That is arithmetic, and no claim.",
        ],
        claims,
    );
    findings.figures.insert(0, at_start(&shown));
    let caption = "The norm of the gradient of each layer's weights in the first epoch. Of zeros \
        there is none to draw but the output's.";
    findings.figures.insert(
        1,
        plot_by_layer(results, "gradients", caption, "gradient norm", 1, |record| {
            record.gradient_norm
        }),
    );
    Ok(findings)
}

/// Returns the root mean square of each hidden layer's activations in the untrained network of a
/// trial, for standard normal inputs.
fn activations(trial: &Trial) -> Result<Vec<f64>, ExperimentError> {
    let (plan, config) = (&trial.plan, &trial.plan.config);
    let device = zunder::device(&config.device)?;
    let model = config.init_model(
        plan.shape,
        plan.classes.len(),
        Key::new(config.seed).named("model"),
        &device,
    )?;
    let mut layers = Vec::new();
    model.scores_observed(inputs(plan.shape.len(), config.seed, &device), &mut |_, values| {
        layers.push(f64::from(values.clone().powf_scalar(2.0).mean().into_scalar::<f32>()).sqrt());
    });
    Ok(layers)
}

/// Draws standard normal inputs; standardised images have the same mean and variance.
fn inputs(features: usize, seed: u64, device: &Device) -> Tensor<2> {
    let mut rng = Key::new(seed).named("shown inputs").rng();
    let values: Vec<f32> = (0..SHOWN * features).map(|_| rng.normal() as f32).collect();
    Tensor::from_data(TensorData::new(values, [SHOWN, features]), device)
}

fn at_start(shown: &[(String, Vec<Vec<f64>>)]) -> Figure {
    let line = |(name, seeds): &(String, Vec<Vec<f64>>)| {
        let layers = seeds.first().map_or(0, Vec::len);
        let mean = |layer: usize| {
            seeds.iter().map(|layers| layers[layer]).sum::<f64>() / seeds.len() as f64
        };
        Series::line(name, (0..layers).map(|layer| ((layer + 1) as f64, mean(layer))).collect())
    };
    let chart = Plot {
        x_name: "hidden layer".to_owned(),
        y_name: "size of the activations".to_owned(),
        y: Scale::Powers,
        series: shown.iter().map(line).collect(),
        ..Plot::default()
    };
    Figure {
        name: "activations".to_owned(),
        caption: "Before training: the root mean square of each hidden layer's activations for \
            standard normal inputs. Of zeros there is nothing to draw: all are 0."
            .to_owned(),
        drawing: Drawing::Svg(plot(&[chart])),
    }
}
