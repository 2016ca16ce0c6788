//! The confusion matrix, and the scores computed from it.

use crate::count::ratio;
use crate::margins::Margins;
use crate::{BinaryCounts, EvalError, check};

/// The confusion matrix (Konfusionsmatrix): the number of samples of each true class that were
/// predicted as each class.
///
/// Rows are the true classes, columns the predicted ones; the diagonal counts the correct
/// predictions. Source: lecture section 6a.1, there for two classes. There is at least one sample.
///
/// Only cells above 0 are stored: at most N for N samples, however many classes there are. In JSON
/// the matrix is a list of rows for up to 100 classes, and for more classes `{"classes": C,
/// "cells": [[true, predicted, count], ...]}`.
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
/// assert_eq!(matrix.per_class()[0].recall, Some(0.5));
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfusionMatrix {
    n_classes: usize,
    /// Row, column and count of the cells above 0, row by row.
    cells: Vec<(u32, u32, u64)>,
}

/// The scores of one class, with that class as the positive and all others as the negative one.
///
/// For the formulas see [`BinaryCounts`]. A score whose denominator is 0 is `None`, as with
/// scikit-learn's `zero_division=np.nan`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ClassScores {
    /// Precision (positiver Vorhersagewert) P = RP / (RP + FP), in 0..=1; `None` for a class that
    /// was never predicted.
    pub precision: Option<f64>,
    /// Recall (Sensitivität, Trefferquote) R = RP / (RP + FN), in 0..=1; `None` for a class without
    /// samples.
    pub recall: Option<f64>,
    /// F1 (F-Maß) F = 2 RP / (2 RP + FN + FP), in 0..=1; `None` for a class without samples that
    /// was never predicted.
    pub f1: Option<f64>,
    /// The number of samples of this class, RP + FN.
    pub support: u64,
    /// The number of samples predicted as this class, RP + FP.
    pub predicted: u64,
}

impl ConfusionMatrix {
    /// Counts pairs of true and predicted classes.
    ///
    /// # Shapes
    ///
    /// `truth` and `predicted` have one class number in `0..n_classes` per sample.
    ///
    /// # Errors
    ///
    /// Returns an error for no samples, lengths that differ, a class number out of range, or a
    /// number of classes outside of 1 to 100,000.
    pub fn from_labels(
        truth: &[u32],
        predicted: &[u32],
        n_classes: usize,
    ) -> Result<Self, EvalError> {
        check::decisions(truth, predicted, n_classes)?;
        Ok(Self::of_checked(truth, predicted, n_classes))
    }

    /// Builds the matrix from its cells: true class, predicted class and count.
    pub(crate) fn from_cells(
        mut cells: Vec<(u32, u32, u64)>,
        n_classes: usize,
    ) -> Result<Self, EvalError> {
        check::classes(n_classes)?;
        cells.retain(|&(_, _, count)| count > 0);
        cells.sort_unstable_by_key(|&(truth, predicted, _)| (truth, predicted));
        let (truth, predicted): (Vec<u32>, Vec<u32>) =
            cells.iter().map(|&(truth, predicted, _)| (truth, predicted)).unzip();
        check::decisions(&truth, &predicted, n_classes)?;
        let total = cells.iter().try_fold(0_u64, |sum, (_, _, count)| sum.checked_add(*count));
        check::setting(
            "the number of samples",
            total.map_or(usize::MAX, |total| total as usize),
            1,
            u32::MAX as usize,
        )?;
        match cells.windows(2).find(|two| (two[0].0, two[0].1) == (two[1].0, two[1].1)) {
            Some(two) => Err(EvalError::Cell { truth: two[0].0, predicted: two[0].1 }),
            None => Ok(Self { n_classes, cells }),
        }
    }

    /// Returns the number of samples of class `truth` that were predicted as class `predicted`; 0
    /// for a class out of range.
    pub fn count(&self, truth: usize, predicted: usize) -> u64 {
        let place = self
            .cells
            .binary_search_by_key(&(truth, predicted), |cell| (cell.0 as usize, cell.1 as usize));
        place.map_or(0, |i| self.cells[i].2)
    }

    /// Returns the cells above 0, row by row: true class, predicted class and count.
    pub fn cells(&self) -> &[(u32, u32, u64)] {
        &self.cells
    }

    /// Returns the number of classes C.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// Returns the number of samples: the sum of all counts.
    pub fn total(&self) -> u64 {
        self.cells.iter().map(|cell| cell.2).sum()
    }

    /// Returns the number of correct predictions: the trace.
    pub fn correct(&self) -> u64 {
        self.cells.iter().filter(|cell| cell.0 == cell.1).map(|cell| cell.2).sum()
    }

    /// Accuracy (Korrektklassifikationsrate): correct / total, for two classes ACC = (RP + RN) /
    /// (RP + RN + FP + FN), in 0..=1.
    pub fn accuracy(&self) -> f64 {
        self.correct() as f64 / self.total() as f64
    }

    /// Returns the zero-one risk, 1 - accuracy, in 0..=1: the mean of the loss that is 0 for a
    /// correct class and 1 for a wrong one. Equals scikit-learn's `zero_one_loss`.
    pub fn zero_one_risk(&self) -> f64 {
        1.0 - self.accuracy()
    }

    /// Returns the counts as C rows of C numbers, one row per true class.
    pub fn rows(&self) -> Vec<Vec<u64>> {
        let mut rows = vec![vec![0; self.n_classes]; self.n_classes];
        self.cells.iter().for_each(|&(truth, predicted, count)| {
            rows[truth as usize][predicted as usize] = count;
        });
        rows
    }

    /// Returns, for each true class, the shares of its samples that were predicted as each class.
    /// Rows sum to 1, or are `None` for a class without samples.
    ///
    /// Equals scikit-learn's `confusion_matrix(normalize="true")`, which has 0 for 0/0. The
    /// diagonal is recall.
    pub fn rates_by_truth(&self) -> Vec<Vec<Option<f64>>> {
        let sums = self.margins().truth;
        self.rates(|truth, _| sums[truth])
    }

    /// Returns, for each predicted class, the shares of its samples that belong to each true class.
    /// Columns sum to 1, or are `None` for a class that is never predicted.
    ///
    /// Equals scikit-learn's `confusion_matrix(normalize="pred")`, which has 0 for 0/0. The
    /// diagonal is precision.
    pub fn rates_by_prediction(&self) -> Vec<Vec<Option<f64>>> {
        let sums = self.margins().predicted;
        self.rates(|_, predicted| sums[predicted])
    }

    /// Precision, recall and F1 of each class.
    pub fn per_class(&self) -> Vec<ClassScores> {
        let scores = |counts: BinaryCounts| ClassScores {
            precision: counts.precision(),
            recall: counts.true_positive_rate(),
            f1: counts.f1(),
            support: counts.true_positives + counts.false_negatives,
            predicted: counts.true_positives + counts.false_positives,
        };
        self.margins().one_vs_rest().map(scores).collect()
    }

    /// Returns the outcomes of each class as the positive one against all others.
    pub fn one_vs_rest(&self) -> Vec<BinaryCounts> {
        self.margins().one_vs_rest().collect()
    }

    /// Returns the outcomes for two classes, the second being the positive one; `None` for another
    /// number of classes.
    pub fn binary(&self) -> Option<BinaryCounts> {
        (self.n_classes == 2).then(|| BinaryCounts {
            true_positives: self.count(1, 1),
            false_negatives: self.count(1, 0),
            false_positives: self.count(0, 1),
            true_negatives: self.count(0, 0),
        })
    }

    /// Returns the sums of rows, columns and diagonal.
    pub(crate) fn margins(&self) -> Margins {
        let mut margins = Margins::new(self.n_classes);
        for &(truth, predicted, count) in &self.cells {
            margins.add(truth as usize, predicted as usize, count);
        }
        margins
    }

    fn rates(&self, whole: impl Fn(usize, usize) -> u64) -> Vec<Vec<Option<f64>>> {
        let rate = |truth, (predicted, count): (usize, u64)| {
            ratio(count as f64, whole(truth, predicted) as f64)
        };
        let row = |(truth, row): (usize, Vec<u64>)| {
            row.into_iter().enumerate().map(|cell| rate(truth, cell)).collect()
        };
        self.rows().into_iter().enumerate().map(row).collect()
    }

    /// Counts pairs of checked labels.
    pub(crate) fn of_checked(truth: &[u32], predicted: &[u32], n_classes: usize) -> Self {
        let mut pairs: Vec<(u32, u32)> =
            truth.iter().copied().zip(predicted.iter().copied()).collect();
        pairs.sort_unstable();
        let cells = pairs.chunk_by(|a, b| a == b).map(|of| (of[0].0, of[0].1, of.len() as u64));
        Self { n_classes, cells: cells.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_without_samples_has_no_scores() {
        let matrix = ConfusionMatrix::from_labels(&[0, 2], &[0, 0], 3).unwrap();
        let scores = matrix.per_class();
        assert_eq!(
            scores[1],
            ClassScores { precision: None, recall: None, f1: None, support: 0, predicted: 0 }
        );
        assert_eq!((scores[0].support, scores[0].predicted), (1, 2));
        assert_eq!(
            (scores[2].precision, scores[2].recall, scores[2].f1),
            (None, Some(0.0), Some(0.0))
        );
        assert_eq!((matrix.total(), matrix.correct(), matrix.n_classes()), (2, 1, 3));
        assert_eq!((matrix.count(2, 0), matrix.count(0, 3), matrix.count(3, 0)), (1, 0, 0));
    }

    #[test]
    fn wrong_input_is_named() {
        let message = |t: &[u32], p: &[u32], c| {
            ConfusionMatrix::from_labels(t, p, c).unwrap_err().to_string()
        };
        assert_eq!(message(&[], &[], 2), "got 0 samples, expected at least 1");
        assert_eq!(message(&[0, 1], &[0], 2), "got 1 predicted classes, expected 2");
        assert_eq!(message(&[0, 2], &[0, 0], 2), "label 1 is class 2, expected 0 to 1");
        assert_eq!(message(&[0, 1], &[9, 0], 2), "predicted class 0 is class 9, expected 0 to 1");
        assert_eq!(message(&[0], &[0], 0), "got 0 classes, expected 1 to 100000");
        assert_eq!(
            message(&[0], &[0], usize::MAX),
            format!("got {} classes, expected 1 to 100000", usize::MAX)
        );
    }

    #[test]
    fn rates_of_rows_and_columns() {
        let matrix = ConfusionMatrix::from_labels(&[0, 0, 2, 2], &[0, 1, 0, 0], 3).unwrap();
        assert_eq!(
            matrix.rates_by_truth(),
            [[0.5, 0.5, 0.0].map(Some), [None; 3], [1.0, 0.0, 0.0].map(Some)]
        );
        let (third, zero) = (Some(1.0 / 3.0), Some(0.0));
        let by_prediction =
            [[third, Some(1.0), None], [zero, zero, None], [Some(2.0 / 3.0), zero, None]];
        assert_eq!(matrix.rates_by_prediction(), by_prediction);
        assert_eq!(matrix.zero_one_risk(), 0.75);
        assert_eq!(matrix.binary(), None);
    }

    #[test]
    fn two_classes_have_outcomes() {
        let matrix = ConfusionMatrix::from_labels(&[0, 1, 1, 0], &[0, 1, 0, 0], 2).unwrap();
        let expected = BinaryCounts {
            true_positives: 1,
            false_negatives: 1,
            false_positives: 0,
            true_negatives: 2,
        };
        assert_eq!(matrix.binary(), Some(expected));
    }

    #[test]
    fn cells_are_checked() {
        let of = |cells: &[(u32, u32, u64)]| ConfusionMatrix::from_cells(cells.to_vec(), 2);
        assert_eq!(of(&[(1, 0, 2), (0, 0, 3), (1, 1, 0)]).unwrap().rows(), [[3, 0], [2, 0]]);
        let message = |cells: &[(u32, u32, u64)]| of(cells).unwrap_err().to_string();
        assert_eq!(message(&[(0, 0, 0)]), "got 0 samples, expected at least 1");
        assert_eq!(message(&[(0, 2, 1)]), "predicted class 0 is class 2, expected 0 to 1");
        assert_eq!(
            message(&[(0, 1, 1), (0, 1, 1)]),
            "the confusion matrix has the cell of true class 0 and predicted class 1 twice"
        );
        assert!(message(&[(0, 0, u64::MAX), (0, 1, 1)]).starts_with("the number of samples is "));
    }
}
