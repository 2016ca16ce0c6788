//! Products with matrices of few columns, such as the scores of ten classes, on the CPU backend
//! `flex`.
//!
//! A general matrix product uses tiles that are wider than the matrix and leaves most of a vector
//! register empty. Here one register holds a whole row of the narrow matrix, so every number of the
//! wide one is read once. Multiply-adds are fused, if need be in software, so every processor gives
//! the same bits.

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

/// The number of columns of the wide matrix that are copied side by side for its gradient. In the
/// matrix itself, a column's values lie far apart, often in the same few places of the cache.
const STRIP: usize = 32;

/// A row of the narrow matrix, padded with zeros. Aligned, so that no load crosses a cache line.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Lanes([f32; WIDEST]);

/// Sums of one row of the result, padded as [`Lanes`].
type Sums = [f32; WIDEST];

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
            write(out, outputs, &row_sums(rows, &w));
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
    let columns = rows_per_task(TASK, rows, STRIP);
    out.par_chunks_mut(columns * outputs).enumerate().for_each(|(task, out)| {
        let mut copy = vec![0.0; BLOCK * STRIP];
        for (part, out) in out.chunks_mut(STRIP * outputs).enumerate() {
            let first = task * columns + part * STRIP;
            let columns = STRIP.min(inputs - first);
            let sums = strip_sums(&x[first..], inputs, columns, &g, &mut copy);
            write(out, outputs, sums.as_flattened());
        }
    });
    out
}

fn write(out: &mut [f32], outputs: usize, sums: &[Sums]) {
    for (out, sums) in out.chunks_mut(outputs).zip(sums) {
        out.copy_from_slice(&sums[..outputs]);
    }
}

/// Returns each row, padded with zeros.
fn padded(matrix: &[f32], columns: usize) -> Vec<Lanes> {
    let pad = |row: &[f32]| Lanes(std::array::from_fn(|i| row.get(i).copied().unwrap_or(0.0)));
    matrix.chunks_exact(columns.max(1)).map(pad).collect()
}

/// Sums the lanes, each multiplied by a row's value.
#[multiversion::multiversion(targets("x86_64+avx512f+fma", "x86_64+avx+avx2+fma"))]
fn row_sums(rows: [&[f32]; SIDE], lanes: &[Lanes]) -> [Sums; SIDE] {
    let mut sums = [[0.0; WIDEST]; SIDE];
    for (block, lanes) in lanes.chunks(BLOCK).enumerate() {
        let rows = rows.map(|row| &row[block * BLOCK..][..lanes.len()]);
        add(&mut sums, &block_sums(rows, 1, lanes));
    }
    sums
}

/// Sums the lanes, each multiplied by a column's value in its row, for the first `columns` columns
/// of a matrix whose rows begin `stride` numbers apart. `copy` holds a block of them.
#[multiversion::multiversion(targets("x86_64+avx512f+fma", "x86_64+avx+avx2+fma"))]
fn strip_sums(
    matrix: &[f32],
    stride: usize,
    columns: usize,
    lanes: &[Lanes],
    copy: &mut [f32],
) -> [[Sums; SIDE]; STRIP / SIDE] {
    let mut sums = [[[0.0; WIDEST]; SIDE]; STRIP / SIDE];
    for (block, lanes) in lanes.chunks(BLOCK).enumerate() {
        let rows = matrix[block * BLOCK * stride..].chunks(stride);
        for (line, row) in copy.chunks_exact_mut(STRIP).zip(rows).take(lanes.len()) {
            line[..columns].copy_from_slice(&row[..columns]);
        }
        for (part, sums) in sums.iter_mut().enumerate() {
            let lines = std::array::from_fn(|i| &copy[part * SIDE + i..]);
            add(sums, &block_sums(lines, STRIP, lanes));
        }
    }
    sums
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "compiled into each version, with its instructions")]
fn add(sums: &mut [Sums; SIDE], part: &[Sums; SIDE]) {
    for (sum, part) in sums.as_flattened_mut().iter_mut().zip(part.as_flattened()) {
        *sum += part;
    }
}

/// Sums the lanes, each multiplied by every `stride`th value of a line.
#[inline(always)]
#[allow(clippy::inline_always, reason = "compiled into each version, with its instructions")]
#[allow(
    clippy::needless_range_loop,
    reason = "by iterators the compiler does not keep the sums in registers: 30 times the time"
)]
fn block_sums(lines: [&[f32]; SIDE], stride: usize, lanes: &[Lanes]) -> [Sums; SIDE] {
    let mut sums = [[0.0; WIDEST]; SIDE];
    for k in 0..lanes.len() {
        let lane = lanes[k].0;
        for i in 0..SIDE {
            let value = lines[i][k * stride];
            for l in 0..WIDEST {
                sums[i][l] = value.mul_add(lane[l], sums[i][l]);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests;
