//! One-vs-rest rankings: how well the probabilities separate each class from all others.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde::{Deserialize, Serialize};

use crate::count::{mean, weighted_mean};
use crate::ranking_summary::Summary;
use crate::sorted::Sorted;
use crate::{EvalError, Ranking, RankingSummary, Scored, check, micro};

/// With more classes than this, only the extreme classes keep their curves.
const CURVES: usize = 100;
/// The number of classes with the largest and with the smallest area that keep their curves, for
/// each kind of curve.
const EXTREMES: usize = 3;

/// How well the probabilities separate each class from all others, and averages over the classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OneVsRest {
    /// Each class against all others; `None` for a class without samples. A class that has all
    /// samples has no area under a ROC curve.
    pub per_class: Vec<Option<RankingSummary>>,
    /// The N*C decisions "is this sample of this class?" as one binary problem.
    pub micro: Option<RankingSummary>,
    /// The mean AUC of the classes that have one; `None` if there are none. Equals scikit-learn's
    /// `roc_auc_score(multi_class="ovr", average="macro")`.
    pub macro_auc: Option<f64>,
    /// The mean AUC weighted by the classes' supports; `None` if no class has an AUC. Equals
    /// scikit-learn's `average="weighted"`.
    pub weighted_auc: Option<f64>,
    /// The mean average precision of the classes that have one. Equals
    /// `average_precision_score(average="macro")` of these classes.
    pub macro_average_precision: Option<f64>,
    /// The mean average precision weighted by the classes' supports. Equals `average="weighted"`.
    pub weighted_average_precision: Option<f64>,
    /// The mean of the classes' ROC curves.
    pub macro_roc: MacroCurve,
}

/// The mean of ROC curves at equidistant false positive rates; empty if there are no curves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MacroCurve {
    /// The false positive rates i / (points - 1), from 0 to 1.
    pub false_positive_rate: Vec<f64>,
    /// The mean true positive rate at each: interpolated linearly between a curve's points, and the
    /// upper end of a vertical rise.
    pub true_positive_rate: Vec<f64>,
}

impl Scored<'_> {
    /// Returns the ranking of class `class` (positive) against all others (negative), by its
    /// probability.
    ///
    /// # Errors
    ///
    /// Returns an error if the class is out of range, or if no sample or every sample belongs to
    /// it.
    ///
    /// ```
    /// use zunder_eval::Scored;
    ///
    /// let scored = Scored::new(&[0.9, 0.1, 0.4, 0.6, 0.2, 0.8], &[0, 0, 1], 2)?;
    /// assert_eq!(scored.ranking(1)?.auc(), 1.0);
    /// # Ok::<(), zunder_eval::EvalError>(())
    /// ```
    pub fn ranking(&self, class: usize) -> Result<Ranking, EvalError> {
        check::setting("the class", class, 0, self.n_classes() - 1)?;
        Ranking::of_sorted(&self.sorted_of(class))
    }

    /// Returns the ranking of all N*C decisions "is this sample of this class?" as one binary
    /// problem (micro average).
    ///
    /// # Errors
    ///
    /// Returns an error if there is a single class, since every decision is then positive.
    pub fn micro_ranking(&self) -> Result<Ranking, EvalError> {
        let decisions = self.labelled_rows().flat_map(|(row, label)| {
            row.iter().enumerate().map(move |(class, &p)| (p, class == label))
        });
        Ranking::of_sorted(&Sorted::new(decisions))
    }

    /// Ranks each class against the rest, with curves of at most `max_points` points (2 to
    /// 100,000). With more than 100 classes only the three best and the three worst, by each area,
    /// keep their curves.
    ///
    /// # Errors
    ///
    /// Returns an error if `max_points` is out of range.
    pub fn one_vs_rest(&self, max_points: usize) -> Result<OneVsRest, EvalError> {
        check::setting("the number of points", max_points, 2, 100_000)?;
        let grid: Vec<f64> = (0..max_points).map(|i| i as f64 / (max_points - 1) as f64).collect();
        let class = |class| Summary::of_sorted(&self.sorted_of(class), max_points, &grid);
        let (micro, mut classes) = rayon::join(
            || Summary::of_groups(&micro::groups(self), max_points),
            || (0..self.n_classes()).into_par_iter().map(class).collect::<Vec<Option<Summary>>>(),
        );
        if classes.len() > CURVES {
            keep_extremes(&mut classes);
        }
        let ranked = || classes.iter().flatten();
        let auc = |class: &Summary| class.scores.auc;
        let average_precision = |class: &Summary| Some(class.scores.average_precision);
        let curves: Vec<&[f64]> = ranked()
            .map(|class| class.on_grid.as_slice())
            .filter(|curve| !curve.is_empty())
            .collect();
        let at = |i: usize| mean(curves.iter().map(|curve| Some(curve[i])));
        let true_positive_rate: Vec<f64> = (0..max_points).filter_map(at).collect();
        let false_positive_rate =
            if true_positive_rate.is_empty() { Vec::new() } else { grid.clone() };
        Ok(OneVsRest {
            micro: micro.map(|all| all.scores),
            macro_auc: mean(ranked().map(auc)),
            weighted_auc: weighted_mean(ranked().map(|class| (class.positives as f64, auc(class)))),
            macro_average_precision: mean(ranked().map(average_precision)),
            weighted_average_precision: weighted_mean(
                ranked().map(|class| (class.positives as f64, average_precision(class))),
            ),
            macro_roc: MacroCurve { false_positive_rate, true_positive_rate },
            per_class: classes.into_iter().map(|class| class.map(|class| class.scores)).collect(),
        })
    }

    fn sorted_of(&self, class: usize) -> Sorted {
        Sorted::new(self.labelled_rows().map(|(row, label)| (row[class], label == class)))
    }
}

/// Removes the curves of all classes but those with the largest and the smallest areas.
fn keep_extremes(classes: &mut [Option<Summary>]) {
    let mut kept = vec![false; classes.len()];
    let areas: [fn(&RankingSummary) -> Option<f64>; 2] =
        [|class| class.auc, |class| Some(class.average_precision)];
    for area in areas {
        let ranked = classes
            .iter()
            .enumerate()
            .filter_map(|(i, class)| Some((area(&class.as_ref()?.scores)?, i)));
        let mut ranked: Vec<(f64, usize)> = ranked.collect();
        // In the order of the picture: equal areas stay in the order of the classes.
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        let last = ranked.len().saturating_sub(EXTREMES);
        ranked.iter().take(EXTREMES).chain(&ranked[last..]).for_each(|(_, i)| kept[*i] = true);
    }
    for (class, kept) in classes.iter_mut().zip(kept) {
        if let Some(class) = class.as_mut().filter(|_| !kept) {
            class.scores.roc = None;
            class.scores.precision_recall = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_class_is_left_out() {
        let scored = Scored::new(&[0.7, 0.2, 0.1, 0.2, 0.7, 0.1], &[0, 1], 3).unwrap();
        let all = scored.one_vs_rest(5).unwrap();
        assert!(all.per_class[0].is_some() && all.per_class[2].is_none());
        assert_eq!(
            (all.macro_auc, all.weighted_auc, all.macro_average_precision),
            (Some(1.0), Some(1.0), Some(1.0))
        );
        assert_eq!(all.macro_roc.true_positive_rate, [1.0; 5]);
        assert_eq!(scored.ranking(3).unwrap_err().to_string(), "the class is 3, expected 0 to 2");
        assert!(scored.one_vs_rest(1).is_err());
    }

    #[test]
    fn a_class_with_all_samples_has_no_roc_curve() {
        let all = Scored::new(&[0.9, 0.1, 0.6, 0.4], &[0, 0], 2).unwrap().one_vs_rest(5).unwrap();
        let only = all.per_class[0].as_ref().unwrap();
        assert_eq!((only.auc, only.average_precision, &only.roc), (None, 1.0, &None));
        assert!(all.per_class[1].is_none() && all.micro.unwrap().auc == Some(1.0));
        assert_eq!(
            (all.macro_auc, all.weighted_auc, all.macro_average_precision),
            (None, None, Some(1.0))
        );
        assert_eq!(all.macro_roc, MacroCurve::default());
        let single = Scored::new(&[1.0, 1.0], &[0, 0], 1).unwrap().one_vs_rest(5).unwrap();
        assert_eq!((single.macro_auc, single.micro.map(|micro| micro.auc)), (None, Some(None)));
    }

    #[test]
    fn of_very_many_classes_the_best_and_the_worst_have_curves() {
        // Each class ranks its own samples first, except for the worst classes.
        let n = 150;
        let p: Vec<f32> = (0..n * n)
            .map(|i| (i / n, i % n))
            .map(|(i, c)| if i == c && c < 140 { 0.5 } else { (i + c) as f32 / 1e3 })
            .collect();
        let labels: Vec<u32> = (0..n as u32).collect();
        let all = Scored::new(&p, &labels, n).unwrap().one_vs_rest(20).unwrap();
        let drawn: Vec<usize> = (0..n)
            .filter(|&c| all.per_class[c].as_ref().is_some_and(|class| class.roc.is_some()))
            .collect();
        assert!((6..=12).contains(&drawn.len()) && drawn.contains(&0), "{drawn:?}");
        assert!(all.per_class.iter().flatten().all(|class| class.auc.is_some()));
    }
}
