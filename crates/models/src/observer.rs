//! The callback that receives the activations of hidden layers.

use burn::tensor::Tensor;

/// Receives the activations of a model's hidden layers. It is called with a layer's name, as in the
/// model's [summary](crate::Summary), and its activations, `[N, units]`.
///
/// The scores are the same with and without an observer; without one there is no cost.
/// (`zunder-train` has an `ActivationHealth` that computes statistics of the activations.)
pub type Observer<'a> = dyn FnMut(&str, &Tensor<2>) + 'a;
