//! The interface between a model and the training loop.

use burn::module::Module;
use burn::tensor::Tensor;
use zunder_random::Key;

/// A Burn module that scores classes, and so can be trained by [`fit`](crate::fit).
///
/// The library's own models stay free of this trait; a caller implements it on a wrapper, or on a
/// module of their own.
pub trait Classifier: Module {
    /// A batch of inputs: a tensor, or a tuple of several.
    type Input;

    /// The scores of each class, for use and validation.
    ///
    /// # Shapes
    /// N samples to `[N, classes]`.
    fn scores(&self, input: Self::Input) -> Tensor<2>;

    /// The scores while training. `key` names the random draws of this step (dropout masks); it
    /// differs between steps and is the same when a step is repeated.
    ///
    /// Before each call the loop seeds the device's own generator from the same key. So Burn's
    /// modules that draw from it, such as [`Dropout`](burn::nn::Dropout), draw the same numbers
    /// when a training is resumed. That generator belongs to the whole process: of trainings at the
    /// same time, one disturbs the draws of another.
    ///
    /// # Shapes
    /// N samples to `[N, classes]`.
    fn scores_training(&self, input: Self::Input, key: Key) -> Tensor<2> {
        let _ = key;
        self.scores(input)
    }

    /// The scores as [`scores`](Self::scores) gives them, showing hidden layers on the way:
    /// `observer` is called with a layer's name and its activations, `[N, units]`. Default: shows
    /// none.
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

    /// The name of the layer that a parameter belongs to, from its path (the fields that lead to
    /// it, joined by dots): where [`scores_observed`](Self::scores_observed) shows the layer's
    /// activations, the name that it uses. Default: the path without its last field.
    fn layer_name(&self, parameter: &str) -> String {
        layer_of(parameter).to_owned()
    }
}

/// A parameter's path without its last field.
pub(crate) fn layer_of(parameter: &str) -> &str {
    parameter.rsplit_once('.').map_or(parameter, |(layer, _)| layer)
}
