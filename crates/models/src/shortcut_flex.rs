//! The sum of a residual block, its input plus its branch, on the CPU backend `flex`.
//!
//! The sum and the norm of the branch both pass gradients to the block's input, and Burn would add
//! the two in a separate pass. Here the sum hands its gradient to the norm, which runs later in the
//! backward pass and adds it while writing its own.

use std::sync::{Arc, Mutex, PoisonError};

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::{Autodiff, Flex};
use burn::tensor::Tensor;
use burn_flex::FlexTensor;

use crate::dropout::Mask;
use crate::flex::{CHUNK, Opened, for_each_chunk, open_rows, owned};
use crate::rows::{scale, scale_and_add};
use crate::tasks::rows_per_task;

/// Carries the gradient at a block's output past the branch to the first operation of the branch.
/// Every input of the branch passes through that operation, so if the block's input has a gradient,
/// the operation runs, and it runs after the sum.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shortcut(Arc<Mutex<Option<FlexTensor>>>);

impl Shortcut {
    fn put(&self, gradient: FlexTensor) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(gradient);
    }

    /// Takes the gradient, which is available once.
    pub(crate) fn take(&self) -> Option<FlexTensor> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Computes input + branch on `flex`, with each row of the branch multiplied by its factor of the
/// mask. With gradients this requires that the branch begins with an operation that supports the
/// shortcut. Otherwise both tensors are returned as an error.
/// # Shapes
/// Two tensors `[N, width]` to `[N, width]`.
pub(crate) fn sum(
    input: Tensor<2>,
    branch: Tensor<2>,
    mask: Option<Mask>,
    shortcut: Option<Shortcut>,
) -> Result<Tensor<2>, (Tensor<2>, Tensor<2>)> {
    let [rows, width] = branch.dims();
    if input.dims() != [rows, width] {
        return Err((input, branch));
    }
    let input = match open_rows(input) {
        Ok(input) => input,
        Err(input) => return Err((input, branch)),
    };
    let branch = match open_rows(branch) {
        Ok(branch) => branch,
        Err(branch) => return Err((input.into_tensor(), branch)),
    };
    let factors = mask.map(|mask| {
        let mut factors = vec![0.0; rows];
        mask.fill(0, &mut factors);
        factors
    });
    match (input, branch, shortcut) {
        (Opened::Plain(x), Opened::Plain(branch), _) => {
            Ok(Tensor::from_primitive::<Flex>(forward(&x, branch, factors.as_deref())))
        }
        (Opened::Differentiable(x), Opened::Differentiable(branch), Some(shortcut)) => {
            let (branch, node) = branch.into_parts();
            let output = forward(x.primitive(), branch, factors.as_deref());
            let output = match Sum.prepare::<NoCheckpointing>([node]).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => prepared.finish(State { factors, shortcut }, output),
                OpsKind::UnTracked(prepared) => prepared.finish(output),
            };
            Ok(Tensor::from_primitive::<Autodiff<Flex>>(output))
        }
        (input, branch, _) => Err((input.into_tensor(), branch.into_tensor())),
    }
}

/// Computes x + branch, in the memory of the branch unless it is shared.
fn forward(x: &FlexTensor, branch: FlexTensor, factors: Option<&[f32]>) -> FlexTensor {
    let [_, width] = branch.layout().shape().dims();
    let mut output = owned(branch);
    let Some(x) = x.as_slice::<f32>() else { return output };
    for_each_row(output.storage_mut(), width, factors, |start, row, factor| {
        scale_and_add(row, factor, &x[start..start + row.len()]);
    });
    output
}

/// Calls `work` with each row, the position of its first element, and its factor.
fn for_each_row(
    values: &mut [f32],
    width: usize,
    factors: Option<&[f32]>,
    work: impl Fn(usize, &mut [f32], f32) + Sync,
) {
    let width = width.max(1);
    for_each_chunk(values, rows_per_task(CHUNK, width, 1) * width, |start, values| {
        for (i, row) in values.chunks_mut(width).enumerate() {
            let factor = factors.map_or(1.0, |factors| factors[start / width + i]);
            work(start + i * width, row, factor);
        }
    });
}

#[derive(Debug)]
struct Sum;

#[derive(Clone, Debug)]
struct State {
    factors: Option<Vec<f32>>,
    shortcut: Shortcut,
}

impl Backward<Flex, 1> for Sum {
    type State = State;

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<Flex>(&ops.node);
        let State { factors, shortcut } = ops.state;
        let gradient = if gradient.is_contiguous() { gradient } else { owned(gradient) };
        shortcut.put(gradient.clone());
        let [Some(node)] = ops.parents else { return };
        let gradient = match factors {
            Some(factors) => {
                let [_, width] = gradient.layout().shape().dims();
                let mut scaled = owned(gradient);
                for_each_row(scaled.storage_mut(), width, Some(&factors), |_, row, factor| {
                    scale(row, factor);
                });
                scaled
            }
            None => gradient,
        };
        gradients.register::<Flex>(node.id, gradient);
    }
}

#[cfg(test)]
mod tests;
