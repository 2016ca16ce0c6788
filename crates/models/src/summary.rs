use burn::nn::Linear;

use crate::{ActivationLayer, DenseLayer, Norm};

/// One layer of a model, as a row of its table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LayerSummary {
    /// The layer's place, such as "hidden 1".
    pub name: String,
    /// What it computes, such as "linear, batch norm, relu, dropout 0.2".
    pub kind: String,
    /// Inputs of each unit.
    pub inputs: usize,
    /// Units.
    pub outputs: usize,
    /// Numbers that training changes.
    pub parameters: usize,
}

/// The layers of a model with their sizes and cost. The input has no weights and is not counted as
/// a layer (lecture 6a.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    layers: Vec<LayerSummary>,
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
            row.parameters += 2 * row.outputs; // gamma and beta; the running averages are not trained
            row.kind = format!("{}, {}", row.kind, Norm::Batch.name());
        }
        self.activated(&layer.activation, layer.dropout);
    }

    /// The last layer's input is standardised first.
    pub(crate) fn normed(&mut self, norm: Norm) {
        let Some(row) = self.layers.last_mut() else { return };
        row.parameters += 2 * row.inputs; // gamma and beta
        row.kind = format!("{}, {}", norm.name(), row.kind);
    }

    /// The last layer's sums go through an activation and dropout.
    pub(crate) fn activated(&mut self, activation: &ActivationLayer, dropout: f64) {
        let Some(row) = self.layers.last_mut() else { return };
        row.parameters += activation.parameters();
        row.kind = format!("{}, {}", row.kind, activation.function().name());
        if dropout > 0.0 {
            row.kind = format!("{}, dropout {dropout}", row.kind);
        }
    }

    /// The last layer's sums are added to what came into its block.
    pub(crate) fn added(&mut self) {
        let Some(row) = self.layers.last_mut() else { return };
        row.kind += ", added";
    }

    /// The rows, from the first hidden layer to the output.
    pub fn layers(&self) -> &[LayerSummary] {
        &self.layers
    }

    /// Trained numbers of the whole model.
    pub fn parameters(&self) -> usize {
        self.layers.iter().map(|l| l.parameters).sum()
    }

    /// Whether the network is deep: at least two hidden layers (lecture 6a.2).
    pub fn is_deep(&self) -> bool {
        self.layers.len() > 2
    }

    /// Floating-point operations of the matrix products of one image's forward pass: 2 for each
    /// weight.
    pub fn forward_flops(&self) -> u64 {
        self.layers.iter().map(|l| 2 * (l.inputs * l.outputs) as u64).sum()
    }

    /// The same for one image in one training step: forward, the gradient of each weight matrix,
    /// and that of each layer's input but the first's.
    pub fn training_flops(&self) -> u64 {
        let input_gradient =
            self.layers.iter().skip(1).map(|l| 2 * (l.inputs * l.outputs) as u64).sum::<u64>();
        2 * self.forward_flops() + input_gradient
    }
}
