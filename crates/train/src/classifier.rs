//! The interface between a model and the training loop.

use burn::module::Module;
use burn::tensor::Tensor;
use zunder_random::Key;

/// A Burn module that returns scores of classes and can therefore be trained by
/// [`fit`](crate::fit).
///
/// The library's own models do not implement this trait; a caller implements it for a wrapper, or
/// for a module of their own.
pub trait Classifier: Module {
    /// A batch of inputs: a tensor, or a tuple of several tensors.
    type Input: Send;

    /// Returns the scores of each class, for validation and prediction.
    ///
    /// # Shapes
    /// N samples to `[N, classes]`.
    fn scores(&self, input: Self::Input) -> Tensor<2>;

    /// Returns the scores during training. `key` identifies the random draws of this step (dropout
    /// masks): each step has its own key, and a repeated step has the same key again.
    ///
    /// Before each call, the loop seeds the device's random number generator from the same key. So
    /// Burn's modules that use it, such as [`Dropout`](burn::nn::Dropout), draw the same numbers
    /// when a training is resumed. The whole process shares that generator, so simultaneous
    /// trainings affect each other's draws. (The devices of one training do not: those of one
    /// backend take turns in this call.)
    ///
    /// # Shapes
    /// N samples to `[N, classes]`.
    fn scores_training(&self, input: Self::Input, key: Key) -> Tensor<2> {
        let _ = key;
        self.scores(input)
    }

    /// Returns the same scores as [`scores`](Self::scores), and calls `observer` for each hidden
    /// layer with the layer's name and its activations, `[N, units]`. Default: does not call it.
    ///
    /// # Shapes
    /// N samples to `[N, classes]`.
    fn scores_observed(
        &self,
        input: Self::Input,
        observer: &mut dyn FnMut(&str, &Tensor<2>),
    ) -> Tensor<2> {
        let _ = observer;
        self.scores(input)
    }

    /// Returns the name of the layer that a parameter belongs to, given the parameter's path (field
    /// names joined by dots). If [`scores_observed`](Self::scores_observed) reports the activations
    /// of that layer, the name must be the same there. Default: the path without its last
    /// component.
    fn layer_name(&self, parameter: &str) -> String {
        layer_of(parameter).to_owned()
    }
}

/// Returns the path of a parameter without its last component.
pub(crate) fn layer_of(parameter: &str) -> &str {
    parameter.rsplit_once('.').map_or(parameter, |(layer, _)| layer)
}
