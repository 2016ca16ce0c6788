//! Writes a model as an ONNX file: 8-bit images in, scores and probabilities out.

mod graph;
mod messages;

use std::collections::BTreeMap;

use prost::Message;
use zunder_data::ImageShape;
use zunder_models::{Activation, Norm};
use zunder_train::NamedTensor;

use crate::config::tta::{View, reflected};
use crate::exchange::onnx::graph::{Element, GraphBuilder, float, integer};
use crate::exchange::onnx::messages::{Entry, Model, OperatorSet};
use crate::{ModelConfig, Preprocessing, TestTimeAugmentation};

/// The version of the standard operators: the first that has `LayerNormalization`.
pub(crate) const OPSET: i64 = 17;
/// The version of the format that belongs to this version of the operators.
const IR_VERSION: i64 = 8;
/// What both normalisations add to the variance.
const EPSILON: f32 = 1e-5;
/// The slope of the leaky ReLU below 0.
const LEAK: f32 = 0.01;

/// A model for ONNX.
pub(crate) struct OnnxModel<'a> {
    /// Name of the graph.
    pub name: &'a str,
    pub config: &'a ModelConfig,
    pub preprocessing: &'a Preprocessing,
    pub tta: TestTimeAugmentation,
    /// Whether the softmax of the scores gives probabilities.
    pub probabilities: bool,
    /// Weights with PyTorch's names and layouts.
    pub tensors: &'a [NamedTensor],
    /// Names and values of `metadata_props`.
    pub metadata: &'a [(&'a str, String)],
}

impl OnnxModel<'_> {
    /// Returns the bytes of the file.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let entry =
            |(key, value): &(&str, String)| Entry { key: (*key).to_owned(), value: value.clone() };
        let model = Model {
            ir_version: IR_VERSION,
            producer_name: "zunder".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            doc_string: "An image classifier. The metadata has its classes and preprocessing."
                .to_owned(),
            graph: Some(self.graph()),
            opset_import: vec![OperatorSet { domain: Some(String::new()), version: OPSET }],
            metadata_props: self.metadata.iter().map(entry).collect(),
        };
        model.encode_to_vec()
    }

    fn graph(&self) -> messages::Graph {
        let Preprocessing { shape, classes, standardisation, .. } = self.preprocessing;
        let (channels, sides) = (shape.channels, [shape.height, shape.width]);
        let mut graph = GraphBuilder::new(self.name);
        graph.input(
            "images",
            Element::U8,
            &[channels, sides[0], sides[1]],
            "8-bit images, resized and turned upright: channels (grey, or red, green, blue), rows, \
             columns",
        );
        for tensor in self.tensors {
            graph.floats(&tensor.name, &tensor.shape, &tensor.values);
        }
        graph.floats("divisor", &[], &[255.0]);
        graph.floats("mean", &[channels, 1, 1], &standardisation.mean);
        graph.floats("std", &[channels, 1, 1], &standardisation.std);

        let pixels = graph.node("Cast", &["images"], vec![integer("to", Element::F32 as i64)]);
        let scaled = graph.node("Div", &[&pixels, "divisor"], Vec::new());
        let centred = graph.node("Sub", &[&scaled, "mean"], Vec::new());
        let standardised = graph.node("Div", &[&centred, "std"], Vec::new());
        let scores = self.mean_scores(&mut graph, &standardised);
        let n = [classes.len()];
        graph.output("scores", &scores, &n, "One score for each class");
        if self.probabilities {
            let shares = graph.node("Softmax", &["scores"], vec![integer("axis", 1)]);
            graph.output("probabilities", &shares, &n, "The softmax of the scores");
        }
        graph.build()
    }

    /// Adds the network once for each view of test-time augmentation; returns the mean of their
    /// scores.
    fn mean_scores(&self, graph: &mut GraphBuilder, images: &str) -> String {
        let ImageShape { height, width, .. } = self.preprocessing.shape;
        // Views with the same shift down share their rows.
        let mut shifted = BTreeMap::from([(0, images.to_owned())]);
        let mut sum: Option<String> = None;
        for View { down, right, mirrored } in self.tta.each_view() {
            let rows = shifted.entry(down).or_insert_with(|| {
                let places = (0..height as isize).map(|y| reflected(y + down, height));
                graph.gathered(images, 2, &format!("rows {down}"), places)
            });
            let columns = (0..width as isize).map(|x| reflected(x + right, width));
            let view = match (right, mirrored) {
                (0, false) => rows.clone(),
                (_, false) => graph.gathered(rows, 3, &format!("columns {right}"), columns),
                (_, true) => graph.gathered(
                    rows,
                    3,
                    &format!("mirrored columns {right}"),
                    columns.map(|x| width - 1 - x),
                ),
            };
            let scores = self.scores(graph, &view);
            sum = Some(match sum {
                Some(sum) => graph.node("Add", &[&sum, &scores], Vec::new()),
                None => scores,
            });
        }
        let views = self.tta.views();
        let sum = sum.unwrap_or_default();
        if views == 1 {
            return sum;
        }
        graph.floats("share of a view", &[], &[1.0 / views as f32]);
        graph.node("Mul", &[&sum, "share of a view"], Vec::new())
    }

    /// Adds the network; returns its scores of the images `x`, \[N, channels, height, width\].
    fn scores(&self, graph: &mut GraphBuilder, x: &str) -> String {
        let mut x = graph.node("Flatten", &[x], vec![integer("axis", 1)]);
        match self.config {
            ModelConfig::Linear(_) => {}
            ModelConfig::Mlp(config) => {
                for i in 0..config.hidden.len() {
                    let layer = format!("hidden.{i}");
                    x = self.linear(graph, &format!("{layer}.linear"), &x);
                    if config.batch_norm {
                        x = norm(graph, Norm::Batch, &format!("{layer}.norm"), &x);
                    }
                    x = activation(graph, config.activation, &layer, &x);
                }
            }
            ModelConfig::ResidualMlp(config) => {
                x = self.linear(graph, "embedding", &x);
                for i in 0..config.depth {
                    let block = format!("blocks.{i}");
                    let mut y = norm(graph, config.norm, &format!("{block}.norm"), &x);
                    y = self.linear(graph, &format!("{block}.expand"), &y);
                    y = activation(graph, config.activation, &block, &y);
                    y = self.linear(graph, &format!("{block}.project"), &y);
                    x = graph.node("Add", &[&x, &y], Vec::new());
                }
                x = norm(graph, config.norm, "norm", &x);
            }
        }
        self.linear(graph, "output", &x)
    }

    /// Adds x W^T + b, without b if the layer has none.
    fn linear(&self, graph: &mut GraphBuilder, layer: &str, x: &str) -> String {
        let (weight, bias) = (format!("{layer}.weight"), format!("{layer}.bias"));
        let has_bias = self.tensors.iter().any(|tensor| tensor.name == bias);
        let inputs = [x, &weight, &bias];
        let inputs = &inputs[..if has_bias { 3 } else { 2 }];
        graph.node("Gemm", inputs, vec![integer("transB", 1)])
    }
}

fn norm(graph: &mut GraphBuilder, norm: Norm, layer: &str, x: &str) -> String {
    let of = |part: &str| format!("{layer}.{part}");
    let (gamma, beta) = (of("weight"), of("bias"));
    let epsilon = vec![float("epsilon", EPSILON)];
    if norm == Norm::Batch {
        let (mean, variance) = (of("running_mean"), of("running_var"));
        return graph.node("BatchNormalization", &[x, &gamma, &beta, &mean, &variance], epsilon);
    }
    graph.node("LayerNormalization", &[x, &gamma, &beta], epsilon)
}

fn activation(graph: &mut GraphBuilder, f: Activation, layer: &str, x: &str) -> String {
    let mut node = |operator: &str, inputs: &[&str]| graph.node(operator, inputs, Vec::new());
    match f {
        Activation::Logistic => node("Sigmoid", &[x]),
        Activation::Tanh => node("Tanh", &[x]),
        Activation::Relu => node("Relu", &[x]),
        Activation::LeakyRelu => graph.node("LeakyRelu", &[x], vec![float("alpha", LEAK)]),
        Activation::Prelu => node("PRelu", &[x, &format!("{layer}.activation.weight")]),
        Activation::Swish => {
            let gate = node("Sigmoid", &[x]);
            node("Mul", &[x, &gate])
        }
        Activation::Gelu => {
            // x (1 + erf(x / sqrt 2)) / 2: the operator `Gelu` came with version 20.
            let constants = [("sqrt2", std::f32::consts::SQRT_2), ("one", 1.0), ("half", 0.5)];
            for (name, value) in constants {
                graph.floats(name, &[], &[value]);
            }
            let mut node =
                |operator: &str, inputs: &[&str]| graph.node(operator, inputs, Vec::new());
            let scaled = node("Div", &[x, "sqrt2"]);
            let error = node("Erf", &[&scaled]);
            let shifted = node("Add", &[&error, "one"]);
            let share = node("Mul", &[&shifted, "half"]);
            node("Mul", &[x, &share])
        }
        Activation::Step => {
            graph.floats("zero", &[], &[0.0]);
            let above = graph.node("Greater", &[x, "zero"], Vec::new());
            graph.node("Cast", &[&above], vec![integer("to", Element::F32 as i64)])
        }
        // The identity. A test compares each function with that of the model.
        _ => x.to_owned(),
    }
}
