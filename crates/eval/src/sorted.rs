//! The samples of a binary problem, sorted by score.

use core::cmp::Reverse;

use crate::EvalError;

/// The sums over all samples whose score is at or above a threshold.
#[derive(Clone, Copy)]
pub(crate) struct Group {
    pub(crate) threshold: f32,
    pub(crate) true_positives: f64,
    pub(crate) false_positives: f64,
}

/// The [`key`]s of the samples of a binary problem by descending score, with their weights if there
/// are any.
pub(crate) enum Sorted {
    Plain(Vec<u64>),
    Weighted(Vec<(u64, f64)>),
}

impl Sorted {
    /// Sorts finite scores, each with whether its sample is positive. Each of the checked weights
    /// belongs to `per_weight` successive scores. Scores of weight 0 are left out.
    pub(crate) fn new(
        scores: impl Iterator<Item = (f32, bool)>,
        weights: Option<&[f64]>,
        per_weight: usize,
    ) -> Self {
        let keys = scores.map(|(score, positive)| key(score, positive));
        let Some(weights) = weights else {
            let mut keys: Vec<u64> = keys.collect();
            keys.sort_unstable_by_key(|&key| Reverse(key));
            return Self::Plain(keys);
        };
        let weights = weights.iter().flat_map(|&weight| core::iter::repeat_n(weight, per_weight));
        let mut samples: Vec<(u64, f64)> =
            keys.zip(weights).filter(|(_, weight)| *weight > 0.0).collect();
        samples.sort_by_key(|&(key, _)| Reverse(key));
        Self::Weighted(samples)
    }

    /// Calls `each` with one group per distinct score, after an empty first group.
    pub(crate) fn for_each_group(&self, each: impl FnMut(Group)) {
        match self {
            Self::Plain(samples) => for_each_group(samples, |&key| (key, 1.0), each),
            Self::Weighted(samples) => for_each_group(samples, |&sample| sample, each),
        }
    }

    /// Returns the last group, which has all samples; `None` without samples.
    pub(crate) fn last(&self) -> Option<Group> {
        let mut last = None;
        self.for_each_group(|group| last = Some(group));
        last
    }

    /// Returns the last group of a ranking.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no sample, no positive one or no negative one.
    pub(crate) fn whole(&self) -> Result<Group, EvalError> {
        let whole = self.last().ok_or(EvalError::Empty)?;
        match (whole.true_positives > 0.0, whole.false_positives > 0.0) {
            (true, true) => Ok(whole),
            (false, _) => Err(EvalError::OneClass { missing: "positive" }),
            (_, false) => Err(EvalError::OneClass { missing: "negative" }),
        }
    }
}

fn for_each_group<S>(
    samples: &[S],
    key_and_weight: impl Fn(&S) -> (u64, f64),
    mut each: impl FnMut(Group),
) {
    let score_of = |sample: &S| score(key_and_weight(sample).0);
    let Some(highest) = samples.first() else { return };
    let mut group =
        Group { threshold: score_of(highest).next_up(), true_positives: 0.0, false_positives: 0.0 };
    each(group);
    for equal in samples.chunk_by(|a, b| key_and_weight(a).0 >> 1 == key_and_weight(b).0 >> 1) {
        for sample in equal {
            let (key, weight) = key_and_weight(sample);
            *if key & 1 == 1 { &mut group.true_positives } else { &mut group.false_positives } +=
                weight;
        }
        group.threshold = score_of(&equal[0]);
        each(group);
    }
}

/// Returns a number that sorts as the finite score does, with one bit for a positive sample below
/// the score's bits.
fn key(score: f32, positive: bool) -> u64 {
    // -0.0 + 0.0 is 0.0, so that both zeros are one score.
    let bits = (score + 0.0).to_bits();
    let ordered = if bits >> 31 == 1 { !bits } else { bits | 1 << 31 };
    u64::from(ordered) << 1 | u64::from(positive)
}

/// Returns the score of a key.
fn score(key: u64) -> f32 {
    let ordered = (key >> 1) as u32;
    f32::from_bits(if ordered >> 31 == 1 { ordered & !(1 << 31) } else { !ordered })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_as_scores() {
        let scores =
            [f32::MIN, -1.5, -f32::MIN_POSITIVE, 0.0, f32::MIN_POSITIVE, 0.5, 1.0, f32::MAX];
        assert!(scores.map(|s| key(s, true)).is_sorted());
        assert_eq!(scores.map(|s| score(key(s, false))), scores);
        assert_eq!(key(-0.0, true), key(0.0, true));
        assert!(key(0.25, true) < key(0.25_f32.next_up(), false));
    }
}
