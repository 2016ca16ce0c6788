//! The multilayer perceptron.

use burn::module::Module;
use burn::nn::{BatchNormConfig, Linear};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};
use zunder_random::Key;

use crate::error::{check_dropout, check_layers};
use crate::product::affine;
use crate::summary::Summary;
use crate::{
    Activation, ActivationLayer, ColumnMeans, DenseLayer, Initializer, ModelError, Observer,
    Precision, Windows,
};

/// The configuration of the multilayer perceptron.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MlpConfig {
    /// The number of units of each hidden layer, from the input on. Default: 1024, 512.
    pub hidden: Vec<usize>,
    /// The activation of the hidden layers. Default: ReLU.
    pub activation: Activation,
    /// Whether the hidden layers use batch normalisation. Default: true.
    pub batch_norm: bool,
    /// The probability of dropping a hidden unit in training, in 0 <= p < 1. Default: 0.
    pub dropout: f64,
    /// The initialisation of the weights of all layers. Default: for hidden layers what suits the
    /// activation (see [`Initializer::suited_to`]), for the output layer, which has no activation,
    /// Xavier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initializer: Option<Initializer>,
    /// The initialisation of the biases. Default: zeros.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias_initializer: Option<Initializer>,
    /// Whether the hidden layers have a bias. Default: only without batch normalisation, which
    /// would remove it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden_bias: Option<bool>,
    /// The precision of the products of the hidden layers in training, on Burn's device `flex`. A
    /// model that is moved to another device trains with 32 bits there. Default: 32 bits.
    #[serde(skip_serializing_if = "Precision::is_default")]
    pub precision: Precision,
}

impl Default for MlpConfig {
    fn default() -> Self {
        Self {
            hidden: vec![1024, 512],
            activation: Activation::Relu,
            batch_norm: true,
            dropout: 0.0,
            initializer: None,
            bias_initializer: None,
            hidden_bias: None,
            precision: Precision::F32,
        }
    }
}

impl MlpConfig {
    /// Checks that all settings are in their ranges.
    ///
    /// # Errors
    /// Returns [`ModelError::NoHiddenLayer`], [`ModelError::ZeroSize`] for a layer without units,
    /// or [`ModelError::Dropout`] for a probability outside of 0 <= p < 1.
    pub fn validate(&self) -> Result<(), ModelError> {
        if self.hidden.is_empty() {
            return Err(ModelError::NoHiddenLayer);
        }
        check_layers(&self.hidden)?;
        check_dropout(self.dropout)
    }

    /// Returns whether hidden layers have a bias.
    pub fn has_hidden_bias(&self) -> bool {
        self.hidden_bias.unwrap_or(!self.batch_norm)
    }

    /// Creates a network of `features` inputs and `classes` outputs, with weights drawn from `key`.
    ///
    /// # Errors
    /// Returns the errors of [`validate`](Self::validate), [`ModelError::TooFewClasses`] for fewer
    /// than two classes, and [`ModelError::Precision`] on a device with gradients that does not
    /// compute products of the precision.
    pub fn init(
        &self,
        features: usize,
        classes: usize,
        key: Key,
        device: &Device,
    ) -> Result<Mlp, ModelError> {
        self.validate()?;
        self.precision.check(device)?;
        if classes < 2 {
            return Err(ModelError::TooFewClasses { got: classes });
        }
        check_layers(&[&[features][..], &self.hidden, &[classes]].concat())?;
        let initializer = self.initializer.unwrap_or(Initializer::suited_to(self.activation));
        let bias = self.bias_initializer.unwrap_or(Initializer::Zeros);
        let hidden_bias = self.has_hidden_bias().then_some(bias);
        let mut inputs = features;
        let mut hidden = Vec::with_capacity(self.hidden.len());
        for (i, &units) in self.hidden.iter().enumerate() {
            hidden.push(DenseLayer {
                linear: initializer.linear(
                    inputs,
                    units,
                    hidden_bias,
                    key.named("hidden").at(i as u64),
                    device,
                ),
                norm: self.batch_norm.then(|| BatchNormConfig::new(units).init(device)),
                activation: ActivationLayer::new(self.activation, device),
                dropout: self.dropout,
                precision: self.precision,
            });
            inputs = units;
        }
        // The scores have no activation, for which Xavier's variance is right.
        let output = self.initializer.unwrap_or(Initializer::Xavier);
        Ok(Mlp {
            hidden,
            output: output.linear(inputs, classes, Some(bias), key.named("output"), device),
        })
    }
}

/// The multilayer perceptron: fully connected hidden layers, then one score per class (lecture
/// 6a.2). With two or more hidden layers it is deep.
#[derive(Module, Debug)]
pub struct Mlp {
    hidden: Vec<DenseLayer>,
    output: Linear,
}

impl Mlp {
    /// Computes the scores of a batch of flattened images, without dropout.
    ///
    /// # Shapes
    /// `[N, features]` to `[N, classes]`.
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        let last = self.hidden.iter().fold(input, |x, layer| layer.forward(x));
        affine(&self.output, last)
    }

    /// Computes the scores with dropout, and with products of the [`Precision`] of the
    /// configuration. `key` names the masks of this step.
    ///
    /// # Shapes
    /// `[N, features]` to `[N, classes]`.
    pub fn forward_training(&self, input: Tensor<2>, key: Key) -> Tensor<2> {
        let last = self
            .hidden
            .iter()
            .zip(0..)
            .fold(input, |x, (layer, i)| layer.forward_training(x, key.at(i)));
        affine(&self.output, last)
    }

    /// Computes [`forward`](Self::forward) and passes the activations of each hidden layer to
    /// `observer`.
    pub fn forward_observed(&self, input: Tensor<2>, observer: &mut Observer<'_>) -> Tensor<2> {
        let mut x = input;
        for (layer, i) in self.hidden.iter().zip(1..) {
            x = layer.forward(x);
            observer(&hidden_name(i), &x);
        }
        affine(&self.output, x)
    }

    /// Returns the model whose first layer has zeros outside of random [windows](Windows) of the
    /// image.
    ///
    /// # Panics
    /// Panics if the images have another number of features than the model.
    #[must_use]
    pub fn in_windows(mut self, windows: &Windows, key: Key) -> Self {
        if let Some(DenseLayer { linear, .. }) = self.hidden.first_mut() {
            windows.restrict_parameter(&mut linear.weight, key);
        }
        self
    }

    /// Returns the model whose scores of x are those of this one for the [means](ColumnMeans) of x,
    /// which are [folded](ColumnMeans::fold_into) into its first layer.
    #[must_use]
    pub fn fold(mut self, means: &ColumnMeans) -> Self {
        if let Some(DenseLayer { linear, .. }) = self.hidden.first_mut() {
            linear.weight = linear.weight.clone().map(|weight| means.fold_into(weight));
        }
        self
    }

    /// Returns shapes, parameters and cost.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::new();
        for (layer, i) in self.hidden.iter().zip(1..) {
            summary.push_dense(&hidden_name(i), layer);
        }
        summary.push_linear("output", &self.output);
        summary
    }
}

fn hidden_name(layer: usize) -> String {
    format!("hidden {layer}")
}
