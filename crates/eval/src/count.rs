//! What is counted, and the rule for what cannot be divided: a score whose denominator is 0 is
//! `None`.

use core::iter::Sum;
use core::ops::AddAssign;

/// What a cell of a confusion matrix holds: a count of samples (`u64`) or a sum of their weights
/// (`f64`).
pub trait Count: sealed::Sealed + Copy + Default + PartialEq + Sum + AddAssign {
    /// The value as a real number; exact for counts up to 2^53.
    fn to_f64(self) -> f64;
}

impl Count for u64 {
    fn to_f64(self) -> f64 {
        self as f64
    }
}

impl Count for f64 {
    fn to_f64(self) -> f64 {
        self
    }
}

/// a / b; `None` where b is 0.
pub(crate) fn ratio(a: f64, b: f64) -> Option<f64> {
    (b != 0.0).then(|| a / b)
}

/// The mean of the scores that are defined; `None` where none is.
pub(crate) fn mean(scores: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    weighted_mean(scores.into_iter().map(|score| (1.0, score)))
}

/// The mean of the scores that are defined, each with its weight; `None` where their weights sum to
/// 0.
pub(crate) fn weighted_mean(scores: impl IntoIterator<Item = (f64, Option<f64>)>) -> Option<f64> {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (weight, score) in scores {
        let Some(score) = score else { continue };
        sum += weight * score;
        weights += weight;
    }
    ratio(sum, weights)
}

mod sealed {
    #[expect(unnameable_types, reason = "sealed: nobody else implements it")]
    pub trait Sealed {}
    impl Sealed for u64 {}
    impl Sealed for f64 {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_defined_is_left_out_of_means() {
        assert_eq!((ratio(0.0, 0.0), ratio(1.0, 0.0), ratio(0.0, 2.0)), (None, None, Some(0.0)));
        assert_eq!(mean([Some(0.5), None, Some(1.0)]), Some(0.75));
        assert_eq!((mean([None, None]), mean([])), (None, None));
        assert_eq!(weighted_mean([(3.0, Some(1.0)), (5.0, None), (1.0, Some(0.0))]), Some(0.75));
        assert_eq!(weighted_mean([(0.0, Some(1.0)), (5.0, None)]), None);
    }
}
