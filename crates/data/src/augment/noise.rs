//! The settings of added noise.

use serde::{Deserialize, Serialize};

use crate::DataError;
use crate::augment::check::{fraction, probability};

/// Adds normally distributed noise to each value of each channel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Noise {
    /// The standard deviation on the scale 0 to 1; 0 to 1. Default: 0.04 (10 of 255).
    pub std: f32,
    /// The probability of the step, 0 to 1. Default: 1.
    pub probability: f32,
}

impl Default for Noise {
    fn default() -> Self {
        Self { std: 0.04, probability: 1.0 }
    }
}

impl Noise {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        fraction((step, "std"), self.std, 1.0)?;
        probability(step, self.probability)
    }
}
