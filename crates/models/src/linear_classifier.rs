//! The linear classifier.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};
use zunder_random::Key;

use crate::error::check_layers;
use crate::product::affine;
use crate::summary::Summary;
use crate::{ColumnMeans, Initializer, ModelError};

/// The configuration of the linear classifier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinearClassifierConfig {
    /// The initialisation of the weights. Default: Xavier.
    pub initializer: Initializer,
    /// The initialisation of the bias. Default: zeros.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias_initializer: Option<Initializer>,
}

impl Default for LinearClassifierConfig {
    fn default() -> Self {
        Self { initializer: Initializer::Xavier, bias_initializer: None }
    }
}

impl LinearClassifierConfig {
    /// Creates a classifier of `features` inputs and `classes` outputs, with weights drawn from
    /// `key`.
    ///
    /// # Errors
    /// Returns [`ModelError::ZeroSize`] without features, and [`ModelError::TooFewClasses`] for
    /// fewer than two classes.
    pub fn init(
        &self,
        features: usize,
        classes: usize,
        key: Key,
        device: &Device,
    ) -> Result<LinearClassifier, ModelError> {
        if classes < 2 {
            return Err(ModelError::TooFewClasses { got: classes });
        }
        check_layers(&[features, classes])?;
        let bias = self.bias_initializer.unwrap_or(Initializer::Zeros);
        Ok(LinearClassifier {
            output: self.initializer.linear(
                features,
                classes,
                Some(bias),
                key.named("output"),
                device,
            ),
        })
    }
}

/// The linear classifier: s = W x + b, one score per class (lecture 6a.2, "Lineare
/// Bildklassifikation").
///
/// Row k of W, in the shape of an image, is the template of class k.
#[derive(Module, Debug)]
pub struct LinearClassifier {
    output: Linear,
}

impl LinearClassifier {
    /// Computes the scores of a batch of flattened images.
    ///
    /// # Shapes
    /// `[N, features]` to `[N, classes]`.
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        affine(&self.output, input)
    }

    /// Returns the model whose scores of x are those of this one for the [means](ColumnMeans) of x,
    /// which are [folded](ColumnMeans::fold_into) into its layer.
    #[must_use]
    pub fn fold(mut self, means: &ColumnMeans) -> Self {
        self.output.weight = self.output.weight.map(|weight| means.fold_into(weight));
        self
    }

    /// Returns shapes, parameters and cost.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::new();
        summary.push_linear("output", &self.output);
        summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;
    use burn::module::Param;

    /// Returns the weights and the bias of the lecture's example (6a.2, "Training einer Linearen
    /// Bildklassifikation"). Burn stores the transpose of the lecture's W: column k belongs to
    /// class k.
    fn of_the_lecture(device: &Device) -> LinearClassifier {
        let weight =
            Tensor::from_floats([[2.3, -1.0, 0.5], [5.0, -3.0, 2.0], [0.0, 1.0, -1.0]], device);
        let bias = Tensor::from_floats([-1.5, 2.0, 1.0], device);
        LinearClassifier {
            output: Linear {
                weight: Param::from_tensor(weight),
                bias: Some(Param::from_tensor(bias)),
            },
        }
    }

    /// The pixels 3, 231 and 21 of the example with their weights. The slide's scores, -2.5, 2 and
    /// 1, are those of a whole image, whose other 12,285 entries the slide omits.
    #[test]
    fn scores_are_wx_plus_b() {
        let device = Device::flex();
        let scores = of_the_lecture(&device)
            .forward(Tensor::from_floats([[3.0, 231.0, 21.0]], &device))
            .try_into_vec_as::<f32>()
            .unwrap();
        let by_hand = [
            2.3 * 3.0 + 5.0 * 231.0 + 0.0 * 21.0 - 1.5,
            -3.0 - 3.0 * 231.0 + 21.0 + 2.0,
            0.5 * 3.0 + 2.0 * 231.0 - 21.0 + 1.0_f32,
        ];
        for (got, expected) in scores.iter().zip(by_hand) {
            assert!((got - expected).abs() < 1e-3, "{scores:?}");
        }
    }

    /// The lecture's quiz: W2 (W1 x + b1) + b2 is (W2 W1) x + (W2 b1 + b2), again a linear map.
    #[test]
    fn two_linear_maps_are_one() {
        let device = Device::flex();
        let (first, second) = (
            of_the_lecture(&device),
            Initializer::Xavier.linear(3, 2, Some(Initializer::Uniform), Key::new(4), &device),
        );
        let host = |t: Tensor<2>| t.try_into_vec_as::<f32>().unwrap();
        let (w1, b1) = (
            host(first.output.weight.val()),
            host(first.output.bias.as_ref().unwrap().val().unsqueeze()),
        );
        let (w2, b2) =
            (host(second.weight.val()), host(second.bias.as_ref().unwrap().val().unsqueeze()));
        let x = [0.5, -2.0, 0.25];
        let twice = host(second.forward(first.forward(Tensor::from_floats([x], &device))));
        for k in 0..2 {
            let through =
                |row: &dyn Fn(usize) -> f32| (0..3).map(|j| row(j) * w2[2 * j + k]).sum::<f32>();
            let weight = |i: usize| through(&|j| w1[3 * i + j]);
            let once = (0..3).map(|i| x[i] * weight(i)).sum::<f32>() + through(&|j| b1[j]) + b2[k];
            assert!((once - twice[k]).abs() < 1e-5, "{once} and {}", twice[k]);
        }
    }

    /// A unit with the step function gives 1 on one side of the line w x + b = 0, and 0 on the line
    /// and on the other side.
    #[test]
    fn a_step_unit_divides_along_a_line() {
        let device = Device::flex();
        let weight = Param::from_tensor(Tensor::from_floats([[2.0, -2.0], [1.0, -1.0]], &device));
        let unit = Linear {
            weight,
            bias: Some(Param::from_tensor(Tensor::from_floats([-2.0, 2.0], &device))),
        };
        let points =
            Tensor::<2>::from_floats([[1.0, 1.0], [0.0, 0.0], [1.0, 0.0], [-3.0, 9.0]], &device);
        let sides =
            Activation::Step.forward(unit.forward(points)).try_into_vec_as::<f32>().unwrap();
        assert_eq!(sides, [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
    }

    /// The bias trick: with a constant input x0 = 1, b is an additional column of W.
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
        let difference =
            (with_bias.forward(x) - x_with_one.matmul(weights)).abs().max().into_scalar::<f32>();
        assert!(difference < 1e-6, "{difference}");
    }
}
