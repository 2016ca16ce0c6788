//! The update rule of an optimiser, for one number and for tensors.

use burn::tensor::Tensor;

use super::clip::Clip;
use super::weight_decay::Decay;

/// The update rule of an optimiser at one step, with S numbers of state for each parameter.
/// Clipping and weight decay are not its business: see [`PreprocessedRule`].
///
/// The rule stands twice: for one number, which is the readable formula and what a CPU runs in one
/// pass over memory, and for tensors, which any other device runs. A test holds them equal.
pub(crate) trait UpdateRule<const S: usize>: Sync {
    /// One parameter's new value and state, from its value, gradient and state.
    fn element(&self, weight: f32, gradient: f32, state: [f32; S]) -> (f32, [f32; S]);

    /// The same for a whole tensor.
    fn tensor(
        &self,
        weight: Tensor<1>,
        gradient: Tensor<1>,
        state: [Tensor<1>; S],
    ) -> (Tensor<1>, [Tensor<1>; S]);
}

/// A rule whose gradient is clipped and whose weight decays first.
pub(super) struct PreprocessedRule<R> {
    pub rule: R,
    pub clip: Clip,
    pub decay: Decay,
}

impl<const S: usize, R: UpdateRule<S>> UpdateRule<S> for PreprocessedRule<R> {
    #[inline]
    fn element(&self, weight: f32, gradient: f32, state: [f32; S]) -> (f32, [f32; S]) {
        let gradient = self.clip.element(gradient);
        self.rule.element(weight * self.decay.shrink, gradient + self.decay.coupled * weight, state)
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
        self.rule.tensor(weight, gradient, state)
    }
}
