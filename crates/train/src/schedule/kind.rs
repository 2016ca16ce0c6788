//! The kinds of schedules.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::{CosineRestartsConfig, OneCycleConfig, PlateauConfig, check};
use crate::TrainError;

/// The kind of the schedule and its settings. Default: cosine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum ScheduleKind {
    /// The base rate throughout the training.
    Constant {},
    /// Multiplies the rate by a factor every few epochs.
    Step(StepConfig),
    /// Multiplies the rate by a factor after each of the given epochs.
    MultiStep(MultiStepConfig),
    /// Lowers the rate whenever validation stagnates.
    Plateau(PlateauConfig),
    /// Changes the rate linearly to the final rate.
    Linear(LinearConfig),
    /// Multiplies the rate by the same factor at each update.
    Exponential(ExponentialConfig),
    /// Lowers the rate along half a cosine to the final rate.
    Cosine(CosineConfig),
    /// Repeats the cosine, each time from the base rate.
    CosineRestarts(CosineRestartsConfig),
    /// Raises the rate to the base rate, then lowers it.
    OneCycle(OneCycleConfig),
}

/// Multiplies the rate by a factor every few epochs (lecture 6a.3, "Schrittweise Reduzierung").
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StepConfig {
    /// Factor of the rate, above 0 and below 1. Default: 0.1.
    pub factor: f64,
    /// Number of epochs between two changes, at least 1. Default: 10.
    pub every: usize,
}

/// Multiplies the rate by a factor after each of the given epochs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MultiStepConfig {
    /// Factor of the rate, above 0 and below 1. Default: 0.1.
    pub factor: f64,
    /// Epochs after which the rate changes, counted from 1 and ascending: 15 changes the rate from
    /// epoch 16 on. Default: half and three quarters of the training (He 2016, section 4.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milestones: Option<Vec<usize>>,
}

/// Changes the rate linearly to the final rate (lecture 6a.3, "Lineare Reduzierung"):
/// `(1 - a) l0 + a l_T` with `a = min(k / T, 1)`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinearConfig {
    /// Final rate as a multiple of the base rate, `l_T / l0`, 0 to 1. Default: 0.
    pub end_factor: f64,
    /// Length T in epochs, at least 1; the rate is constant afterwards. Default: the whole
    /// training.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
}

/// Multiplies the rate by the same factor at each update (lecture 6a.3, "Exponentielle
/// Reduzierung"): `l0 exp(-gamma k)`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExponentialConfig {
    /// The lecture's decay gamma per update, above 0 and at most 1. Default: the decay that leads
    /// to `end_factor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gamma: Option<f64>,
    /// Alternative to gamma: the rate after the last update as a multiple of the base rate, above 0
    /// and below 1, which gives gamma = `-ln(end_factor) / T`. Default: 0.01.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_factor: Option<f64>,
}

/// Lowers the rate along half a cosine to the final rate:
/// `l_T + (l0 - l_T) (1 + cos(pi k / T)) / 2` (Loshchilov and Hutter 2017, one cycle).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CosineConfig {
    /// Final rate as a multiple of the base rate, `l_T / l0`, 0 to 1. Default: 0.
    pub end_factor: f64,
    /// Length T in epochs, at least 1; the rate is constant afterwards. Default: the whole
    /// training.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
}

impl Default for StepConfig {
    fn default() -> Self {
        Self { factor: 0.1, every: 10 }
    }
}

impl Default for MultiStepConfig {
    fn default() -> Self {
        Self { factor: 0.1, milestones: None }
    }
}

impl Default for ScheduleKind {
    fn default() -> Self {
        Self::Cosine(CosineConfig::default())
    }
}

/// The progress of a training.
#[derive(Clone, Copy)]
pub(super) struct SchedulePosition {
    /// Number of updates so far.
    pub update: usize,
    /// Number of updates in an epoch, at least 1.
    pub updates_per_epoch: usize,
    /// Number of epochs of the whole training.
    pub epochs: usize,
}

impl SchedulePosition {
    /// Returns the number of finished epochs.
    fn epoch(self) -> usize {
        self.update / self.updates_per_epoch
    }

    /// Returns the number of updates in `epochs`; by default in the whole training.
    pub fn updates(self, epochs: Option<usize>) -> f64 {
        epochs.unwrap_or(self.epochs).max(1) as f64 * self.updates_per_epoch as f64
    }
}

impl ScheduleKind {
    /// Returns the name in configurations.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Constant {} => "constant",
            Self::Step(_) => "step",
            Self::MultiStep(_) => "multi-step",
            Self::Plateau(_) => "plateau",
            Self::Linear(_) => "linear",
            Self::Exponential(_) => "exponential",
            Self::Cosine(_) => "cosine",
            Self::CosineRestarts(_) => "cosine-restarts",
            Self::OneCycle(_) => "one-cycle",
        }
    }

    /// Returns the rate at a position of the training as a multiple of the base rate. Returns 1 for
    /// a plateau schedule, whose state is stored elsewhere.
    pub(super) fn multiple(&self, at: SchedulePosition) -> f64 {
        match self {
            Self::Constant {} | Self::Plateau(_) => 1.0,
            Self::Step(config) => power(config.factor, at.epoch() / config.every.max(1)),
            Self::MultiStep(config) => {
                let halves = [at.epochs / 2, at.epochs * 3 / 4];
                let milestones = config.milestones.as_deref().unwrap_or(&halves);
                power(
                    config.factor,
                    milestones.iter().filter(|milestone| at.epoch() >= **milestone).count(),
                )
            }
            Self::Linear(config) => {
                let a = (at.update as f64 / at.updates(config.epochs)).min(1.0);
                (1.0 - a) + a * config.end_factor
            }
            Self::Exponential(config) => {
                let gamma = config
                    .gamma
                    .unwrap_or_else(|| -config.end_factor.unwrap_or(0.01).ln() / at.updates(None));
                (-gamma * at.update as f64).exp()
            }
            Self::Cosine(config) => {
                between(1.0, config.end_factor, at.update as f64, at.updates(config.epochs))
            }
            Self::CosineRestarts(config) => config.multiple(at),
            Self::OneCycle(config) => config.multiple(at),
        }
    }

    pub(super) fn validate(&self) -> Result<(), TrainError> {
        match self {
            Self::Constant {} => Ok(()),
            Self::Step(config) => {
                check_factor(config.factor)?;
                check("schedule.every", &config.every, config.every >= 1, "at least 1 epoch")
            }
            Self::MultiStep(config) => {
                check_factor(config.factor)?;
                let Some(milestones) = &config.milestones else { return Ok(()) };
                let rising = milestones.first().is_some_and(|first| *first >= 1)
                    && milestones.windows(2).all(|pair| pair[0] < pair[1]);
                check(
                    "schedule.milestones",
                    &format!("{milestones:?}"),
                    rising,
                    "one or more epochs from 1 on, each later than the one before",
                )
            }
            Self::Plateau(config) => config.validate(),
            Self::Linear(LinearConfig { end_factor, epochs })
            | Self::Cosine(CosineConfig { end_factor, epochs }) => {
                check(
                    "schedule.end_factor",
                    end_factor,
                    (0.0..=1.0).contains(end_factor),
                    "a number of 0 to 1",
                )?;
                check_epochs(*epochs)
            }
            Self::Exponential(config) => {
                if let (Some(gamma), Some(_)) = (config.gamma, config.end_factor) {
                    return check(
                        "schedule.gamma",
                        &gamma,
                        false,
                        "either gamma or schedule.end_factor, which gives gamma",
                    );
                }
                let gamma = config.gamma.unwrap_or(1.0);
                check(
                    "schedule.gamma",
                    &gamma,
                    gamma > 0.0 && gamma <= 1.0,
                    "a number above 0 and at most 1 (a decay by update)",
                )?;
                let end = config.end_factor.unwrap_or(0.5);
                check(
                    "schedule.end_factor",
                    &end,
                    end > 0.0 && end < 1.0,
                    "a number above 0 and below 1",
                )
            }
            Self::CosineRestarts(config) => config.validate(),
            Self::OneCycle(config) => config.validate(),
        }
    }
}

/// Returns the value at k of half a cosine from a to b of the given length.
pub(super) fn between(a: f64, b: f64, k: f64, length: f64) -> f64 {
    b + (a - b) * (0.5 * (1.0 + (PI * k.min(length) / length).cos()))
}

fn power(factor: f64, times: usize) -> f64 {
    factor.powi(times.min(i32::MAX as usize) as i32)
}

pub(super) fn check_factor(factor: f64) -> Result<(), TrainError> {
    check("schedule.factor", &factor, factor > 0.0 && factor < 1.0, "a number above 0 and below 1")
}

pub(super) fn check_epochs(epochs: Option<usize>) -> Result<(), TrainError> {
    check("schedule.epochs", &epochs.unwrap_or(1), epochs != Some(0), "at least 1 epoch")
}
