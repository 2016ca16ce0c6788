use burn::tensor::Tensor;

/// The update rule of an optimiser at one step, with S numbers of state for each parameter.
///
/// The rule stands twice: for one number, which is the readable formula and what a CPU runs in one pass over memory, and for tensors, which any other device runs. A test holds them equal.
pub(crate) trait Update<const S: usize>: Sync {
    /// One parameter's new value and state, from its value, gradient and state.
    fn element(&self, weight: f32, gradient: f32, state: [f32; S]) -> (f32, [f32; S]);

    /// The same for a whole tensor.
    fn tensor(&self, weight: Tensor<1>, gradient: Tensor<1>, state: [Tensor<1>; S]) -> (Tensor<1>, [Tensor<1>; S]);
}
