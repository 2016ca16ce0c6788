use crate::{EvalError, check};

/// The confusion matrix (Konfusionsmatrix): how many samples of each true class were taken for each class.
///
/// Rows are the true classes, columns the predicted ones; the diagonal counts what is right. Source: lecture section 6a.1, there for two classes.
///
/// # Shapes
///
/// C x C counts for C classes.
///
/// ```
/// use zunder_eval::ConfusionMatrix;
///
/// let matrix = ConfusionMatrix::from_labels(&[0, 0, 1, 1], &[0, 1, 1, 1], 2)?;
/// assert_eq!(matrix.rows(), [[1, 1], [0, 2]]);
/// assert_eq!(matrix.accuracy(), 0.75);
/// assert_eq!(matrix.per_class()[0].recall, 0.5);
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfusionMatrix {
    counts: Vec<u64>,
    n_classes: usize,
}

/// How well one class was found, taking it as the positive and all others as the negative one.
///
/// With RP right positives, FP false positives and FN false negatives. A ratio 0/0 is 0.0, as with scikit-learn's `zero_division=0`. Source: lecture section 6a.1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassScores {
    /// Precision (positiver Vorhersagewert) P = RP / (RP + FP), in 0..=1; 0.0 for a class that was never predicted.
    pub precision: f64,
    /// Recall (Sensitivität, Trefferquote) R = RP / (RP + FN), in 0..=1; 0.0 for a class without samples.
    pub recall: f64,
    /// F1 (F-Maß) F = 2 P R / (P + R), in 0..=1; 0.0 where P and R are 0.
    pub f1: f64,
    /// The number of samples of this class, RP + FN.
    pub support: u64,
    /// The number of samples taken for this class, RP + FP.
    pub predicted: u64,
}

/// The mean of each score over all classes, every class with the same weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MacroAverage {
    /// Mean precision, in 0..=1.
    pub precision: f64,
    /// Mean recall, in 0..=1.
    pub recall: f64,
    /// Mean of the classes' F1 (not F1 of the means), in 0..=1.
    pub f1: f64,
}

impl ConfusionMatrix {
    /// Counts pairs of true and predicted classes.
    ///
    /// # Shapes
    ///
    /// `truth` and `predicted` have one class number in `0..n_classes` a sample.
    ///
    /// # Errors
    ///
    /// No samples, lengths that differ, a class number out of range, or a number of classes outside of 1 to 4096.
    pub fn from_labels(truth: &[u32], predicted: &[u32], n_classes: usize) -> Result<Self, EvalError> {
        check::classes(n_classes)?;
        check::not_empty(truth.len())?;
        check::length("predicted classes", predicted.len(), truth.len())?;
        check::labels("label", truth, n_classes)?;
        check::labels("predicted class", predicted, n_classes)?;
        let mut counts = vec![0; n_classes * n_classes];
        for (&t, &p) in truth.iter().zip(predicted) {
            counts[t as usize * n_classes + p as usize] += 1;
        }
        Ok(Self { counts, n_classes })
    }

    /// How many samples of class `truth` were taken for class `predicted`; 0 where there is no such class.
    pub fn count(&self, truth: usize, predicted: usize) -> u64 {
        if truth < self.n_classes && predicted < self.n_classes { self.counts[truth * self.n_classes + predicted] } else { 0 }
    }

    /// The number of classes C.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// The number of samples: the sum of all counts.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The number of samples that were predicted right: the trace.
    pub fn correct(&self) -> u64 {
        (0..self.n_classes).map(|class| self.count(class, class)).sum()
    }

    /// Accuracy (Korrektklassifikationsrate): correct / total, for two classes ACC = (RP + RN) / (RP + RN + FP + FN), in 0..=1.
    pub fn accuracy(&self) -> f64 {
        ratio(self.correct() as f64, self.total() as f64)
    }

    /// The counts, one row a true class.
    pub fn rows(&self) -> Vec<Vec<u64>> {
        self.counts.chunks_exact(self.n_classes).map(<[u64]>::to_vec).collect()
    }

    /// Precision, recall and F1 of each class.
    pub fn per_class(&self) -> Vec<ClassScores> {
        (0..self.n_classes).map(|class| self.scores(class)).collect()
    }

    /// The means of precision, recall and F1 over all C classes, also those without samples.
    ///
    /// As scikit-learn's `average="macro", labels=range(C), zero_division=0`.
    pub fn macro_average(&self) -> MacroAverage {
        let scores = self.per_class();
        let mean = |score: fn(&ClassScores) -> f64| scores.iter().map(score).sum::<f64>() / self.n_classes as f64;
        MacroAverage { precision: mean(|s| s.precision), recall: mean(|s| s.recall), f1: mean(|s| s.f1) }
    }

    fn scores(&self, class: usize) -> ClassScores {
        let right = self.count(class, class) as f64;
        let support = (0..self.n_classes).map(|p| self.count(class, p)).sum();
        let predicted = (0..self.n_classes).map(|t| self.count(t, class)).sum();
        let precision = ratio(right, predicted as f64);
        let recall = ratio(right, support as f64);
        ClassScores { precision, recall, f1: ratio(2.0 * precision * recall, precision + recall), support, predicted }
    }
}

/// a / b, and 0.0 where b is 0.
fn ratio(a: f64, b: f64) -> f64 {
    if b == 0.0 { 0.0 } else { a / b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_without_samples_scores_0() {
        let matrix = ConfusionMatrix::from_labels(&[0, 2], &[0, 0], 3).unwrap();
        let scores = matrix.per_class();
        assert_eq!(scores[1], ClassScores { precision: 0.0, recall: 0.0, f1: 0.0, support: 0, predicted: 0 });
        assert_eq!((scores[0].support, scores[0].predicted), (1, 2));
        assert_eq!((matrix.total(), matrix.correct(), matrix.n_classes()), (2, 1, 3));
        assert_eq!((matrix.count(2, 0), matrix.count(0, 3), matrix.count(3, 0)), (1, 0, 0));
    }

    #[test]
    fn wrong_input_is_named() {
        let message = |t: &[u32], p: &[u32], c| ConfusionMatrix::from_labels(t, p, c).unwrap_err().to_string();
        assert_eq!(message(&[], &[], 2), "got 0 samples, expected at least 1");
        assert_eq!(message(&[0, 1], &[0], 2), "got 1 predicted classes, expected 2");
        assert_eq!(message(&[0, 2], &[0, 0], 2), "label 1 is class 2, expected 0 to 1");
        assert_eq!(message(&[0, 1], &[9, 0], 2), "predicted class 0 is class 9, expected 0 to 1");
        assert_eq!(message(&[0], &[0], 0), "got 0 classes, expected 1 to 4096");
        assert_eq!(message(&[0], &[0], usize::MAX), format!("got {} classes, expected 1 to 4096", usize::MAX));
    }
}
