//! Samples ranked by a score: the outcomes at every threshold.

use crate::sorted::{Group, Sorted};
use crate::{BinaryCounts, EvalError, check};

/// The scored samples of a binary problem, sorted once: the outcomes of a classifier at every
/// threshold.
///
/// A sample is predicted positive if its score is at or above the threshold. There is one entry for
/// each distinct score, from the highest to the lowest, and one before them at which nothing is
/// predicted positive. Samples with equal scores pass the threshold together, so ties need no
/// order. The metrics that depend on the order of the scores are methods of this type:
/// [`roc_curve`](Self::roc_curve), [`auc`](Self::auc),
/// [`precision_recall_curve`](Self::precision_recall_curve),
/// [`average_precision`](Self::average_precision), [`threshold_for`](Self::threshold_for).
///
/// ```
/// use zunder_eval::Ranking;
///
/// let ranking = Ranking::new(&[0.9, 0.8, 0.8, 0.1], &[true, true, false, false])?;
/// assert_eq!(ranking.auc(), 0.875); // of 4 pairs 3 are right and 1 is a tie
/// assert_eq!(ranking.thresholds()[1..], [0.9, 0.8, 0.1]);
/// assert_eq!(ranking.counts(2).true_positive_rate(), Some(1.0));
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    thresholds: Vec<f32>,
    true_positives: Vec<u64>,
    false_positives: Vec<u64>,
}

impl Ranking {
    /// Sorts scored samples, in O(N log N).
    ///
    /// # Shapes
    ///
    /// `scores` (higher means more likely positive) and `positive` (whether the sample is positive)
    /// have one value per sample.
    ///
    /// # Errors
    ///
    /// Returns an error for no samples, lengths that differ, a score that is NaN or infinite, or no
    /// positive or no negative sample.
    pub fn new(scores: &[f32], positive: &[bool]) -> Result<Self, EvalError> {
        check::scores(scores, positive)?;
        Self::of_sorted(&Sorted::new(scores.iter().copied().zip(positive.iter().copied())))
    }

    /// Returns the thresholds in descending order: one just above the highest score, then every
    /// distinct score.
    pub fn thresholds(&self) -> &[f32] {
        &self.thresholds
    }

    /// Returns the outcomes at threshold number `i`.
    ///
    /// # Panics
    ///
    /// Panics if there is no threshold `i`, as indexing of a slice does.
    pub fn counts(&self, i: usize) -> BinaryCounts {
        let (true_positives, false_positives) = (self.true_positives[i], self.false_positives[i]);
        let (false_negatives, true_negatives) =
            (self.positives() - true_positives, self.negatives() - false_positives);
        BinaryCounts { true_positives, false_negatives, false_positives, true_negatives }
    }

    /// Builds the ranking from sorted samples.
    pub(crate) fn of_sorted(sorted: &Sorted) -> Result<Self, EvalError> {
        sorted.whole()?;
        let mut n = 0;
        sorted.for_each_group(|_| n += 1);
        let mut ranking = Self {
            thresholds: Vec::with_capacity(n),
            true_positives: Vec::with_capacity(n),
            false_positives: Vec::with_capacity(n),
        };
        sorted.for_each_group(|group| {
            ranking.thresholds.push(group.threshold);
            ranking.true_positives.push(group.true_positives);
            ranking.false_positives.push(group.false_positives);
        });
        Ok(ranking)
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = Group> {
        let sums = self.true_positives.iter().zip(&self.false_positives);
        self.thresholds.iter().zip(sums).map(|(&threshold, (&true_positives, &false_positives))| {
            Group { threshold, true_positives, false_positives }
        })
    }

    pub(crate) fn true_positives(&self) -> &[u64] {
        &self.true_positives
    }

    pub(crate) fn false_positives(&self) -> &[u64] {
        &self.false_positives
    }

    pub(crate) fn positives(&self) -> u64 {
        self.true_positives[self.true_positives.len() - 1]
    }

    pub(crate) fn negatives(&self) -> u64 {
        self.false_positives[self.false_positives.len() - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_add_up_in_falling_order() {
        let ranking = Ranking::new(&[0.25, -1.0, 0.5, 0.25], &[true, false, true, false]).unwrap();
        assert_eq!(ranking.thresholds(), [0.5_f32.next_up(), 0.5, 0.25, -1.0]);
        assert_eq!(ranking.true_positives(), [0, 1, 2, 2]);
        assert_eq!(ranking.false_positives(), [0, 0, 1, 2]);
        let expected = BinaryCounts {
            true_positives: 2,
            false_negatives: 0,
            false_positives: 1,
            true_negatives: 1,
        };
        assert_eq!(ranking.counts(2), expected);
    }

    #[test]
    fn wrong_input_is_named() {
        let error = |s: &[f32], p: &[bool]| Ranking::new(s, p).unwrap_err();
        assert_eq!(error(&[], &[]).to_string(), "got 0 samples, expected at least 1");
        assert_eq!(
            error(&[0.5, 0.1], &[true, true]).to_string(),
            "got no negative samples, expected at least 1 positive and 1 negative"
        );
        assert_eq!(
            error(&[0.5, 0.1], &[false, false]).to_string(),
            "got no positive samples, expected at least 1 positive and 1 negative"
        );
        assert!(error(&[0.5], &[true]).hint().is_some());
        assert_eq!(
            error(&[f32::NAN, 0.1], &[true, false]).to_string(),
            "score 0 is NaN, expected a finite number"
        );
    }
}
