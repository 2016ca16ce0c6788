//! Products with matrices of few columns, such as the scores of ten classes, on the CPU backend
//! `flex`.
//!
//! A general matrix product uses tiles that are wider than the matrix and leaves most of a vector
//! register empty. Here one register holds a whole row of the narrow matrix, so every number of the
//! wide one is read once. Multiply-adds are not fused, so every processor gives the same bits.

use rayon::prelude::*;

use crate::tasks::rows_per_task;

/// The largest number of columns of a narrow matrix: the floats of the widest vector register.
pub(crate) const WIDEST: usize = 16;
/// The number of result rows that are summed side by side, so that additions do not wait for each
/// other.
const SIDE: usize = 8;
/// The number of terms that are summed before the sum is added to the previous ones. Long sums lose
/// fewer digits this way.
const BLOCK: usize = 256;
/// The number of terms that one task sums.
const TASK: usize = 1 << 16;

type Lanes = [f32; WIDEST];

/// Computes x W.
///
/// # Shapes
/// x `[rows, inputs]`, W `[inputs, outputs]` with at most [`WIDEST`] outputs, to `[rows, outputs]`.
pub(crate) fn product(x: &[f32], w: &[f32], [rows, inputs, outputs]: [usize; 3]) -> Vec<f32> {
    let mut out = vec![0.0; rows * outputs];
    if out.is_empty() || inputs == 0 {
        return out;
    }
    let w = padded(w, outputs);
    let rows = rows_per_task(TASK, inputs, SIDE);
    out.par_chunks_mut(rows * outputs).zip(x.par_chunks(rows * inputs)).for_each(|(out, x)| {
        for (out, x) in out.chunks_mut(SIDE * outputs).zip(x.chunks(SIDE * inputs)) {
            // If fewer rows are left, the first one is repeated.
            let rows = std::array::from_fn(|i| {
                x.get(i * inputs..).filter(|row| !row.is_empty()).unwrap_or(x)
            });
            write(out, outputs, &weighted_sums(rows, 1, &w));
        }
    });
    out
}

/// Computes x^T g.
///
/// # Shapes
/// x `[rows, inputs]`, g `[rows, outputs]` with at most [`WIDEST`] outputs, to `[inputs, outputs]`.
pub(crate) fn transposed_product(
    x: &[f32],
    g: &[f32],
    [rows, inputs, outputs]: [usize; 3],
) -> Vec<f32> {
    let mut out = vec![0.0; inputs * outputs];
    if out.is_empty() || rows == 0 {
        return out;
    }
    let g = padded(g, outputs);
    let columns = rows_per_task(TASK, rows, SIDE);
    out.par_chunks_mut(columns * outputs).enumerate().for_each(|(task, out)| {
        for (part, out) in out.chunks_mut(SIDE * outputs).enumerate() {
            let first = task * columns + part * SIDE;
            let columns = std::array::from_fn(|i| &x[(first + i).min(inputs - 1)..]);
            write(out, outputs, &weighted_sums(columns, inputs, &g));
        }
    });
    out
}

fn write(out: &mut [f32], outputs: usize, sums: &[Lanes; SIDE]) {
    for (out, sums) in out.chunks_mut(outputs).zip(sums) {
        out.copy_from_slice(&sums[..outputs]);
    }
}

/// Returns each row, padded with zeros.
fn padded(matrix: &[f32], columns: usize) -> Vec<Lanes> {
    let pad = |row: &[f32]| std::array::from_fn(|i| row.get(i).copied().unwrap_or(0.0));
    matrix.chunks_exact(columns.max(1)).map(pad).collect()
}

/// Sums the lanes, each multiplied by every `stride`th value of a line.
#[multiversion::multiversion(targets("x86_64+avx512f", "x86_64+avx+avx2"))]
fn weighted_sums(lines: [&[f32]; SIDE], stride: usize, lanes: &[Lanes]) -> [Lanes; SIDE] {
    let mut sums = [[0.0; WIDEST]; SIDE];
    for (block, lanes) in lanes.chunks(BLOCK).enumerate() {
        let part = block_sums(lines.map(|line| &line[block * BLOCK * stride..]), stride, lanes);
        for (sum, part) in sums.as_flattened_mut().iter_mut().zip(part.as_flattened()) {
            *sum += part;
        }
    }
    sums
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "compiled into each version, with its instructions")]
#[allow(
    clippy::needless_range_loop,
    reason = "by iterators the compiler does not keep the sums in registers: 30 times the time"
)]
fn block_sums(lines: [&[f32]; SIDE], stride: usize, lanes: &[Lanes]) -> [Lanes; SIDE] {
    let mut sums = [[0.0; WIDEST]; SIDE];
    for k in 0..lanes.len() {
        let lane = lanes[k];
        for i in 0..SIDE {
            let value = lines[i][k * stride];
            for l in 0..WIDEST {
                sums[i][l] += value * lane[l];
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests;
