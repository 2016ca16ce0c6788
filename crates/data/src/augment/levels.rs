use serde::{Deserialize, Serialize};

use crate::DataError;
use crate::augment::check::{fraction, probability, whole};

/// Stretches each channel so that its darkest value becomes 0 and its brightest 255; a channel of
/// one value stays.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AutoContrast {
    /// How often, 0 to 1. Default: 0.5.
    pub probability: f32,
}

/// Equalises the histogram of each channel: afterwards all levels are about as frequent, as PIL's
/// `ImageOps.equalize` makes them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Equalise {
    /// How often, 0 to 1. Default: 0.5.
    pub probability: f32,
}

/// Keeps only the highest bits of each value, rounded to a whole level first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Posterise {
    /// The bits that stay, 1 to 8 (all). Default: 4.
    pub bits: u8,
    /// How often, 0 to 1. Default: 0.5.
    pub probability: f32,
}

/// Inverts the values from a threshold on: v becomes 255 - v.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Solarise {
    /// The least value that is inverted, as a share of the full range, 0 (all are) to 1. Default:
    /// 0.5.
    pub threshold: f32,
    /// How often, 0 to 1. Default: 0.5.
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
