use serde::{Deserialize, Serialize};

use crate::count::ratio;
use crate::{BinaryCounts, ConfusionMatrix, Count, EvalError, check};

/// How the scores of the classes become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Average {
    /// The mean over all C classes, each with the same weight, also those without samples.
    Macro,
    /// One score of the classes' true positives, false positives and false negatives added up. With one label a sample, precision, recall and F are then the accuracy.
    Micro,
    /// The mean over all classes, each weighted by its support.
    Weighted,
}

/// Precision, recall and F1 over all classes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AverageScores {
    /// Average precision of the classes' decisions (not of a ranking), in 0..=1.
    pub precision: f64,
    /// Average recall, in 0..=1.
    pub recall: f64,
    /// Average F1 (of the classes' F1, not F1 of the averages), in 0..=1.
    pub f1: f64,
}

impl<T: Count> ConfusionMatrix<T> {
    /// Precision, recall and F1 averaged over the classes, with 0/0 = 0.0 for a class.
    ///
    /// As scikit-learn's `precision_recall_fscore_support` with `average=..., labels=range(C), zero_division=0`.
    pub fn average(&self, average: Average) -> AverageScores {
        AverageScores {
            precision: self.averaged(average, BinaryCounts::precision),
            recall: self.averaged(average, BinaryCounts::true_positive_rate),
            f1: self.averaged(average, BinaryCounts::f1),
        }
    }

    /// The means of precision, recall and F1 over all C classes, also those without samples: [`Average::Macro`].
    pub fn macro_average(&self) -> AverageScores {
        self.average(Average::Macro)
    }

    /// F-beta averaged over the classes; see [`BinaryCounts::f_beta`].
    ///
    /// # Errors
    ///
    /// A `beta` that is negative or NaN.
    pub fn average_f_beta(&self, average: Average, beta: f64) -> Result<f64, EvalError> {
        check::beta(beta)?;
        Ok(self.averaged(average, |counts| counts.f_of_square(beta * beta)))
    }

    /// Balanced accuracy: the mean recall of the classes that have samples, in 0..=1.
    ///
    /// As scikit-learn's `balanced_accuracy_score`. Equals the accuracy if all classes have equally many samples.
    pub fn balanced_accuracy(&self) -> f64 {
        let scores = self.per_class();
        let recalls = || scores.iter().filter(|s| s.support.to_f64() > 0.0).map(|s| s.recall);
        ratio(recalls().sum(), recalls().count() as f64)
    }

    fn averaged(&self, average: Average, score: impl Fn(&BinaryCounts<f64>) -> f64) -> f64 {
        let classes = self.one_vs_rest();
        match average {
            Average::Macro => classes.iter().map(score).sum::<f64>() / classes.len() as f64,
            Average::Micro => score(&classes.iter().fold(BinaryCounts::default(), |sum, class| sum.plus(class))),
            Average::Weighted => {
                let support = |c: &BinaryCounts<f64>| c.true_positives + c.false_negatives;
                ratio(classes.iter().map(|c| support(c) * score(c)).sum(), classes.iter().map(support).sum())
            }
        }
    }
}

impl BinaryCounts<f64> {
    fn plus(&self, other: &Self) -> Self {
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
        let matrix = ConfusionMatrix::from_labels(&[0, 0, 0, 1], &[0, 0, 1, 1], 3).unwrap();
        assert_eq!(matrix.average(Average::Micro), AverageScores { precision: 0.75, recall: 0.75, f1: 0.75 });
        assert_eq!(matrix.average(Average::Weighted).precision, 0.875);
        assert_eq!(matrix.macro_average().precision, 0.5);
        assert!((matrix.balanced_accuracy() - 5.0 / 6.0).abs() < 1e-15);
        assert_eq!(matrix.average_f_beta(Average::Macro, 0.0).unwrap(), 0.5);
        assert!(matrix.average_f_beta(Average::Macro, -0.5).is_err());
    }
}
