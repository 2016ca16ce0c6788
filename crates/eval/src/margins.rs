//! The margins of a confusion matrix (sums of rows and columns, and the diagonal), from which
//! scores are computed.

use crate::count::{mean, ratio, weighted_mean};
use crate::{Average, AverageScores, BinaryCounts};

/// The margins of a confusion matrix, one number per class. All scores but the single confusions
/// can be computed from them, so that a resample of a test set needs no matrix.
pub(crate) struct Margins {
    /// The number of samples of each class, or the sum of their weights.
    pub(crate) truth: Vec<f64>,
    /// The same of the samples predicted as each class.
    pub(crate) predicted: Vec<f64>,
    /// The same of the samples of each class that are predicted correctly.
    pub(crate) right: Vec<f64>,
}

impl Margins {
    pub(crate) fn new(n_classes: usize) -> Self {
        let zeros = || vec![0.0; n_classes];
        Self { truth: zeros(), predicted: zeros(), right: zeros() }
    }

    /// Adds samples of class `truth` that are predicted as class `predicted`.
    pub(crate) fn add(&mut self, truth: usize, predicted: usize, weight: f64) {
        self.truth[truth] += weight;
        self.predicted[predicted] += weight;
        if truth == predicted {
            self.right[truth] += weight;
        }
    }

    /// Returns the outcomes of each class as the positive one against all others.
    pub(crate) fn one_vs_rest(&self) -> impl Iterator<Item = BinaryCounts<f64>> {
        let total: f64 = self.truth.iter().sum();
        self.truth.iter().zip(&self.predicted).zip(&self.right).map(
            move |((truth, predicted), &true_positives)| {
                // Differences of rounded sums may be slightly below 0.
                let false_negatives = (truth - true_positives).max(0.0);
                let false_positives = (predicted - true_positives).max(0.0);
                let true_negatives =
                    (total - true_positives - false_negatives - false_positives).max(0.0);
                BinaryCounts { true_positives, false_negatives, false_positives, true_negatives }
            },
        )
    }

    /// Averages a score over the classes.
    pub(crate) fn averaged(
        &self,
        average: Average,
        score: impl Fn(&BinaryCounts<f64>) -> Option<f64>,
    ) -> Option<f64> {
        match average {
            Average::Macro => mean(self.one_vs_rest().map(|class| score(&class))),
            Average::Micro => score(
                &self.one_vs_rest().fold(BinaryCounts::default(), |sum, class| sum.plus(&class)),
            ),
            Average::Weighted => {
                let support =
                    |class: &BinaryCounts<f64>| class.true_positives + class.false_negatives;
                weighted_mean(self.one_vs_rest().map(|class| (support(&class), score(&class))))
            }
        }
    }

    pub(crate) fn average(&self, average: Average) -> AverageScores {
        AverageScores {
            precision: self.averaged(average, BinaryCounts::precision),
            recall: self.averaged(average, BinaryCounts::true_positive_rate),
            f1: self.averaged(average, BinaryCounts::f1),
        }
    }

    /// Returns the mean recall of the classes that have samples, of which there is at least one.
    pub(crate) fn balanced_accuracy(&self) -> f64 {
        let (mut sum, mut classes) = (0.0, 0.0);
        for recall in self.one_vs_rest().filter_map(|class| class.true_positive_rate()) {
            sum += recall;
            classes += 1.0;
        }
        sum / classes
    }

    /// See [`ConfusionMatrix::matthews`](crate::ConfusionMatrix::matthews).
    pub(crate) fn matthews(&self) -> Option<f64> {
        let spread = product_outside(&self.truth, &self.truth)
            * product_outside(&self.predicted, &self.predicted);
        Some(ratio(self.beyond_chance(), libm::sqrt(spread))?.clamp(-1.0, 1.0))
    }

    /// See [`ConfusionMatrix::cohen_kappa`](crate::ConfusionMatrix::cohen_kappa).
    pub(crate) fn cohen_kappa(&self) -> Option<f64> {
        ratio(self.beyond_chance(), product_outside(&self.truth, &self.predicted))
    }

    /// c s - Σ tᵢ pᵢ.
    fn beyond_chance(&self) -> f64 {
        let by_chance: f64 = self.truth.iter().zip(&self.predicted).map(|(t, p)| t * p).sum();
        self.right.iter().sum::<f64>() * self.truth.iter().sum::<f64>() - by_chance
    }
}

/// Σ aᵢ (s - bᵢ) = s² - Σ aᵢ bᵢ, with s the sum of b. Exactly 0 if one class has all the weight,
/// independent of the rounding of s.
fn product_outside(a: &[f64], b: &[f64]) -> f64 {
    let s: f64 = b.iter().sum();
    a.iter().zip(b).map(|(a, b)| a * (s - b)).sum()
}
