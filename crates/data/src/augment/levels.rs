//! The steps that change levels: auto-contrast, equalise, posterise, solarise.

use serde::{Deserialize, Serialize};

use crate::DataError;
use crate::augment::check::{fraction, probability, whole};

/// Stretches each channel so that its darkest value becomes 0 and its brightest 255. A channel of a
/// single value is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AutoContrast {
    /// The probability of the step, 0 to 1. Default: 0.5.
    pub probability: f32,
}

/// Equalises the histogram of each channel, so that all levels are about equally frequent, as PIL's
/// `ImageOps.equalize` does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Equalise {
    /// The probability of the step, 0 to 1. Default: 0.5.
    pub probability: f32,
}

/// Keeps only the highest bits of each value, after rounding it to a whole level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Posterise {
    /// The number of bits kept, 1 to 8 (all). Default: 4.
    pub bits: u8,
    /// The probability of the step, 0 to 1. Default: 0.5.
    pub probability: f32,
}

/// Inverts values at or above a threshold: v becomes 255 - v.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Solarise {
    /// The smallest value that is inverted, as a share of the full range: 0 inverts all, 1 almost
    /// none. Default: 0.5.
    pub threshold: f32,
    /// The probability of the step, 0 to 1. Default: 0.5.
    pub probability: f32,
}

impl Default for AutoContrast {
    fn default() -> Self {
        Self { probability: 0.5 }
    }
}

impl Default for Equalise {
    fn default() -> Self {
        Self { probability: 0.5 }
    }
}

impl Default for Posterise {
    fn default() -> Self {
        Self { bits: 4, probability: 0.5 }
    }
}

impl Default for Solarise {
    fn default() -> Self {
        Self { threshold: 0.5, probability: 0.5 }
    }
}

impl AutoContrast {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        probability(step, self.probability)
    }
}

impl Equalise {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        probability(step, self.probability)
    }
}

impl Posterise {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        whole((step, "bits"), usize::from(self.bits), [1, 8])?;
        probability(step, self.probability)
    }
}

impl Solarise {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        fraction((step, "threshold"), self.threshold, 1.0)?;
        probability(step, self.probability)
    }
}
