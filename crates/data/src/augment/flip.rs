//! The mirroring steps.

use serde::{Deserialize, Serialize};

use crate::DataError;
use crate::augment::check::probability;

/// Mirrors the image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Flip {
    /// The probability of the step, 0 to 1. Default: 0.5.
    pub probability: f32,
}

impl Default for Flip {
    fn default() -> Self {
        Self { probability: 0.5 }
    }
}

impl Flip {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        probability(step, self.probability)
    }
}
