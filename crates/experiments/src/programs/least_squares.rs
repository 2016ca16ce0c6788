//! Least squares by Householder's reflections, in 64 bits.

/// The weights w of the linear system A w = y, A given by its rows: those of the least squared
/// error, and where many have none, those of the least norm. With `ridge` above 0 the weights that
/// minimise `|A w - y|² + ridge |w|²`.
///
/// None if the rows or columns are linearly dependent, up to rounding, so that there is no such
/// answer.
pub(super) fn least_squares(rows: &[Vec<f64>], y: &[f64], ridge: f64) -> Option<Vec<f64>> {
    let (n, p) = (rows.len(), rows.first()?.len());
    let root = ridge.sqrt();
    let diagonal = |of: usize, i: usize| (0..of).map(move |j| if i == j { root } else { 0.0 });
    if p <= n {
        // The columns of A, below each a row of the penalty: |A w - y|² + |root w|².
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
        // The least norm of (w, u) with A w + root u = y has u = (y - A w) / root, and so is the
        // ridge's minimum too.
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

/// A tall matrix as Q R, column by column: each holds its part of R down to the diagonal, and below
/// it (with the diagonal's place in `heads`) the vector of its reflection.
struct Factors {
    columns: Vec<Vec<f64>>,
    heads: Vec<f64>,
}

impl Factors {
    /// None if a column is a combination of those before it, up to rounding.
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

    /// Q' times a vector, or Q times it.
    fn reflect(&self, vector: &mut [f64], back: bool) {
        let n = self.columns.len();
        for step in 0..n {
            let k = if back { n - 1 - step } else { step };
            reflect(&self.columns[k], self.heads[k], k, vector);
        }
    }

    /// Replaces the first places b of a vector by the x with R x = b.
    fn solve(&self, vector: &mut [f64]) {
        for k in (0..self.columns.len()).rev() {
            vector[k] /= self.columns[k][k];
            let value = vector[k];
            for (left, r) in vector[..k].iter_mut().zip(&self.columns[k]) {
                *left -= r * value;
            }
        }
    }

    /// The x with R' x = b, and zeros below it to the height of the matrix.
    fn solve_transposed(&self, b: &[f64]) -> Vec<f64> {
        let mut x = vec![0.0; self.columns.first().map_or(0, Vec::len)];
        for (k, column) in self.columns.iter().enumerate() {
            x[k] = (b[k] - dot(&column[..k], &x[..k])) / column[k];
        }
        x
    }
}

/// One reflection, from place `k` on.
fn reflect(column: &[f64], head: f64, k: usize, vector: &mut [f64]) {
    let along = head * vector[k] + dot(&column[k + 1..], &vector[k + 1..]);
    vector[k] -= along * head;
    for (value, v) in vector[k + 1..].iter_mut().zip(&column[k + 1..]) {
        *value -= along * v;
    }
}

/// In four sums side by side, in a fixed order: the same bits everywhere.
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
        // The line through (0, 1), (1, 3), (2, 5) with one point lifted by 3: least squares spread
        // it.
        let rows = [vec![1.0, 0.0], vec![1.0, 1.0], vec![1.0, 2.0]];
        close(&least_squares(&rows, &[1.0, 3.0, 5.0], 0.0).unwrap(), &[1.0, 2.0]);
        close(&least_squares(&rows, &[1.0, 6.0, 5.0], 0.0).unwrap(), &[2.0, 2.0]);
        // One equation x + 2 y = 5: the least norm is along (1, 2).
        close(&least_squares(&[vec![1.0, 2.0]], &[5.0], 0.0).unwrap(), &[1.0, 2.0]);
        // Ridge by hand: (a² + r) w = a y, tall and wide.
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
        /// columns, w is a combination of the rows as well.
        #[test]
        fn the_answer_is_a_minimum(seed in 0_u64..1000, n in 1_usize..9, p in 1_usize..9, ridge in prop::sample::select(vec![0.0, 0.3])) {
            let mut rng = Key::new(seed).rng();
            let rows: Vec<Vec<f64>> = (0..n).map(|_| (0..p).map(|_| rng.normal()).collect()).collect();
            let y: Vec<f64> = (0..n).map(|_| rng.normal()).collect();
            let w = least_squares(&rows, &y, ridge).unwrap();
            let errors: Vec<f64> = rows.iter().zip(&y).map(|(row, y)| dot(row, &w) - y).collect();
            for j in 0..p {
                let gradient = rows.iter().zip(&errors).map(|(row, error)| row[j] * error).sum::<f64>() + ridge * w[j];
                prop_assert!(gradient.abs() < 1e-6, "{}", gradient);
            }
            if p >= n && ridge == 0.0 {
                prop_assert!(errors.iter().all(|error| error.abs() < 1e-6));
            }
        }
    }
}
