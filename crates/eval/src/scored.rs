//! Probabilities or scores with their labels, checked once.

use crate::{ConfusionMatrix, EvalError, ScoreKind, argmax, check};

/// The predicted probabilities of N samples with their labels, checked once for any number of
/// metrics. They may also be scores that are not probabilities
/// ([`of_scores`](Self::of_scores)), for which some metrics are undefined.
///
/// # Shapes
///
/// For C = `n_classes`: `probabilities` is `[N*C]`, row by row and each in 0..=1; `labels` is
/// `[N]`. Rows need not sum to 1, since no metric here depends on it.
///
/// ```
/// use zunder_eval::Scored;
///
/// let scored = Scored::new(&[0.9, 0.1, 0.4, 0.6], &[0, 0], 2)?;
/// assert_eq!(scored.confusion_matrix().accuracy(), 0.5);
/// let expected = (0.1_f64.powi(2) + 0.6_f64.powi(2)) / 2.0;
/// assert!(scored.brier_score().is_some_and(|score| (score - expected).abs() < 1e-7));
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Scored<'a> {
    values: &'a [f32],
    labels: &'a [u32],
    n_classes: usize,
    kind: ScoreKind,
}

impl<'a> Scored<'a> {
    /// Creates the input of metrics from probabilities and labels, after checking them.
    ///
    /// # Errors
    ///
    /// Returns an error for no samples, lengths that do not match, a label out of range, a number
    /// of classes outside of 1 to 100,000, or a probability that is NaN or outside of 0..=1.
    pub fn new(
        probabilities: &'a [f32],
        labels: &'a [u32],
        n_classes: usize,
    ) -> Result<Self, EvalError> {
        check::not_empty(labels.len())?;
        check::rows(probabilities, labels, n_classes)?;
        check::probabilities(probabilities, n_classes)?;
        Ok(Self::of_checked(probabilities, labels, n_classes))
    }

    /// Creates the input of metrics from scores that are not probabilities. The ranking of a class
    /// compares its scores between samples. If only differences within a row have a meaning, pass
    /// margins over the best other class.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`new`](Self::new), and an error for a score that is NaN or infinite.
    ///
    /// ```
    /// use zunder_eval::Scored;
    ///
    /// let scored = Scored::of_scores(&[2.5, -2.5, -0.5, 0.5], &[0, 1], 2)?;
    /// assert_eq!((scored.ranking(1)?.auc(), scored.log_loss()), (1.0, None));
    /// # Ok::<(), zunder_eval::EvalError>(())
    /// ```
    pub fn of_scores(
        scores: &'a [f32],
        labels: &'a [u32],
        n_classes: usize,
    ) -> Result<Self, EvalError> {
        check::not_empty(labels.len())?;
        check::rows(scores, labels, n_classes)?;
        check::finite(scores, n_classes)?;
        Ok(Self { kind: ScoreKind::Scores, ..Self::of_checked(scores, labels, n_classes) })
    }

    /// Returns the class with the highest probability of each sample, the first if several are
    /// equal.
    pub fn predicted(&self) -> Vec<u32> {
        self.rows().map(|row| argmax(row) as u32).collect()
    }

    /// For two classes, returns 1 for each sample whose probability of the second class is at or
    /// above `threshold`, else 0.
    ///
    /// For the threshold 0.5 this equals [`predicted`](Self::predicted), except for probabilities
    /// of exactly one half. [`Ranking::threshold_for`](crate::Ranking::threshold_for) chooses a
    /// threshold.
    ///
    /// # Errors
    ///
    /// Returns an error if there are not 2 classes, or if the threshold is NaN.
    pub fn predicted_at(&self, threshold: f32) -> Result<Vec<u32>, EvalError> {
        check::threshold(threshold)?;
        if self.n_classes != 2 {
            return Err(EvalError::NotBinary { got: self.n_classes });
        }
        Ok(self.rows().map(|row| u32::from(row[1] >= threshold)).collect())
    }

    /// Returns the confusion matrix of the most probable classes.
    pub fn confusion_matrix(&self) -> ConfusionMatrix {
        ConfusionMatrix::of_checked(self.labels, &self.predicted(), self.n_classes)
    }

    /// Creates the input of metrics from values that have been checked.
    pub(crate) fn of_checked(
        probabilities: &'a [f32],
        labels: &'a [u32],
        n_classes: usize,
    ) -> Self {
        Self { values: probabilities, labels, n_classes, kind: ScoreKind::Probabilities }
    }

    /// Returns whether the values are probabilities.
    pub(crate) fn are_probabilities(&self) -> bool {
        self.kind == ScoreKind::Probabilities
    }

    pub(crate) fn kind(&self) -> ScoreKind {
        self.kind
    }

    pub(crate) fn values(&self) -> &'a [f32] {
        self.values
    }

    pub(crate) fn labels(&self) -> &'a [u32] {
        self.labels
    }

    pub(crate) fn n_classes(&self) -> usize {
        self.n_classes
    }

    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = &'a [f32]> + use<'a> {
        self.values.chunks_exact(self.n_classes)
    }

    /// Returns each row with its label.
    pub(crate) fn labelled_rows(&self) -> impl Iterator<Item = (&'a [f32], usize)> + use<'a> {
        self.rows().zip(self.labels.iter().map(|&label| label as usize))
    }

    /// 1/N Σ value(row i, label i).
    pub(crate) fn mean(&self, value: impl Fn(&[f32], usize) -> f64) -> f64 {
        self.labelled_rows().map(|(row, label)| value(row, label)).sum::<f64>()
            / self.labels.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_input_is_named() {
        let error = |p: &[f32], l: &[u32], c| Scored::new(p, l, c).unwrap_err().to_string();
        assert_eq!(error(&[], &[], 2), "got 0 samples, expected at least 1");
        assert_eq!(error(&[0.5], &[0], 2), "got 1 probabilities, expected 2");
        assert_eq!(error(&[0.5, 0.5], &[2], 2), "label 0 is class 2, expected 0 to 1");
        assert_eq!(error(&[0.5, 0.5], &[0], 0), "got 0 classes, expected 1 to 100000");
        assert_eq!(
            error(&[1.0, 0.0, f32::NAN, 1.0], &[0, 0], 2),
            "the probability of class 0 in row 1 is NaN, expected a number in 0..=1"
        );
        assert_eq!(
            error(&[1.5, -0.5], &[0], 2),
            "the probability of class 0 in row 0 is 1.5, expected a number in 0..=1"
        );
        let scores = |s: &[f32]| Scored::of_scores(s, &[0], 2).unwrap_err().to_string();
        assert_eq!(
            scores(&[0.5, f32::INFINITY]),
            "the score of class 1 in row 0 is inf, expected a finite number"
        );
    }

    #[test]
    fn the_threshold_decides() {
        let scored = Scored::new(&[0.9, 0.1, 0.4, 0.6], &[0, 0], 2).unwrap();
        assert_eq!(scored.predicted(), [0, 1]);
        assert_eq!(
            (scored.predicted_at(0.6).unwrap(), scored.predicted_at(0.1).unwrap()),
            (vec![0, 1], vec![1, 1])
        );
        assert!(scored.predicted_at(f32::NAN).is_err());
        assert_eq!(scored.confusion_matrix().rows(), [[1, 1], [0, 0]]);
    }
}
