//! Products with matrices of few columns, such as the scores of ten classes, on the CPU backend `flex`.
//!
//! A general matrix product works on tiles that are wider than that and leaves most of a vector register empty. Here one register holds a whole row of the narrow matrix, so every number of
//! the wide one is read once (measured in ARCHITECTURE.md). No multiply-add is fused: every processor gives the same bits.

use rayon::prelude::*;

/// Columns of the widest matrix that counts as narrow: the floats of the widest vector register.
pub(crate) const WIDEST: usize = 16;
/// Rows of results that are summed side by side, so that additions need not wait for each other.
const SIDE: usize = 8;
/// Terms that are summed before the sum is added to those before: long sums lose fewer digits so.
const BLOCK: usize = 256;
/// Terms that one task sums.
const TASK: usize = 1 << 16;

type Lanes = [f32; WIDEST];

/// x W.
///
/// # Shapes
/// x `[N, inputs]`, W `[inputs, outputs]` with at most [`WIDEST`] outputs, to `[N, outputs]`.
pub(crate) fn product(x: &[f32], w: &[f32], inputs: usize, outputs: usize) -> Vec<f32> {
    let w = padded(w, outputs);
    let mut out = vec![0.0; x.len() / inputs.max(1) * outputs];
    let rows = (TASK / inputs.max(1)).next_multiple_of(SIDE);
    out.par_chunks_mut(rows * outputs).zip(x.par_chunks(rows * inputs)).for_each(|(out, x)| {
        for (out, x) in out.chunks_mut(SIDE * outputs).zip(x.chunks(SIDE * inputs)) {
            // Where fewer are left, the first one fills up.
            let rows = std::array::from_fn(|i| x.get(i * inputs..).filter(|row| !row.is_empty()).unwrap_or(x));
            write(out, outputs, &weighted_sums(rows, 1, &w));
        }
    });
    out
}

/// x^T g.
///
/// # Shapes
/// x `[N, inputs]`, g `[N, outputs]` with at most [`WIDEST`] outputs, to `[inputs, outputs]`.
pub(crate) fn transposed_product(x: &[f32], g: &[f32], inputs: usize, outputs: usize) -> Vec<f32> {
    let g = padded(g, outputs);
    let mut out = vec![0.0; inputs * outputs];
    let columns = (TASK / g.len().max(1)).next_multiple_of(SIDE);
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

/// Each row with zeros behind it.
fn padded(matrix: &[f32], columns: usize) -> Vec<Lanes> {
    let pad = |row: &[f32]| std::array::from_fn(|i| row.get(i).copied().unwrap_or(0.0));
    matrix.chunks_exact(columns.max(1)).map(pad).collect()
}

/// Sums of the lanes, each time times every `stride`th value of a line.
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
#[allow(clippy::inline_always, reason = "inside of each version, with its instructions")]
#[allow(clippy::needless_range_loop, reason = "by iterators the compiler does not keep the sums in registers: 30 times the time")]
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
mod tests {
    use super::*;
    use zunder_random::Key;

    fn draw(n: usize, seed: u64) -> Vec<f32> {
        let mut rng = Key::new(seed).rng();
        (0..n).map(|_| rng.normal() as f32).collect()
    }

    fn assert_close(got: &[f32], expected: impl Fn(usize) -> f64, terms: usize) {
        for (i, got) in got.iter().enumerate() {
            let expected = expected(i);
            assert!((f64::from(*got) - expected).abs() < 1e-6 * terms as f64, "entry {i} is {got}, expected {expected}");
        }
    }

    #[test]
    fn products_are_those_of_64_bits() {
        for (rows, inputs, outputs) in [(1, 1, 1), (3, 5, 2), (8, 8, 10), (9, 300, 16), (130, 700, 10), (300, 70, 3)] {
            let (x, w, g) = (draw(rows * inputs, 1), draw(inputs * outputs, 2), draw(rows * outputs, 3));
            let at = |matrix: &[f32], columns: usize, row: usize, column: usize| f64::from(matrix[row * columns + column]);
            let forward = product(&x, &w, inputs, outputs);
            assert_eq!(forward.len(), rows * outputs);
            let of = |i: usize| (0..inputs).map(|k| at(&x, inputs, i / outputs, k) * at(&w, outputs, k, i % outputs)).sum();
            assert_close(&forward, of, inputs);
            let backward = transposed_product(&x, &g, inputs, outputs);
            assert_eq!(backward.len(), inputs * outputs);
            let of = |i: usize| (0..rows).map(|n| at(&x, inputs, n, i / outputs) * at(&g, outputs, n, i % outputs)).sum();
            assert_close(&backward, of, rows);
        }
    }
}
