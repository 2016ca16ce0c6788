//! Kernels over the rows of a matrix: their standardisation and its gradients.
#![allow(
    clippy::inline_always,
    reason = "inside of each version of a kernel, with its instructions"
)]

use crate::norm::EPSILON;

/// The number of sums that are computed side by side, so that additions do not wait for each other.
const LANES: usize = 32;
/// The number of elements that are summed in 32 bits before the sum is added to one in 64 bits.
const BLOCK: usize = 1024;

/// Computes (a - mean) / sqrt(variance + epsilon) weight + shift in place, and returns mean and 1 /
/// sqrt(variance + epsilon).
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw",
    "x86_64+avx+avx2"
))]
pub(crate) fn standardise(row: &mut [f32], weight: &[f32], shift: &[f32]) -> [f32; 2] {
    let n = row.len().max(1) as f64;
    let mean = (sum(row, |a| a) / n) as f32;
    let variance = sum(row, |a| (a - mean) * (a - mean)) / n;
    let inverse = (1.0 / (variance + EPSILON).sqrt()) as f32;
    for ((a, weight), shift) in row.iter_mut().zip(weight).zip(shift) {
        *a = (*a - mean) * inverse * weight + shift;
    }
    [mean, inverse]
}

/// Returns the sum of f of each number.
#[inline(always)]
fn sum(values: &[f32], f: impl Fn(f32) -> f32) -> f64 {
    let mut total = 0.0;
    for block in values.chunks(BLOCK) {
        let mut lanes = [0.0; LANES];
        let (parts, rest) = block.as_chunks::<LANES>();
        for part in parts {
            for (lane, value) in lanes.iter_mut().zip(part) {
                *lane += f(*value);
            }
        }
        for (lane, value) in lanes.iter_mut().zip(rest) {
            *lane += f(*value);
        }
        total += lanes.iter().map(|lane| f64::from(*lane)).sum::<f64>();
    }
    total
}

/// Adds the gradients of a row, and their products with the standardised input, to the sums of the
/// columns.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw",
    "x86_64+avx+avx2"
))]
pub(crate) fn add_standardised(
    g: &[f32],
    x: &[f32],
    [mean, inverse]: [f32; 2],
    [plain, weighted]: [&mut [f32]; 2],
) {
    for ((g, x), (plain, weighted)) in g.iter().zip(x).zip(plain.iter_mut().zip(weighted)) {
        *plain += g;
        *weighted += g * ((x - mean) * inverse);
    }
}

/// Converts a row of gradients at the output of [`standardise`] into those at its input x.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw",
    "x86_64+avx+avx2"
))]
pub(crate) fn input_gradient(g: &mut [f32], x: &[f32], weight: &[f32], [mean, inverse]: [f32; 2]) {
    let n = g.len().max(1) as f64;
    let (mut plain, mut weighted) = (0.0, 0.0);
    for ((g, x), weight) in g.chunks_mut(BLOCK).zip(x.chunks(BLOCK)).zip(weight.chunks(BLOCK)) {
        let [of_g, of_both] = weigh(g, x, weight, mean, inverse);
        plain += of_g;
        weighted += of_both;
    }
    let (plain, weighted) = ((plain / n) as f32, (weighted / n) as f32);
    for (g, x) in g.iter_mut().zip(x) {
        *g = (*g - plain - (x - mean) * inverse * weighted) * inverse;
    }
}

/// Multiplies gradients by the weights, and returns their sum and the sum of their products with
/// the standardised input.
#[inline(always)]
fn weigh(g: &mut [f32], x: &[f32], weight: &[f32], mean: f32, inverse: f32) -> [f64; 2] {
    let (mut plain, mut weighted) = ([0.0; LANES], [0.0; LANES]);
    for ((g, x), weight) in g.chunks_mut(LANES).zip(x.chunks(LANES)).zip(weight.chunks(LANES)) {
        let sums = plain.iter_mut().zip(&mut weighted);
        for (((g, x), weight), (plain, weighted)) in g.iter_mut().zip(x).zip(weight).zip(sums) {
            *g *= weight;
            *plain += *g;
            *weighted += *g * ((x - mean) * inverse);
        }
    }
    [plain, weighted].map(|lanes| lanes.iter().map(|lane| f64::from(*lane)).sum())
}

/// Adds `other` to `values`.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw",
    "x86_64+avx+avx2"
))]
pub(crate) fn add_to(values: &mut [f32], other: &[f32]) {
    for (value, other) in values.iter_mut().zip(other) {
        *value += other;
    }
}

/// Computes value factor + other, in place.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw",
    "x86_64+avx+avx2"
))]
pub(crate) fn scale_and_add(values: &mut [f32], factor: f32, other: &[f32]) {
    for (value, other) in values.iter_mut().zip(other) {
        *value = other + *value * factor;
    }
}

/// Computes value factor, in place.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw",
    "x86_64+avx+avx2"
))]
pub(crate) fn scale(values: &mut [f32], factor: f32) {
    for value in values {
        *value *= factor;
    }
}
