//! The colour steps: jitter, hue, grey, gamma.

use serde::{Deserialize, Serialize};
use zunder_random::Rng;

use crate::DataError;
use crate::augment::check::{fraction, positive_range, probability};

/// Multiplies or mixes by a factor of 1 - `strength` to 1 + `strength`: the settings of
/// [`brightness`](crate::AugmentConfig::brightness), [`contrast`](crate::AugmentConfig::contrast),
/// [`saturation`](crate::AugmentConfig::saturation) and
/// [`sharpness`](crate::AugmentConfig::sharpness).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jitter {
    /// The largest distance of the factor from 1, 0 to 1. Default: 0.2.
    pub strength: f32,
    /// The probability of the step, 0 to 1. Default: 1.
    pub probability: f32,
}

/// Rotates all colours about the grey axis, so that greys stay grey.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hue {
    /// The largest rotation in either direction, as a share of the full circle, 0 to 0.5 (half a
    /// turn: any colour). Default: 0.1.
    pub turns: f32,
    /// The probability of the step, 0 to 1. Default: 1.
    pub probability: f32,
}

/// Converts the image to grey: every channel becomes the luminance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grayscale {
    /// The probability of the step, 0 to 1. Default: 0.1.
    pub probability: f32,
}

/// Applies a gamma curve: a value v of 0 to 1 becomes v^gamma. An exponent below 1 brightens
/// shadows, one above 1 darkens them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gamma {
    /// The range of the exponent, above 0. It is one of 64 values, evenly spaced on a logarithmic
    /// scale. Default: 0.7 to 1.4.
    pub exponent: [f32; 2],
    /// The probability of the step, 0 to 1. Default: 1.
    pub probability: f32,
}

impl Default for Jitter {
    fn default() -> Self {
        Self { strength: 0.2, probability: 1.0 }
    }
}

impl Default for Hue {
    fn default() -> Self {
        Self { turns: 0.1, probability: 1.0 }
    }
}

impl Default for Grayscale {
    fn default() -> Self {
        Self { probability: 0.1 }
    }
}

impl Default for Gamma {
    fn default() -> Self {
        Self { exponent: [0.7, 1.4], probability: 1.0 }
    }
}

impl Jitter {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        fraction((step, "strength"), self.strength, 1.0)?;
        probability(step, self.probability)
    }

    /// Draws the factor.
    pub(crate) fn draw(self, rng: &mut Rng) -> f32 {
        rng.range(1.0 - self.strength, 1.0 + self.strength)
    }
}

impl Hue {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        fraction((step, "turns"), self.turns, 0.5)?;
        probability(step, self.probability)
    }

    /// Draws the rotation, as a share of the full circle.
    pub(crate) fn draw(self, rng: &mut Rng) -> f32 {
        rng.range(-self.turns, self.turns)
    }
}

impl Grayscale {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        probability(step, self.probability)
    }
}

impl Gamma {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        positive_range((step, "exponent"), self.exponent, 100.0)?;
        probability(step, self.probability)
    }
}
