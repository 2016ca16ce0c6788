//! The ROC curve and the area under it.

use serde::{Deserialize, Serialize};

use crate::Ranking;
use crate::areas::Areas;
use crate::thin::{pick, thin};

/// A ROC curve (receiver operating characteristic, ROC-Kurve): the true positive rate over the
/// false positive rate, at every threshold.
///
/// It leads from (0, 0), where nothing is predicted positive, to (1, 1), where everything is. Near
/// the diagonal, classification is random. Source: lecture section 6a.1. Made by
/// [`Ranking::roc_curve`]. Equals scikit-learn's `roc_curve(drop_intermediate=False)`, except that
/// the first threshold there is ∞.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RocCurve {
    /// The thresholds in descending order: one just above the highest score, then every distinct
    /// score.
    pub thresholds: Vec<f32>,
    /// False positive rate FPR = FP / (RN + FP) at each threshold, rising from 0 to 1.
    pub false_positive_rate: Vec<f64>,
    /// True positive rate TPR = RP / (RP + FN) at each threshold, rising from 0 to 1.
    pub true_positive_rate: Vec<f64>,
}

impl RocCurve {
    /// Returns at most `max_points` points (at least 2) that keep the shape, for display; see
    /// [`thin`].
    #[must_use]
    pub fn thinned(&self, max_points: usize) -> Self {
        let kept = thin(&self.false_positive_rate, &self.true_positive_rate, max_points);
        Self {
            thresholds: pick(&self.thresholds, &kept),
            false_positive_rate: pick(&self.false_positive_rate, &kept),
            true_positive_rate: pick(&self.true_positive_rate, &kept),
        }
    }
}

impl Ranking {
    /// Returns the ROC curve, with one point per distinct score.
    pub fn roc_curve(&self) -> RocCurve {
        let shares =
            |counts: &[u64], of: u64| counts.iter().map(|&n| n as f64 / of as f64).collect();
        RocCurve {
            thresholds: self.thresholds().to_vec(),
            false_positive_rate: shares(self.false_positives(), self.negatives()),
            true_positive_rate: shares(self.true_positives(), self.positives()),
        }
    }

    /// Returns the area under the ROC curve (AUC, Fläche unter der ROC-Kurve), in 0..=1; 0.5 for
    /// random scores.
    ///
    /// It is computed by the trapezoidal rule over all points, `Σ (FPRᵢ - FPRᵢ₋₁) (TPRᵢ + TPRᵢ₋₁) /
    /// 2`. That is the probability that a random positive has a higher score than a random
    /// negative, a tie counting one half. The pairs are counted before the division, so
    /// the area is exact to the last bit up to 2^52 pairs. Source: lecture section 6a.1;
    /// Hanley and `McNeil` 1982. Equals scikit-learn's `roc_auc_score`.
    pub fn auc(&self) -> f64 {
        Areas::of(self.groups()).auc()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(scores: &[f32], positive: &[bool]) -> Ranking {
        Ranking::new(scores, positive).unwrap()
    }

    #[test]
    fn a_curve_goes_from_corner_to_corner() {
        let curve = ranking(&[0.9, 0.5, 0.5, 0.1], &[true, false, true, false]).roc_curve();
        assert_eq!(curve.false_positive_rate, [0.0, 0.0, 0.5, 1.0]);
        assert_eq!(curve.true_positive_rate, [0.0, 0.5, 1.0, 1.0]);
        assert_eq!(curve.thresholds[1..], [0.9, 0.5, 0.1]);
        assert_eq!(curve.thinned(9), curve);
        assert_eq!(curve.thinned(0).true_positive_rate, [0.0, 1.0]);
    }

    #[test]
    fn right_wrong_and_tied() {
        let truth = [true, true, false];
        assert_eq!(ranking(&[0.9, 0.8, 0.1], &truth).auc(), 1.0);
        assert_eq!(ranking(&[0.1, 0.2, 0.9], &truth).auc(), 0.0);
        assert_eq!(ranking(&[0.5, 0.5, 0.5], &truth).auc(), 0.5);
    }
}
