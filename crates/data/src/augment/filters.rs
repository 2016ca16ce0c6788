//! The blurring step.

use serde::{Deserialize, Serialize};
use zunder_random::Rng;

use crate::DataError;
use crate::augment::check::{positive_range, probability};
use crate::augment::uniform::uniform;

/// Blurs the image with a Gaussian, with mirrored borders.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Blur {
    /// The range of the Gaussian's standard deviation in pixels, above 0 and at most 100. Default:
    /// 0.1 to 1.
    pub sigma: [f32; 2],
    /// The probability of the step, 0 to 1. Default: 1.
    pub probability: f32,
}

impl Default for Blur {
    fn default() -> Self {
        Self { sigma: [0.1, 1.0], probability: 1.0 }
    }
}

impl Blur {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        positive_range((step, "sigma"), self.sigma, 100.0)?;
        probability(step, self.probability)
    }

    /// Draws the standard deviation.
    pub(crate) fn draw(self, rng: &mut Rng) -> f32 {
        uniform(rng, self.sigma) as f32
    }
}
