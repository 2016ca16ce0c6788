//! A schedule that reduces the rate when validation stagnates.

use serde::{Deserialize, Serialize};
use zunder_eval::EpochRecord;

use super::check;
use super::kind::check_factor;
use crate::stagnation::Stagnation;
use crate::{Monitor, TrainError};

/// Reduces the rate when validation stagnates (lecture 6a.3: "wenn der Validierungsverlust
/// stagniert").
///
/// The rules are those of PyTorch's `ReduceLROnPlateau`, except for the patience, which is counted
/// as in early stopping: the rate is reduced after the patience-th epoch without improvement. (In
/// PyTorch, one epoch later.)
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlateauConfig {
    /// Metric that is monitored. Default: loss.
    pub monitor: Monitor,
    /// Factor by which the rate is multiplied, above 0 and below 1. Default: 0.1.
    pub factor: f64,
    /// Epochs without improvement after which the rate is reduced, at least 1. Default: 3.
    pub patience: usize,
    /// Smallest difference from the last improvement that counts as an improvement, at least 0.
    /// Default: 0.
    pub min_delta: f64,
    /// Epochs after a reduction that do not count for the patience. Default: 0.
    pub cooldown: usize,
    /// Lower limit of the rate as a multiple of the base rate, 0 to 1. Default: 0.
    pub min_factor: f64,
}

impl Default for PlateauConfig {
    fn default() -> Self {
        Self {
            monitor: Monitor::Loss,
            factor: 0.1,
            patience: 3,
            min_delta: 0.0,
            cooldown: 0,
            min_factor: 0.0,
        }
    }
}

impl PlateauConfig {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        check_factor(self.factor)?;
        check("schedule.patience", &self.patience, self.patience >= 1, "at least 1 epoch")?;
        let delta = self.min_delta;
        check(
            "schedule.min_delta",
            &delta,
            delta >= 0.0 && delta.is_finite(),
            "a finite number of at least 0",
        )?;
        check(
            "schedule.min_factor",
            &self.min_factor,
            (0.0..=1.0).contains(&self.min_factor),
            "a number of 0 to 1",
        )
    }
}

/// The current factor of the rate, computed from the records of the epochs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plateau {
    /// Multiple of the base rate.
    pub multiple: f64,
    stagnation: Stagnation,
    cooldown: usize,
}

impl Plateau {
    pub(super) fn new() -> Self {
        Self { multiple: 1.0, stagnation: Stagnation::default(), cooldown: 0 }
    }

    pub(super) fn observe(&mut self, record: &EpochRecord, config: &PlateauConfig) {
        self.stagnation.observe(config.monitor.value(record), config.min_delta);
        if self.cooldown > 0 {
            self.cooldown -= 1;
            self.stagnation.waited = 0;
        }
        if self.stagnation.waited >= config.patience {
            self.multiple = (self.multiple * config.factor).max(config.min_factor);
            self.cooldown = config.cooldown;
            self.stagnation.waited = 0;
        }
    }
}
