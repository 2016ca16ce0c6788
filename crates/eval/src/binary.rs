//! The outcomes of a binary classifier (true and false positives and negatives) and its rates.

use serde::{Deserialize, Serialize};

use crate::count::ratio;
use crate::{EvalError, check};

/// The outcomes of a binary classifier, and the rates computed from them.
///
/// | | predicted positive | predicted negative |
/// |---|---|---|
/// | is positive | true positive (Richtig Positiv, RP) | false negative (Falsch Negativ, FN) |
/// | is negative | false positive (Falsch Positiv, FP) | true negative (Richtig Negativ, RN) |
///
/// Every rate lies in 0..=1. A rate whose denominator is 0 is undefined, and `None`. Source:
/// lecture section 6a.1.
///
/// ```
/// use zunder_eval::BinaryCounts;
///
/// let counts =
///     BinaryCounts::from_threshold(&[0.9, 0.4, 0.6, 0.1], &[true, true, false, false], 0.5)?;
/// assert_eq!(
///     counts,
///     BinaryCounts {
///         true_positives: 1,
///         false_negatives: 1,
///         false_positives: 1,
///         true_negatives: 1
///     }
/// );
/// assert_eq!((counts.true_positive_rate(), counts.false_positive_rate()), (Some(0.5), Some(0.5)));
/// # Ok::<(), zunder_eval::EvalError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BinaryCounts {
    /// Positives predicted positive (RP).
    pub true_positives: u64,
    /// Positives predicted negative (FN).
    pub false_negatives: u64,
    /// Negatives predicted positive (FP).
    pub false_positives: u64,
    /// Negatives predicted negative (RN).
    pub true_negatives: u64,
}

impl BinaryCounts {
    /// Counts the outcomes of a classifier that predicts positive if the score is at or above
    /// `threshold`.
    ///
    /// # Shapes
    ///
    /// `scores` and `positive` (whether the sample is positive) have one value per sample.
    ///
    /// # Errors
    ///
    /// Returns an error for no samples, lengths that differ, a score that is NaN or infinite, or a
    /// threshold that is NaN.
    pub fn from_threshold(
        scores: &[f32],
        positive: &[bool],
        threshold: f32,
    ) -> Result<Self, EvalError> {
        check::scores(scores, positive)?;
        check::threshold(threshold)?;
        let mut counts = Self::default();
        for (&score, &positive) in scores.iter().zip(positive) {
            let cell = match (positive, score >= threshold) {
                (true, true) => &mut counts.true_positives,
                (true, false) => &mut counts.false_negatives,
                (false, true) => &mut counts.false_positives,
                (false, false) => &mut counts.true_negatives,
            };
            *cell += 1;
        }
        Ok(counts)
    }

    /// Accuracy (Korrektklassifikationsrate) ACC = (RP + RN) / (RP + RN + FP + FN);
    /// `None` without samples.
    pub fn accuracy(&self) -> Option<f64> {
        let [tp, fneg, fp, tn] = self.cells();
        ratio(tp + tn, tp + tn + fp + fneg)
    }

    /// Precision (Positiver Vorhersagewert) P = RP / (RP + FP): the share of the predicted
    /// positives that are positive; `None` if nothing is predicted positive.
    pub fn precision(&self) -> Option<f64> {
        let [tp, _, fp, _] = self.cells();
        ratio(tp, tp + fp)
    }

    /// True positive rate (Richtig-Positiv-Rate, Sensitivität, Trefferquote; also recall) TPR = RP
    /// / (RP + FN): the share of the positives that are predicted positive; `None` without
    /// positives.
    #[doc(alias = "recall")]
    #[doc(alias = "sensitivity")]
    pub fn true_positive_rate(&self) -> Option<f64> {
        let [tp, fneg, ..] = self.cells();
        ratio(tp, tp + fneg)
    }

    /// False positive rate (Falsch-Positiv-Rate) FPR = FP / (RN + FP): the share of the negatives
    /// that are predicted positive; `None` without negatives.
    pub fn false_positive_rate(&self) -> Option<f64> {
        let [_, _, fp, tn] = self.cells();
        ratio(fp, tn + fp)
    }

    /// Specificity (Spezifität, true negative rate) RN / (RN + FP): the share of the negatives that
    /// are predicted negative; `None` without negatives.
    #[doc(alias = "true_negative_rate")]
    pub fn specificity(&self) -> Option<f64> {
        let [_, _, fp, tn] = self.cells();
        ratio(tn, tn + fp)
    }

    /// F1 (F-Maß) F = 2 P R / (P + R) = 2 RP / (2 RP + FN + FP), the harmonic mean of precision P
    /// and recall R.
    ///
    /// `None` if RP, FN and FP are all 0: a class without samples that is never predicted. If one
    /// of P and R is undefined the other one is 0, and so is F.
    pub fn f1(&self) -> Option<f64> {
        self.f_of_square(1.0)
    }

    /// F-beta (1 + β²) P R / (β² P + R) = (1 + β²) RP / ((1 + β²) RP + β² FN + FP): recall R weighs
    /// β times as much as precision P.
    ///
    /// β = 0 gives precision, β = 1 the lecture's F-Maß, β = ∞ recall. `None` where these are.
    ///
    /// # Errors
    ///
    /// Returns an error for a `beta` that is negative or NaN.
    pub fn f_beta(&self, beta: f64) -> Result<Option<f64>, EvalError> {
        check::beta(beta)?;
        Ok(self.f_of_square(beta * beta))
    }

    /// F-beta for β² = `square`, which the caller has checked.
    pub(crate) fn f_of_square(&self, square: f64) -> Option<f64> {
        let [tp, fneg, fp, _] = self.cells();
        // Both weights are divided by 1 + β², so that no β² overflows.
        let (of_misses, of_alarms) = if square.is_infinite() {
            (1.0, 0.0)
        } else {
            (square / (1.0 + square), 1.0 / (1.0 + square))
        };
        ratio(tp, tp + of_misses * fneg + of_alarms * fp)
    }

    /// RP, FN, FP, RN.
    fn cells(&self) -> [f64; 4] {
        [self.true_positives, self.false_negatives, self.false_positives, self.true_negatives]
            .map(|count| count as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: BinaryCounts = BinaryCounts {
        true_positives: 6,
        false_negatives: 2,
        false_positives: 3,
        true_negatives: 9,
    };

    #[test]
    fn rates_are_the_lectures() {
        assert_eq!(COUNTS.accuracy(), Some(15.0 / 20.0));
        assert_eq!(COUNTS.precision(), Some(6.0 / 9.0));
        assert_eq!(COUNTS.true_positive_rate(), Some(0.75));
        assert_eq!(COUNTS.false_positive_rate(), Some(0.25));
        assert_eq!(COUNTS.specificity(), Some(0.75));
        let (p, r) = (COUNTS.precision().unwrap(), COUNTS.true_positive_rate().unwrap());
        assert!((COUNTS.f1().unwrap() - 2.0 * p * r / (p + r)).abs() < 1e-15);
    }

    #[test]
    fn f_beta_goes_from_precision_to_recall() {
        assert_eq!(COUNTS.f_beta(0.0).unwrap(), COUNTS.precision());
        assert_eq!(COUNTS.f_beta(1.0).unwrap(), COUNTS.f1());
        for beta in [1e200, f64::INFINITY] {
            assert_eq!(COUNTS.f_beta(beta).unwrap(), COUNTS.true_positive_rate());
        }
        assert_eq!(COUNTS.f_beta(-1.0).unwrap_err().to_string(), "beta is -1, expected 0 or more");
        assert!(COUNTS.f_beta(f64::NAN).is_err());
    }

    #[test]
    fn zero_by_zero_is_undefined() {
        let none = BinaryCounts::default();
        let rates = [
            none.accuracy(),
            none.precision(),
            none.true_positive_rate(),
            none.false_positive_rate(),
            none.specificity(),
            none.f1(),
        ];
        assert_eq!(rates, [None; 6]);
        // Without positives, F is 0 as soon as one sample is predicted positive.
        let alarms =
            BinaryCounts { false_positives: 3, true_negatives: 1, ..BinaryCounts::default() };
        assert_eq!(
            (alarms.true_positive_rate(), alarms.precision(), alarms.f1()),
            (None, Some(0.0), Some(0.0))
        );
        let quiet = BinaryCounts { true_negatives: 4, ..BinaryCounts::default() };
        assert_eq!((quiet.precision(), quiet.f1(), quiet.specificity()), (None, None, Some(1.0)));
        let half =
            BinaryCounts { true_positives: 1, false_negatives: 1, ..BinaryCounts::default() };
        assert_eq!(half.f_beta(1e150).unwrap(), Some(0.5));
    }

    #[test]
    fn wrong_input_is_named() {
        let error = |s: &[f32], p: &[bool], t| {
            BinaryCounts::from_threshold(s, p, t).unwrap_err().to_string()
        };
        assert_eq!(error(&[], &[], 0.5), "got 0 samples, expected at least 1");
        assert_eq!(error(&[0.5], &[true, false], 0.5), "got 1 scores, expected 2");
        assert_eq!(
            error(&[0.5, f32::INFINITY], &[true, false], 0.5),
            "score 1 is inf, expected a finite number"
        );
        assert_eq!(error(&[0.5], &[true], f32::NAN), "the threshold is NaN, expected a number");
    }
}
