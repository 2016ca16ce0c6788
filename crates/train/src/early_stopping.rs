use serde::{Deserialize, Serialize};
use zunder_eval::EpochRecord;

use crate::TrainError;
use crate::stagnation::Stagnation;

/// The validation figure by which epochs are compared. Default: accuracy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Monitor {
    /// The validation accuracy, higher being better: the lecture's lowest validation error.
    #[default]
    Accuracy,
    /// The validation loss, lower being better.
    Loss,
}

impl Monitor {
    /// An epoch's figure, turned so that higher is better.
    pub(crate) fn value(self, record: &EpochRecord) -> f64 {
        match self {
            Self::Accuracy => record.validation_accuracy,
            Self::Loss => -record.validation_loss,
        }
    }
}

/// Early stopping: the weights kept are those of the best validation epoch, and training may end when no better one comes (lecture 6a.3).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EarlyStoppingConfig {
    /// What is compared. Default: accuracy.
    pub monitor: Monitor,
    /// Epochs without improvement after which training ends, at least 1. Default: none, train to the end (the best epoch is kept all the same).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
    /// By how much an epoch must be better than the last improvement to count for the patience, at least 0. Default: 0.
    pub min_delta: f64,
}

impl EarlyStoppingConfig {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// [`TrainError::Setting`] for a patience of 0 and a negative `min_delta`.
    pub fn validate(&self) -> Result<(), TrainError> {
        if self.patience == Some(0) {
            return Err(TrainError::Setting { key: "early_stopping.patience", got: "0".into(), expected: "at least 1 epoch" });
        }
        if !(self.min_delta >= 0.0 && self.min_delta.is_finite()) {
            let got = self.min_delta.to_string();
            return Err(TrainError::Setting { key: "early_stopping.min_delta", got, expected: "a finite number of at least 0" });
        }
        Ok(())
    }
}

/// The best epoch so far, and how long the training has waited for a better one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BestEpoch {
    best: Option<(usize, f64)>,
    stagnation: Stagnation,
}

impl BestEpoch {
    /// The best epoch (from 1), or none before the first.
    pub fn epoch(&self) -> Option<usize> {
        self.best.map(|(epoch, _)| epoch)
    }

    /// Where a training stands after its epochs so far.
    pub fn replay(records: &[EpochRecord], config: &EarlyStoppingConfig) -> Self {
        let mut best = Self::default();
        for record in records {
            best.observe(record, config);
        }
        best
    }

    /// Takes an epoch's validation figures and says whether it is the best so far. The first of equals stays; what is not finite is never better.
    pub fn observe(&mut self, record: &EpochRecord, config: &EarlyStoppingConfig) -> bool {
        let epoch = record.epoch;
        let value = config.monitor.value(record);
        self.stagnation.observe(value, config.min_delta);
        let improved = self.best.map_or(value.is_finite(), |(_, best)| value > best);
        if improved {
            self.best = Some((epoch, value));
        }
        improved
    }

    /// Whether the patience is used up.
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
                &EpochRecord { epoch, validation_loss: 1.0 - accuracy, validation_accuracy: *accuracy, ..EpochRecord::default() },
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
        // Small gains are kept as the best, but do not buy time.
        config.min_delta = 0.1;
        assert_eq!(run(&config, &[0.3, 0.35, 0.39, 0.9]), (Some(3), Some(3)));
    }

    #[test]
    fn bad_settings_are_refused() {
        assert!(EarlyStoppingConfig { patience: Some(0), ..Default::default() }.validate().is_err());
        assert!(EarlyStoppingConfig { min_delta: -0.1, ..Default::default() }.validate().is_err());
        assert!(EarlyStoppingConfig { min_delta: f64::NAN, ..Default::default() }.validate().is_err());
    }
}
