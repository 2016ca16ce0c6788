use serde::{Deserialize, Serialize};

use super::{AdamConfig, Optimizer, SgdConfig};
use crate::TrainError;

/// Which optimiser, with its settings. Default: SGD with momentum.
///
/// ```
/// use zunder_train::OptimizerConfig;
/// let adam: OptimizerConfig = serde_json::from_str(r#"{ "name": "adam" }"#)?;
/// assert_eq!(adam.lr(), 0.001); // its own default
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OptimizerConfig {
    /// Stochastic gradient descent with momentum.
    Sgd(SgdConfig),
    /// Adam.
    Adam(AdamConfig),
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self::Sgd(SgdConfig::default())
    }
}

impl OptimizerConfig {
    /// The name in configurations.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sgd(_) => "sgd",
            Self::Adam(_) => "adam",
        }
    }

    /// The base learning rate.
    pub const fn lr(&self) -> f64 {
        match self {
            Self::Sgd(config) => config.lr,
            Self::Adam(config) => config.lr,
        }
    }

    /// nu, the weight of the penalty nu times the sum of the squared weights (lecture 6a.3, "Regularisierung"; no factor of 1/2): half the weight decay.
    pub const fn nu(&self) -> f64 {
        match self {
            Self::Sgd(config) => config.weight_decay / 2.0,
            Self::Adam(config) => config.weight_decay / 2.0,
        }
    }

    /// Checks every setting against its range.
    ///
    /// # Errors
    /// [`TrainError::Setting`] with the setting's name, its value and its range.
    pub fn validate(&self) -> Result<(), TrainError> {
        match self {
            Self::Sgd(config) => config.validate(),
            Self::Adam(config) => config.validate(),
        }
    }

    /// The optimiser, before its first step.
    ///
    /// # Errors
    /// Those of [`validate`](Self::validate).
    pub fn init(&self) -> Result<Optimizer, TrainError> {
        self.validate()?;
        Ok(Optimizer::new(self.clone()))
    }
}

/// Whether a setting is a positive number where it is used, in 32 bits.
pub(super) fn positive(value: f64) -> bool {
    (value as f32).is_finite() && value as f32 > 0.0
}

/// Whether a setting is a share below 1 where it is used, in 32 bits.
pub(super) fn below_one(value: f64) -> bool {
    (0.0..1.0).contains(&(value as f32))
}

/// Whether a setting is a number of at least 0 where it is used, in 32 bits.
pub(super) fn not_negative(value: f64) -> bool {
    (value as f32).is_finite() && value >= 0.0
}

pub(super) fn check(key: &'static str, got: f64, good: bool, expected: &'static str) -> Result<(), TrainError> {
    if good { Ok(()) } else { Err(TrainError::Setting { key, got: got.to_string(), expected }) }
}
