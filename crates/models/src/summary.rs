//! The layers of a model with their sizes and cost.

use burn::nn::Linear;

use crate::{ActivationLayer, DenseLayer, Norm};

/// One layer of a model, as a row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LayerSummary {
    /// The name of the layer, such as "hidden 1".
    pub name: String,
    /// The operations of the layer, such as "linear, batch norm, relu, dropout 0.2".
    pub kind: String,
    /// The number of inputs of each unit.
    pub inputs: usize,
    /// The number of units.
    pub outputs: usize,
    /// The number of trainable parameters.
    pub parameters: usize,
}

/// The layers of a model with their sizes and cost. The input has no weights and does not count as
/// a layer (lecture 6a.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    layers: Vec<LayerSummary>,
    dropout_units: usize,
}

impl Summary {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn push_linear(&mut self, name: &str, linear: &Linear) {
        let [inputs, outputs] = linear.weight.dims();
        let parameters = inputs * outputs + if linear.bias.is_some() { outputs } else { 0 };
        self.layers.push(LayerSummary {
            name: name.to_owned(),
            kind: "linear".to_owned(),
            inputs,
            outputs,
            parameters,
        });
    }

    pub(crate) fn push_dense(&mut self, name: &str, layer: &DenseLayer) {
        self.push_linear(name, &layer.linear);
        if layer.norm.is_some()
            && let Some(row) = self.layers.last_mut()
        {
            // gamma and beta; the running averages are not trained
            row.parameters += 2 * row.outputs;
            row.kind = format!("{}, {}", row.kind, Norm::Batch.name());
        }
        self.activated(&layer.activation, layer.dropout);
    }

    /// Adds normalisation of the input to the last layer.
    pub(crate) fn normed(&mut self, norm: Norm) {
        let Some(row) = self.layers.last_mut() else { return };
        row.parameters += 2 * row.inputs; // gamma and beta
        row.kind = format!("{}, {}", norm.name(), row.kind);
    }

    /// Adds an activation and dropout to the last layer.
    pub(crate) fn activated(&mut self, activation: &ActivationLayer, dropout: f64) {
        let Some(row) = self.layers.last_mut() else { return };
        row.parameters += activation.parameters();
        row.kind = format!("{}, {}", row.kind, activation.function().name());
        if dropout > 0.0 {
            row.kind = format!("{}, dropout {dropout}", row.kind);
            self.dropout_units += row.outputs;
        }
    }

    /// Adds the sum with the block's input to the last layer.
    pub(crate) fn added(&mut self) {
        let Some(row) = self.layers.last_mut() else { return };
        row.kind += ", added";
    }

    /// Returns the rows, from the first hidden layer to the output.
    pub fn layers(&self) -> &[LayerSummary] {
        &self.layers
    }

    /// Returns the number of trainable parameters of the whole model.
    pub fn parameters(&self) -> usize {
        self.layers.iter().map(|l| l.parameters).sum()
    }

    /// Returns the number of units with dropout: the numbers of an image's mask.
    pub fn dropout_units(&self) -> usize {
        self.dropout_units
    }

    /// Returns whether the network is deep, with at least two hidden layers (lecture 6a.2).
    pub fn is_deep(&self) -> bool {
        self.layers.len() > 2
    }

    /// Returns the number of floating-point operations of the matrix products in the forward pass
    /// of one image: 2 per weight.
    pub fn forward_flops(&self) -> u64 {
        self.layers.iter().map(|l| 2 * (l.inputs * l.outputs) as u64).sum()
    }

    /// Returns the number of floating-point operations of one image in one training step: the
    /// forward pass, the gradient of each weight matrix, and the gradient of each layer's input
    /// except the first.
    pub fn training_flops(&self) -> u64 {
        let input_gradient =
            self.layers.iter().skip(1).map(|l| 2 * (l.inputs * l.outputs) as u64).sum::<u64>();
        2 * self.forward_flops() + input_gradient
    }
}
