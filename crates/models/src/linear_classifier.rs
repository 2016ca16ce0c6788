use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};
use zunder_random::Key;

use crate::error::check_layers;
use crate::product::affine;
use crate::summary::Summary;
use crate::{Initializer, ModelError};

/// The linear classifier's configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinearClassifierConfig {
    /// How the weights are drawn. Default: Xavier.
    pub initializer: Initializer,
    /// How the bias is drawn. Default: zeros.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias_initializer: Option<Initializer>,
}

impl Default for LinearClassifierConfig {
    fn default() -> Self {
        Self { initializer: Initializer::Xavier, bias_initializer: None }
    }
}

impl LinearClassifierConfig {
    /// A classifier of `features` inputs and `classes` outputs, its weights drawn from `key`.
    ///
    /// # Errors
    /// [`ModelError::ZeroSize`] without features, [`ModelError::TooFewClasses`] below two classes.
    pub fn init(&self, features: usize, classes: usize, key: Key, device: &Device) -> Result<LinearClassifier, ModelError> {
        if classes < 2 {
            return Err(ModelError::TooFewClasses { got: classes });
        }
        check_layers(&[features, classes])?;
        let bias = self.bias_initializer.unwrap_or(Initializer::Zeros);
        Ok(LinearClassifier { output: self.initializer.linear(features, classes, Some(bias), key.named("output"), device) })
    }
}

/// The linear classifier: s = W x + b, one score for each class (lecture 6a.2, "Lineare Bildklassifikation").
///
/// Row k of W, shaped like an image, is the template that class k is compared with.
#[derive(Module, Debug)]
pub struct LinearClassifier {
    output: Linear,
}

impl LinearClassifier {
    /// The scores of a batch of flattened images.
    ///
    /// # Shapes
    /// `[N, features]` to `[N, classes]`.
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        affine(&self.output, input)
    }

    /// Shapes, parameters and cost.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::new();
        summary.push_linear("output", &self.output);
        summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::module::Param;

    /// The lecture's example: the pixels 3, 231, ..., 21 with the weights that the slide shows.
    #[test]
    fn scores_are_wx_plus_b() {
        let device = Device::flex();
        let mut model = LinearClassifierConfig::default().init(3, 3, Key::new(1), &device).unwrap();
        // Burn keeps the transpose of the lecture's W: column k belongs to class k.
        model.output.weight = Param::from_tensor(Tensor::from_floats([[2.3, -1.0, 0.5], [5.0, -3.0, 2.0], [0.0, 1.0, -1.0]], &device));
        model.output.bias = Some(Param::from_tensor(Tensor::from_floats([-1.5, 2.0, 1.0], &device)));
        let scores = model.forward(Tensor::from_floats([[3.0, 2.0, 1.0]], &device)).try_into_vec_as::<f32>().unwrap();
        for (got, expected) in scores.iter().zip([2.3 * 3.0 + 5.0 * 2.0 - 1.5, -3.0 - 6.0 + 1.0 + 2.0, 1.5 + 4.0 - 1.0 + 1.0_f32]) {
            assert!((got - expected).abs() < 1e-5, "{scores:?}");
        }
    }

    /// The bias trick: with a constant input x0 = 1, b is one more column of W.
    #[test]
    fn bias_is_a_weight_of_a_constant_input() {
        let device = Device::flex();
        let weights = Initializer::Xavier.weights(4, 3, Key::new(2), &device);
        let with_bias = Linear {
            weight: Param::from_tensor(weights.clone().slice([1..4, 0..3])),
            bias: Some(Param::from_tensor(weights.clone().slice([0..1, 0..3]).squeeze::<1>())),
        };
        let x = Initializer::Xavier.weights(5, 3, Key::new(3), &device);
        let x_with_one = Tensor::cat(vec![Tensor::ones([5, 1], &device), x.clone()], 1);
        let difference = (with_bias.forward(x) - x_with_one.matmul(weights)).abs().max().into_scalar::<f32>();
        assert!(difference < 1e-6, "{difference}");
    }
}
