use crate::count::ratio;
use crate::{BinaryCounts, Count, EvalError, check};

/// The confusion matrix (Konfusionsmatrix): how many samples of each true class were taken for each class.
///
/// Rows are the true classes, columns the predicted ones; the diagonal counts what is right. Source: lecture section 6a.1, there for two classes.
///
/// Cells are counts of samples (`u64`), or sums of their weights (`f64`).
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
pub struct ConfusionMatrix<T = u64> {
    counts: Vec<T>,
    n_classes: usize,
}

/// How well one class was found, taking it as the positive and all others as the negative one.
///
/// For the formulas see [`BinaryCounts`]. A ratio 0/0 is 0.0, as with scikit-learn's `zero_division=0`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ClassScores<T = u64> {
    /// Precision (positiver Vorhersagewert) P = RP / (RP + FP), in 0..=1; 0.0 for a class that was never predicted.
    pub precision: f64,
    /// Recall (Sensitivität, Trefferquote) R = RP / (RP + FN), in 0..=1; 0.0 for a class without samples.
    pub recall: f64,
    /// F1 (F-Maß) F = 2 P R / (P + R), in 0..=1; 0.0 where P and R are 0.
    pub f1: f64,
    /// The number of samples of this class, RP + FN, or the sum of their weights.
    pub support: T,
    /// The number of samples taken for this class, RP + FP, or the sum of their weights.
    pub predicted: T,
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
        check::decisions(truth, predicted, n_classes)?;
        Ok(Self::add_up(truth, predicted, core::iter::repeat(1), n_classes))
    }

    /// The matrix of these [`rows`](Self::rows), which must be as long as they are many.
    pub(crate) fn from_rows(rows: &[Vec<u64>]) -> Result<Self, EvalError> {
        rows.iter().try_for_each(|row| check::length("counts in a row of the confusion matrix", row.len(), rows.len()))?;
        Ok(Self { counts: rows.concat(), n_classes: rows.len() })
    }
}

impl ConfusionMatrix<f64> {
    /// Adds up the weights of pairs of true and predicted classes.
    ///
    /// # Shapes
    ///
    /// As [`from_labels`](ConfusionMatrix::from_labels), and one weight a sample.
    ///
    /// # Errors
    ///
    /// As [`from_labels`](ConfusionMatrix::from_labels), and a weight other than 0 and 1e-60 to 1e60, or weights that are all 0.
    pub fn from_weighted(truth: &[u32], predicted: &[u32], weights: &[f64], n_classes: usize) -> Result<Self, EvalError> {
        check::decisions(truth, predicted, n_classes)?;
        check::weights(weights, truth.len())?;
        Ok(Self::add_up(truth, predicted, weights.iter().copied(), n_classes))
    }
}

impl<T: Count> ConfusionMatrix<T> {
    /// How many samples of class `truth` were taken for class `predicted`; 0 where there is no such class.
    pub fn count(&self, truth: usize, predicted: usize) -> T {
        if truth < self.n_classes && predicted < self.n_classes { self.counts[truth * self.n_classes + predicted] } else { T::default() }
    }

    /// The number of classes C.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// The number of samples: the sum of all counts.
    pub fn total(&self) -> T {
        self.counts.iter().copied().sum()
    }

    /// The number of samples that were predicted right: the trace.
    pub fn correct(&self) -> T {
        (0..self.n_classes).map(|class| self.count(class, class)).sum()
    }

    /// Accuracy (Korrektklassifikationsrate): correct / total, for two classes ACC = (RP + RN) / (RP + RN + FP + FN), in 0..=1.
    pub fn accuracy(&self) -> f64 {
        // Weights may round to a trace above their total.
        ratio(self.correct().to_f64(), self.total().to_f64()).min(1.0)
    }

    /// The zero-one risk, 1 - accuracy, in 0..=1: the mean of the loss that is 0 for a right class and 1 for a wrong one. As scikit-learn's `zero_one_loss`.
    pub fn zero_one_risk(&self) -> f64 {
        1.0 - self.accuracy()
    }

    /// The counts, one row a true class.
    pub fn rows(&self) -> Vec<Vec<T>> {
        self.counts.chunks_exact(self.n_classes).map(<[T]>::to_vec).collect()
    }

    /// The shares of each true class that were taken for each class: rows that sum to 1, or to 0 for a class without samples.
    ///
    /// As scikit-learn's `confusion_matrix(normalize="true")`; the diagonal is recall.
    pub fn rates_by_truth(&self) -> Vec<Vec<f64>> {
        let sums = self.truth_sums();
        self.rates(|truth, _| sums[truth])
    }

    /// The shares of those taken for a class that belong to each true class: columns that sum to 1, or to 0 for a class never predicted.
    ///
    /// As scikit-learn's `confusion_matrix(normalize="pred")`; the diagonal is precision.
    pub fn rates_by_prediction(&self) -> Vec<Vec<f64>> {
        let sums = self.predicted_sums();
        self.rates(|_, predicted| sums[predicted])
    }

    /// Precision, recall and F1 of each class.
    pub fn per_class(&self) -> Vec<ClassScores<T>> {
        let scores = |(class, counts): (usize, BinaryCounts<f64>)| ClassScores {
            precision: counts.precision(),
            recall: counts.true_positive_rate(),
            f1: counts.f1(),
            support: self.truth_sum(class),
            predicted: self.predicted_sum(class),
        };
        self.one_vs_rest().into_iter().enumerate().map(scores).collect()
    }

    /// The four cases of each class, taken as the positive one against all others.
    pub fn one_vs_rest(&self) -> Vec<BinaryCounts<f64>> {
        let (truth, predicted, total) = (self.truth_sums(), self.predicted_sums(), self.total().to_f64());
        let cases = |class: usize| {
            let true_positives = self.count(class, class).to_f64();
            // Differences of rounded sums of weights: no more than rounding below 0.
            let false_negatives = (truth[class] - true_positives).max(0.0);
            let false_positives = (predicted[class] - true_positives).max(0.0);
            let true_negatives = (total - true_positives - false_negatives - false_positives).max(0.0);
            BinaryCounts { true_positives, false_negatives, false_positives, true_negatives }
        };
        (0..self.n_classes).map(cases).collect()
    }

    /// The four cases of two classes, the second being the positive one; `None` with another number of classes.
    pub fn binary(&self) -> Option<BinaryCounts<T>> {
        (self.n_classes == 2).then(|| BinaryCounts {
            true_positives: self.count(1, 1),
            false_negatives: self.count(1, 0),
            false_positives: self.count(0, 1),
            true_negatives: self.count(0, 0),
        })
    }

    pub(crate) fn truth_sums(&self) -> Vec<f64> {
        (0..self.n_classes).map(|class| self.truth_sum(class).to_f64()).collect()
    }

    pub(crate) fn predicted_sums(&self) -> Vec<f64> {
        (0..self.n_classes).map(|class| self.predicted_sum(class).to_f64()).collect()
    }

    fn truth_sum(&self, class: usize) -> T {
        (0..self.n_classes).map(|predicted| self.count(class, predicted)).sum()
    }

    fn predicted_sum(&self, class: usize) -> T {
        (0..self.n_classes).map(|truth| self.count(truth, class)).sum()
    }

    fn rates(&self, whole: impl Fn(usize, usize) -> f64) -> Vec<Vec<f64>> {
        let rate = |truth, predicted| ratio(self.count(truth, predicted).to_f64(), whole(truth, predicted));
        (0..self.n_classes).map(|truth| (0..self.n_classes).map(|predicted| rate(truth, predicted)).collect()).collect()
    }

    /// Of checked labels.
    pub(crate) fn add_up(truth: &[u32], predicted: &[u32], weights: impl Iterator<Item = T>, n_classes: usize) -> Self {
        let mut counts = vec![T::default(); n_classes * n_classes];
        for ((&t, &p), weight) in truth.iter().zip(predicted).zip(weights) {
            counts[t as usize * n_classes + p as usize] += weight;
        }
        Self { counts, n_classes }
    }
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

    #[test]
    fn rates_of_rows_and_columns() {
        let matrix = ConfusionMatrix::from_labels(&[0, 0, 2, 2], &[0, 1, 0, 0], 3).unwrap();
        assert_eq!(matrix.rates_by_truth(), [[0.5, 0.5, 0.0], [0.0; 3], [1.0, 0.0, 0.0]]);
        assert_eq!(matrix.rates_by_prediction(), [[1.0 / 3.0, 1.0, 0.0], [0.0; 3], [2.0 / 3.0, 0.0, 0.0]]);
        assert_eq!(matrix.zero_one_risk(), 0.75);
        assert_eq!(matrix.binary(), None);
    }

    #[test]
    fn weights_of_1_are_counts() {
        let (truth, predicted) = ([0, 1, 1, 0], [0, 1, 0, 0]);
        let counts = ConfusionMatrix::from_labels(&truth, &predicted, 2).unwrap();
        let sums = ConfusionMatrix::from_weighted(&truth, &predicted, &[1.0; 4], 2).unwrap();
        assert_eq!(counts.rates_by_truth(), sums.rates_by_truth());
        assert_eq!((sums.total(), counts.total()), (4.0, 4));
        let expected = BinaryCounts { true_positives: 1, false_negatives: 1, false_positives: 0, true_negatives: 2 };
        assert_eq!(counts.binary(), Some(expected));
    }

    #[test]
    fn wrong_weights_are_named() {
        let message = |w: &[f64]| ConfusionMatrix::from_weighted(&[0, 1], &[0, 1], w, 2).unwrap_err().to_string();
        assert_eq!(message(&[1.0]), "got 1 weights, expected 2");
        assert_eq!(message(&[1.0, -1.0]), "weight 1 is -1, expected 0 or a number from 1e-60 to 1e60");
        assert_eq!(message(&[f64::NAN, 1.0]), "weight 0 is NaN, expected 0 or a number from 1e-60 to 1e60");
        assert_eq!(message(&[0.0, 0.0]), "all weights are 0, expected at least 1 above 0");
        assert!(message(&[1.0, 1e61]).starts_with("weight 1 is 1"));
    }
}
