//! The best epoch and early stopping.

use serde::{Deserialize, Serialize};
use zunder_eval::EpochRecord;

use crate::TrainError;
use crate::stagnation::Stagnation;

/// The validation metric by which epochs are compared, unless the caller has one
/// ([`FitContext::with_metric`](crate::FitContext::with_metric)). With a moving average of the
/// weights, the better value of weights and average is used, and that of the weights if they are
/// equal. Default: accuracy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Monitor {
    /// Validation accuracy, higher is better: the lecture's lowest validation error.
    #[default]
    Accuracy,
    /// Validation loss, lower is better.
    Loss,
}

impl Monitor {
    /// Returns the metric of an epoch, negated if lower is better: the better value of its weights
    /// and their moving average.
    pub(crate) fn value(self, record: &EpochRecord) -> f64 {
        let (raw, averaged) = self.values(record);
        if averaged > raw { averaged } else { raw }
    }

    /// Returns true if an epoch's moving average is better than its weights.
    pub(crate) fn prefers_average(self, record: &EpochRecord) -> bool {
        let (raw, averaged) = self.values(record);
        averaged > raw
    }

    fn values(self, record: &EpochRecord) -> (f64, f64) {
        if let Some(metric) = record.metric {
            return (metric, record.ema_metric.unwrap_or(f64::NAN));
        }
        match self {
            Self::Accuracy => (record.validation_accuracy, record.ema_accuracy.unwrap_or(f64::NAN)),
            Self::Loss => (-record.validation_loss, -record.ema_loss.unwrap_or(f64::NAN)),
        }
    }
}

/// Early stopping: the weights of the best validation epoch are kept, and training may stop when no
/// better epoch follows (lecture 6a.3).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EarlyStoppingConfig {
    /// Metric that is compared. Default: accuracy.
    pub monitor: Monitor,
    /// Epochs without improvement after which training stops, at least 1. Default: none, train all
    /// epochs (the best epoch is kept in any case).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
    /// Smallest difference from the last improvement that counts as an improvement for the
    /// patience, at least 0. Default: 0.
    pub min_delta: f64,
}

impl EarlyStoppingConfig {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// Returns [`TrainError::Setting`] for a patience of 0 or a negative `min_delta`.
    pub fn validate(&self) -> Result<(), TrainError> {
        if self.patience == Some(0) {
            return Err(TrainError::Setting {
                key: "early_stopping.patience",
                got: "0".into(),
                expected: "at least 1 epoch",
            });
        }
        if !(self.min_delta >= 0.0 && self.min_delta.is_finite()) {
            let got = self.min_delta.to_string();
            return Err(TrainError::Setting {
                key: "early_stopping.min_delta",
                got,
                expected: "a finite number of at least 0",
            });
        }
        Ok(())
    }
}

/// The best epoch so far, and the number of epochs since the last improvement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BestEpoch {
    best: Option<Best>,
    stagnation: Stagnation,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Best {
    epoch: usize,
    value: f64,
    averaged: bool,
}

impl BestEpoch {
    /// Returns the best epoch (counted from 1); `None` before the first.
    pub fn epoch(&self) -> Option<usize> {
        self.best.map(|best| best.epoch)
    }

    /// Returns true if the moving average of that epoch's weights was better than the weights.
    pub fn averaged(&self) -> bool {
        self.best.is_some_and(|best| best.averaged)
    }

    /// Returns validation accuracy and validation loss of the best weights: the epoch's own, or
    /// their moving average.
    pub fn kept(&self, records: &[EpochRecord]) -> Option<(f64, f64)> {
        let record = records.iter().find(|record| Some(record.epoch) == self.epoch())?;
        if self.averaged() {
            return Some((record.ema_accuracy?, record.ema_loss?));
        }
        Some((record.validation_accuracy, record.validation_loss))
    }

    /// Computes the state of a training after its epochs so far.
    pub fn replay(records: &[EpochRecord], config: &EarlyStoppingConfig) -> Self {
        let mut best = Self::default();
        for record in records {
            best.observe(record, config);
        }
        best
    }

    /// Compares an epoch with the best one, and returns true if it is better. An equal epoch or a
    /// value that is not finite is never better.
    pub fn observe(&mut self, record: &EpochRecord, config: &EarlyStoppingConfig) -> bool {
        let value = config.monitor.value(record);
        self.stagnation.observe(value, config.min_delta);
        let improved = self.best.map_or(value.is_finite(), |best| value > best.value);
        if improved {
            self.best = Some(Best {
                epoch: record.epoch,
                value,
                averaged: config.monitor.prefers_average(record),
            });
        }
        improved
    }

    /// Returns true if the patience is exhausted.
    pub fn exhausted(&self, config: &EarlyStoppingConfig) -> bool {
        config.patience.is_some_and(|patience| self.stagnation.waited >= patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(config: &EarlyStoppingConfig, accuracies: &[f64]) -> (Option<usize>, Option<usize>) {
        let mut best = BestEpoch::default();
        for (accuracy, epoch) in accuracies.iter().zip(1..) {
            best.observe(
                &EpochRecord {
                    epoch,
                    validation_loss: 1.0 - accuracy,
                    validation_accuracy: *accuracy,
                    ..EpochRecord::default()
                },
                config,
            );
            if best.exhausted(config) {
                return (best.epoch(), Some(epoch));
            }
        }
        (best.epoch(), None)
    }

    #[test]
    fn keeps_the_best_and_stops_when_patience_ends() {
        let mut config = EarlyStoppingConfig::default();
        assert_eq!(run(&config, &[0.3, 0.5, 0.5, 0.4]), (Some(2), None));
        config.patience = Some(2);
        assert_eq!(run(&config, &[0.3, 0.5, 0.5, 0.4, 0.9]), (Some(2), Some(4)));
        assert_eq!(run(&config, &[0.3, f64::NAN, f64::NAN, 0.4]), (Some(1), Some(3)));
        assert_eq!(run(&config, &[f64::NAN, 0.1]), (Some(2), None));
        config.monitor = Monitor::Loss;
        assert_eq!(run(&config, &[0.3, 0.5, 0.5, 0.4, 0.9]), (Some(2), Some(4)));
        // Small gains are kept as the best but do not count for the patience.
        config.min_delta = 0.1;
        assert_eq!(run(&config, &[0.3, 0.35, 0.39, 0.9]), (Some(3), Some(3)));
    }

    #[test]
    fn the_better_one_of_weights_and_average_counts() {
        let record = |epoch, raw: [f64; 2], ema: [f64; 2]| EpochRecord {
            epoch,
            validation_accuracy: raw[0],
            validation_loss: raw[1],
            ema_accuracy: Some(ema[0]),
            ema_loss: Some(ema[1]),
            ..EpochRecord::default()
        };
        let records = [
            record(1, [0.5, 1.0], [0.1, 2.0]),
            record(2, [0.4, 1.1], [0.6, 1.0]),
            record(3, [0.6, 0.9], [0.6, f64::NAN]),
        ];
        let best = |monitor, n: usize| {
            let best = BestEpoch::replay(
                &records[..n],
                &EarlyStoppingConfig { monitor, ..Default::default() },
            );
            (best.epoch(), best.averaged())
        };
        assert_eq!(
            BestEpoch::replay(&records, &EarlyStoppingConfig::default()).kept(&records),
            Some((0.6, 1.0))
        );
        assert_eq!(
            [1, 2, 3].map(|n| best(Monitor::Accuracy, n)),
            [(Some(1), false), (Some(2), true), (Some(2), true)]
        );
        assert_eq!(
            [1, 2, 3].map(|n| best(Monitor::Loss, n)),
            [(Some(1), false), (Some(1), false), (Some(3), false)]
        );
    }

    #[test]
    fn a_metric_of_the_caller_replaces_the_monitor() {
        let record = |epoch, accuracy, metric, ema_metric| EpochRecord {
            epoch,
            validation_accuracy: accuracy,
            metric: Some(metric),
            ema_metric: Some(ema_metric),
            ..EpochRecord::default()
        };
        let records = [
            record(1, 0.1, -1.0, f64::NAN),
            record(2, 0.9, -2.0, f64::NAN),
            record(3, 0.5, -3.0, -0.5),
        ];
        for monitor in [Monitor::Accuracy, Monitor::Loss] {
            let best = |n: usize| {
                let config = EarlyStoppingConfig { monitor, ..Default::default() };
                let best = BestEpoch::replay(&records[..n], &config);
                (best.epoch(), best.averaged())
            };
            assert_eq!(
                [best(1), best(2), best(3)],
                [(Some(1), false), (Some(1), false), (Some(3), true)]
            );
        }
    }

    #[test]
    fn bad_settings_are_refused() {
        assert!(
            EarlyStoppingConfig { patience: Some(0), ..Default::default() }.validate().is_err()
        );
        assert!(EarlyStoppingConfig { min_delta: -0.1, ..Default::default() }.validate().is_err());
        assert!(
            EarlyStoppingConfig { min_delta: f64::NAN, ..Default::default() }.validate().is_err()
        );
    }
}
