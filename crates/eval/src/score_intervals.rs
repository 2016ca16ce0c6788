//! Bootstrap intervals of the scores of one model.

use serde::{Deserialize, Serialize};
use zunder_random::Key;

use crate::bootstrap::{percentiles, resamples};
use crate::margins::Margins;
use crate::mean_area::MeanArea;
use crate::{Average, BootstrapConfig, ConfusionMatrix, EvalError, Scored, brier, log_loss};

/// A bootstrap interval of a score, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScoreInterval {
    /// The lower end.
    pub low: f64,
    /// The upper end, at or above `low`.
    pub high: f64,
    /// The number of resamples for which the score is undefined. They are left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
}

/// Bootstrap intervals of the scores of one model on one test set. For the accuracy see
/// [`wilson`](crate::wilson).
///
/// All intervals are computed from the same resamples; see [`bootstrap`](crate::bootstrap). An
/// interval is `None` if its score is undefined on the test set itself, or for more than half of
/// the resamples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScoreIntervals {
    /// The interval of [`ConfusionMatrix::balanced_accuracy`].
    pub balanced_accuracy: Option<ScoreInterval>,
    /// The interval of the macro average of precision.
    pub macro_precision: Option<ScoreInterval>,
    /// The interval of the macro average of recall.
    pub macro_recall: Option<ScoreInterval>,
    /// The interval of the macro average of F1.
    pub macro_f1: Option<ScoreInterval>,
    /// The interval of [`ConfusionMatrix::matthews`].
    pub matthews: Option<ScoreInterval>,
    /// The interval of [`ConfusionMatrix::cohen_kappa`].
    pub cohen_kappa: Option<ScoreInterval>,
    /// The interval of [`log_loss`](crate::log_loss).
    pub log_loss: Option<ScoreInterval>,
    /// The interval of [`brier_score`](crate::brier_score).
    pub brier_score: Option<ScoreInterval>,
    /// The interval of the mean AUC of the classes that have one.
    pub macro_auc: Option<ScoreInterval>,
}

impl ScoreIntervals {
    /// Computes the intervals on all threads of the current pool. The result does not depend on the
    /// number of threads.
    ///
    /// A resample takes O(N + C) for all scores but the mean AUC, which takes O(N C) for up to 2
    /// million probabilities. For more, the AUC of a resample is approximated by its linear
    /// expansion in the samples' counts (the components of `DeLong` 1988, averaged over the
    /// classes), which takes O(N).
    ///
    /// `predicted` is the predicted class of each sample: [`Scored::predicted`] or
    /// [`Scored::predicted_at`].
    ///
    /// # Errors
    ///
    /// Returns the errors of [`BootstrapConfig::validate`] and [`ConfusionMatrix::from_labels`].
    ///
    /// ```
    /// use zunder_eval::{BootstrapConfig, ScoreIntervals, Scored};
    /// use zunder_random::Key;
    ///
    /// let scored = Scored::new(&[0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.3, 0.7], &[0, 1, 1, 0], 2)?;
    /// let intervals = ScoreIntervals::new(
    ///     &scored,
    ///     &scored.predicted(),
    ///     &BootstrapConfig::default(),
    ///     Key::new(1),
    /// )?;
    /// assert!(intervals.macro_f1.is_some_and(|f1| f1.low < 0.5 && f1.high == 1.0));
    /// # Ok::<(), zunder_eval::EvalError>(())
    /// ```
    pub fn new(
        scored: &Scored,
        predicted: &[u32],
        config: &BootstrapConfig,
        key: Key,
    ) -> Result<Self, EvalError> {
        let (n_classes, labels) = (scored.n_classes(), scored.labels());
        ConfusionMatrix::from_labels(labels, predicted, n_classes)?;
        let losses = scored
            .labelled_rows()
            .map(|(row, y)| (log_loss::nats(row, y), brier::distance(row, y)));
        let losses: Vec<(f64, f64)> =
            if scored.are_probabilities() { losses.collect() } else { Vec::new() };
        let area = MeanArea::new(scored);
        let statistics = |times: &[u32]| {
            let mut margins = Margins::new(n_classes);
            for ((&truth, &predicted), &times) in labels.iter().zip(predicted).zip(times) {
                margins.add(truth as usize, predicted as usize, u64::from(times));
            }
            let average = margins.average(Average::Macro);
            let mean = |loss: fn(&(f64, f64)) -> f64| {
                let sum: f64 = losses.iter().zip(times).map(|(l, &t)| f64::from(t) * loss(l)).sum();
                (!losses.is_empty()).then(|| sum / labels.len() as f64)
            };
            [
                Some(margins.balanced_accuracy()),
                average.precision,
                average.recall,
                average.f1,
                margins.matthews(),
                margins.cohen_kappa(),
                mean(|l| l.0),
                mean(|l| l.1),
                area.of(times),
            ]
        };
        let whole = statistics(&vec![1; labels.len()]);
        let drawn = resamples(labels.len(), config, key, |sample| {
            let mut times = vec![0_u32; labels.len()];
            for &i in sample {
                times[i as usize] += 1;
            }
            statistics(&times)
        })?;
        let of = |i: usize| {
            whole[i]?;
            let values: Vec<f64> = drawn.iter().filter_map(|values| values[i]).collect();
            let left_out = drawn.len() - values.len();
            let interval = percentiles(values, config)?;
            Some(ScoreInterval { low: interval.low, high: interval.high, left_out })
        };
        Ok(Self {
            balanced_accuracy: of(0),
            macro_precision: of(1),
            macro_recall: of(2),
            macro_f1: of(3),
            matthews: of(4),
            cohen_kappa: of(5),
            log_loss: of(6),
            brier_score: of(7),
            macro_auc: of(8),
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Interval, bootstrap};

    const KEY: Key = Key::new(3);

    #[test]
    fn each_interval_is_that_of_its_own_bootstrap() {
        let p: Vec<f32> = (0..90_u16)
            .flat_map(|i| [f32::from(i * 7 % 10) / 10.0, f32::from(i * 3 % 8) / 8.0, 0.5])
            .collect();
        let labels: Vec<u32> = (0..90).map(|i| (i * 5 % 7) % 3).collect();
        let scored = Scored::new(&p, &labels, 3).unwrap();
        let config = BootstrapConfig { resamples: 50, confidence: 0.9 };
        let together = ScoreIntervals::new(&scored, &scored.predicted(), &config, KEY).unwrap();
        let alone = |statistic: &(dyn Fn(&Scored) -> Option<f64> + Sync)| {
            let of_sample = |sample: &[u32]| {
                let rows: Vec<f32> =
                    sample.iter().flat_map(|&i| p[3 * i as usize..][..3].to_vec()).collect();
                let labels: Vec<u32> = sample.iter().map(|&i| labels[i as usize]).collect();
                statistic(&Scored::new(&rows, &labels, 3).unwrap())
            };
            bootstrap(90, &config, KEY, of_sample).unwrap()
        };
        let close = |a: Option<ScoreInterval>, b: Interval| {
            let a = a.unwrap();
            a.left_out == 0 && (a.low - b.low).abs() < 1e-12 && (a.high - b.high).abs() < 1e-12
        };
        assert!(close(together.macro_f1, alone(&|s| s.confusion_matrix().macro_average().f1)));
        assert!(close(together.matthews, alone(&|s| s.confusion_matrix().matthews())));
        assert!(close(together.macro_auc, alone(&|s| s.one_vs_rest(2).unwrap().macro_auc)));
        assert!(close(together.brier_score, alone(&|s| s.brier_score())));
        assert!(close(together.log_loss, alone(&|s| s.log_loss())));
    }

    #[test]
    fn undefined_scores_have_no_interval() {
        let scored = Scored::new(&[0.9, 0.1, 0.8, 0.2], &[0, 0], 2).unwrap();
        let intervals =
            ScoreIntervals::new(&scored, &scored.predicted(), &BootstrapConfig::default(), KEY)
                .unwrap();
        assert_eq!(
            (intervals.macro_auc, intervals.matthews, intervals.cohen_kappa),
            (None, None, None)
        );
        assert!(intervals.macro_f1.is_some_and(|f1| f1.low == 1.0 && f1.left_out == 0));
        assert!(ScoreIntervals::new(&scored, &[0], &BootstrapConfig::default(), KEY).is_err());
    }

    #[test]
    fn resamples_without_a_score_are_left_out_and_counted() {
        // One of five samples is of the second class. A resample lacks it with probability 0.33,
        // and then has no area.
        let p = [0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.6, 0.4, 0.2, 0.8];
        let scored = Scored::new(&p, &[0, 0, 0, 0, 1], 2).unwrap();
        let intervals =
            ScoreIntervals::new(&scored, &scored.predicted(), &BootstrapConfig::default(), KEY)
                .unwrap();
        let auc = intervals.macro_auc.unwrap();
        assert!((250..420).contains(&auc.left_out) && auc.low == 1.0, "{auc:?}");
        assert!(intervals.matthews.is_some_and(|matthews| matthews.left_out == auc.left_out));
        let text = serde_json::to_string(&intervals).unwrap();
        assert!(text.contains(&format!(r#""left_out":{}"#, auc.left_out)));
        assert_eq!(
            serde_json::from_str::<ScoreIntervals>(&text).unwrap().macro_auc,
            intervals.macro_auc
        );
    }
}
