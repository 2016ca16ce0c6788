//! The one-cycle schedule.

use serde::{Deserialize, Serialize};

use super::check;
use super::kind::{SchedulePosition, between, check_epochs};
use crate::TrainError;

/// One cycle: up to the base rate, then down to almost 0, each along half a cosine (Smith 2018,
/// "Super-Convergence"). Equals PyTorch's `OneCycleLR` with two phases and a constant momentum.
///
/// The base rate is the highest rate of the cycle, and can be several times as high as that of
/// another schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OneCycleConfig {
    /// First rate as a multiple of the base rate, 0 to 1. Default: 0.04.
    pub start_factor: f64,
    /// Last rate as a multiple of the base rate, 0 to 1. Default: 0.000004.
    pub end_factor: f64,
    /// Share of the cycle in which the rate rises, above 0 and below 1. Default: 0.3.
    pub rise: f64,
    /// Length of the cycle in epochs, at least 1; the rate is constant afterwards. Default: the
    /// whole training.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
}

impl Default for OneCycleConfig {
    fn default() -> Self {
        Self { start_factor: 0.04, end_factor: 4e-6, rise: 0.3, epochs: None }
    }
}

impl OneCycleConfig {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        let share = |value: f64| (0.0..=1.0).contains(&value);
        check(
            "schedule.start_factor",
            &self.start_factor,
            share(self.start_factor),
            "a number of 0 to 1",
        )?;
        check(
            "schedule.end_factor",
            &self.end_factor,
            share(self.end_factor),
            "a number of 0 to 1",
        )?;
        check(
            "schedule.rise",
            &self.rise,
            self.rise > 0.0 && self.rise < 1.0,
            "a number above 0 and below 1",
        )?;
        check_epochs(self.epochs)
    }

    /// Returns the multiple of the base rate, with PyTorch's count of updates: the maximum is at
    /// update `rise T - 1`, the end at `T - 1`.
    pub(super) fn multiple(&self, at: SchedulePosition) -> f64 {
        let (k, updates) = (at.update as f64, at.updates(self.epochs));
        let (top, last) = (self.rise * updates - 1.0, updates - 1.0);
        if top > 0.0 && k <= top {
            between(self.start_factor, 1.0, k, top)
        } else {
            between(1.0, self.end_factor, k - top, last - top)
        }
    }
}
