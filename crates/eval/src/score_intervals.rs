use serde::{Deserialize, Serialize};
use zunder_random::Key;

use crate::bootstrap::{interval, resamples};
use crate::order::Order;
use crate::{BootstrapConfig, ConfusionMatrix, EvalError, Interval, Scored, brier, log_loss};

/// Bootstrap intervals of the scores of one model on one test set; for the accuracy see [`wilson`](crate::wilson).
///
/// All are taken from the same resamples; see [`bootstrap`](crate::bootstrap).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScoreIntervals {
    /// Of [`ConfusionMatrix::balanced_accuracy`].
    pub balanced_accuracy: Interval,
    /// Of the macro average of precision.
    pub macro_precision: Interval,
    /// Of the macro average of recall.
    pub macro_recall: Interval,
    /// Of the macro average of F1.
    pub macro_f1: Interval,
    /// Of [`ConfusionMatrix::matthews`].
    pub matthews: Interval,
    /// Of [`ConfusionMatrix::cohen_kappa`].
    pub cohen_kappa: Interval,
    /// Of [`log_loss`](crate::log_loss).
    pub log_loss: Interval,
    /// Of [`brier_score`](crate::brier_score).
    pub brier_score: Interval,
    /// Of the mean AUC of the classes that have one; `None` if fewer than half of the resamples have one at all.
    pub macro_auc: Option<Interval>,
}

impl ScoreIntervals {
    /// Draws the resamples, in O(resamples * N * C), on all threads of the current pool; the result does not depend on their number. Weights play no part.
    ///
    /// `predicted` has the class that was taken for each sample: [`Scored::predicted`], or [`Scored::predicted_at`].
    ///
    /// # Errors
    ///
    /// Those of [`BootstrapConfig::validate`] and [`ConfusionMatrix::from_labels`].
    ///
    /// ```
    /// use zunder_eval::{BootstrapConfig, ScoreIntervals, Scored};
    /// use zunder_random::Key;
    ///
    /// let scored = Scored::new(&[0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.3, 0.7], &[0, 1, 1, 0], 2)?;
    /// let intervals = ScoreIntervals::new(&scored, &scored.predicted(), &BootstrapConfig::default(), Key::new(1))?;
    /// assert!(intervals.macro_f1.low < 0.5 && intervals.macro_f1.high == 1.0);
    /// # Ok::<(), zunder_eval::EvalError>(())
    /// ```
    pub fn new(scored: &Scored, predicted: &[u32], config: &BootstrapConfig, key: Key) -> Result<Self, EvalError> {
        let n_classes = scored.n_classes();
        let labels = scored.labels();
        ConfusionMatrix::from_labels(labels, predicted, n_classes)?;
        let losses: Vec<(f64, f64)> = scored.labelled_rows().map(|(row, y)| (log_loss::nats(row, y), brier::distance(row, y))).collect();
        let orders: Vec<Order> = (0..n_classes).map(|class| Order::new(scored, class)).collect();
        let statistics = |sample: &[u32]| {
            let mut times = vec![0_u32; labels.len()];
            for &i in sample {
                times[i as usize] += 1;
            }
            let matrix = ConfusionMatrix::add_up(labels, predicted, times.iter().map(|&t| u64::from(t)), n_classes);
            let average = matrix.macro_average();
            let mean = |loss: fn(&(f64, f64)) -> f64| {
                losses.iter().zip(&times).map(|(l, &t)| f64::from(t) * loss(l)).sum::<f64>() / sample.len() as f64
            };
            let fixed = [
                matrix.balanced_accuracy(),
                average.precision,
                average.recall,
                average.f1,
                matrix.matthews(),
                matrix.cohen_kappa(),
                mean(|l| l.0),
                mean(|l| l.1),
            ];
            let areas: Vec<f64> = orders.iter().filter_map(|order| order.auc(&times)).collect();
            (fixed, (!areas.is_empty()).then(|| areas.iter().sum::<f64>() / areas.len() as f64))
        };
        let drawn = resamples(labels.len(), config, key, statistics)?;
        let of = |i: usize| interval(drawn.iter().map(|(fixed, _)| fixed[i]).collect(), config);
        let areas: Vec<f64> = drawn.iter().filter_map(|(_, auc)| *auc).collect();
        Ok(Self {
            balanced_accuracy: of(0)?,
            macro_precision: of(1)?,
            macro_recall: of(2)?,
            macro_f1: of(3)?,
            matthews: of(4)?,
            cohen_kappa: of(5)?,
            log_loss: of(6)?,
            brier_score: of(7)?,
            macro_auc: interval(areas, config).ok(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bootstrap;

    const KEY: Key = Key::new(3);

    #[test]
    fn each_interval_is_that_of_its_own_bootstrap() {
        let p: Vec<f32> = (0..90_u16).flat_map(|i| [f32::from(i * 7 % 10) / 10.0, f32::from(i * 3 % 8) / 8.0, 0.5]).collect();
        let labels: Vec<u32> = (0..90).map(|i| (i * 5 % 7) % 3).collect();
        let scored = Scored::new(&p, &labels, 3).unwrap();
        let config = BootstrapConfig { resamples: 50, confidence: 0.9 };
        let together = ScoreIntervals::new(&scored, &scored.predicted(), &config, KEY).unwrap();
        let alone = |statistic: &(dyn Fn(&Scored) -> f64 + Sync)| {
            let of_sample = |sample: &[u32]| {
                let rows: Vec<f32> = sample.iter().flat_map(|&i| p[3 * i as usize..][..3].to_vec()).collect();
                let labels: Vec<u32> = sample.iter().map(|&i| labels[i as usize]).collect();
                Some(statistic(&Scored::new(&rows, &labels, 3).unwrap()))
            };
            bootstrap(90, &config, KEY, of_sample).unwrap()
        };
        assert_eq!(together.macro_f1, alone(&|s| s.confusion_matrix().macro_average().f1));
        assert_eq!(together.matthews, alone(&|s| s.confusion_matrix().matthews()));
        assert_eq!(together.macro_auc, Some(alone(&|s| s.one_vs_rest(2).unwrap().macro_auc)));
        let close = |a: Interval, b: Interval| (a.low - b.low).abs() < 1e-12 && (a.high - b.high).abs() < 1e-12;
        assert!(close(together.brier_score, alone(&|s| s.brier_score())));
        assert!(close(together.log_loss, alone(&|s| s.log_loss())));
    }

    #[test]
    fn a_single_class_has_no_area() {
        let scored = Scored::new(&[0.9, 0.1, 0.8, 0.2], &[0, 0], 2).unwrap();
        let intervals = ScoreIntervals::new(&scored, &scored.predicted(), &BootstrapConfig::default(), KEY).unwrap();
        assert_eq!((intervals.macro_auc, intervals.matthews), (None, Interval { low: 0.0, high: 0.0 }));
        assert!(ScoreIntervals::new(&scored, &[0], &BootstrapConfig::default(), KEY).is_err());
    }
}
