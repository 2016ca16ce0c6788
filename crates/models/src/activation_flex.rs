//! An activation and dropout as one operation on the CPU backend `flex`, with a backward pass of
//! its own.
//!
//! The forward pass computes f'(a) together with f(a), since both share an exponential, and stores
//! f'(a) instead of a. The backward pass is one multiplication.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::{Autodiff, Flex};
use burn::tensor::Tensor;
use burn_flex::FlexTensor;
use rayon::prelude::*;

use crate::dropout::Mask;
use crate::flex::{
    CHUNK, Differentiable, Opened, for_each_chunk, open_rows, output_gradient, owned,
};
use crate::function::Function;

/// Returns f(a) of each element times the mask's factor, on `flex`. Returns the input as an error
/// on other devices and for other precisions or layouts.
pub(crate) fn activated<const D: usize>(
    input: Tensor<D>,
    function: Function,
    mask: Option<Mask>,
) -> Result<Tensor<D>, Tensor<D>> {
    if function == Function::Identity && mask.is_none() {
        return Ok(input);
    }
    Ok(match open_rows(input)? {
        Opened::Plain(input) => Tensor::from_primitive::<Flex>(apply(function, mask, input)),
        Opened::Differentiable(input) => differentiable(input, function, mask),
    })
}

fn differentiable<const D: usize>(
    input: Differentiable,
    function: Function,
    mask: Option<Mask>,
) -> Tensor<D> {
    let (input, node) = input.into_parts();
    let output = match Activated.prepare::<NoCheckpointing>([node]).compute_bound().stateful() {
        OpsKind::Tracked(prepared) => {
            let mut output = owned(input);
            let derivatives = apply_with_derivative(function, mask, output.storage_mut());
            prepared.finish(derivatives, output)
        }
        OpsKind::UnTracked(prepared) => prepared.finish(apply(function, mask, input)),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(output)
}

/// Computes f(a) times the mask's factor, in the memory of a unless it is shared.
pub(crate) fn apply(function: Function, mask: Option<Mask>, a: FlexTensor) -> FlexTensor {
    let mut output = owned(a);
    for_each_chunk(output.storage_mut(), CHUNK, |start, a| {
        function.apply(a);
        if let Some(mask) = mask {
            let mut factors = vec![0.0; a.len()];
            mask.fill(start, &mut factors);
            multiply(a, &factors);
        }
    });
    output
}

/// Replaces each a by f(a) times the mask's factor, and returns the derivatives.
fn apply_with_derivative(function: Function, mask: Option<Mask>, a: &mut [f32]) -> Vec<f32> {
    let mut derivatives = vec![1.0; a.len()];
    let work = |start: usize, a: &mut [f32], derivatives: &mut [f32]| {
        if let Some(mask) = mask {
            mask.fill(start, derivatives);
        }
        function.apply_with_derivative(a, derivatives);
    };
    if a.len() <= CHUNK {
        work(0, a, &mut derivatives);
    } else {
        let tasks = a.par_chunks_mut(CHUNK).zip(derivatives.par_chunks_mut(CHUNK)).enumerate();
        tasks.for_each(|(i, (a, derivatives))| work(i * CHUNK, a, derivatives));
    }
    derivatives
}

#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw",
    "x86_64+avx+avx2"
))]
fn multiply(values: &mut [f32], factors: &[f32]) {
    for (value, factor) in values.iter_mut().zip(factors) {
        *value *= factor;
    }
}

#[derive(Debug)]
struct Activated;

impl Backward<Flex, 1> for Activated {
    /// The derivative of each element of the output with respect to the input.
    type State = Vec<f32>;

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let mut gradient: FlexTensor = output_gradient(&ops, gradients);
        let Ops { parents: [Some(node)], state: derivatives, .. } = ops else { return };
        for_each_chunk(gradient.storage_mut(), CHUNK, |start, gradient| {
            multiply(gradient, &derivatives[start..start + gradient.len()]);
        });
        gradients.register::<Flex>(node.id, gradient);
    }
}

#[cfg(test)]
mod tests;
