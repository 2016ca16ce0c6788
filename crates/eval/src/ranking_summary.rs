//! The areas and the thinned curves of a ranking.

use serde::{Deserialize, Serialize};

use crate::areas::Areas;
use crate::count::ratio;
use crate::sorted::{Group, Sorted};
use crate::thin::{Point, Sketch};
use crate::{PrecisionRecallCurve, Ranking, RocCurve};

/// The areas and the thinned curves of a [`Ranking`], for display. There is at least one positive
/// sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RankingSummary {
    /// [`Ranking::auc`]; `None` without a negative sample.
    pub auc: Option<f64>,
    /// [`Ranking::average_precision`]; 1 without a negative sample.
    pub average_precision: f64,
    /// The thinned ROC curve; `None` without a negative sample, or if the curves of this class are
    /// left out (see [`Scored::one_vs_rest`](crate::Scored::one_vs_rest)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roc: Option<RocCurve>,
    /// The thinned precision-recall curve; `None` if the curves of this class are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision_recall: Option<PrecisionRecallCurve>,
}

impl Ranking {
    /// Returns AUC, average precision, and curves of at most `max_points` points (at least 2).
    pub fn summary(&self, max_points: usize) -> RankingSummary {
        let mut summing = Summing::of(self.positives(), self.negatives(), &[]);
        self.groups().for_each(|group| summing.push(group));
        summing.finish(max_points).scores
    }
}

/// A [`RankingSummary`] and the values from which averages over classes are computed.
pub(crate) struct Summary {
    pub(crate) scores: RankingSummary,
    /// The number of positives.
    pub(crate) positives: u64,
    /// The true positive rate at each false positive rate of the grid: interpolated linearly
    /// between the curve's points, and the upper end of a vertical rise. Empty if there is no
    /// curve.
    pub(crate) on_grid: Vec<f64>,
}

impl Summary {
    /// Computes the summary without a [`Ranking`], whose curves would take more memory than the
    /// scores. `grid` ascends from 0 to 1. `None` without a positive sample.
    pub(crate) fn of_sorted(sorted: &Sorted, max_points: usize, grid: &[f64]) -> Option<Self> {
        let whole = sorted.last()?;
        let mut summing = Summing::new(whole, grid)?;
        sorted.for_each_group(|group| summing.push(group));
        Some(summing.finish(max_points))
    }

    /// Computes the summary of groups, from the highest threshold on.
    pub(crate) fn of_groups(groups: &[Group], max_points: usize) -> Option<Self> {
        let mut summing = Summing::new(*groups.last()?, &[])?;
        for group in groups {
            summing.push(*group);
        }
        Some(summing.finish(max_points))
    }
}

/// Accumulates groups, from the highest threshold on.
struct Summing<'a> {
    positives: u64,
    negatives: u64,
    areas: Areas,
    roc: Sketch<f32>,
    precision_recall: Sketch<f32>,
    grid: &'a [f64],
    on_grid: Vec<f64>,
    /// FPR and TPR of the previous group.
    last: (f64, f64),
}

impl<'a> Summing<'a> {
    /// `whole` is the last group. `None` if it has no positive sample.
    fn new(whole: Group, grid: &'a [f64]) -> Option<Self> {
        let (positives, negatives) = (whole.true_positives, whole.false_positives);
        // Without a negative sample there is no ROC curve to interpolate.
        (positives > 0)
            .then(|| Self::of(positives, negatives, if negatives > 0 { grid } else { &[] }))
    }

    fn of(positives: u64, negatives: u64, grid: &'a [f64]) -> Self {
        let (roc, precision_recall) = (Sketch::default(), Sketch::default());
        Self {
            positives,
            negatives,
            areas: Areas::default(),
            roc,
            precision_recall,
            grid,
            on_grid: Vec::new(),
            last: (0.0, 0.0),
        }
    }

    fn push(&mut self, group: Group) {
        let y = group.true_positives as f64 / self.positives as f64;
        self.areas.push(group);
        self.precision_recall.push(Point { x: y, y: group.precision(), of: group.threshold });
        let Some(x) = ratio(group.false_positives as f64, self.negatives as f64) else { return };
        self.roc.push(Point { x, y, of: group.threshold });
        let (x0, y0) = self.last;
        while let Some(&on_grid) = self.grid.get(self.on_grid.len()).filter(|on_grid| **on_grid < x)
        {
            self.on_grid.push(y0 + (y - y0) * (on_grid - x0) / (x - x0));
        }
        self.last = (x, y);
    }

    fn finish(mut self, max_points: usize) -> Summary {
        self.on_grid.resize(self.grid.len(), self.last.1);
        let roc = self.roc.thinned(max_points);
        let precision_recall = self.precision_recall.thinned(max_points);
        let scores = RankingSummary {
            auc: (self.negatives > 0).then(|| self.areas.auc()),
            average_precision: self.areas.average_precision(),
            roc: (self.negatives > 0).then(|| RocCurve {
                thresholds: roc.iter().map(|point| point.of).collect(),
                false_positive_rate: roc.iter().map(|point| point.x).collect(),
                true_positive_rate: roc.iter().map(|point| point.y).collect(),
            }),
            precision_recall: Some(PrecisionRecallCurve {
                thresholds: precision_recall.iter().map(|point| point.of).collect(),
                recall: precision_recall.iter().map(|point| point.x).collect(),
                precision: precision_recall.iter().map(|point| point.y).collect(),
            }),
        };
        Summary { scores, positives: self.positives, on_grid: self.on_grid }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_what_its_ranking_says() {
        let ranking = Ranking::new(&[0.9, 0.5, 0.5, 0.1], &[true, false, true, false]).unwrap();
        let summary = ranking.summary(50);
        assert_eq!(
            (summary.auc, summary.average_precision),
            (Some(ranking.auc()), ranking.average_precision())
        );
        assert_eq!(
            (summary.roc, summary.precision_recall),
            (Some(ranking.roc_curve()), Some(ranking.precision_recall_curve()))
        );
    }

    #[test]
    fn between_points_the_curve_is_linear() {
        let samples = [(0.9, true), (0.5, false), (0.5, true), (0.1, false)];
        let all = Sorted::new(samples.into_iter());
        let summary = Summary::of_sorted(&all, 9, &[0.0, 0.25, 0.5, 0.75, 1.0]).unwrap();
        assert_eq!(summary.on_grid, [0.5, 0.75, 1.0, 1.0, 1.0]);
        let positive = [(0.9, true), (0.5, true)].into_iter();
        let only = Summary::of_sorted(&Sorted::new(positive), 9, &[0.0, 1.0]).unwrap();
        assert_eq!(
            (only.scores.auc, only.scores.average_precision, only.scores.roc),
            (None, 1.0, None)
        );
        assert!(only.on_grid.is_empty() && only.scores.precision_recall.is_some());
        assert!(Summary::of_sorted(&Sorted::new([(0.9, false)].into_iter()), 9, &[]).is_none());
    }
}
