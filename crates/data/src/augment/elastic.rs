//! The settings of elastic deformations.

use serde::{Deserialize, Serialize};

use crate::DataError;
use crate::augment::check::{fraction, positive, probability};

/// Deforms the image elastically: each pixel is taken from a position displaced by a smooth random
/// field (Simard 2003, "Best practices for convolutional neural networks applied to visual document
/// analysis").
///
/// The displacement in x and in y is `alpha * G(sigma) * U`: uniform noise U in -1 to 1 per pixel,
/// convolved with a Gaussian of `sigma` pixels. Its standard deviation is about `alpha * 0.163 /
/// sigma` pixels: 1.4 by default.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Elastic {
    /// The strength of the displacement, 0 to 10,000. Default: 34.
    pub alpha: f32,
    /// The smoothness in pixels, above 0 and at most 100. Default: 4.
    pub sigma: f32,
    /// The probability of the step, 0 to 1. Default: 1.
    pub probability: f32,
}

impl Default for Elastic {
    fn default() -> Self {
        Self { alpha: 34.0, sigma: 4.0, probability: 1.0 }
    }
}

impl Elastic {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        fraction((step, "alpha"), self.alpha, 10_000.0)?;
        positive((step, "sigma"), self.sigma, 100.0)?;
        probability(step, self.probability)
    }
}
