//! The residual multilayer perceptron.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};
use zunder_random::Key;

use crate::error::{check_dropout, check_range, check_stochastic_depth, check_weights};
use crate::norm::NormLayer;
use crate::product::{affine, affine_in};
use crate::summary::Summary;
use crate::{
    Activation, ActivationLayer, ColumnMeans, Initializer, ModelError, Norm, Observer, Precision,
    ResidualBlock, Windows,
};

/// The configuration of the residual multilayer perceptron.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResidualMlpConfig {
    /// The number of units between the embedding, the blocks and the head, 1 to 65536. Default:
    /// 512.
    pub width: usize,
    /// The number of residual blocks, 1 to 1000. Default: 4.
    pub depth: usize,
    /// The number of hidden units of a block divided by the width, 1 to 64. Default: 2.
    pub expansion: usize,
    /// The normalisation of the input of each block and of the head. Default: layer normalisation.
    pub norm: Norm,
    /// The probability of dropping a hidden unit of a block in training, in 0 <= p < 1. Default:
    /// 0.2.
    pub dropout: f64,
    /// Stochastic depth: the probability p that training skips the last block, for each image, in 0
    /// <= p < 1. Block i of n is skipped with probability p i / n (Huang et al. 2016). Default: 0.
    pub stochastic_depth: f64,
    /// The activation of the hidden units of the blocks. Default: ReLU.
    pub activation: Activation,
    /// The initialisation of the weights of all layers. Default: for layers followed by an
    /// activation what suits it (see [`Initializer::suited_to`]), for the others Xavier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initializer: Option<Initializer>,
    /// The initialisation of the biases. Default: zeros.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias_initializer: Option<Initializer>,
    /// The precision of the products of the embedding and the blocks in training, on Burn's device
    /// `flex`. A model that is moved to another device trains with 32 bits there. Default: 32 bits.
    #[serde(skip_serializing_if = "Precision::is_default")]
    pub precision: Precision,
}

impl Default for ResidualMlpConfig {
    fn default() -> Self {
        Self {
            width: 512,
            depth: 4,
            expansion: 2,
            norm: Norm::Layer,
            dropout: 0.2,
            stochastic_depth: 0.0,
            activation: Activation::Relu,
            initializer: None,
            bias_initializer: None,
            precision: Precision::F32,
        }
    }
}

impl ResidualMlpConfig {
    /// Returns the number of hidden units of each block.
    pub fn hidden(&self) -> usize {
        self.width.saturating_mul(self.expansion)
    }

    /// Returns whether the embedding and the blocks add a bias to their output. There is none if
    /// batch normalisation follows, which would remove it.
    pub fn stream_bias(&self) -> bool {
        self.norm != Norm::Batch
    }

    /// Checks that all settings are in their ranges.
    ///
    /// # Errors
    /// Returns [`ModelError::OutOfRange`], [`ModelError::Dropout`] or
    /// [`ModelError::StochasticDepth`] for a setting out of its range, or
    /// [`ModelError::TooManyWeights`].
    pub fn validate(&self) -> Result<(), ModelError> {
        check_range("width", self.width, 65536)?;
        check_range("depth", self.depth, 1000)?;
        check_range("expansion", self.expansion, 64)?;
        check_dropout(self.dropout)?;
        check_stochastic_depth(self.stochastic_depth)?;
        check_weights(self.weights(0, 0))
    }

    /// Creates a network of `features` inputs and `classes` outputs, with weights drawn from `key`.
    ///
    /// # Errors
    /// Returns the errors of [`validate`](Self::validate), [`ModelError::ZeroSize`] without
    /// features, [`ModelError::TooFewClasses`] for fewer than two classes, and
    /// [`ModelError::Precision`] on a device with gradients that does not compute products of the
    /// precision.
    pub fn init(
        &self,
        features: usize,
        classes: usize,
        key: Key,
        device: &Device,
    ) -> Result<ResidualMlp, ModelError> {
        self.validate()?;
        self.precision.check(device)?;
        if classes < 2 {
            return Err(ModelError::TooFewClasses { got: classes });
        }
        if features == 0 {
            return Err(ModelError::ZeroSize { what: "the number of features".to_owned() });
        }
        check_weights(self.weights(features, classes))?;
        let linear = |suited: Initializer, [inputs, outputs]: [usize; 2], bias: bool, key| {
            let bias = bias.then(|| self.bias_initializer.unwrap_or(Initializer::Zeros));
            self.initializer.unwrap_or(suited).linear(inputs, outputs, bias, key, device)
        };
        let block = |i| {
            let key = key.named("block").at(i);
            ResidualBlock {
                norm: self.norm.init(self.width, device),
                expand: linear(
                    Initializer::suited_to(self.activation),
                    [self.width, self.hidden()],
                    true,
                    key.named("expand"),
                ),
                activation: ActivationLayer::new(self.activation, device),
                dropout: self.dropout,
                project: linear(
                    Initializer::Xavier,
                    [self.hidden(), self.width],
                    self.stream_bias(),
                    key.named("project"),
                ),
                skipped: self.stochastic_depth * (i + 1) as f64 / self.depth as f64,
                precision: self.precision,
            }
        };
        Ok(ResidualMlp {
            embedding: linear(
                Initializer::Xavier,
                [features, self.width],
                self.stream_bias(),
                key.named("embedding"),
            ),
            blocks: (0..self.depth as u64).map(block).collect(),
            norm: self.norm.init(self.width, device),
            output: linear(Initializer::Xavier, [self.width, classes], true, key.named("output")),
            precision: self.precision,
        })
    }

    /// Returns the number of entries of all weight matrices.
    fn weights(&self, features: usize, classes: usize) -> usize {
        let blocks = self.hidden().saturating_mul(2).saturating_mul(self.depth);
        self.width.saturating_mul(features.saturating_add(blocks).saturating_add(classes))
    }
}

/// The residual multilayer perceptron: an embedding W x + b, [residual blocks](ResidualBlock),
/// normalisation, and one score per class.
///
/// After Bachmann, Anagnostidis and Hofmann 2023, "Scaling MLPs: A Tale of Inductive Bias". As
/// there, the blocks normalise first and have a larger hidden width.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use zunder_models::{Key, ResidualMlpConfig};
///
/// let device = Device::flex();
/// let config = ResidualMlpConfig { width: 32, depth: 3, ..ResidualMlpConfig::default() };
/// let model = config.init(3 * 8 * 8, 10, Key::new(1), &device)?;
/// assert_eq!(model.forward(Tensor::zeros([5, 192], &device)).dims(), [5, 10]);
/// # Ok::<(), zunder_models::ModelError>(())
/// ```
#[derive(Module, Debug)]
pub struct ResidualMlp {
    embedding: Linear,
    blocks: Vec<ResidualBlock>,
    norm: NormLayer,
    output: Linear,
    /// The precision of the embedding in training.
    #[module(skip)]
    precision: Precision,
}

impl ResidualMlp {
    /// Computes the scores of a batch of flattened images, without dropout.
    ///
    /// # Shapes
    /// `[N, features]` to `[N, classes]`.
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        self.head(
            self.blocks.iter().fold(affine(&self.embedding, input), |x, block| block.forward(x)),
        )
    }

    /// Computes the scores with dropout, and with products of the [`Precision`] of the
    /// configuration. `key` names the masks of this step.
    ///
    /// # Shapes
    /// `[N, features]` to `[N, classes]`.
    pub fn forward_training(&self, input: Tensor<2>, key: Key) -> Tensor<2> {
        let embedded = affine_in(self.precision, &self.embedding, input);
        self.head(
            self.blocks
                .iter()
                .zip(0..)
                .fold(embedded, |x, (block, i)| block.forward_training(x, key.at(i))),
        )
    }

    /// Computes [`forward`](Self::forward) and passes the activations of each block's hidden units
    /// to `observer`.
    pub fn forward_observed(&self, input: Tensor<2>, observer: &mut Observer<'_>) -> Tensor<2> {
        let mut x = affine(&self.embedding, input);
        for (block, i) in self.blocks.iter().zip(1..) {
            x = block.forward_through(x, |hidden| {
                observer(&expansion_name(i), &hidden);
                hidden
            });
        }
        self.head(x)
    }

    fn head(&self, x: Tensor<2>) -> Tensor<2> {
        affine(&self.output, self.norm.forward(x))
    }

    /// Returns the model whose embedding has zeros outside of random [windows](Windows) of the
    /// image.
    ///
    /// # Panics
    /// Panics if the images have another number of features than the model.
    #[must_use]
    pub fn in_windows(mut self, windows: &Windows, key: Key) -> Self {
        windows.restrict_parameter(&mut self.embedding.weight, key);
        self
    }

    /// Returns the model whose scores of x are those of this one for the [means](ColumnMeans) of x,
    /// which are [folded](ColumnMeans::fold_into) into its embedding.
    #[must_use]
    pub fn fold(mut self, means: &ColumnMeans) -> Self {
        self.embedding.weight = self.embedding.weight.map(|weight| means.fold_into(weight));
        self
    }

    /// Returns shapes, parameters and cost.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::new();
        summary.push_linear("embedding", &self.embedding);
        for (block, i) in self.blocks.iter().zip(1..) {
            summary.push_linear(&expansion_name(i), &block.expand);
            summary.normed(block.norm.norm());
            summary.activated(&block.activation, block.dropout);
            summary.push_linear(&format!("block {i} project"), &block.project);
            summary.added();
        }
        summary.push_linear("output", &self.output);
        summary.normed(self.norm.norm());
        summary
    }
}

fn expansion_name(block: usize) -> String {
    format!("block {block} expand")
}
