//! The areas under the ROC and the precision-recall curve of a ranking.

use crate::sorted::Group;

/// Accumulates the areas under the curves of a ranking, group by group.
pub(crate) struct Areas {
    last: Group,
    /// Twice the number of pairs of a positive and a negative in the right order. A tie counts one
    /// half.
    twice_pairs: f64,
    /// `Σ (RPᵢ - RPᵢ₋₁) Pᵢ`.
    precisions: f64,
}

impl Areas {
    /// Returns the areas of `groups`, from the highest threshold on.
    pub(crate) fn of(groups: impl Iterator<Item = Group>) -> Self {
        let mut areas = Self::default();
        groups.for_each(|group| areas.push(group));
        areas
    }

    pub(crate) fn push(&mut self, group: Group) {
        let found = group.true_positives - self.last.true_positives;
        self.twice_pairs += (group.false_positives - self.last.false_positives) as f64
            * (group.true_positives + self.last.true_positives) as f64;
        self.precisions += found as f64 * group.precision();
        self.last = group;
    }

    /// [`Ranking::auc`](crate::Ranking::auc). Needs groups with positives and negatives.
    pub(crate) fn auc(&self) -> f64 {
        let pairs = self.last.true_positives as f64 * self.last.false_positives as f64;
        (0.5 * self.twice_pairs / pairs).min(1.0)
    }

    /// [`Ranking::average_precision`](crate::Ranking::average_precision). Needs groups with
    /// positives.
    pub(crate) fn average_precision(&self) -> f64 {
        (self.precisions / self.last.true_positives as f64).min(1.0)
    }
}

impl Default for Areas {
    fn default() -> Self {
        let last = Group { threshold: f32::INFINITY, true_positives: 0, false_positives: 0 };
        Self { last, twice_pairs: 0.0, precisions: 0.0 }
    }
}

impl Group {
    /// Precision; 1 by convention if nothing is predicted positive.
    pub(crate) fn precision(self) -> f64 {
        let taken = self.true_positives + self.false_positives;
        if taken == 0 { 1.0 } else { self.true_positives as f64 / taken as f64 }
    }
}
