//! Layer normalisation as one operation on the CPU backend `flex`, with a backward pass of its own.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::{Autodiff, Flex};
use burn::nn::LayerNorm;
use burn::tensor::Tensor;
use burn_flex::FlexTensor;
use rayon::prelude::*;

use crate::columns::sums;
use crate::flex::{self, CHUNK, Opened, for_each_chunk, open_rows, output_gradient, owned};
use crate::rows::{add_standardised, add_to, input_gradient, standardise};
use crate::shortcut_flex::Shortcut;
use crate::tasks::rows_per_task;

/// Computes (a - mean) / sqrt(variance + epsilon) gamma + beta of each row on `flex`, and the
/// shortcut past it. Returns the input as an error on other devices and for other precisions or
/// layouts.
///
/// # Shapes
/// `[N, units]` to `[N, units]`.
pub(crate) fn normalised(
    input: Tensor<2>,
    norm: &LayerNorm,
    shortcut: Option<Shortcut>,
) -> Result<Tensor<2>, Tensor<2>> {
    let [_, units] = input.dims();
    let Some(beta) = &norm.beta else { return Err(input) };
    let (Ok(gamma), Ok(beta)) = (open_rows(norm.gamma.val()), open_rows(beta.val())) else {
        return Err(input);
    };
    let parameters = (gamma.primitive().as_slice(), beta.primitive().as_slice());
    let (Some(weight), Some(shift)) = parameters else { return Err(input) };
    if units == 0 || weight.len() != units || shift.len() != units {
        return Err(input);
    }
    match (open_rows(input)?, &gamma, &beta) {
        (Opened::Plain(input), ..) => {
            let mut output = owned(input);
            standardise_all(output.storage_mut(), weight, shift);
            Ok(Tensor::from_primitive::<Flex>(output))
        }
        (
            Opened::Differentiable(input),
            Opened::Differentiable(gamma),
            Opened::Differentiable(beta),
        ) => {
            let mut output = owned(input.primitive().clone());
            let moments = standardise_all(output.storage_mut(), weight, shift);
            let nodes = [input.node(), gamma.node(), beta.node()];
            let output =
                match Normalised.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
                    OpsKind::Tracked(prepared) => {
                        let (input, gamma) = (input.into_primitive(), gamma.primitive().clone());
                        prepared.finish(State { input, moments, gamma, shortcut }, output)
                    }
                    OpsKind::UnTracked(prepared) => prepared.finish(output),
                };
            Ok(Tensor::from_primitive::<Autodiff<Flex>>(output))
        }
        (input, ..) => Err(input.into_tensor()),
    }
}

/// Standardises each row in place, and returns mean and 1 / deviation of each.
fn standardise_all(values: &mut [f32], weight: &[f32], shift: &[f32]) -> Vec<[f32; 2]> {
    let units = weight.len();
    let mut moments = vec![[0.0; 2]; values.len() / units];
    let rows = rows_per_task(CHUNK, units, 1);
    let tasks = values.par_chunks_mut(rows * units).zip(moments.par_chunks_mut(rows));
    tasks.for_each(|(values, moments)| {
        for (row, moments) in values.chunks_mut(units).zip(moments) {
            *moments = standardise(row, weight, shift);
        }
    });
    moments
}

#[derive(Debug)]
struct Normalised;

/// The values of the forward pass that the backward pass needs.
#[derive(Clone, Debug)]
struct State {
    input: FlexTensor,
    /// Mean and 1 / deviation of each row.
    moments: Vec<[f32; 2]>,
    gamma: FlexTensor,
    shortcut: Option<Shortcut>,
}

impl Backward<Flex, 3> for Normalised {
    type State = State;

    /// With g the gradient at the output, h the standardised input and w = g gamma: the gradient of
    /// beta is the sum of g over the batch, that of gamma the sum of g h, and that of the input
    /// (w - mean(w) - h mean(w h)) / deviation, with means over the row, plus the gradient of the
    /// shortcut.
    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let mut gradient = output_gradient(&ops, gradients);
        let [node_x, node_gamma, node_beta] = ops.parents;
        let State { input, moments, gamma, shortcut } = ops.state;
        let (Some(x), Some(gamma)) = (input.as_slice::<f32>(), gamma.as_slice::<f32>()) else {
            return;
        };
        let (units, g) = (gamma.len(), gradient.storage_mut::<f32>());
        if node_gamma.is_some() || node_beta.is_some() {
            let [by_beta, by_gamma] =
                sums(units, moments.len(), |row, strip, [plain, weighted]| {
                    let elements = row * units + strip.start..row * units + strip.end;
                    add_standardised(
                        &g[elements.clone()],
                        &x[elements],
                        moments[row],
                        [plain, weighted],
                    );
                });
            for (node, values) in [(node_gamma, by_gamma), (node_beta, by_beta)] {
                if let Some(node) = node {
                    gradients.register::<Flex>(node.id, flex::tensor(values, [units]));
                }
            }
        }
        let Some(node) = node_x else { return };
        let past = shortcut.and_then(|shortcut| shortcut.take());
        let past = past.as_ref().and_then(FlexTensor::as_slice::<f32>);
        for_each_chunk(g, rows_per_task(CHUNK, units, 1) * units, |start, g| {
            for (i, g) in g.chunks_mut(units).enumerate() {
                let elements = start + i * units..start + (i + 1) * units;
                input_gradient(g, &x[elements.clone()], gamma, moments[start / units + i]);
                if let Some(past) = past {
                    add_to(g, &past[elements]);
                }
            }
        });
        gradients.register::<Flex>(node.id, gradient);
    }
}

#[cfg(test)]
mod tests;
