//! The experiment of activation functions in a deep network.

use burn::tensor::Tensor;
use zunder::Trial;
use zunder_models::Activation;
use zunder_report::{Drawing, Figure, Plot, Series, plot};

use super::layers::{by_layer, plot_by_layer};
use super::{Criterion, Grid, Results, Variants};
use crate::claim::{Margin, Unit};
use crate::experiment::Experiment;
use crate::{Control, ExperimentError, Findings};

/// Activation functions of the hidden units, in a network of six hidden layers.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "activations",
    title: "Activation functions at depth",
    source: "Lecture 6a.2, \"Sigmoide Aktivierungsfunktion\", \"Rectified Linear Unit \
        (ReLU)\", \"Varianten der ReLU\".",
    question: "Six hidden layers with the same initial weights, and the activation function alone \
        is exchanged, each with its own best rate: which ones pass the gradient on to the first \
        layer?",
    kind: &VARIANTS,
};

/// Margins.
const VANISHES: Margin = Margin::pilot(2.40, 2.01);
const SLOPE: Margin = Margin::pilot(1.89, 2.16);
const LEARNS: Margin = Margin::pilot(0.059, 0.177);
const SWISH: Margin = Margin::pilot(0.073, -0.004);

const VARIANTS: Variants = Variants {
    base: &["data.limit=1000", "model.hidden=[64, 64, 64, 64, 64, 64]", "model.initializer=he"],
    settings: &[
        ("logistic", &["model.activation=logistic"]),
        ("tanh", &["model.activation=tanh"]),
        ("relu", &["model.activation=relu"]),
        ("leaky-relu", &["model.activation=leaky-relu"]),
        ("swish", &["model.activation=swish"]),
        ("gelu", &["model.activation=gelu"]),
    ],
    grids: &[Grid {
        of: &[],
        key: "optimizer.lr",
        values: &["0.003", "0.01", "0.03", "0.1", "0.3"],
    }],
    criteria: &[Criterion::VALIDATION_ERROR],
    controls: &[
        Control {
            fails: &[1, 2, 3],
            settings: &["model.hidden=[64, 64]", "optimizer.lr=0.01"],
            because: "Two hidden layers multiply one slope only, which costs the first layer less \
                than a power of ten, and this rate makes up for it.",
        },
        Control {
            fails: &[4],
            settings: &["model.initializer=xavier", "optimizer.lr=0.01"],
            because: "Xavier's initial weights are smaller than He's, and the slope of Swish at 0 \
                is 1/2: six layers of it pass on so little that at this rate ReLU is ahead.",
        },
    ],
    judge,
    ..Variants::NONE
};

fn judge(results: &Results) -> Result<Findings, ExperimentError> {
    let claims = vec![
        results.above(
            "With the logistic function the gradient vanishes on its way to the first layer: from \
             the last hidden layer to the first it loses more powers of ten than with ReLU.",
            Unit::Plain(2),
            "logistic",
            "relu",
            VANISHES,
            &powers_lost,
        ),
        results.above(
            "The cause is the slope, not the S shape: tanh(a) = 2 f(2a) - 1 is the logistic \
             function f stretched to a slope of 1 at 0, and loses fewer powers of ten.",
            Unit::Plain(2),
            "logistic",
            "tanh",
            SLOPE,
            &powers_lost,
        ),
        results.better(
            "A deep network of logistic units learns less than one of ReLUs in the same time, each \
             at its best rate.",
            "relu",
            "logistic",
            LEARNS,
        ),
        results.better(
            "Swish gains on ReLU in a deep network, each at its own best rate.",
            "swish",
            "relu",
            SWISH,
        ),
    ];
    let mut findings = results.findings(
        [
            "The logistic function's slope is at most 1/4, and that alone takes three quarters of \
             the gradient away at each layer: six layers leave next to nothing for the first.",
            "ReLU's slope is 1 wherever a unit is active, so the gradient's size hardly depends on \
             the layer.",
            "All networks begin with He's initial weights, which suit ReLU. Swish gains on the \
             shapes; on as many images of CIFAR-10 no gain was found. What it costs, an \
             exponential for each unit, is in the column of seconds, and no claim, since times \
             depend on the machine.",
        ],
        claims,
    );
    let caption = "The norm of the gradient of each layer's weights in the first epoch: with the \
        logistic function it shrinks by orders of magnitude towards the input (left).";
    findings.figures.insert(
        0,
        plot_by_layer(results, "gradients", caption, "gradient norm", 1, |record| {
            record.gradient_norm
        }),
    );
    findings.figures.push(functions(results)?);
    Ok(findings)
}

/// Returns the logarithm to base ten of the ratio of the gradients of the last and the first hidden
/// layer in the first epoch.
fn powers_lost(trial: &Trial) -> f64 {
    let norms = by_layer(trial, 1, |record| record.gradient_norm);
    match norms[..] {
        // The last layer is the output layer.
        [first, .., last, _] => (last / first).log10(),
        _ => f64::NAN,
    }
}

/// Plots the functions and their derivatives.
fn functions(results: &Results) -> Result<Figure, ExperimentError> {
    let Some(config) = results
        .variants
        .iter()
        .flat_map(|variant| &variant.trials)
        .map(|trial| &trial.plan.config)
        .next()
    else {
        return Ok(Figure {
            name: "functions".to_owned(),
            caption: String::new(),
            drawing: Drawing::Svg(plot(&[])),
        });
    };
    let device = zunder::device(&config.device)?.autodiff();
    let places: Vec<f32> = (-120..=120).map(|i| i as f32 / 30.0).collect();
    let [mut values, mut slopes] = [const { Vec::new() }; 2];
    for (name, f) in results.variants.iter().filter_map(|variant| {
        Some((&variant.name, Activation::ALL.into_iter().find(|f| f.name() == variant.name)?))
    }) {
        let x = Tensor::<1>::from_floats(places.as_slice(), &device).require_grad();
        let y = f.forward(x.clone());
        let gradients = y.clone().sum().backward();
        let pairs = |tensor: Tensor<1>| {
            let numbers = tensor.try_into_vec_as::<f32>().unwrap_or_default();
            places.iter().zip(numbers).map(|(x, y)| (f64::from(*x), f64::from(y))).collect()
        };
        values.push(Series::line(name, pairs(y.inner())));
        slopes.push(Series::line(name, x.grad(&gradients).map(pairs).unwrap_or_default()));
    }
    let chart = |y_name: &str, series| Plot {
        x_name: "weighted sum a".to_owned(),
        y_name: y_name.to_owned(),
        series,
        ..Plot::default()
    };
    Ok(Figure {
        name: "functions".to_owned(),
        caption: "The functions, and their slopes.".to_owned(),
        drawing: Drawing::Svg(plot(&[chart("f(a)", values), chart("f'(a)", slopes)])),
    })
}
