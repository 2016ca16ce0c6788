//! A layer of neurons: W x + b of cat, dog and bird, with the bias apart and as a weight of an
//! input that is always 1.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use zunder_models::{Activation, LinearClassifierConfig};
use zunder_random::Key;
use zunder_report::Table;
use zunder_train::TrainError;

use super::super::backprop::NEURON;
use super::Section;
use super::printed::{Agreement, cells, number};
use crate::{Claim, ExperimentError};

/// The classes of the example, and the scores that the slide prints.
const CLASSES: [&str; 3] = ["cat", "dog", "bird"];
const PRINTED: [&str; 3] = ["-2.5", "2", "1"];
/// W x + b of the numbers that the slide shows, by hand.
const BY_HAND: [&str; 3] = ["1160.4", "-673", "443.5"];

/// Weights, pixels and biases, as far as the slide shows them.
pub(super) struct Layer {
    /// One row per class.
    pub(super) weights: [[f64; 3]; 3],
    pub(super) pixels: [f64; 3],
    pub(super) bias: [f64; 3],
    /// The value of the neuron that is always on.
    pub(super) always_on: f64,
}

impl Layer {
    pub(super) const LECTURE: Self = Self {
        weights: [[2.3, 5.0, 0.0], [-1.0, -3.0, 1.0], [0.5, 2.0, -1.0]],
        pixels: [3.0, 231.0, 21.0],
        bias: [-1.5, 2.0, 1.0],
        always_on: 1.0,
    };

    pub(super) fn section(&self, device: &Device) -> Result<Section, ExperimentError> {
        let rows: Vec<Vec<f64>> = self.weights.map(Vec::from).into();
        let apart = scores(&rows, &self.bias, &self.pixels, device)?;
        // w_k0 := b_k before the weights of the pixels, and x_0 before the pixels.
        let extended: Vec<Vec<f64>> =
            rows.iter().zip(self.bias).map(|(row, b)| [&[b][..], row].concat()).collect();
        let inputs = [&[self.always_on][..], &self.pixels].concat();
        let as_weight = scores(&extended, &[0.0; 3], &inputs, device)?;
        let furthest = apart.iter().zip(&as_weight).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let listed = |values: &[f64]| values.iter().map(|v| number(*v)).collect::<Vec<_>>();
        let agrees = |text: &[&str; 3]| {
            apart.iter().zip(text).all(|(s, text)| Agreement::of(*s, text) == Agreement::Exact)
        };
        let neuron = NEURON.evaluated()?.value;
        let claims = vec![
            Claim {
                statement: "W x + b of the numbers that the slide shows is 1160.4, -673 and 443.5."
                    .to_owned(),
                evidence: format!(
                    "LinearClassifier: {}; the neuron of the cat in backprop: {}; claimed: {}, as \
                     by hand. The slide's scores are {}: the other 12,285 numbers of the image \
                     make the difference.",
                    listed(&apart).join(", "),
                    number(neuron),
                    BY_HAND.join(", "),
                    PRINTED.join(", ")
                ),
                holds: agrees(&BY_HAND) && Agreement::of(neuron, BY_HAND[0]) == Agreement::Exact,
                ..Claim::default()
            },
            Claim {
                statement:
                    "An identity, checked: with an input x0 = 1 and the weights w_k0 = b_k, \
                    W x gives the same scores without a bias."
                        .to_owned(),
                evidence: format!(
                    "W x: {}; the largest difference is {}, claimed: at most 0.001.",
                    listed(&as_weight).join(", "),
                    number(furthest)
                ),
                holds: furthest <= 1e-3,
                ..Claim::default()
            },
        ];
        Ok(Section { tables: vec![self.table(&apart, device)?], claims })
    }

    fn table(&self, scores: &[f64], device: &Device) -> Result<Table, ExperimentError> {
        let fired = activated(Activation::Step, scores, device)?;
        let rectified = activated(Activation::Relu, scores, device)?;
        let sum = |k: usize| {
            let products: Vec<String> = self.weights[k]
                .iter()
                .zip(self.pixels)
                .map(|(w, x)| format!("{} · {}", in_a_sum(*w), number(x)))
                .collect();
            format!("{} + {}", products.join(" + "), in_a_sum(self.bias[k]))
        };
        let row = |k: usize| {
            let [computed, slide, agreement] = cells(scores[k], PRINTED[k]);
            let functions = [number(fired[k]), number(rectified[k])];
            [vec![CLASSES[k].to_owned(), sum(k), computed, slide, agreement], functions.to_vec()]
                .concat()
        };
        Ok(Table {
            caption: "Linear classification: scores of the three pixels that the slide shows, and \
                the neurons' outputs with two activation functions"
                .to_owned(),
            headings: ["class", "W x + b", "score", "slide", "slide is", "step", "ReLU"]
                .map(str::to_owned)
                .into(),
            rows: (0..CLASSES.len()).map(row).collect(),
            ..Table::default()
        })
    }
}

fn in_a_sum(value: f64) -> String {
    if value < 0.0 { format!("({})", number(value)) } else { number(value) }
}

/// Returns the scores of one sample by the linear classifier with these weights.
fn scores(
    rows: &[Vec<f64>],
    bias: &[f64],
    inputs: &[f64],
    device: &Device,
) -> Result<Vec<f64>, ExperimentError> {
    let key = Key::new(0);
    let model = LinearClassifierConfig::default().init(inputs.len(), rows.len(), key, device)?;
    // Burn stores the transpose of the lecture's W: column k belongs to class k.
    let columns: Vec<f64> =
        (0..inputs.len()).flat_map(|j| rows.iter().map(move |row| row[j])).collect();
    let model = model.map(&mut Given { weights: &columns, bias });
    host(model.forward(Tensor::from_data(floats(inputs, [1, inputs.len()]), device)))
}

/// Returns an activation function of each score.
fn activated(
    function: Activation,
    scores: &[f64],
    device: &Device,
) -> Result<Vec<f64>, ExperimentError> {
    host(function.forward(Tensor::<2>::from_data(floats(scores, [1, scores.len()]), device)))
}

pub(super) fn floats<const D: usize>(values: &[f64], shape: [usize; D]) -> TensorData {
    TensorData::new(values.iter().map(|value| *value as f32).collect::<Vec<f32>>(), shape)
}

pub(super) fn host<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f64>, ExperimentError> {
    let values = tensor.try_into_vec_as::<f32>();
    let values = values.map_err(|error| TrainError::Device(error.to_string()))?;
    Ok(values.into_iter().map(f64::from).collect())
}

/// Replaces the weights and the bias of a linear classifier.
struct Given<'a> {
    weights: &'a [f64],
    bias: &'a [f64],
}

impl ModuleMapper for Given<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let values = if D == 2 { self.weights } else { self.bias };
        let given = Tensor::from_data(floats(values, tensor.dims()), &tensor.device());
        Param::from_mapped_value(id, given, mapper)
    }
}
