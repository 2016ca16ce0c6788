//! The precision-recall curve and the average precision.

use serde::{Deserialize, Serialize};

use crate::Ranking;
use crate::areas::Areas;
use crate::sorted::Group;
use crate::thin::{pick, thin};

/// A precision-recall curve: the precision and the recall at every threshold.
///
/// The thresholds are those of a [`RocCurve`](crate::RocCurve), so recall rises from 0 to 1. At the
/// first threshold nothing is predicted positive, and the precision is 1 by convention. Made by
/// [`Ranking::precision_recall_curve`]. scikit-learn's `precision_recall_curve` has the same points
/// in reverse order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PrecisionRecallCurve {
    /// The thresholds in descending order: one just above the highest score, then every distinct
    /// score.
    pub thresholds: Vec<f32>,
    /// Precision P = RP / (RP + FP) at each threshold, in 0..=1.
    pub precision: Vec<f64>,
    /// Recall R = RP / (RP + FN) at each threshold, rising from 0 to 1.
    pub recall: Vec<f64>,
}

impl PrecisionRecallCurve {
    /// Returns at most `max_points` points (at least 2) that keep the shape, for display; see
    /// [`thin`].
    #[must_use]
    pub fn thinned(&self, max_points: usize) -> Self {
        let kept = thin(&self.recall, &self.precision, max_points);
        Self {
            thresholds: pick(&self.thresholds, &kept),
            precision: pick(&self.precision, &kept),
            recall: pick(&self.recall, &kept),
        }
    }
}

impl Ranking {
    /// Returns the precision-recall curve, with one point per distinct score.
    pub fn precision_recall_curve(&self) -> PrecisionRecallCurve {
        PrecisionRecallCurve {
            thresholds: self.thresholds().to_vec(),
            precision: self.groups().map(Group::precision).collect(),
            recall: self
                .true_positives()
                .iter()
                .map(|&tp| tp as f64 / self.positives() as f64)
                .collect(),
        }
    }

    /// Returns the average precision AP = Σ (Rᵢ - Rᵢ₋₁) Pᵢ over the thresholds, in 0..=1. For
    /// random scores it is the share of positives.
    ///
    /// It is a sum of rectangles, since the trapezoidal rule would be too optimistic. Equals
    /// scikit-learn's `average_precision_score`.
    pub fn average_precision(&self) -> f64 {
        Areas::of(self.groups()).average_precision()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_curve() {
        let ranking = Ranking::new(&[0.9, 0.8, 0.7, 0.6], &[false, true, false, true]).unwrap();
        let curve = ranking.precision_recall_curve();
        assert_eq!(curve.precision, [1.0, 0.0, 0.5, 1.0 / 3.0, 0.5]);
        assert_eq!(curve.recall, [0.0, 0.0, 0.5, 0.5, 1.0]);
        assert_eq!(ranking.average_precision(), 0.5);
        assert_eq!(curve.thinned(10), curve);
        assert_eq!(curve.thinned(2).recall, [0.0, 1.0]);
    }
}
