//! The mean of groups of columns on the CPU backend `flex`, with its own backward pass.

use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::{Autodiff, Flex};
use burn::tensor::Tensor;
use burn_flex::FlexTensor;
use rayon::prelude::*;

use crate::ColumnMeans;
use crate::flex::{self, CHUNK, Opened, open_rows};
use crate::tasks::rows_per_task;

/// Computes the means on `flex`. Returns the input as an error on other devices and for other
/// precisions or layouts.
pub(crate) fn means(map: &ColumnMeans, x: Tensor<2>) -> Result<Tensor<2>, Tensor<2>> {
    Ok(match open_rows(x)? {
        Opened::Plain(x) => Tensor::from_primitive::<Flex>(forward(map, &x)),
        Opened::Differentiable(x) => {
            let (x, node) = x.into_parts();
            let y = forward(map, &x);
            let kind = Means.prepare::<NoCheckpointing>([node]).compute_bound().stateful();
            Tensor::from_primitive::<Autodiff<Flex>>(match kind {
                OpsKind::Tracked(prepared) => prepared.finish(map.clone(), y),
                OpsKind::UnTracked(prepared) => prepared.finish(y),
            })
        }
    })
}

fn forward(map: &ColumnMeans, x: &FlexTensor) -> FlexTensor {
    let [rows, _] = x.layout().shape().dims();
    let (inputs, outputs, columns) = (map.inputs(), map.outputs(), map.columns());
    let share = 1.0 / map.size() as f32;
    let mean = |x: &[f32], y: &mut [f32]| match map.size() {
        // Views copy, which needs no arithmetic.
        1 => copy(x, columns, y),
        2 => sum::<2>(x, columns, share, y),
        3 => sum::<3>(x, columns, share, y),
        4 => sum::<4>(x, columns, share, y),
        size => {
            for (y, group) in y.iter_mut().zip(columns.chunks_exact(size)) {
                *y = share * group.iter().map(|&column| x[column as usize]).sum::<f32>();
            }
        }
    };
    // The values of a row-major tensor are a slice.
    let x: &[f32] = x.as_slice().unwrap_or_default();
    let y = per_row(x, [rows, inputs, outputs], mean);
    flex::tensor(y, [rows, outputs])
}

/// Computes each row of a result from a row of `x`.
fn per_row(
    x: &[f32],
    [rows, inputs, outputs]: [usize; 3],
    work: impl Fn(&[f32], &mut [f32]) + Sync,
) -> Vec<f32> {
    let mut y = vec![0.0; rows * outputs];
    if y.is_empty() || inputs == 0 {
        return y;
    }
    let step = rows_per_task(CHUNK, inputs, 1);
    y.par_chunks_mut(step * outputs).zip(x.par_chunks(step * inputs)).for_each(|(y, x)| {
        for (y, x) in y.chunks_exact_mut(outputs).zip(x.chunks_exact(inputs)) {
            work(x, y);
        }
    });
    y
}

fn copy(x: &[f32], columns: &[u32], y: &mut [f32]) {
    for (y, &column) in y.iter_mut().zip(columns) {
        *y = x[column as usize];
    }
}

fn sum<const SIZE: usize>(x: &[f32], columns: &[u32], share: f32, y: &mut [f32]) {
    let (groups, _) = columns.as_chunks::<SIZE>();
    for (y, group) in y.iter_mut().zip(groups) {
        *y = share * group.iter().map(|&column| x[column as usize]).sum::<f32>();
    }
}

#[derive(Debug)]
struct Means;

impl Backward<Flex, 1> for Means {
    type State = ColumnMeans;

    /// Each column of the input gets the sum of the shares of the groups that it is in.
    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = flex::output_gradient(&ops, gradients);
        let Ops { parents: [Some(node)], state: map, .. } = ops else { return };
        let [rows, outputs] = gradient.layout().shape().dims();
        let share = 1.0 / map.size() as f32;
        let columns = Arc::clone(map.columns());
        let back = |gradient: &[f32], x: &mut [f32]| {
            for (gradient, group) in gradient.iter().zip(columns.chunks_exact(map.size())) {
                for &column in group {
                    x[column as usize] += share * gradient;
                }
            }
        };
        let x = per_row(gradient.storage(), [rows, outputs, map.inputs()], back);
        gradients.register::<Flex>(node.id, flex::tensor(x, [rows, map.inputs()]));
    }
}
