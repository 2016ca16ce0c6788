//! The affine steps: scale, shear, rotation, shift.

use serde::{Deserialize, Serialize};
use zunder_random::Rng;

use crate::augment::check::{degrees, fraction, probability, range};
use crate::augment::uniform::{log_uniform, symmetric};
use crate::render::geometry::Homography;
use crate::{DataError, ImageShape};

/// Scales the image about its centre.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scale {
    /// The range of the scale factor, 0.01 to 100, uniform on a logarithmic scale. Default: 0.8 to
    /// 1.25.
    pub factor: [f32; 2],
    /// The probability of the step, 0 to 1. Default: 1.
    pub probability: f32,
}

/// Shears the image along columns and then along rows, by an angle each, about its centre.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shear {
    /// The largest angle either way, 0 to 80 degrees. Default: 10.
    pub degrees: f32,
    /// The probability of the step, 0 to 1. Default: 1.
    pub probability: f32,
}

/// Rotates the image about its centre.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rotation {
    /// The largest angle either way, 0 to 180 degrees. Default: 15.
    pub degrees: f32,
    /// The probability of the step, 0 to 1. Default: 1.
    pub probability: f32,
}

/// Shifts the image by any amount, including fractions of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shift {
    /// The largest shift, as a share of the image's width and height, 0 to 1. Default: 0.1.
    pub fraction: f32,
    /// The probability of the step, 0 to 1. Default: 1.
    pub probability: f32,
}

impl Default for Scale {
    fn default() -> Self {
        Self { factor: [0.8, 1.25], probability: 1.0 }
    }
}

impl Default for Shear {
    fn default() -> Self {
        Self { degrees: 10.0, probability: 1.0 }
    }
}

impl Default for Rotation {
    fn default() -> Self {
        Self { degrees: 15.0, probability: 1.0 }
    }
}

impl Default for Shift {
    fn default() -> Self {
        Self { fraction: 0.1, probability: 1.0 }
    }
}

impl Scale {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        range((step, "factor"), self.factor, [0.01, 100.0])?;
        probability(step, self.probability)
    }

    pub(crate) fn draw(self, shape: ImageShape, rng: &mut Rng) -> Homography {
        let back = 1.0 / log_uniform(rng, self.factor);
        Homography::about(centre(shape), [[back, 0.0], [0.0, back]])
    }
}

impl Shear {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        degrees((step, "degrees"), self.degrees, 80.0)?;
        probability(step, self.probability)
    }

    pub(crate) fn draw(self, shape: ImageShape, rng: &mut Rng) -> Homography {
        let mut slope = || libm::tan(symmetric(rng, self.degrees).to_radians());
        let along_x = Homography::about(centre(shape), [[1.0, slope()], [0.0, 1.0]]);
        along_x.then(Homography::about(centre(shape), [[1.0, 0.0], [slope(), 1.0]]))
    }
}

impl Rotation {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        degrees((step, "degrees"), self.degrees, 180.0)?;
        probability(step, self.probability)
    }

    pub(crate) fn draw(self, shape: ImageShape, rng: &mut Rng) -> Homography {
        Homography::rotation(centre(shape), symmetric(rng, self.degrees))
    }
}

impl Shift {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        fraction((step, "fraction"), self.fraction, 1.0)?;
        probability(step, self.probability)
    }

    pub(crate) fn draw(self, shape: ImageShape, rng: &mut Rng) -> Homography {
        let mut way = |side: usize| symmetric(rng, self.fraction) * side as f64;
        Homography::translation(way(shape.width), way(shape.height))
    }
}

/// Returns the centre of the image, in x and y.
pub(super) fn centre(shape: ImageShape) -> (f64, f64) {
    ((shape.width as f64 - 1.0) / 2.0, (shape.height as f64 - 1.0) / 2.0)
}
