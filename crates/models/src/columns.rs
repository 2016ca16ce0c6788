//! Sums over the rows of a matrix, column by column.

use std::ops::Range;

use rayon::prelude::*;

/// The number of columns that one task sums. For usual batch sizes they stay in a core's cache for
/// a second pass.
const STRIP: usize = 64;
/// The number of rows that are summed in 32 bits before the sum is added to one in 64 bits.
const BLOCK: usize = 64;

/// Sums K quantities per column over `rows` rows. `add` adds the share of one row, for a strip of
/// columns, to sums that start at 0. The order of additions is fixed.
pub(crate) fn sums<const K: usize>(
    columns: usize,
    rows: usize,
    add: impl Fn(usize, Range<usize>, [&mut [f32; STRIP]; K]) + Sync,
) -> [Vec<f32>; K] {
    let strips: Vec<[[f64; STRIP]; K]> = (0..columns.div_ceil(STRIP))
        .into_par_iter()
        .map(|strip| strip_sums(strip * STRIP..columns.min((strip + 1) * STRIP), rows, &add))
        .collect();
    std::array::from_fn(|k| {
        strips.iter().flat_map(|sums| sums[k]).take(columns).map(|sum| sum as f32).collect()
    })
}

fn strip_sums<const K: usize>(
    strip: Range<usize>,
    rows: usize,
    add: &impl Fn(usize, Range<usize>, [&mut [f32; STRIP]; K]),
) -> [[f64; STRIP]; K] {
    let mut sums = [[0.0; STRIP]; K];
    for block in (0..rows).step_by(BLOCK) {
        let mut part = [[0.0; STRIP]; K];
        for row in block..rows.min(block + BLOCK) {
            add(row, strip.clone(), part.each_mut());
        }
        for (sum, part) in sums.as_flattened_mut().iter_mut().zip(part.as_flattened()) {
            *sum += f64::from(*part);
        }
    }
    sums
}

/// Means and variances of columns.
pub(crate) struct Moments {
    pub mean: Vec<f64>,
    /// The biased variances, divided by the number of rows.
    pub variance: Vec<f64>,
}

/// Returns the moments of each column of a row-major matrix with at least one row.
pub(crate) fn moments(values: &[f32], columns: usize) -> Moments {
    let rows = values.len() / columns.max(1);
    let row = |row: usize, strip: &Range<usize>| {
        &values[row * columns + strip.start..row * columns + strip.end]
    };
    let strips: Vec<[[f64; STRIP]; 2]> = (0..columns.div_ceil(STRIP))
        .into_par_iter()
        .map(|strip| {
            let strip = strip * STRIP..columns.min((strip + 1) * STRIP);
            let [mut mean] =
                strip_sums(strip.clone(), rows, &|i, strip, [sum]| add(sum, row(i, &strip)));
            for mean in &mut mean {
                *mean /= rows.max(1) as f64;
            }
            let centre = mean.map(|mean| mean as f32);
            // The remainder of the rounded mean is removed from the variance as well.
            let [shift, mut variance] = strip_sums(strip, rows, &|i, strip, [sum, squares]| {
                add_squares(sum, squares, row(i, &strip), &centre);
            });
            for ((variance, shift), (mean, centre)) in
                variance.iter_mut().zip(shift).zip(mean.iter_mut().zip(centre))
            {
                let shift = shift / rows.max(1) as f64;
                *mean = f64::from(centre) + shift;
                *variance = (*variance / rows.max(1) as f64 - shift * shift).max(0.0);
            }
            [mean, variance]
        })
        .collect();
    let of = |k: usize| strips.iter().flat_map(|moments| moments[k]).take(columns).collect();
    Moments { mean: of(0), variance: of(1) }
}

#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw",
    "x86_64+avx+avx2"
))]
pub(crate) fn add(sums: &mut [f32; STRIP], values: &[f32]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512dq+avx512vl+avx512bw",
    "x86_64+avx+avx2"
))]
fn add_squares(
    sums: &mut [f32; STRIP],
    squares: &mut [f32; STRIP],
    values: &[f32],
    centre: &[f32; STRIP],
) {
    for (((sum, square), value), centre) in sums.iter_mut().zip(squares).zip(values).zip(centre) {
        let deviation = value - centre;
        *sum += deviation;
        *square += deviation * deviation;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zunder_random::Key;

    #[test]
    fn moments_are_those_of_64_bits() {
        let shapes = [
            (1, 1, 0.0),
            (2, 3, 5.0),
            (128, 64, 0.0),
            (200, 130, 1000.0),
            (100_003, 1, 3.0),
            (2, 70_001, 3.0),
        ];
        let sides = [1, 2, STRIP - 1, STRIP, STRIP + 1, 2 * BLOCK - 1, 2 * BLOCK, 2 * BLOCK + 1];
        let around = sides.into_iter().flat_map(|rows| sides.map(|columns| (rows, columns, 1.0)));
        for (rows, columns, centre) in shapes.into_iter().chain(around) {
            let mut rng = Key::new(1).rng();
            let values: Vec<f32> =
                (0..rows * columns).map(|_| (centre + rng.normal()) as f32).collect();
            let moments = moments(&values, columns);
            assert_eq!((moments.mean.len(), moments.variance.len()), (columns, columns));
            for column in 0..columns {
                let of = || values.iter().skip(column).step_by(columns).map(|v| f64::from(*v));
                let mean = of().sum::<f64>() / rows as f64;
                let variance = of().map(|v| (v - mean).powi(2)).sum::<f64>() / rows as f64;
                assert!(
                    (moments.mean[column] - mean).abs() < 1e-6 * mean.abs().max(1.0),
                    "{} and {mean}",
                    moments.mean[column]
                );
                assert!(
                    (moments.variance[column] - variance).abs() < 1e-5,
                    "{} and {variance}",
                    moments.variance[column]
                );
            }
        }
    }

    #[test]
    fn sums_take_every_row_and_column_once() {
        for rows in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 150] {
            for columns in [0, 1, STRIP - 1, STRIP, STRIP + 1, 70] {
                every_row_and_column_once(rows, columns);
            }
        }
    }

    fn every_row_and_column_once(rows: usize, columns: usize) {
        let [counts, numbers] = sums(columns, rows, |row, strip, [count, number]| {
            for (column, (count, number)) in strip.zip(count.iter_mut().zip(number)) {
                *count += 1.0;
                *number += (row + column) as f32;
            }
        });
        assert_eq!(counts, vec![rows as f32; columns]);
        let numbers_of = |column| rows * column + rows * rows.saturating_sub(1) / 2;
        let expected: Vec<f32> = (0..columns).map(|column| numbers_of(column) as f32).collect();
        assert_eq!(numbers, expected);
    }
}
