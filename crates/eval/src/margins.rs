//! The margins of a confusion matrix (sums of rows and columns, and the diagonal), from which
//! scores are computed.

use crate::count::{mean, ratio, weighted_mean};
use crate::{Average, AverageScores, BinaryCounts};

/// The margins of a confusion matrix, one number per class. All scores but the single confusions
/// can be computed from them, so that a resample of a test set needs no matrix.
pub(crate) struct Margins {
    /// The number of samples of each class.
    pub(crate) truth: Vec<u64>,
    /// The number of samples predicted as each class.
    pub(crate) predicted: Vec<u64>,
    /// The number of samples of each class that are predicted correctly.
    pub(crate) right: Vec<u64>,
}

impl Margins {
    pub(crate) fn new(n_classes: usize) -> Self {
        let zeros = || vec![0; n_classes];
        Self { truth: zeros(), predicted: zeros(), right: zeros() }
    }

    /// Adds `n` samples of class `truth` that are predicted as class `predicted`.
    pub(crate) fn add(&mut self, truth: usize, predicted: usize, n: u64) {
        self.truth[truth] += n;
        self.predicted[predicted] += n;
        if truth == predicted {
            self.right[truth] += n;
        }
    }

    /// Returns the outcomes of each class as the positive one against all others.
    pub(crate) fn one_vs_rest(&self) -> impl Iterator<Item = BinaryCounts> {
        let total: u64 = self.truth.iter().sum();
        self.truth.iter().zip(&self.predicted).zip(&self.right).map(
            move |((truth, predicted), &true_positives)| {
                let false_negatives = truth - true_positives;
                let false_positives = predicted - true_positives;
                let true_negatives = total - true_positives - false_negatives - false_positives;
                BinaryCounts { true_positives, false_negatives, false_positives, true_negatives }
            },
        )
    }

    /// Averages a score over the classes.
    pub(crate) fn averaged(
        &self,
        average: Average,
        score: impl Fn(&BinaryCounts) -> Option<f64>,
    ) -> Option<f64> {
        match average {
            Average::Macro => mean(self.one_vs_rest().map(|class| score(&class))),
            Average::Micro => score(
                &self.one_vs_rest().fold(BinaryCounts::default(), |sum, class| sum.plus(&class)),
            ),
            Average::Weighted => {
                let support =
                    |class: &BinaryCounts| (class.true_positives + class.false_negatives) as f64;
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
        let by_chance: f64 =
            self.truth.iter().zip(&self.predicted).map(|(&t, &p)| t as f64 * p as f64).sum();
        sum(&self.right) * sum(&self.truth) - by_chance
    }
}

/// Σ aᵢ (s - bᵢ) = s² - Σ aᵢ bᵢ, with s the sum of b. Exactly 0 if one class has all samples.
fn product_outside(a: &[u64], b: &[u64]) -> f64 {
    let s = sum(b);
    a.iter().zip(b).map(|(&a, &b)| a as f64 * (s - b as f64)).sum()
}

fn sum(counts: &[u64]) -> f64 {
    counts.iter().sum::<u64>() as f64
}
