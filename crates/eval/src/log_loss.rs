//! The log loss (cross-entropy).

use crate::{EvalError, Scored};

/// Returns the mean negative logarithm of the probability of the true class (cross-entropy), in
/// nats.
///
/// L = -1/N Σ ln max(p\[i, label i\], ε), with ε = `f32::EPSILON` ≈ 1.19e-7 as in scikit-learn's
/// `log_loss` for `float32`. One confident mistake therefore costs at most 15.9, not infinity. The
/// result lies in 0..=15.9; C equal probabilities give ln C. [`Scored::clipped`] counts the samples
/// whose probability is raised to ε.
///
/// # Shapes
///
/// `probabilities` is `[N*C]`, row by row and in 0..=1; `labels` has N class numbers in
/// `0..n_classes`.
///
/// # Errors
/// Returns an error for no samples, lengths that do not match, a label out of range, or a
/// probability that is NaN or outside of 0..=1.
///
/// ```
/// let loss = zunder_eval::log_loss(&[0.5, 0.5, 0.75, 0.25], &[0, 0], 2)?;
/// assert!((loss + (0.5_f64.ln() + 0.75_f64.ln()) / 2.0).abs() < 1e-12);
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
pub fn log_loss(probabilities: &[f32], labels: &[u32], n_classes: usize) -> Result<f64, EvalError> {
    Ok(Scored::new(probabilities, labels, n_classes)?.mean(nats))
}

impl Scored<'_> {
    /// Returns the [`log_loss`] of these samples. `None` for scores that are not probabilities.
    pub fn log_loss(&self) -> Option<f64> {
        self.are_probabilities().then(|| self.mean(nats))
    }

    /// Returns the number of samples whose true class has a probability below ε, which [`log_loss`]
    /// raises to ε.
    pub fn clipped(&self) -> u64 {
        let clipped =
            |(row, label): &(&[f32], usize)| self.are_probabilities() && row[*label] < f32::EPSILON;
        self.labelled_rows().filter(clipped).count() as u64
    }
}

/// Returns the loss of one sample.
pub(crate) fn nats(row: &[f32], label: usize) -> f64 {
    -libm::log(f64::from(row[label].max(f32::EPSILON)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confident_mistake_costs_no_more_than_the_clip() {
        let loss = log_loss(&[1.0, 0.0], &[1], 2).unwrap();
        assert!((loss - 15.942_385).abs() < 1e-6, "{loss}");
        assert!(log_loss(&[1.0, 0.0], &[0], 2).unwrap().abs() < 1e-15);
        assert_eq!(Scored::new(&[1.0, 0.0, 0.5, 0.5], &[1, 1], 2).unwrap().clipped(), 1);
    }
}
