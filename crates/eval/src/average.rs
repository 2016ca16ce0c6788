//! Averages of the scores of all classes.

use serde::{Deserialize, Serialize};

use crate::{BinaryCounts, ConfusionMatrix, EvalError, check};

/// How the scores of the classes are averaged. A class whose score is undefined is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Average {
    /// The mean over the classes, each with the same weight.
    Macro,
    /// One score of the classes' summed true positives, false positives and false negatives. With
    /// one label per sample, precision, recall and F are then the accuracy.
    Micro,
    /// The mean over the classes, each weighted by its support. Undefined if the classes with a
    /// score have no samples.
    Weighted,
}

/// Precision, recall and F1 over all classes; `None` if the score is undefined for every class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AverageScores {
    /// Average precision of the classes' decisions (not of a ranking), in 0..=1.
    pub precision: Option<f64>,
    /// Average recall, in 0..=1.
    pub recall: Option<f64>,
    /// Average F1 (of the classes' F1, not F1 of the averages), in 0..=1.
    pub f1: Option<f64>,
}

impl ConfusionMatrix {
    /// Precision, recall and F1 averaged over the classes for which they are defined.
    ///
    /// Equals scikit-learn's `precision_recall_fscore_support` with `average=..., labels=range(C),
    /// zero_division=np.nan`.
    pub fn average(&self, average: Average) -> AverageScores {
        self.margins().average(average)
    }

    /// Returns the means of precision, recall and F1 over the classes: [`Average::Macro`].
    pub fn macro_average(&self) -> AverageScores {
        self.average(Average::Macro)
    }

    /// F-beta averaged over the classes; see [`BinaryCounts::f_beta`].
    ///
    /// # Errors
    ///
    /// Returns an error for a `beta` that is negative or NaN.
    pub fn average_f_beta(&self, average: Average, beta: f64) -> Result<Option<f64>, EvalError> {
        check::beta(beta)?;
        Ok(self.margins().averaged(average, |counts| counts.f_of_square(beta * beta)))
    }

    /// Balanced accuracy: the mean recall of the classes that have samples, in 0..=1.
    ///
    /// Equals scikit-learn's `balanced_accuracy_score`. It always equals the macro average of
    /// recall, and the accuracy if all classes have equally many samples.
    pub fn balanced_accuracy(&self) -> f64 {
        self.margins().balanced_accuracy()
    }
}

impl BinaryCounts {
    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self {
            true_positives: self.true_positives + other.true_positives,
            false_negatives: self.false_negatives + other.false_negatives,
            false_positives: self.false_positives + other.false_positives,
            true_negatives: self.true_negatives + other.true_negatives,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_of_a_small_matrix() {
        // Class 2 has no samples and is never predicted.
        let matrix = ConfusionMatrix::from_labels(&[0, 0, 0, 1], &[0, 0, 1, 1], 3).unwrap();
        let all =
            |score| AverageScores { precision: Some(score), recall: Some(score), f1: Some(score) };
        assert_eq!(matrix.average(Average::Micro), all(0.75));
        assert_eq!(matrix.average(Average::Weighted).precision, Some(0.875));
        assert_eq!(matrix.macro_average().precision, Some(0.75));
        assert!((matrix.balanced_accuracy() - 5.0 / 6.0).abs() < 1e-15);
        assert_eq!(matrix.average_f_beta(Average::Macro, 0.0).unwrap(), Some(0.75));
        assert!(matrix.average_f_beta(Average::Macro, -0.5).is_err());
    }

    #[test]
    fn classes_without_a_score_are_left_out() {
        // Class 0 is never predicted, so it has no precision. Class 1 has no samples, so it has no
        // recall.
        let matrix = ConfusionMatrix::from_labels(&[0, 0, 2], &[1, 1, 2], 3).unwrap();
        let macro_average =
            AverageScores { precision: Some(0.5), recall: Some(0.5), f1: Some(1.0 / 3.0) };
        assert_eq!(matrix.macro_average(), macro_average);
        assert_eq!(matrix.average(Average::Weighted).precision, Some(1.0));
        // The only class with a precision has no samples, so its weight is 0.
        let apart = ConfusionMatrix::from_labels(&[0, 0], &[1, 1], 2).unwrap();
        assert_eq!(
            (apart.macro_average().precision, apart.average(Average::Weighted).precision),
            (Some(0.0), None)
        );
    }
}
