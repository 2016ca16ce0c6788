use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde::{Deserialize, Serialize};

use crate::count::ratio;
use crate::ranking_summary::Summary;
use crate::sorted::Sorted;
use crate::{EvalError, Ranking, RankingSummary, Scored, check};

/// How well the probabilities rank the samples of each class before all others, and on average over the classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OneVsRest {
    /// Each class against all others; `None` for a class without samples, or with all of them.
    pub per_class: Vec<Option<RankingSummary>>,
    /// The N*C decisions "is this sample of this class?" as one binary problem; `None` with a single class.
    pub micro: Option<RankingSummary>,
    /// The mean AUC of the classes that have one, 0.0 if none has. As scikit-learn's `roc_auc_score(multi_class="ovr", average="macro")`.
    pub macro_auc: f64,
    /// Their mean weighted by the classes' supports, 0.0 if none has one. As `average="weighted"`.
    pub weighted_auc: f64,
    /// The mean average precision of the classes that have one, 0.0 if none has. As `average_precision_score(average="macro")`.
    pub macro_average_precision: f64,
    /// Their mean weighted by the classes' supports, 0.0 if none has one. As `average="weighted"`.
    pub weighted_average_precision: f64,
    /// The mean of the classes' ROC curves.
    pub macro_roc: MacroCurve,
}

/// The mean of ROC curves, taken at false positive rates of equal distance; empty if there are no curves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MacroCurve {
    /// The false positive rates i / (points - 1), from 0 to 1.
    pub false_positive_rate: Vec<f64>,
    /// The mean true positive rate at each: linear between a curve's points, and the upper end where it rises straight up.
    pub true_positive_rate: Vec<f64>,
}

impl Scored<'_> {
    /// The ranking of class `class` (positive) against all others (negative), by its probability.
    ///
    /// # Errors
    ///
    /// A class out of range, or one that no sample (of weight above 0) belongs to, or every one.
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

    /// The ranking of all N*C decisions "is this sample of this class?" as one binary problem (micro average).
    ///
    /// # Errors
    ///
    /// A single class: then every decision is positive.
    pub fn micro_ranking(&self) -> Result<Ranking, EvalError> {
        Ranking::of_sorted(&self.sorted_decisions())
    }

    /// All classes against the rest, with curves of at most `max_points` points (2 to 100,000).
    ///
    /// # Errors
    ///
    /// `max_points` out of range.
    pub fn one_vs_rest(&self, max_points: usize) -> Result<OneVsRest, EvalError> {
        check::setting("the number of points", max_points, 2, 100_000)?;
        let grid: Vec<f64> = (0..max_points).map(|i| i as f64 / (max_points - 1) as f64).collect();
        let class = |class| Summary::of_sorted(&self.sorted_of(class), max_points, &grid).ok();
        let (micro, classes) = rayon::join(
            || Summary::of_sorted(&self.sorted_decisions(), max_points, &[]).ok(),
            || (0..self.n_classes()).into_par_iter().map(class).collect::<Vec<Option<Summary>>>(),
        );
        let ranked = || classes.iter().flatten();
        let n = ranked().count() as f64;
        let support: f64 = ranked().map(|class| class.positives).sum();
        let mean = |value: fn(&Summary) -> f64| ratio(ranked().map(value).sum(), n);
        let weighted = |value: fn(&Summary) -> f64| ratio(ranked().map(|class| class.positives * value(class)).sum(), support);
        let macro_roc = if n == 0.0 {
            MacroCurve::default()
        } else {
            let at = |i: usize| ranked().map(|class| class.on_grid[i]).sum::<f64>() / n;
            MacroCurve { true_positive_rate: (0..max_points).map(at).collect(), false_positive_rate: grid.clone() }
        };
        Ok(OneVsRest {
            micro: micro.map(|all| all.scores),
            macro_auc: mean(|class| class.scores.auc),
            weighted_auc: weighted(|class| class.scores.auc),
            macro_average_precision: mean(|class| class.scores.average_precision),
            weighted_average_precision: weighted(|class| class.scores.average_precision),
            macro_roc,
            per_class: classes.into_iter().map(|class| class.map(|class| class.scores)).collect(),
        })
    }

    fn sorted_of(&self, class: usize) -> Sorted {
        Sorted::new(self.labelled_rows().map(|(row, label)| (row[class], label == class)), self.weights(), 1)
    }

    fn sorted_decisions(&self) -> Sorted {
        let decisions = self.labelled_rows().flat_map(|(row, label)| row.iter().enumerate().map(move |(class, &p)| (p, class == label)));
        Sorted::new(decisions, self.weights(), self.n_classes())
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
        assert_eq!((all.macro_auc, all.weighted_auc, all.macro_average_precision), (1.0, 1.0, 1.0));
        assert_eq!(all.macro_roc.true_positive_rate, [1.0; 5]);
        assert_eq!(scored.ranking(3).unwrap_err().to_string(), "the class is 3, expected 0 to 2");
        assert!(scored.one_vs_rest(1).is_err());
    }

    #[test]
    fn one_class_only_has_no_ranking() {
        let all = Scored::new(&[1.0, 1.0], &[0, 0], 1).unwrap().one_vs_rest(5).unwrap();
        assert_eq!((all.per_class, all.micro, all.macro_auc, all.macro_roc), (vec![None], None, 0.0, MacroCurve::default()));
    }
}
