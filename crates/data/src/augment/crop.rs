//! The cropping steps.

use serde::{Deserialize, Serialize};
use zunder_random::Rng;

use crate::augment::check::{positive_range, probability};
use crate::augment::uniform::{log_uniform, uniform};
use crate::render::geometry::Homography;
use crate::{DataError, ImageShape};

/// Shifts by whole pixels: pads the image by `padding` pixels and cuts out a window of the original
/// size at a position drawn uniformly (Krizhevsky 2012, "ImageNet classification with deep
/// convolutional neural networks").
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Crop {
    /// The largest shift in pixels, below the image's shorter side. Default: 4.
    pub padding: usize,
    /// The probability of the step, 0 to 1. Default: 1.
    pub probability: f32,
}

/// Cuts out a part of the image and enlarges it to the original size (Szegedy 2015, "Going deeper
/// with convolutions").
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResizedCrop {
    /// The range of the part's share of the area, above 0 and at most 1. Default: 0.35 to 1.
    pub area: [f32; 2],
    /// The range of the part's aspect ratio (width by height) relative to the image's, uniform on a
    /// logarithmic scale. It is less extreme where the part would otherwise exceed the image.
    /// Default: 3/4 to 4/3.
    pub ratio: [f32; 2],
    /// The probability of the step, 0 to 1. Default: 1.
    pub probability: f32,
}

impl Default for Crop {
    fn default() -> Self {
        Self { padding: 4, probability: 1.0 }
    }
}

impl Default for ResizedCrop {
    fn default() -> Self {
        Self { area: [0.35, 1.0], ratio: [0.75, 4.0 / 3.0], probability: 1.0 }
    }
}

impl Crop {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        probability(step, self.probability)
    }

    /// Checks that the window always contains a part of the image.
    pub(crate) fn fits(self, shape: ImageShape) -> Result<(), DataError> {
        let side = shape.height.min(shape.width);
        if self.padding < side {
            return Ok(());
        }
        Err(DataError::setting(
            "crop.padding",
            self.padding,
            format!("less than the {side} pixels of an image's shorter side"),
        ))
    }

    pub(crate) fn draw(self, rng: &mut Rng) -> Homography {
        let mut offset = || rng.below(2 * self.padding + 1) as f64 - self.padding as f64;
        Homography::translation(offset(), offset())
    }
}

impl ResizedCrop {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        positive_range((step, "area"), self.area, 1.0)?;
        positive_range((step, "ratio"), self.ratio, f32::MAX)?;
        probability(step, self.probability)
    }

    pub(crate) fn draw(self, shape: ImageShape, rng: &mut Rng) -> Homography {
        let area = uniform(rng, self.area);
        // The part must not exceed the image.
        let ratio = log_uniform(rng, self.ratio).clamp(area, 1.0 / area);
        // The part's width and height as shares of the image's.
        let (wide, high) = (libm::sqrt(area * ratio), libm::sqrt(area / ratio));
        let mut from = |share: f64, side: usize| {
            (1.0 - share) * f64::from(rng.f32()) * side as f64 + share / 2.0 - 0.5
        };
        let (left, top) = (from(wide, shape.width), from(high, shape.height));
        Homography([[wide, 0.0, left], [0.0, high, top], [0.0, 0.0, 1.0]])
    }
}
