//! Batch normalisation, rectifier and dropout of a hidden layer as one operation on the CPU backend
//! `flex`, with a backward pass of its own.
//!
//! As separate operations each would read and write the whole matrix; batch normalisation even
//! several times, since Burn-flex 0.22.1 composes it from others. Here a strip of columns stays in
//! the cache for mean and variance, and the remaining work is one pass forward and one pass
//! backward.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::{Autodiff, DispatchDevice, Flex};
use burn::nn::BatchNorm;
use burn::tensor::{DType, Device, Tensor, TensorData};
use burn_flex::FlexTensor;
use rayon::prelude::*;

use crate::columns::{Moments, moments, sums};
use crate::dropout::Mask;
use crate::flex::{self, CHUNK, for_each_chunk};
use crate::rows::add_to;
use crate::shortcut_flex::Shortcut;
use crate::tasks::rows_per_task;

/// Computes dropout(f(norm(a))) for training on `flex`, with f(a) = a above 0 and `slope` a below.
/// Updates the norm's running averages as Burn does. Returns `None` on other devices, for other
/// precisions, and if the norm is not trained.
///
/// # Shapes
/// `[N, units]` to `[N, units]`.
pub(crate) fn normalised(
    sums: &Tensor<2>,
    norm: &BatchNorm,
    slope: f32,
    mask: Option<Mask>,
) -> Option<Tensor<2>> {
    normalised_with_shortcut(sums, norm, slope, mask, None)
}

/// [`normalised`] with a backward pass that adds the gradient of the shortcut to the input's
/// gradient.
pub(crate) fn normalised_with_shortcut(
    sums: &Tensor<2>,
    norm: &BatchNorm,
    slope: f32,
    mask: Option<Mask>,
    shortcut: Option<Shortcut>,
) -> Option<Tensor<2>> {
    let device = sums.device();
    let DispatchDevice::Autodiff(_) = device.as_dispatch() else { return None };
    if !norm.training.is_enabled() {
        return None;
    }
    let x = sums.clone().try_into_primitive::<Autodiff<Flex>>().ok()?;
    let gamma = norm.gamma.val().try_into_primitive::<Autodiff<Flex>>().ok()?;
    let beta = norm.beta.val().try_into_primitive::<Autodiff<Flex>>().ok()?;
    let floats = |tensor: &FlexTensor| tensor.dtype() == DType::F32 && tensor.is_contiguous();
    if ![&x, &gamma, &beta].iter().all(|tensor| floats(tensor.primitive())) {
        return None;
    }
    let [rows, columns] = sums.dims();
    let moments = moments(x.primitive().as_slice()?, columns);
    watch(norm, &moments, &device);
    let inverse: Vec<f32> = moments
        .variance
        .iter()
        .map(|variance| (1.0 / (variance + norm.epsilon).sqrt()) as f32)
        .collect();
    let mean: Vec<f32> = moments.mean.iter().map(|mean| *mean as f32).collect();
    let (weight, shift) =
        (gamma.primitive().as_slice::<f32>()?, beta.primitive().as_slice::<f32>()?);
    let scale: Vec<f32> =
        inverse.iter().zip(weight).map(|(inverse, gamma)| inverse * gamma).collect();

    let keep = mask.map_or(1.0, |mask| mask.keep());
    let mut output = vec![0.0; rows * columns];
    let mut passed = vec![DROPPED; rows * columns];
    let input: &[f32] = x.primitive().as_slice()?;
    let chunk = rows_per_task(CHUNK, columns, 1) * columns.max(1);
    let tasks = output
        .par_chunks_mut(chunk)
        .zip(passed.par_chunks_mut(chunk))
        .zip(input.par_chunks(chunk))
        .enumerate();
    tasks.for_each(|(task, ((output, passed), input))| {
        let mut factors = vec![1.0; columns];
        let lines = output
            .chunks_mut(columns)
            .zip(passed.chunks_mut(columns))
            .zip(input.chunks(columns))
            .enumerate();
        for (line, ((output, passed), input)) in lines {
            if let Some(mask) = mask {
                mask.fill(task * chunk + line * columns, &mut factors);
            }
            rectify(
                input,
                &factors,
                Affine { mean: &mean, scale: &scale, shift },
                slope,
                output,
                passed,
            );
        }
    });
    let output = FlexTensor::from_data(TensorData::new(output, [rows, columns]));
    let output = match Normalised
        .prepare::<NoCheckpointing>([x.node(), gamma.node(), beta.node()])
        .compute_bound()
        .stateful()
    {
        OpsKind::Tracked(prepared) => {
            let (input, factors) = (x.primitive().clone(), [0.0, slope * keep, keep]);
            let state = State { input, mean, inverse, scale, passed, factors, shortcut };
            prepared.finish(state, output)
        }
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    };
    Some(Tensor::from_primitive::<Autodiff<Flex>>(output))
}

/// Updates the running averages, which must have one entry per column, with the mean and variance
/// of the batch.
fn watch(norm: &BatchNorm, moments: &Moments, device: &Device) {
    let (keep, take) = ((1.0 - norm.momentum) as f32, norm.momentum as f32);
    for (running, now) in
        [(&norm.running_mean, &moments.mean), (&norm.running_var, &moments.variance)]
    {
        let Some(before) = flex::values(running.value_sync()) else { continue };
        let mean = before.iter().zip(now).map(|(before, now)| before * keep + *now as f32 * take);
        let data = TensorData::new(mean.collect::<Vec<f32>>(), [now.len()]);
        running.update(Tensor::from_data(data, device));
    }
}

/// The states of an element: dropped, at or below 0, above 0.
const DROPPED: u8 = 0;
const BELOW: u8 = 1;
const ABOVE: u8 = 2;

/// The factors of each column: (a - mean) scale + shift.
#[derive(Clone, Copy)]
struct Affine<'a> {
    mean: &'a [f32],
    scale: &'a [f32],
    shift: &'a [f32],
}

/// Computes one row.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw",
    "x86_64+avx+avx2"
))]
fn rectify(
    input: &[f32],
    factors: &[f32],
    affine: Affine<'_>,
    slope: f32,
    output: &mut [f32],
    passed: &mut [u8],
) {
    let columns = affine.mean.iter().zip(affine.scale).zip(affine.shift);
    let elements = input.iter().zip(factors).zip(output).zip(passed);
    for ((((x, factor), y), passed), ((mean, scale), shift)) in elements.zip(columns) {
        let a = (x - mean) * scale + shift;
        let above = a > 0.0;
        *y = a * if above { 1.0 } else { slope } * factor;
        let kept = if above { ABOVE } else { BELOW };
        *passed = if *factor == 0.0 { DROPPED } else { kept };
    }
}

#[derive(Debug)]
struct Normalised;

/// The values of the forward pass that the backward pass needs.
#[derive(Clone, Debug)]
struct State {
    input: FlexTensor,
    mean: Vec<f32>,
    /// 1 / deviation.
    inverse: Vec<f32>,
    /// gamma / deviation.
    scale: Vec<f32>,
    passed: Vec<u8>,
    /// The derivatives of dropped elements, of those below 0 and of those above.
    factors: [f32; 3],
    shortcut: Option<Shortcut>,
}

impl Backward<Flex, 3> for Normalised {
    type State = State;

    /// With g the gradient at the norm's output and h the standardised input: the gradient of beta
    /// is the sum of g over the batch, that of gamma the sum of g h, and that of the input gamma /
    /// deviation (g - mean(g) - h mean(g h)).
    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let mut gradient = flex::output_gradient(&ops, gradients);
        let [node_x, node_gamma, node_beta] = ops.parents;
        let State { input, mean, inverse, scale, passed, factors, shortcut } = ops.state;
        let columns = mean.len();
        let Some(x) = input.as_slice::<f32>() else { return };
        let g: &mut [f32] = gradient.storage_mut();
        let rows = (x.len() / columns.max(1)).max(1) as f32;
        let [by_beta, by_gamma] =
            sums(columns, x.len() / columns.max(1), |row, strip, [plain, weighted]| {
                let elements = row * columns + strip.start..row * columns + strip.end;
                let (g, passed, x) =
                    (&g[elements.clone()], &passed[elements.clone()], &x[elements]);
                add(
                    g,
                    passed,
                    factors,
                    x,
                    &mean[strip.clone()],
                    &inverse[strip],
                    [plain, weighted],
                );
            });
        if let Some(node) = node_x {
            let means = |sums: &[f32]| sums.iter().map(|sum| sum / rows).collect::<Vec<f32>>();
            let (of_beta, of_gamma) = (means(&by_beta), means(&by_gamma));
            let by = Terms {
                mean: &mean,
                inverse: &inverse,
                scale: &scale,
                plain: &of_beta,
                weighted: &of_gamma,
            };
            let chunk = rows_per_task(CHUNK, columns, 1) * columns.max(1);
            let past = shortcut.and_then(|shortcut| shortcut.take());
            let past = past.as_ref().and_then(FlexTensor::as_slice::<f32>);
            for_each_chunk(g, chunk, |start, g| {
                for (i, g) in g.chunks_mut(columns).enumerate() {
                    let elements = start + i * columns..start + (i + 1) * columns;
                    input_gradient(g, &passed[elements.clone()], factors, &x[elements.clone()], by);
                    if let Some(past) = past {
                        add_to(g, &past[elements]);
                    }
                }
            });
            gradients.register::<Flex>(node.id, gradient);
        }
        for (node, values) in [(node_gamma, by_gamma), (node_beta, by_beta)] {
            if let Some(node) = node {
                gradients.register::<Flex>(
                    node.id,
                    FlexTensor::from_data(TensorData::new(values, [columns])),
                );
            }
        }
    }
}

/// Returns the derivative for the state of an element.
#[inline]
fn factor(passed: u8, [_, below, above]: [f32; 3]) -> f32 {
    let kept = if passed == ABOVE { above } else { below };
    if passed == DROPPED { 0.0 } else { kept }
}

/// Adds the gradients of a row, and their products with the standardised input, to the sums.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw",
    "x86_64+avx+avx2"
))]
fn add(
    g: &[f32],
    passed: &[u8],
    factors: [f32; 3],
    x: &[f32],
    mean: &[f32],
    inverse: &[f32],
    [plain, weighted]: [&mut [f32]; 2],
) {
    let columns = mean.iter().zip(inverse).zip(plain.iter_mut().zip(weighted));
    for (((g, passed), x), ((mean, inverse), (plain, weighted))) in
        g.iter().zip(passed).zip(x).zip(columns)
    {
        let g = g * factor(*passed, factors);
        *plain += g;
        *weighted += g * ((x - mean) * inverse);
    }
}

/// The terms of the input's gradient, by column.
#[derive(Clone, Copy)]
struct Terms<'a> {
    mean: &'a [f32],
    inverse: &'a [f32],
    scale: &'a [f32],
    /// The means over the batch of the gradients, and of their products with the standardised
    /// input.
    plain: &'a [f32],
    weighted: &'a [f32],
}

/// Converts a row of gradients at the output into those at the input.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw",
    "x86_64+avx+avx2"
))]
fn input_gradient(g: &mut [f32], passed: &[u8], factors: [f32; 3], x: &[f32], by: Terms<'_>) {
    let columns =
        by.mean.iter().zip(by.inverse).zip(by.scale).zip(by.plain.iter().zip(by.weighted));
    for (((g, passed), x), (((mean, inverse), scale), (plain, weighted))) in
        g.iter_mut().zip(passed).zip(x).zip(columns)
    {
        let standardised = (x - mean) * inverse;
        *g = (*g * factor(*passed, factors) - plain - standardised * weighted) * scale;
    }
}

#[cfg(test)]
mod tests;
