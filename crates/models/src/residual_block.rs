//! The block of the residual multilayer perceptron.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;
use zunder_random::Key;

use crate::dropout::Mask;
use crate::norm::NormLayer;
use crate::product::affine_in;
use crate::{ActivationLayer, Precision};

/// A residual block: y = x + W2 dropout(f(W1 norm(x) + b1)) + b2, with more hidden units than x has
/// (an inverted bottleneck).
///
/// It learns the difference from the identity, and gradients reach x unchanged (He et al. 2016,
/// "Identity Mappings in Deep Residual Networks"). The bias b2 is left out if batch normalisation
/// follows, which would remove it.
#[derive(Module, Debug)]
pub struct ResidualBlock {
    pub(crate) norm: NormLayer,
    pub(crate) expand: Linear,
    pub(crate) activation: ActivationLayer,
    #[module(skip)]
    pub(crate) dropout: f64,
    pub(crate) project: Linear,
    /// The probability that training skips the block for an image.
    #[module(skip)]
    pub(crate) skipped: f64,
    /// The precision of the products in training.
    #[module(skip)]
    pub(crate) precision: Precision,
}

impl ResidualBlock {
    /// Computes the block without dropout.
    ///
    /// # Shapes
    /// `[N, width]` to `[N, width]`.
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        self.forward_masked(input, Masks::default(), Precision::F32, |hidden| hidden)
    }

    /// Computes the block with dropout and stochastic depth, and with products of the [`Precision`]
    /// of the configuration. `key` names the masks.
    ///
    /// Stochastic depth (Huang et al. 2016, "Deep Networks with Stochastic Depth", here per image)
    /// skips the block for some images and divides the branch of the others by the probability of
    /// keeping it, as dropout does.
    ///
    /// # Shapes
    /// `[N, width]` to `[N, width]`.
    pub fn forward_training(&self, input: Tensor<2>, key: Key) -> Tensor<2> {
        let units = Mask::new(self.dropout, key);
        let images = Mask::new(self.skipped, key.named("depth"));
        self.forward_masked(input, Masks { units, images }, self.precision, |hidden| hidden)
    }

    /// Computes the block with a function applied to the activations of its hidden units, `[N,
    /// expansion * width]`.
    pub(crate) fn forward_through(
        &self,
        input: Tensor<2>,
        through: impl FnOnce(Tensor<2>) -> Tensor<2>,
    ) -> Tensor<2> {
        self.forward_masked(input, Masks::default(), Precision::F32, through)
    }

    fn forward_masked(
        &self,
        input: Tensor<2>,
        masks: Masks,
        precision: Precision,
        through: impl FnOnce(Tensor<2>) -> Tensor<2>,
    ) -> Tensor<2> {
        #[cfg(feature = "flex")]
        let (standardised, shortcut) = self.norm.forward_with_shortcut(input.clone());
        #[cfg(not(feature = "flex"))]
        let standardised = self.norm.forward(input.clone());
        let sums = affine_in(precision, &self.expand, standardised);
        let hidden = self.activation.forward_masked(sums, masks.units);
        let added = affine_in(precision, &self.project, through(hidden));
        #[cfg(feature = "flex")]
        let (input, added) = match crate::shortcut_flex::sum(input, added, masks.images, shortcut) {
            Ok(output) => return output,
            Err(tensors) => tensors,
        };
        let Some(mask) = masks.images else { return input + added };
        let mask = mask.tensor([added.dims()[0], 1], &added.device());
        input + added * mask
    }
}

/// The masks of one training step.
#[derive(Clone, Copy, Default)]
struct Masks {
    /// The mask of the hidden units of each image.
    units: Option<Mask>,
    /// The mask of whole images, one factor each.
    images: Option<Mask>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Initializer, Norm};
    use burn::tensor::Device;

    /// A block whose projection is 0 returns its input.
    #[test]
    fn what_is_learnt_is_the_difference_from_the_identity() {
        let device = Device::flex();
        let block = |project: Initializer| ResidualBlock {
            norm: Norm::Layer.init(4, &device),
            expand: Initializer::He.linear(4, 8, None, Key::new(1), &device),
            activation: ActivationLayer::new(Activation::Relu, &device),
            dropout: 0.0,
            project: project.linear(8, 4, Some(project), Key::new(2), &device),
            skipped: 0.0,
            precision: Precision::F32,
        };
        let x = Initializer::Xavier.weights(3, 4, Key::new(3), &device);
        let difference = |project| {
            (block(project).forward(x.clone()) - x.clone()).abs().max().into_scalar::<f32>()
        };
        assert_eq!(difference(Initializer::Zeros), 0.0);
        assert!(difference(Initializer::Xavier) > 0.1);
    }
    /// Some images skip the block, and the branch of the others is scaled up: on average the block
    /// is the same.
    #[test]
    fn stochastic_depth_skips_images_and_keeps_the_mean() {
        let device = Device::flex();
        let block = ResidualBlock {
            norm: Norm::Layer.init(4, &device),
            expand: Initializer::He.linear(4, 8, None, Key::new(1), &device),
            activation: ActivationLayer::new(Activation::Relu, &device),
            dropout: 0.0,
            project: Initializer::Xavier.linear(8, 4, None, Key::new(2), &device),
            skipped: 0.25,
            precision: Precision::F32,
        };
        let n = 4000;
        let x = Initializer::Xavier.weights(1, 4, Key::new(3), &device).repeat_dim(0, n);
        let values = |t: Tensor<2>| t.try_into_vec_as::<f32>().unwrap();
        let (plain, input) = (values(block.forward(x.clone())), values(x.clone()));
        let trained = values(block.forward_training(x, Key::new(4)));
        let (mut skipped, mut sum) = (0, 0.0);
        for ((trained, plain), input) in trained.chunks(4).zip(plain.chunks(4)).zip(input.chunks(4))
        {
            skipped += usize::from(trained == input);
            let whole = (plain[0] - input[0]) / 0.75;
            assert!(trained == input || (trained[0] - input[0] - whole).abs() < 1e-5);
            sum += trained[0] - input[0];
        }
        assert!((skipped as f64 / n as f64 - 0.25).abs() < 0.03, "{skipped}");
        let expected = plain[0] - input[0];
        assert!(
            (sum / n as f32 - expected).abs() < 0.05 * expected.abs(),
            "{} and {expected}",
            sum / n as f32
        );
    }
}
