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

/// How the learning rate changes over the updates (lecture 6a.3, "Anpassung der Lernrate"): the
/// optimiser's own rate l0, times what the schedule says, times the warm-up. Default: cosine,
/// without warm-up.
///
/// In a configuration one table, `name` with the settings of that schedule and those of the
/// warm-up. Lengths are epochs; k counts the updates from 0.
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
/// | `cosine-restarts` | the same again and again, each time from `l0` and for longer |
/// | `one-cycle` | up to l0, then down to almost 0, each along a cosine |
///
/// All but `plateau` are functions of the update's number, so a checkpoint needs nothing of them;
/// `plateau` follows from the records of the epochs, which a checkpoint has.
///
/// ```
/// use zunder_train::{LearningRate, Schedule, ScheduleKind};
/// let rate: LearningRate = Schedule::default().learning_rate(0.1, 10, 10); // 10 epochs of 10 updates
/// assert_eq!(rate.at(50), 0.05);
/// let linear: Schedule = serde_json::from_str(r#"{ "name": "linear", "end_factor": 0.5, "warmup_epochs": 1 }"#)?;
/// assert_eq!(linear.learning_rate(0.1, 10, 10).at(100), 0.05);
/// let constant = Schedule::from(ScheduleKind::Constant {});
/// assert_eq!(constant.learning_rate(0.1, 10, 10).at(50), 0.1);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Which one, with its settings. (It refuses unknown settings for the whole table: serde cannot
    /// do so here.)
    #[serde(flatten)]
    pub kind: ScheduleKind,
    /// Epochs over which the rate rises at the start, 0 to 1000000, also parts of one. Default: 0.
    ///
    /// The rate is the schedule's own times a factor that rises linearly from `warmup_factor`: for
    /// k < W updates `f + (1 - f) k / W`. The schedule's clock starts with the training, so its
    /// milestones stay where they are. (PyTorch: `ChainedScheduler` of `LinearLR` and the
    /// schedule.)
    #[serde(default)]
    pub warmup_epochs: f64,
    /// f, the factor of the very first update, 0 to 1. Default: 0.01.
    #[serde(default = "warmup_factor")]
    pub warmup_factor: f64,
}

const fn warmup_factor() -> f64 {
    0.01
}

impl From<ScheduleKind> for Schedule {
    /// The schedule without warm-up.
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
    /// The name in configurations.
    pub const fn name(&self) -> &'static str {
        self.kind.name()
    }

    /// Checks every setting against its range.
    ///
    /// # Errors
    /// [`TrainError::Setting`] with the setting's name, its value and its range.
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

    /// The rates of a training with the base rate l0, some updates an epoch and some epochs, before
    /// its first epoch.
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
