//! Schedules of the learning rate.

mod cosine_restarts;
mod kind;
mod one_cycle;
mod plateau;
mod rate;

pub use cosine_restarts::CosineRestartsConfig;
pub use kind::{
    CosineConfig, ExponentialConfig, LinearConfig, MultiStepConfig, ScheduleKind, StepConfig,
};
pub use one_cycle::OneCycleConfig;
pub use plateau::PlateauConfig;
pub use rate::LearningRate;

use serde::{Deserialize, Serialize};

use crate::TrainError;

/// A schedule of the learning rate (lecture 6a.3, "Anpassung der Lernrate"): the rate of an update
/// is the optimiser's rate l0, times the factor of the schedule, times the warm-up. Default:
/// cosine, without warm-up.
///
/// In a configuration one table: `name`, the settings of that schedule and those of the warm-up.
/// Lengths are in epochs; k counts the updates from 0.
///
/// | name | rate of update k |
/// |---|---|
/// | `constant` | `l0` |
/// | `step` | `l0 factor^i` after `i * every` epochs |
/// | `multi-step` | `l0 factor^i` after the i-th of the `milestones` |
/// | `plateau` | `l0 factor^i` after the validation loss stagnated for the i-th time |
/// | `linear` | `(1 - a) l0 + a l_T`, `a = min(k / T, 1)` |
/// | `exponential` | `l0 exp(-gamma k)` |
/// | `cosine` | `l_T + (l0 - l_T) (1 + cos(pi k / T)) / 2` |
/// | `cosine-restarts` | `cosine` repeatedly, each time from `l0` and longer |
/// | `one-cycle` | up to l0, then down to almost 0, both along a cosine |
///
/// All schedules but `plateau` depend only on the number of the update, so a checkpoint stores
/// nothing for them; `plateau` depends on the records of the epochs, which a checkpoint contains.
///
/// ```
/// use zunder_train::{LearningRate, Schedule, ScheduleKind};
/// // 10 epochs of 10 updates.
/// let rate: LearningRate = Schedule::default().learning_rate(0.1, 10, 10);
/// assert_eq!(rate.at(50), 0.05);
/// let linear = r#"{ "name": "linear", "end_factor": 0.5, "warmup_epochs": 1 }"#;
/// let linear: Schedule = serde_json::from_str(linear)?;
/// assert_eq!(linear.learning_rate(0.1, 10, 10).at(100), 0.05);
/// let constant = Schedule::from(ScheduleKind::Constant {});
/// assert_eq!(constant.learning_rate(0.1, 10, 10).at(50), 0.1);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Kind of schedule, with its settings. (It checks for unknown settings of the whole table,
    /// which serde cannot do here.)
    #[serde(flatten)]
    pub kind: ScheduleKind,
    /// Epochs over which the rate rises at the start, 0 to 1000000, also fractions. Default: 0.
    ///
    /// The rate is that of the schedule times a factor that rises linearly from `warmup_factor`:
    /// `f + (1 - f) k / W` for k < W updates. The schedule also runs during the warm-up, so that
    /// its milestones do not move. (PyTorch: `ChainedScheduler` of `LinearLR` and the schedule.)
    #[serde(default)]
    pub warmup_epochs: f64,
    /// Factor f of the first update, 0 to 1. Default: 0.01.
    #[serde(default = "warmup_factor")]
    pub warmup_factor: f64,
}

const fn warmup_factor() -> f64 {
    0.01
}

impl From<ScheduleKind> for Schedule {
    /// Returns the schedule without warm-up.
    fn from(kind: ScheduleKind) -> Self {
        Self { kind, warmup_epochs: 0.0, warmup_factor: warmup_factor() }
    }
}

impl Default for Schedule {
    fn default() -> Self {
        ScheduleKind::default().into()
    }
}

impl Schedule {
    /// Returns the name in configurations.
    pub const fn name(&self) -> &'static str {
        self.kind.name()
    }

    /// Checks every setting against its range.
    ///
    /// # Errors
    /// Returns [`TrainError::Setting`] with the name of the setting, its value and its range.
    pub fn validate(&self) -> Result<(), TrainError> {
        let (epochs, factor) = (self.warmup_epochs, self.warmup_factor);
        check(
            "schedule.warmup_epochs",
            &epochs,
            (0.0..=1e6).contains(&epochs),
            "a number of 0 to 1000000 epochs",
        )?;
        check(
            "schedule.warmup_factor",
            &factor,
            (0.0..=1.0).contains(&factor),
            "a number of 0 to 1",
        )?;
        self.kind.validate()
    }

    /// Returns the learning rates of a training with base rate l0, in its state before the first
    /// epoch.
    pub fn learning_rate(
        &self,
        base: f64,
        updates_per_epoch: usize,
        epochs: usize,
    ) -> LearningRate {
        LearningRate::new(self.clone(), base, updates_per_epoch, epochs)
    }
}

fn check(
    key: &'static str,
    got: &impl ToString,
    good: bool,
    expected: &'static str,
) -> Result<(), TrainError> {
    if good { Ok(()) } else { Err(TrainError::Setting { key, got: got.to_string(), expected }) }
}
