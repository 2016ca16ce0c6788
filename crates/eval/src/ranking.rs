use rayon::slice::ParallelSliceMut;

use crate::{BinaryCounts, EvalError, check};

/// Scored samples of a binary problem, sorted once: what a classifier finds at every threshold.
///
/// A sample is taken for positive if its score is at or above the threshold. There is one entry for each distinct score, from the highest to the lowest, and one before them at which
/// nothing is positive; samples with equal scores pass the threshold together, so ties need no order. Everything that depends on the order of the scores is read off here:
/// [`roc_curve`](Self::roc_curve), [`auc`](Self::auc), [`precision_recall_curve`](Self::precision_recall_curve), [`average_precision`](Self::average_precision),
/// [`threshold_for`](Self::threshold_for).
///
/// ```
/// use zunder_eval::Ranking;
///
/// let ranking = Ranking::new(&[0.9, 0.8, 0.8, 0.1], &[true, true, false, false], None)?;
/// assert_eq!(ranking.auc(), 0.875); // of 4 pairs 3 are right and 1 is a tie
/// assert_eq!(ranking.thresholds()[1..], [0.9, 0.8, 0.1]);
/// assert_eq!(ranking.counts(2).true_positive_rate(), 1.0);
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    thresholds: Vec<f32>,
    true_positives: Vec<f64>,
    false_positives: Vec<f64>,
}

impl Ranking {
    /// Sorts scored samples, in O(N log N).
    ///
    /// # Shapes
    ///
    /// `scores` (higher: rather positive), `positive` (whether a sample is positive) and `weights` have one value a sample. Samples of weight 0 are as if they were not there.
    ///
    /// # Errors
    ///
    /// No samples, lengths that differ, a score that is NaN or infinite, a weight other than 0 and 1e-60 to 1e60, or no positive or no negative sample (of weight above 0).
    pub fn new(scores: &[f32], positive: &[bool], weights: Option<&[f64]>) -> Result<Self, EvalError> {
        check::scores(scores, positive)?;
        let samples = scores.iter().zip(positive).map(|(&score, &positive)| (score, positive));
        match weights {
            None => Self::of_samples(samples),
            Some(weights) => {
                check::weights(weights, scores.len())?;
                Self::of_weighted_samples(samples.zip(weights).map(|((score, positive), &weight)| (score, positive, weight)))
            }
        }
    }

    /// The thresholds in falling order: one just above the highest score, then every distinct score.
    pub fn thresholds(&self) -> &[f32] {
        &self.thresholds
    }

    /// The four cases at the threshold with number `i`.
    ///
    /// # Panics
    ///
    /// If there is no threshold `i`, as with a slice.
    pub fn counts(&self, i: usize) -> BinaryCounts<f64> {
        let (true_positives, false_positives) = (self.true_positives[i], self.false_positives[i]);
        let (false_negatives, true_negatives) = (self.positives() - true_positives, self.negatives() - false_positives);
        BinaryCounts { true_positives, false_negatives, false_positives, true_negatives }
    }

    /// Of scores that are finite.
    pub(crate) fn of_samples(samples: impl Iterator<Item = (f32, bool)>) -> Result<Self, EvalError> {
        let mut keys: Vec<u64> = samples.map(|(score, positive)| key(score, positive)).collect();
        // Equal keys are equal samples: how many threads sort makes no difference.
        keys.par_sort_unstable_by(|a, b| b.cmp(a));
        Self::of_sorted(&keys, |&key| (key, 1.0))
    }

    /// Of scores and weights that are finite, the weights not negative.
    pub(crate) fn of_weighted_samples(samples: impl Iterator<Item = (f32, bool, f64)>) -> Result<Self, EvalError> {
        let weighing = samples.filter(|(_, _, weight)| *weight > 0.0);
        let mut keys: Vec<(u64, f64)> = weighing.map(|(score, positive, weight)| (key(score, positive), weight)).collect();
        keys.sort_by(|a, b| b.0.cmp(&a.0));
        Self::of_sorted(&keys, |&key| key)
    }

    pub(crate) fn true_positives(&self) -> &[f64] {
        &self.true_positives
    }

    pub(crate) fn false_positives(&self) -> &[f64] {
        &self.false_positives
    }

    pub(crate) fn positives(&self) -> f64 {
        self.true_positives[self.true_positives.len() - 1]
    }

    pub(crate) fn negatives(&self) -> f64 {
        self.false_positives[self.false_positives.len() - 1]
    }

    /// Adds up samples in falling order, each seen as its key and its weight.
    fn of_sorted<S>(samples: &[S], key_and_weight: impl Fn(&S) -> (u64, f64)) -> Result<Self, EvalError> {
        let Some(highest) = samples.first() else { return Err(EvalError::Empty) };
        let score_of = |sample: &S| score(key_and_weight(sample).0);
        let groups = || samples.chunk_by(|a, b| key_and_weight(a).0 >> 1 == key_and_weight(b).0 >> 1);
        let n = groups().count() + 1;
        let mut ranking =
            Self { thresholds: Vec::with_capacity(n), true_positives: Vec::with_capacity(n), false_positives: Vec::with_capacity(n) };
        let (mut right, mut wrong) = (0.0, 0.0);
        ranking.push(score_of(highest).next_up(), right, wrong);
        for group in groups() {
            for sample in group {
                let (key, weight) = key_and_weight(sample);
                *if key & 1 == 1 { &mut right } else { &mut wrong } += weight;
            }
            ranking.push(score_of(&group[0]), right, wrong);
        }
        match (right > 0.0, wrong > 0.0) {
            (true, true) => Ok(ranking),
            (false, _) => Err(EvalError::OneClass { missing: "positive" }),
            (_, false) => Err(EvalError::OneClass { missing: "negative" }),
        }
    }

    fn push(&mut self, threshold: f32, true_positives: f64, false_positives: f64) {
        self.thresholds.push(threshold);
        self.true_positives.push(true_positives);
        self.false_positives.push(false_positives);
    }
}

/// A number that orders as the finite score does, and below it one bit for a positive sample.
fn key(score: f32, positive: bool) -> u64 {
    // -0.0 + 0.0 is 0.0: the two zeros are one score.
    let bits = (score + 0.0).to_bits();
    let ordered = if bits >> 31 == 1 { !bits } else { bits | 1 << 31 };
    u64::from(ordered) << 1 | u64::from(positive)
}

/// The score of a key.
fn score(key: u64) -> f32 {
    let ordered = (key >> 1) as u32;
    f32::from_bits(if ordered >> 31 == 1 { ordered & !(1 << 31) } else { !ordered })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_as_scores() {
        let scores = [f32::MIN, -1.5, -f32::MIN_POSITIVE, 0.0, f32::MIN_POSITIVE, 0.5, 1.0, f32::MAX];
        assert!(scores.map(|s| key(s, true)).is_sorted());
        assert_eq!(scores.map(|s| score(key(s, false))), scores);
        assert_eq!(key(-0.0, true), key(0.0, true));
        assert!(key(0.25, true) < key(0.25_f32.next_up(), false));
    }

    #[test]
    fn groups_add_up_in_falling_order() {
        let ranking = Ranking::new(&[0.25, -1.0, 0.5, 0.25], &[true, false, true, false], Some(&[1.0, 2.0, 4.0, 8.0])).unwrap();
        assert_eq!(ranking.thresholds(), [0.5_f32.next_up(), 0.5, 0.25, -1.0]);
        assert_eq!(ranking.true_positives(), [0.0, 4.0, 5.0, 5.0]);
        assert_eq!(ranking.false_positives(), [0.0, 0.0, 8.0, 10.0]);
        let expected = BinaryCounts { true_positives: 5.0, false_negatives: 0.0, false_positives: 8.0, true_negatives: 2.0 };
        assert_eq!(ranking.counts(2), expected);
    }

    #[test]
    fn samples_without_weight_are_not_there() {
        let with = Ranking::new(&[0.9, 0.5, 0.1], &[false, true, false], Some(&[0.0, 1.0, 1.0])).unwrap();
        assert_eq!(with, Ranking::new(&[0.5, 0.1], &[true, false], None).unwrap());
    }

    #[test]
    fn wrong_input_is_named() {
        let error = |s: &[f32], p: &[bool], w| Ranking::new(s, p, w).unwrap_err();
        assert_eq!(error(&[], &[], None).to_string(), "got 0 samples, expected at least 1");
        assert_eq!(
            error(&[0.5, 0.1], &[true, true], None).to_string(),
            "got no negative samples, expected at least 1 positive and 1 negative"
        );
        assert_eq!(
            error(&[0.5, 0.1], &[true, false], Some(&[0.0, 1.0])).to_string(),
            "got no positive samples, expected at least 1 positive and 1 negative"
        );
        assert!(error(&[0.5], &[true], None).hint().is_some());
        assert_eq!(error(&[f32::NAN, 0.1], &[true, false], None).to_string(), "score 0 is NaN, expected a finite number");
        assert_eq!(error(&[0.5, 0.1], &[true, false], Some(&[1.0])).to_string(), "got 1 weights, expected 2");
    }
}
