use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;
use zunder_random::Key;

use crate::norm::NormLayer;
use crate::product::affine;
use crate::{ActivationLayer, dropout};

/// A residual block: y = x + W2 dropout(f(W1 norm(x) + b1)) + b2, with more hidden units than x has (an inverted bottleneck).
///
/// What is learnt is the difference from the identity, and gradients reach x unhindered (He et al. 2016, "Identity Mappings in Deep Residual Networks"). The bias b2 is left out where
/// batch normalisation follows, which would remove it.
#[derive(Module, Debug)]
pub struct ResidualBlock {
    pub(crate) norm: NormLayer,
    pub(crate) expand: Linear,
    pub(crate) activation: ActivationLayer,
    #[module(skip)]
    pub(crate) dropout: f64,
    pub(crate) project: Linear,
}

impl ResidualBlock {
    /// The block without dropout.
    ///
    /// # Shapes
    /// `[N, width]` to `[N, width]`.
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        self.forward_through(input, |hidden| hidden)
    }

    /// The block with dropout, its mask named by `key`.
    ///
    /// # Shapes
    /// `[N, width]` to `[N, width]`.
    pub fn forward_training(&self, input: Tensor<2>, key: Key) -> Tensor<2> {
        self.forward_through(input, |hidden| dropout(hidden, self.dropout, key))
    }

    /// The block, with something done to the activations of its hidden units, `[N, expansion * width]`.
    pub(crate) fn forward_through(&self, input: Tensor<2>, through: impl FnOnce(Tensor<2>) -> Tensor<2>) -> Tensor<2> {
        let hidden = self.activation.forward(affine(&self.expand, self.norm.forward(input.clone())));
        input + affine(&self.project, through(hidden))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Initializer, Norm};
    use burn::tensor::Device;

    /// A block whose projection is 0 hands its input on.
    #[test]
    fn what_is_learnt_is_the_difference_from_the_identity() {
        let device = Device::flex();
        let block = |project: Initializer| ResidualBlock {
            norm: Norm::Layer.init(4, &device),
            expand: Initializer::He.linear(4, 8, None, Key::new(1), &device),
            activation: ActivationLayer::new(Activation::Relu, &device),
            dropout: 0.0,
            project: project.linear(8, 4, Some(project), Key::new(2), &device),
        };
        let x = Initializer::Xavier.weights(3, 4, Key::new(3), &device);
        let difference = |project| (block(project).forward(x.clone()) - x.clone()).abs().max().into_scalar::<f32>();
        assert_eq!(difference(Initializer::Zeros), 0.0);
        assert!(difference(Initializer::Xavier) > 0.1);
    }
}
