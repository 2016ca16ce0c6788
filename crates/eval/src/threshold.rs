//! The choice of a threshold by sensitivity or specificity.

use serde::{Deserialize, Serialize};

use crate::{BinaryCounts, EvalError, Ranking};

/// The rate by which a threshold is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// The smallest share of the positives that must be predicted positive (true positive rate,
    /// Sensitivität), in 0..=1.
    Sensitivity(f64),
    /// The smallest share of the negatives that must be predicted negative (1 - false positive
    /// rate, Spezifität), in 0..=1.
    Specificity(f64),
}

/// A threshold, and the outcomes on the samples that it was chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OperatingPoint {
    /// A sample is predicted positive if its score is at or above this threshold.
    pub threshold: f32,
    /// The outcomes at this threshold.
    pub counts: BinaryCounts,
}

impl Ranking {
    /// Returns the threshold that reaches the wanted rate with the fewest mistakes of the other
    /// kind.
    ///
    /// For a sensitivity that is the highest threshold that reaches it, for a specificity the
    /// lowest. One always exists: at the lowest score everything is predicted positive, and just
    /// above the highest score nothing is. Choose the threshold on validation samples, since it
    /// fits the samples that it was chosen by better than new ones.
    ///
    /// # Errors
    ///
    /// Returns an error if the wanted rate is not in 0..=1.
    ///
    /// ```
    /// use zunder_eval::{Ranking, Wanted};
    ///
    /// let validation = Ranking::new(&[0.9, 0.7, 0.6, 0.2], &[true, false, true, false])?;
    /// let all_found = validation.threshold_for(Wanted::Sensitivity(1.0))?;
    /// assert_eq!((all_found.threshold, all_found.counts.specificity()), (0.6, Some(0.5)));
    /// let no_false_alarm = validation.threshold_for(Wanted::Specificity(1.0))?;
    /// assert_eq!(
    ///     (no_false_alarm.threshold, no_false_alarm.counts.true_positive_rate()),
    ///     (0.9, Some(0.5))
    /// );
    /// # Ok::<(), zunder_eval::EvalError>(())
    /// ```
    pub fn threshold_for(&self, wanted: Wanted) -> Result<OperatingPoint, EvalError> {
        wanted.validate()?;
        // Rates are compared as quotients, so that 19 of 20 reach 0.95.
        let i = match wanted {
            Wanted::Sensitivity(least) => {
                let positives = self.positives() as f64;
                self.true_positives().partition_point(|&tp| (tp as f64 / positives) < least)
            }
            Wanted::Specificity(least) => {
                let negatives = self.negatives() as f64;
                self.false_positives()
                    .partition_point(|&fp| (negatives - fp as f64) / negatives >= least)
                    - 1
            }
        };
        Ok(OperatingPoint { threshold: self.thresholds()[i], counts: self.counts(i) })
    }
}

impl Wanted {
    /// Checks that the wanted rate lies in 0..=1.
    ///
    /// # Errors
    ///
    /// Returns an error if the rate is NaN or outside of 0..=1.
    pub fn validate(self) -> Result<(), EvalError> {
        let (what, got) = match self {
            Self::Sensitivity(got) => ("sensitivity", got),
            Self::Specificity(got) => ("specificity", got),
        };
        if (0.0..=1.0).contains(&got) { Ok(()) } else { Err(EvalError::Wanted { what, got }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_rates_are_reached_exactly() {
        let positive: Vec<bool> = (0..40).map(|i| i % 2 == 0).collect();
        let scores: Vec<f32> = (0..40_u8).map(|i| f32::from(40 - i)).collect();
        let ranking = Ranking::new(&scores, &positive).unwrap();
        for i in 0..=20_u64 {
            let share = i as f64 * 5.0 / 100.0;
            assert_eq!(
                ranking.threshold_for(Wanted::Sensitivity(share)).unwrap().counts.true_positives,
                i
            );
            let point = ranking.threshold_for(Wanted::Specificity(share)).unwrap();
            assert_eq!(point.counts.true_negatives, i);
        }
    }

    #[test]
    fn nothing_positive_is_a_finite_threshold() {
        let ranking = Ranking::new(&[1.0, 0.5], &[false, true]).unwrap();
        let point = ranking.threshold_for(Wanted::Specificity(1.0)).unwrap();
        assert!(point.threshold > 1.0 && point.threshold < 1.000_001);
        assert_eq!(point.counts.true_positives, 0);
        assert_eq!(
            serde_json::to_string(&Wanted::Sensitivity(0.5)).unwrap(),
            r#"{"sensitivity":0.5}"#
        );
    }

    #[test]
    fn wrong_rates_are_named() {
        let ranking = Ranking::new(&[1.0, 0.5], &[false, true]).unwrap();
        let error = ranking.threshold_for(Wanted::Sensitivity(95.0)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the requested sensitivity is 95, expected a number from 0 to 1"
        );
        assert_eq!(error.hint(), Some("write 95 % as 0.95"));
        assert!(ranking.threshold_for(Wanted::Specificity(f64::NAN)).is_err());
    }
}
