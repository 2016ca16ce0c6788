//! How an experiment is run, and how its progress is received.

use toml::Value;
use zunder_train::Interrupt;

use crate::ExperimentError;

/// First of the pilot seeds, on which margins are fixed and settings are chosen. At most 100 seeds
/// are reported, so none of them is a pilot seed.
const FIRST_PILOT_SEED: u64 = 101;

/// How an experiment is run. The default is the configuration that its page describes.
#[derive(Clone, Debug, Default)]
pub struct ExperimentConfig {
    /// Takes about half a minute: fewer seeds and, in some programs, a smaller task. Some claims
    /// may fail to hold then. Default: false.
    pub quick: bool,
    /// Tries only every second value of each grid of learning rates or strengths, from the second
    /// one on. Default: false.
    pub coarse_grids: bool,
    /// Number of seeds of each variant, 2 to 100; an error for experiments without randomness.
    /// Default: 5, and more where a run is cheap.
    pub seeds: Option<usize>,
    /// Uses the pilot seeds, counted from 101, instead of those that are reported, counted from 1.
    /// The margins of the claims were fixed on pilot seeds. Default: false.
    pub pilot: bool,
    /// Settings (see [`zunder::parse_setting`]) that override those of every variant, for example
    /// to choose other data or to switch the effect off. Default: none.
    pub settings: Vec<(Vec<String>, Value)>,
    /// Names of the variants to train, of an experiment that compares variants. A claim about any
    /// other variant fails. Default: all.
    pub variants: Vec<String>,
    /// Expression that `backprop` differentiates. Default: the lecture's.
    pub expression: Option<String>,
    /// Values of the variables of `backprop`, such as `x=4,y=-2`. Default: the lecture's point.
    pub at: Option<String>,
}

impl ExperimentConfig {
    /// Returns the seeds, counted from 1, or from 101 in a pilot.
    pub(crate) fn seeds(&self) -> Result<Vec<u64>, ExperimentError> {
        self.seeds_or(if self.quick { 3 } else { 5 })
    }

    /// Returns the seeds, with another default for experiments that are cheap to run.
    pub(crate) fn seeds_or(&self, default: usize) -> Result<Vec<u64>, ExperimentError> {
        let n = self.seeds.unwrap_or(default);
        if !(2..=100).contains(&n) {
            let expected =
                "2 to 100: a single run does not show how much results vary by chance".to_owned();
            return Err(ExperimentError::Setting {
                setting: "seeds",
                got: n.to_string(),
                expected,
            });
        }
        let first = if self.pilot { FIRST_PILOT_SEED } else { 1 };
        Ok((first..first + n as u64).collect())
    }

    /// Returns the pilot seeds on which each variant gets its own best setting: two, or one with
    /// `quick`.
    pub(crate) fn choosing_seeds(&self) -> Vec<u64> {
        let n = if self.quick { 1 } else { 2 };
        (FIRST_PILOT_SEED..FIRST_PILOT_SEED + n).collect()
    }
}

/// Receives the progress of an experiment and may stop it.
pub trait Watch: Send {
    /// Called when `done` of `total` steps are done; `doing` describes the next step.
    fn progressed(&mut self, done: usize, total: usize, doing: &str) {
        let _ = (done, total, doing);
    }

    /// Returns the flag that requests a stop. Default: never requested.
    fn interrupt(&self) -> Interrupt {
        Interrupt::new()
    }
}

impl Watch for () {}
