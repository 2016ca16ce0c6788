//! The bias of a layer: it is added to each row of a matrix, and its gradient is the column sums.

use burn_flex::FlexTensor;

use crate::columns::{add, sums};
use crate::flex::{self, CHUNK, for_each_chunk};
use crate::tasks::rows_per_task;

/// Adds a row to each row of a matrix.
pub(crate) fn add_bias(matrix: &mut [f32], bias: &[f32]) {
    let columns = bias.len().max(1);
    for_each_chunk(matrix, rows_per_task(CHUNK, columns, 1) * columns, |_, rows| {
        add_row(rows, bias);
    });
}

#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw",
    "x86_64+avx+avx2"
))]
fn add_row(rows: &mut [f32], bias: &[f32]) {
    for row in rows.chunks_exact_mut(bias.len().max(1)) {
        for (value, bias) in row.iter_mut().zip(bias) {
            *value += bias;
        }
    }
}

/// Computes the sum of each column.
///
/// # Shapes
/// `[N, columns]` to `[columns]`.
pub(crate) fn column_sums(matrix: &FlexTensor) -> FlexTensor {
    let [rows, columns] = matrix.layout().shape().dims();
    let rows_of = |values: &[f32]| {
        let [sums] = sums(columns, rows, |row, strip, [sum]| {
            add(sum, &values[row * columns + strip.start..row * columns + strip.end]);
        });
        flex::tensor(sums, [columns])
    };
    match matrix.as_slice() {
        Some(values) => rows_of(values),
        None => rows_of(flex::owned(matrix.clone()).storage()),
    }
}

#[cfg(test)]
mod tests;
