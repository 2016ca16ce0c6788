//! The Brier score.

use crate::{EvalError, Scored};

/// Returns the mean squared distance of the probabilities from the one-hot labels (Brier score); 0
/// is best.
///
/// B = 1/N Σᵢ Σⱼ (p\[i, j\] - y\[i, j\])², with y\[i, j\] = 1 if j is label i and else 0; in 0..=2.
/// For two classes only the second, positive one is summed: the score is then in 0..=1, half of the
/// sum over both. Source: Brier 1950. Equals scikit-learn's `brier_score_loss` with its default
/// `scale_by_half="auto"`.
///
/// # Shapes
///
/// `probabilities` is `[N*C]`, row by row and in 0..=1; `labels` has N class numbers in
/// `0..n_classes`.
///
/// # Errors
///
/// Returns the errors of [`Scored::new`].
///
/// ```
/// assert_eq!(
///     zunder_eval::brier_score(&[0.5, 0.5, 0.75, 0.25], &[0, 0], 2)?,
///     (0.25 + 0.0625) / 2.0
/// );
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
pub fn brier_score(
    probabilities: &[f32],
    labels: &[u32],
    n_classes: usize,
) -> Result<f64, EvalError> {
    Ok(Scored::new(probabilities, labels, n_classes)?.mean(distance))
}

impl Scored<'_> {
    /// Returns the [`brier_score`] of these samples. `None` for scores that are not probabilities.
    pub fn brier_score(&self) -> Option<f64> {
        self.are_probabilities().then(|| self.mean(distance))
    }
}

/// Returns the squared distance of one sample.
pub(crate) fn distance(row: &[f32], label: usize) -> f64 {
    let first = usize::from(row.len() == 2);
    let squares = row.iter().enumerate().skip(first).map(|(class, &p)| {
        let off = f64::from(p) - f64::from(u8::from(class == label));
        off * off
    });
    squares.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_confident_and_right_to_confident_and_wrong() {
        assert_eq!(brier_score(&[0.0, 1.0, 0.0], &[1], 3).unwrap(), 0.0);
        assert_eq!(brier_score(&[0.0, 1.0, 0.0], &[2], 3).unwrap(), 2.0);
        assert_eq!(brier_score(&[0.0, 1.0], &[0], 2).unwrap(), 1.0);
        assert!(brier_score(&[0.0, 2.0], &[0], 2).is_err());
    }
}
