//! The update rule of an optimiser, for one number and for tensors.

use burn::tensor::Tensor;

use super::clip::Clip;
use super::lasso::Shrinkage;
use super::weight_decay::Decay;

/// The update rule of an optimiser at one step, with S numbers of state for each parameter.
/// [`WrappedRule`] adds clipping, weight decay and beta-LASSO.
///
/// Each rule is implemented twice: for one number, as the formula that a CPU applies in one pass
/// over memory, and for tensors, which all other devices use. A test checks that both agree.
pub(crate) trait UpdateRule<const S: usize>: Sync {
    /// Returns the new value and state of one number, from its value, gradient and state.
    fn element(&self, weight: f32, gradient: f32, state: [f32; S]) -> (f32, [f32; S]);

    /// Like [`element`](Self::element), for a whole tensor.
    fn tensor(
        &self,
        weight: Tensor<1>,
        gradient: Tensor<1>,
        state: [Tensor<1>; S],
    ) -> (Tensor<1>, [Tensor<1>; S]);
}

/// A rule that is applied after gradient clipping and weight decay, and before the shrinkage of
/// beta-LASSO.
pub(super) struct WrappedRule<R> {
    pub rule: R,
    pub clip: Clip,
    pub decay: Decay,
    pub shrinkage: Shrinkage,
}

impl<const S: usize, R: UpdateRule<S>> UpdateRule<S> for WrappedRule<R> {
    #[inline]
    fn element(&self, weight: f32, gradient: f32, state: [f32; S]) -> (f32, [f32; S]) {
        let gradient = self.clip.element(gradient);
        let (shrunk, gradient) =
            (weight * self.decay.shrink, gradient + self.decay.coupled * weight);
        let (weight, state) = self.rule.element(shrunk, gradient, state);
        (self.shrinkage.element(weight), state)
    }

    fn tensor(
        &self,
        weight: Tensor<1>,
        gradient: Tensor<1>,
        state: [Tensor<1>; S],
    ) -> (Tensor<1>, [Tensor<1>; S]) {
        let mut gradient = self.clip.tensor(gradient);
        let Decay { coupled, shrink } = self.decay;
        if coupled != 0.0 {
            gradient = gradient + weight.clone().mul_scalar(coupled);
        }
        let weight = if shrink == 1.0 { weight } else { weight.mul_scalar(shrink) };
        let (weight, state) = self.rule.tensor(weight, gradient, state);
        (self.shrinkage.tensor(weight), state)
    }
}
