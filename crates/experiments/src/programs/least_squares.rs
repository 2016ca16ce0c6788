//! Least squares by Householder reflections, in 64 bits.

/// Returns the weights w of the linear system A w = y, with A given by its rows, that have the
/// least squared error, and among several the least norm. With `ridge` above 0, returns the weights
/// that minimise `|A w - y|² + ridge |w|²`.
///
/// Returns `None` if the rows or columns are linearly dependent up to rounding, so that there is no
/// such solution.
pub(super) fn least_squares(rows: &[Vec<f64>], y: &[f64], ridge: f64) -> Option<Vec<f64>> {
    let (n, p) = (rows.len(), rows.first()?.len());
    let root = ridge.sqrt();
    let diagonal = |of: usize, i: usize| (0..of).map(move |j| if i == j { root } else { 0.0 });
    if p <= n {
        // The columns of A, each extended by a row of the penalty: |A w - y|² + |root w|².
        let columns = (0..p)
            .map(|j| {
                rows.iter()
                    .map(|row| row[j])
                    .chain(diagonal(if ridge > 0.0 { p } else { 0 }, j))
                    .collect()
            })
            .collect();
        let factors = Factors::of(columns)?;
        let mut right: Vec<f64> = y
            .iter()
            .copied()
            .chain(std::iter::repeat_n(0.0, if ridge > 0.0 { p } else { 0 }))
            .collect();
        factors.reflect(&mut right, false);
        factors.solve(&mut right);
        right.truncate(p);
        Some(right)
    } else {
        // The least norm of (w, u) with A w + root u = y has u = (y - A w) / root, and is therefore
        // also the ridge minimum.
        let columns = rows
            .iter()
            .enumerate()
            .map(|(i, row)| {
                row.iter().copied().chain(diagonal(if ridge > 0.0 { n } else { 0 }, i)).collect()
            })
            .collect();
        let factors = Factors::of(columns)?;
        let mut weights = factors.solve_transposed(y);
        factors.reflect(&mut weights, true);
        weights.truncate(p);
        Some(weights)
    }
}

/// A tall matrix as Q R, column by column: each column holds its part of R above the diagonal, and
/// from the diagonal on the vector of its reflection (its first element is in `heads`).
struct Factors {
    columns: Vec<Vec<f64>>,
    heads: Vec<f64>,
}

impl Factors {
    /// Returns `None` if a column is a linear combination of those before it, up to rounding.
    fn of(mut columns: Vec<Vec<f64>>) -> Option<Self> {
        let largest = columns.iter().map(|column| dot(column, column).sqrt()).fold(0.0, f64::max);
        let mut heads = Vec::with_capacity(columns.len());
        for k in 0..columns.len() {
            let (done, rest) = columns.split_at_mut(k + 1);
            let column = &mut done[k];
            let norm = dot(&column[k..], &column[k..]).sqrt();
            if norm.is_nan() || norm <= 1e-13 * largest {
                return None;
            }
            let diagonal = if column[k] > 0.0 { -norm } else { norm };
            // The vector v = x - diagonal e, scaled so that the reflection is 1 - v v'.
            let scale = (norm * (norm + column[k].abs())).sqrt();
            let head = (column[k] - diagonal) / scale;
            column[k] = diagonal;
            column[k + 1..].iter_mut().for_each(|value| *value /= scale);
            heads.push(head);
            for other in rest {
                reflect(&done[k], head, k, other);
            }
        }
        Some(Self { columns, heads })
    }

    /// Multiplies a vector by Q', or by Q if `back`.
    fn reflect(&self, vector: &mut [f64], back: bool) {
        let n = self.columns.len();
        for step in 0..n {
            let k = if back { n - 1 - step } else { step };
            reflect(&self.columns[k], self.heads[k], k, vector);
        }
    }

    /// Replaces the leading elements b of a vector by the x with R x = b.
    fn solve(&self, vector: &mut [f64]) {
        for k in (0..self.columns.len()).rev() {
            vector[k] /= self.columns[k][k];
            let value = vector[k];
            for (left, r) in vector[..k].iter_mut().zip(&self.columns[k]) {
                *left -= r * value;
            }
        }
    }

    /// Returns the x with R' x = b, padded with zeros to the height of the matrix.
    fn solve_transposed(&self, b: &[f64]) -> Vec<f64> {
        let mut x = vec![0.0; self.columns.first().map_or(0, Vec::len)];
        for (k, column) in self.columns.iter().enumerate() {
            x[k] = (b[k] - dot(&column[..k], &x[..k])) / column[k];
        }
        x
    }
}

/// Applies one reflection to the elements from `k` on.
fn reflect(column: &[f64], head: f64, k: usize, vector: &mut [f64]) {
    let along = head * vector[k] + dot(&column[k + 1..], &vector[k + 1..]);
    vector[k] -= along * head;
    for (value, v) in vector[k + 1..].iter_mut().zip(&column[k + 1..]) {
        *value -= along * v;
    }
}

/// Returns the dot product, summed in four partial sums in a fixed order so that the result has the
/// same bits everywhere.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (chunks, rest) = a.as_chunks::<4>();
    let (other, other_rest) = b[..a.len()].as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (a, b) in chunks.iter().zip(other) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f64>() + rest.iter().zip(other_rest).map(|(a, b)| a * b).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zunder_random::Key;

    use super::*;

    fn close(got: &[f64], expected: &[f64]) {
        assert_eq!(got.len(), expected.len());
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-9, "{got}, expected {expected}");
        }
    }

    #[test]
    fn known_systems() {
        // The line through (0, 1), (1, 3), (2, 5) with one point raised by 3: least squares
        // distributes the error.
        let rows = [vec![1.0, 0.0], vec![1.0, 1.0], vec![1.0, 2.0]];
        close(&least_squares(&rows, &[1.0, 3.0, 5.0], 0.0).unwrap(), &[1.0, 2.0]);
        close(&least_squares(&rows, &[1.0, 6.0, 5.0], 0.0).unwrap(), &[2.0, 2.0]);
        // One equation x + 2 y = 5: the solution of least norm is parallel to (1, 2).
        close(&least_squares(&[vec![1.0, 2.0]], &[5.0], 0.0).unwrap(), &[1.0, 2.0]);
        // Ridge regression by hand: (a² + r) w = a y, tall and wide.
        close(&least_squares(&[vec![2.0]], &[3.0], 0.5).unwrap(), &[6.0 / 4.5]);
        close(&least_squares(&[vec![1.0, 2.0]], &[5.0], 5.0).unwrap(), &[0.5, 1.0]);
    }

    #[test]
    fn dependent_columns_have_no_answer() {
        assert!(
            least_squares(&[vec![1.0, 2.0], vec![2.0, 4.0], vec![3.0, 6.0]], &[1.0, 2.0, 3.0], 0.0)
                .is_none()
        );
        assert!(
            least_squares(&[vec![0.0, 0.0, 0.0]], &[1.0], 0.0).is_none()
                && least_squares(&[], &[], 0.0).is_none()
        );
        assert!(
            least_squares(&[vec![1.0, 2.0], vec![2.0, 4.0]], &[1.0, 2.0], 0.1).is_some(),
            "the penalty makes it unique"
        );
    }

    proptest! {
        /// At a minimum the gradient A'(A w - y) + ridge w is 0; without ridge and with more
        /// columns than rows, w is also a linear combination of the rows.
        #[test]
        fn the_answer_is_a_minimum(
            seed in 0_u64..1000,
            n in 1_usize..9,
            p in 1_usize..9,
            ridge in prop::sample::select(vec![0.0, 0.3]),
        ) {
            let mut rng = Key::new(seed).rng();
            let mut normal = |n: usize| -> Vec<f64> { (0..n).map(|_| rng.normal()).collect() };
            let rows: Vec<Vec<f64>> = (0..n).map(|_| normal(p)).collect();
            let y = normal(n);
            let w = least_squares(&rows, &y, ridge).unwrap();
            let errors: Vec<f64> = rows.iter().zip(&y).map(|(row, y)| dot(row, &w) - y).collect();
            for j in 0..p {
                let products = rows.iter().zip(&errors).map(|(row, error)| row[j] * error);
                let gradient = products.sum::<f64>() + ridge * w[j];
                prop_assert!(gradient.abs() < 1e-6, "{}", gradient);
            }
            if p >= n && ridge == 0.0 {
                prop_assert!(errors.iter().all(|error| error.abs() < 1e-6));
            }
        }
    }
}
