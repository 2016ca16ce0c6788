use burn::tensor::Tensor;

/// Who is shown the activations of a model's hidden layers: called with a layer's name, as in the
/// model's [summary](crate::Summary), and its activations, `[N, units]`.
///
/// The scores are the same with an observer; without one nothing is done for it. (`zunder-train`
/// has an `ActivationHealth` that makes figures of what is shown.)
pub type Observer<'a> = dyn FnMut(&str, &Tensor<2>) + 'a;
