//! The samples of a binary problem, sorted by score.

use core::cmp::Reverse;

use crate::EvalError;

/// The numbers of samples whose score is at or above a threshold.
#[derive(Clone, Copy)]
pub(crate) struct Group {
    pub(crate) threshold: f32,
    pub(crate) true_positives: u64,
    pub(crate) false_positives: u64,
}

/// The [`key`]s of the samples of a binary problem by descending score.
pub(crate) struct Sorted(Vec<u64>);

impl Sorted {
    /// Sorts finite scores, each with whether its sample is positive.
    pub(crate) fn new(scores: impl Iterator<Item = (f32, bool)>) -> Self {
        let mut keys: Vec<u64> = scores.map(|(score, positive)| key(score, positive)).collect();
        keys.sort_unstable_by_key(|&key| Reverse(key));
        Self(keys)
    }

    /// Calls `each` with one group per distinct score, after an empty first group.
    pub(crate) fn for_each_group(&self, mut each: impl FnMut(Group)) {
        let Some(&highest) = self.0.first() else { return };
        let mut group =
            Group { threshold: score(highest).next_up(), true_positives: 0, false_positives: 0 };
        each(group);
        for equal in self.0.chunk_by(|a, b| a >> 1 == b >> 1) {
            let positives = equal.iter().filter(|&key| key & 1 == 1).count() as u64;
            group.true_positives += positives;
            group.false_positives += equal.len() as u64 - positives;
            group.threshold = score(equal[0]);
            each(group);
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
        match (whole.true_positives > 0, whole.false_positives > 0) {
            (true, true) => Ok(whole),
            (false, _) => Err(EvalError::OneClass { missing: "positive" }),
            (_, false) => Err(EvalError::OneClass { missing: "negative" }),
        }
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
