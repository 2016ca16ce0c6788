//! The cosine schedule with restarts.

use serde::{Deserialize, Serialize};

use super::check;
use super::kind::{SchedulePosition, between, check_epochs};
use crate::TrainError;

/// Repeated half cosines, each from the base rate down to the final rate (Loshchilov and Hutter
/// 2017, "SGDR: Stochastic Gradient Descent with Warm Restarts"). Cycle i of length
/// `T_i = T_0 growth^i` has the rates `l_T + (l0 - l_T) (1 + cos(pi k / T_i)) / 2`, where k counts
/// the updates of the cycle. Equals PyTorch's `CosineAnnealingWarmRestarts`.
///
/// The last cycle ends with the training only if the lengths add up to it: with the defaults, after
/// 10, 30, 70, 150, ... epochs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CosineRestartsConfig {
    /// Length `T_0` of the first cycle in epochs, at least 1. Default: 10.
    pub epochs: usize,
    /// Ratio of the lengths of a cycle and the one before, 1 to 100. Default: 2.
    pub growth: usize,
    /// Final rate of each cycle as a multiple of the base rate, `l_T / l0`, 0 to 1. Default: 0.
    pub end_factor: f64,
}

impl Default for CosineRestartsConfig {
    fn default() -> Self {
        Self { epochs: 10, growth: 2, end_factor: 0.0 }
    }
}

impl CosineRestartsConfig {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        check_epochs(Some(self.epochs))?;
        check(
            "schedule.growth",
            &self.growth,
            (1..=100).contains(&self.growth),
            "a whole number of 1 to 100",
        )?;
        check(
            "schedule.end_factor",
            &self.end_factor,
            (0.0..=1.0).contains(&self.end_factor),
            "a number of 0 to 1",
        )
    }

    pub(super) fn multiple(&self, at: SchedulePosition) -> f64 {
        let (k, length) = self.cycle(at);
        between(1.0, self.end_factor, k as f64, length as f64)
    }

    /// Returns the number of updates since the start of the cycle, and the length of the cycle.
    fn cycle(&self, at: SchedulePosition) -> (usize, usize) {
        let mut length = self.epochs.max(1).saturating_mul(at.updates_per_epoch.max(1));
        if self.growth <= 1 {
            return (at.update % length, length);
        }
        let mut k = at.update;
        while k >= length {
            k -= length;
            length = length.saturating_mul(self.growth);
        }
        (k, length)
    }
}
