use serde::{Deserialize, Serialize};

use crate::{BinaryCounts, EvalError, Ranking};

/// What a threshold is chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Of the positives, at least this share shall be found (true positive rate, Sensitivität), in
    /// 0..=1.
    Sensitivity(f64),
    /// Of the negatives, at least this share shall be taken for negative (1 - false positive rate,
    /// Spezifität), in 0..=1.
    Specificity(f64),
}

/// A threshold and what it does on the samples it was chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OperatingPoint {
    /// A sample is taken for positive if its score is at or above this.
    pub threshold: f32,
    /// The four cases at this threshold.
    pub counts: BinaryCounts<f64>,
}

impl Ranking {
    /// The threshold that does what is wanted and makes the fewest mistakes of the other kind.
    ///
    /// For a sensitivity that is the highest threshold that reaches it; for a specificity the
    /// lowest. There always is one: at the lowest score everything is positive, and just above the
    /// highest one nothing is. Choose it on validation samples; on those it was chosen by, it does
    /// better than on new ones.
    ///
    /// # Errors
    ///
    /// A wanted rate that is not in 0..=1.
    ///
    /// ```
    /// use zunder_eval::{Ranking, Wanted};
    ///
    /// let validation = Ranking::new(&[0.9, 0.7, 0.6, 0.2], &[true, false, true, false], None)?;
    /// let all_found = validation.threshold_for(Wanted::Sensitivity(1.0))?;
    /// assert_eq!((all_found.threshold, all_found.counts.specificity()), (0.6, Some(0.5)));
    /// let no_false_alarm = validation.threshold_for(Wanted::Specificity(1.0))?;
    /// assert_eq!((no_false_alarm.threshold, no_false_alarm.counts.true_positive_rate()), (0.9, Some(0.5)));
    /// # Ok::<(), zunder_eval::EvalError>(())
    /// ```
    pub fn threshold_for(&self, wanted: Wanted) -> Result<OperatingPoint, EvalError> {
        wanted.validate()?;
        // Rates are compared as quotients, so that 19 of 20 reach 0.95.
        let i = match wanted {
            Wanted::Sensitivity(least) => {
                self.true_positives().partition_point(|tp| tp / self.positives() < least)
            }
            Wanted::Specificity(least) => {
                self.false_positives()
                    .partition_point(|fp| (self.negatives() - fp) / self.negatives() >= least)
                    - 1
            }
        };
        Ok(OperatingPoint { threshold: self.thresholds()[i], counts: self.counts(i) })
    }
}

impl Wanted {
    /// Whether the wanted rate lies in 0..=1.
    ///
    /// # Errors
    ///
    /// It does not, or is NaN.
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
        let ranking = Ranking::new(&scores, &positive, None).unwrap();
        for i in 0..=20_u8 {
            let share = f64::from(i) * 5.0 / 100.0;
            assert_eq!(
                ranking.threshold_for(Wanted::Sensitivity(share)).unwrap().counts.true_positives,
                f64::from(i)
            );
            let point = ranking.threshold_for(Wanted::Specificity(share)).unwrap();
            assert_eq!(point.counts.true_negatives, f64::from(i));
        }
    }

    #[test]
    fn nothing_positive_is_a_finite_threshold() {
        let ranking = Ranking::new(&[1.0, 0.5], &[false, true], None).unwrap();
        let point = ranking.threshold_for(Wanted::Specificity(1.0)).unwrap();
        assert!(point.threshold > 1.0 && point.threshold < 1.000_001);
        assert_eq!(point.counts.true_positives, 0.0);
        assert_eq!(
            serde_json::to_string(&Wanted::Sensitivity(0.5)).unwrap(),
            r#"{"sensitivity":0.5}"#
        );
    }

    #[test]
    fn wrong_rates_are_named() {
        let ranking = Ranking::new(&[1.0, 0.5], &[false, true], None).unwrap();
        let error = ranking.threshold_for(Wanted::Sensitivity(95.0)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the wanted sensitivity is 95, expected a number from 0 to 1"
        );
        assert_eq!(error.hint(), Some("write 95 % as 0.95"));
        assert!(ranking.threshold_for(Wanted::Specificity(f64::NAN)).is_err());
    }
}
