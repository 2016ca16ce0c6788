//! The steps that cover a part of the image.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use zunder_random::Rng;

use crate::augment::check::{positive, positive_range, probability};
use crate::augment::uniform::{log_uniform, uniform};
use crate::{DataError, ImageShape};

/// Covers a rectangle of random size, shape and position with the data set's mean colour (Zhong
/// 2020, "Random erasing data augmentation"). In standardised values that is 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Erasing {
    /// The range of the rectangle's share of the area, above 0 and at most 1. Default: 0.02 to
    /// 0.33.
    pub area: [f32; 2],
    /// The range of its aspect ratio (height by width), uniform on a logarithmic scale. Default:
    /// 0.3 to 3.3.
    pub ratio: [f32; 2],
    /// The probability of the step, 0 to 1. Default: 0.5.
    pub probability: f32,
}

/// Covers a square, its centre anywhere, so that a part may lie outside (DeVries and Taylor 2017,
/// "Improved regularization of convolutional neural networks with cutout").
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cutout {
    /// The side of the square, as a share of the image's shorter side, above 0 and at most 1.
    /// Default: 0.5.
    pub size: f32,
    /// The probability of the step, 0 to 1. Default: 1.
    pub probability: f32,
}

impl Default for Erasing {
    fn default() -> Self {
        Self { area: [0.02, 0.33], ratio: [0.3, 3.3], probability: 0.5 }
    }
}

impl Default for Cutout {
    fn default() -> Self {
        Self { size: 0.5, probability: 1.0 }
    }
}

/// A rectangle of pixels of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rectangle {
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
}

impl Rectangle {
    /// Returns the part within the image of a rectangle of this size around a pixel.
    pub(crate) fn about(
        (y, x): (usize, usize),
        (height, width): (usize, usize),
        shape: ImageShape,
    ) -> Self {
        let range = |centre: usize, size: usize, side: usize| {
            let start = centre as isize - (size / 2) as isize;
            start.max(0) as usize..(start + size as isize).clamp(0, side as isize) as usize
        };
        Self { rows: range(y, height, shape.height), columns: range(x, width, shape.width) }
    }

    /// Returns the number of its pixels.
    pub(crate) fn area(&self) -> usize {
        self.rows.len() * self.columns.len()
    }
}

impl Erasing {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        positive_range((step, "area"), self.area, 1.0)?;
        positive_range((step, "ratio"), self.ratio, f32::MAX)?;
        probability(step, self.probability)
    }

    pub(crate) fn draw(self, shape: ImageShape, rng: &mut Rng) -> Rectangle {
        let pixels = uniform(rng, self.area) * (shape.height * shape.width) as f64;
        let longest = |side: usize| (side * side) as f64;
        // The rectangle must not exceed the image.
        let ratio = log_uniform(rng, self.ratio)
            .clamp(pixels / longest(shape.width), longest(shape.height) / pixels);
        let side = |length: f64, most: usize| (libm::round(length) as usize).clamp(1, most);
        let (height, width) = (
            side(libm::sqrt(pixels * ratio), shape.height),
            side(libm::sqrt(pixels / ratio), shape.width),
        );
        let (top, left) =
            (rng.below(shape.height - height + 1), rng.below(shape.width - width + 1));
        Rectangle { rows: top..top + height, columns: left..left + width }
    }
}

impl Cutout {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        positive((step, "size"), self.size, 1.0)?;
        probability(step, self.probability)
    }

    pub(crate) fn draw(self, shape: ImageShape, rng: &mut Rng) -> Rectangle {
        let shorter = shape.height.min(shape.width);
        let side = (libm::roundf(self.size * shorter as f32) as usize).max(1);
        Rectangle::about((rng.below(shape.height), rng.below(shape.width)), (side, side), shape)
    }
}

#[cfg(test)]
mod tests {
    use zunder_random::Key;

    use super::*;

    const SHAPE: ImageShape = ImageShape { channels: 3, height: 20, width: 30 };

    #[test]
    fn rectangles_keep_to_their_range_and_reach_every_pixel() {
        let erasing = Erasing { area: [0.1, 0.2], ratio: [0.5, 2.0], probability: 1.0 };
        let mut covered = vec![0_u32; 600];
        for i in 0..3000 {
            let rectangle = erasing.draw(SHAPE, &mut Key::new(1).at(i).rng());
            let (height, width) = (rectangle.rows.len() as f64, rectangle.columns.len() as f64);
            // The sides are rounded to whole pixels.
            assert!(
                (48.0..=133.0).contains(&(height * width))
                    && (0.4..=2.4).contains(&(height / width)),
                "{rectangle:?}"
            );
            for y in rectangle.rows {
                rectangle.columns.clone().for_each(|x| covered[y * 30 + x] += 1);
            }
        }
        assert!(covered.iter().all(|&n| n > 0) && covered[10 * 30 + 15] > 600);
    }

    #[test]
    fn a_cutout_may_lie_partly_outside() {
        let cutout = Cutout { size: 0.5, probability: 1.0 };
        let areas: Vec<usize> =
            (0..500).map(|i| cutout.draw(SHAPE, &mut Key::new(2).at(i).rng()).area()).collect();
        assert_eq!(areas.iter().max(), Some(&100));
        assert!(areas.iter().all(|&area| area >= 25) && areas.iter().any(|&area| area < 50));
    }

    #[test]
    fn extreme_rectangles_still_fit() {
        let narrow = Erasing { area: [1.0, 1.0], ratio: [100.0, 100.0], probability: 1.0 };
        assert_eq!(narrow.draw(SHAPE, &mut Key::new(3).rng()).rows, 0..20);
        let pixel = ImageShape { channels: 1, height: 1, width: 1 };
        assert_eq!(
            Erasing::default().draw(pixel, &mut Key::new(3).rng()),
            Rectangle { rows: 0..1, columns: 0..1 }
        );
        assert_eq!(Cutout::default().draw(pixel, &mut Key::new(3).rng()).area(), 1);
    }
}
