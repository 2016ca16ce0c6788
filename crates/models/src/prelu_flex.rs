//! The parametric ReLU and dropout as one operation on the CPU backend `flex`, with the gradient of
//! the slope.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::{Autodiff, Flex};
use burn::tensor::Tensor;
use burn_flex::FlexTensor;
use rayon::prelude::*;

use crate::activation_flex::{activated, apply};
use crate::dropout::Mask;
use crate::flex::{self, CHUNK, Opened, open_rows, output_gradient};
use crate::function::Function;

/// Computes a above 0 and slope a below, times the mask's factor, on `flex`. Returns the input as
/// an error on other devices and for other precisions or layouts.
///
/// # Shapes
/// The input of any shape and the slope `[1]`, to the shape of the input.
pub(crate) fn prelu<const D: usize>(
    input: Tensor<D>,
    slope: Tensor<1>,
    mask: Option<Mask>,
) -> Result<Tensor<D>, Tensor<D>> {
    let Ok(slope) = open_rows(slope) else { return Err(input) };
    let Some(&[value]) = slope.primitive().as_slice::<f32>() else { return Err(input) };
    let function = Function::LeakyRelu(value);
    let Opened::Differentiable(slope) = slope else { return activated(input, function, mask) };
    let x = match open_rows(input)? {
        Opened::Differentiable(x) => x,
        x @ Opened::Plain(_) => return Err(x.into_tensor()),
    };
    let output = apply(function, mask, x.primitive().clone());
    let output =
        match Prelu.prepare::<NoCheckpointing>([x.node(), slope.node()]).compute_bound().stateful()
        {
            OpsKind::Tracked(prepared) => {
                prepared.finish(State { input: x.into_primitive(), slope: value, mask }, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        };
    Ok(Tensor::from_primitive::<Autodiff<Flex>>(output))
}

#[derive(Debug)]
struct Prelu;

#[derive(Clone, Debug)]
struct State {
    input: FlexTensor,
    slope: f32,
    mask: Option<Mask>,
}

impl Backward<Flex, 2> for Prelu {
    type State = State;

    /// With g the gradient at the output and m the mask: the gradient of the slope is the sum of g
    /// m min(a, 0).
    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let mut gradient = output_gradient(&ops, gradients);
        let [input, slope] = ops.parents;
        let State { input: a, slope: value, mask } = ops.state;
        let Some(a) = a.as_slice::<f32>() else { return };
        let g: &mut [f32] = gradient.storage_mut();
        // Summed in the order of the chunks, so that the result does not depend on the number of
        // threads.
        let parts: Vec<f64> = g
            .par_chunks_mut(CHUNK)
            .zip(a.par_chunks(CHUNK))
            .enumerate()
            .map(|(i, (g, a))| {
                let mut factors = vec![1.0; g.len()];
                if let Some(mask) = mask {
                    mask.fill(i * CHUNK, &mut factors);
                }
                multiply(g, a, &factors, value)
            })
            .collect();
        if let Some(node) = slope {
            let sum = parts.iter().sum::<f64>() as f32;
            gradients.register::<Flex>(node.id, flex::tensor(vec![sum], [1]));
        }
        if let Some(node) = input {
            gradients.register::<Flex>(node.id, gradient);
        }
    }
}

/// Converts gradients at the output into those at the input, and returns the sum for the slope.
fn multiply(g: &mut [f32], a: &[f32], factors: &[f32], slope: f32) -> f64 {
    let mut sum = 0.0;
    for ((g, a), factor) in g.iter_mut().zip(a).zip(factors) {
        let masked = *g * factor;
        let below = *a <= 0.0;
        sum += f64::from(masked * if below { *a } else { 0.0 });
        *g = masked * if below { slope } else { 1.0 };
    }
    sum
}

#[cfg(test)]
mod tests;
