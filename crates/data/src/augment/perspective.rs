//! The perspective step.

use serde::{Deserialize, Serialize};
use zunder_random::Rng;

use crate::augment::check::{fraction, probability};
use crate::render::geometry::Homography;
use crate::{DataError, ImageShape};

/// Changes the perspective: each corner moves inwards.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Perspective {
    /// The largest displacement of a corner, as a share of half the width and half the height, 0 to
    /// 0.6 (beyond that, corners could cross). Default: 0.3.
    pub distortion: f32,
    /// The probability of the step, 0 to 1. Default: 1.
    pub probability: f32,
}

impl Default for Perspective {
    fn default() -> Self {
        Self { distortion: 0.3, probability: 1.0 }
    }
}

impl Perspective {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        fraction((step, "distortion"), self.distortion, 0.6)?;
        probability(step, self.probability)
    }

    pub(crate) fn draw(self, shape: ImageShape, rng: &mut Rng) -> Homography {
        let (right, bottom) = (shape.width as f64 - 1.0, shape.height as f64 - 1.0);
        if right == 0.0 || bottom == 0.0 {
            return Homography::IDENTITY; // an image of one row or column has no perspective
        }
        let mut inwards =
            |side: f64| f64::from(self.distortion) / 2.0 * side * f64::from(rng.f32());
        let corners = [(0.0, 0.0), (right, 0.0), (right, bottom), (0.0, bottom)];
        let moved = corners.map(|(x, y)| {
            let (dx, dy) = (inwards(right), inwards(bottom));
            (if x > 0.0 { x - dx } else { dx }, if y > 0.0 { y - dy } else { dy })
        });
        Homography::from_quadrilateral(moved, (right, bottom))
    }
}
