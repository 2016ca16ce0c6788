//! The steps that apply randomly chosen operations: few settings for much variety.

use serde::{Deserialize, Serialize};
use zunder_random::Rng;

use crate::augment::affine::centre;
use crate::augment::check::{probability, whole};
use crate::render::colour::ColourMatrix;
use crate::render::geometry::Homography;
use crate::render::tone::Tone;
use crate::{DataError, ImageShape};

/// Applies several operations, each drawn from the 14 of the paper, all at one strength (Cubuk
/// 2020, "RandAugment: practical automated data augmentation with a reduced search space").
///
/// The operations, at magnitude m: none; shear along x or y by up to 0.3 m / 30; a shift along x or
/// y of up to 150 / 331 of the side times m / 30, in whole pixels; a rotation by m degrees;
/// brightness, saturation, contrast or sharpness times 1 + 0.9 m / 30 or 1 - 0.9 m / 30; posterise
/// to 8 - round(4 m / 30) bits; solarise from 1 - m / 30 on; auto-contrast; equalise. Directions
/// are random. Shears are about the image's centre; torchvision's are about its corner.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandAugment {
    /// The number of successive operations, 1 to 14. Default: 2.
    pub operations: usize,
    /// The magnitude, 0 to 30. Default: 9.
    pub magnitude: u8,
    /// The probability of the step, 0 to 1. Default: 1.
    pub probability: f32,
}

/// Applies one operation, drawn from the 14 of [`RandAugment`], at a random strength (Müller and
/// Hutter 2021, "TrivialAugment: tuning-free yet state-of-the-art data augmentation"), in the
/// paper's wide ranges.
///
/// The strength is one of 31, from none to the largest: shear 0.99, shifts of 32 pixels, rotations
/// by 135 degrees, factors of 0.01 and 1.99, 2 bits, solarise from 0 on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrivialAugment {
    /// The probability of the step, 0 to 1. Default: 1.
    pub probability: f32,
}

impl Default for RandAugment {
    fn default() -> Self {
        Self { operations: 2, magnitude: 9, probability: 1.0 }
    }
}

impl Default for TrivialAugment {
    fn default() -> Self {
        Self { probability: 1.0 }
    }
}

/// The largest magnitude.
const STRONGEST: u8 = 30;

/// The extents of the operations at the largest magnitude.
#[derive(Clone, Copy, Debug)]
struct Ranges {
    shear: f64,
    /// A share of the side, or pixels.
    way: Way,
    degrees: f64,
    /// The distance of a factor from 1.
    factor: f64,
    /// The number of bits that posterising removes.
    bits: f64,
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Share(f64),
    Pixels(f64),
}

const RAND: Ranges =
    Ranges { shear: 0.3, way: Way::Share(150.0 / 331.0), degrees: 30.0, factor: 0.9, bits: 4.0 };
const WIDE: Ranges =
    Ranges { shear: 0.99, way: Way::Pixels(32.0), degrees: 135.0, factor: 0.99, bits: 6.0 };

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Nothing,
    ShearX,
    ShearY,
    ShiftX,
    ShiftY,
    Rotation,
    Brightness,
    Saturation,
    Contrast,
    Sharpness,
    Posterise,
    Solarise,
    AutoContrast,
    Equalise,
}

const KINDS: [Kind; 14] = [
    Kind::Nothing,
    Kind::ShearX,
    Kind::ShearY,
    Kind::ShiftX,
    Kind::ShiftY,
    Kind::Rotation,
    Kind::Brightness,
    Kind::Saturation,
    Kind::Contrast,
    Kind::Sharpness,
    Kind::Posterise,
    Kind::Solarise,
    Kind::AutoContrast,
    Kind::Equalise,
];

/// A drawn operation: a part of the geometric map, or a change of the values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    kind: Kind,
    ranges: Ranges,
    /// 0 to 1.
    strength: f64,
    negative: bool,
}

impl RandAugment {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        whole((step, "operations"), self.operations, [1, KINDS.len()])?;
        whole((step, "magnitude"), usize::from(self.magnitude), [0, usize::from(STRONGEST)])?;
        probability(step, self.probability)
    }

    /// Draws the operations, in order.
    pub(crate) fn draw(self, mut rng: Rng) -> impl Iterator<Item = Operation> {
        let strength = f64::from(self.magnitude) / f64::from(STRONGEST);
        (0..self.operations).map(move |_| Operation::draw(RAND, strength, &mut rng))
    }

    /// Returns the largest rotation, in degrees.
    pub(crate) fn degrees(self) -> f64 {
        RAND.degrees * f64::from(self.magnitude) / f64::from(STRONGEST)
    }
}

impl TrivialAugment {
    /// The largest rotation, in degrees.
    pub(crate) const DEGREES: f64 = WIDE.degrees;

    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        probability(step, self.probability)
    }

    /// Draws the operation.
    pub(crate) fn draw(mut rng: Rng) -> Operation {
        let strength = rng.below(usize::from(STRONGEST) + 1) as f64 / f64::from(STRONGEST);
        Operation::draw(WIDE, strength, &mut rng)
    }
}

impl Operation {
    fn draw(ranges: Ranges, strength: f64, rng: &mut Rng) -> Self {
        Self { kind: KINDS[rng.below(KINDS.len())], ranges, strength, negative: rng.chance(0.5) }
    }

    /// Returns the effect on positions, if any.
    pub(crate) fn map(self, shape: ImageShape) -> Option<Homography> {
        let way = |side: usize| match self.ranges.way {
            Way::Share(share) => self.signed(share * side as f64),
            Way::Pixels(pixels) => self.signed(pixels),
        };
        let slant = |matrix| Homography::about(centre(shape), matrix);
        Some(match self.kind {
            Kind::ShearX => slant([[1.0, self.signed(self.ranges.shear)], [0.0, 1.0]]),
            Kind::ShearY => slant([[1.0, 0.0], [self.signed(self.ranges.shear), 1.0]]),
            Kind::ShiftX => Homography::translation(libm::trunc(way(shape.width)), 0.0),
            Kind::ShiftY => Homography::translation(0.0, libm::trunc(way(shape.height))),
            Kind::Rotation => Homography::rotation(centre(shape), self.signed(self.ranges.degrees)),
            _ => return None,
        })
    }

    /// Returns the effect on values, if any. An image without colours has no saturation.
    pub(crate) fn tone(self, shape: ImageShape) -> Option<Tone> {
        let factor = 1.0 + self.signed(self.ranges.factor);
        Some(match self.kind {
            Kind::Brightness => Tone::Matrix(ColourMatrix::IDENTITY.brightness(factor)),
            Kind::Saturation if shape.channels == 3 => {
                Tone::Matrix(ColourMatrix::IDENTITY.saturation(factor))
            }
            Kind::Contrast => Tone::Contrast(factor),
            Kind::Sharpness => Tone::Sharpness(factor as f32),
            Kind::Posterise => {
                Tone::Posterise(8 - libm::round(self.ranges.bits * self.strength) as u8)
            }
            Kind::Solarise => Tone::Solarise((255.0 * (1.0 - self.strength)) as f32),
            Kind::AutoContrast => Tone::AutoContrast,
            Kind::Equalise => Tone::Equalise,
            _ => return None,
        })
    }

    /// Returns the share of the maximum `most`, with the sign of the direction.
    fn signed(self, most: f64) -> f64 {
        self.strength * if self.negative { -most } else { most }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::Deserialize;
    use zunder_random::Key;

    use super::*;

    #[derive(Deserialize)]
    struct Golden {
        rand: Vec<HashMap<String, f64>>,
        wide: Vec<HashMap<String, f64>>,
    }

    /// Returns torchvision's name of an operation and its strength on torchvision's scale, derived
    /// from the effect of the operation.
    fn strength(operation: Operation, shape: ImageShape) -> (&'static str, f64) {
        let map = operation.map(shape).map_or([[0.0; 3]; 3], |map| map.0);
        let factor = |tone| match tone {
            Some(Tone::Matrix(matrix)) => matrix.matrix[0].iter().sum::<f64>() - 1.0,
            Some(Tone::Contrast(factor)) => factor - 1.0,
            Some(Tone::Sharpness(factor)) => f64::from(factor) - 1.0,
            Some(Tone::Posterise(bits)) => f64::from(bits),
            Some(Tone::Solarise(threshold)) => f64::from(threshold),
            _ => 0.0,
        };
        let tone = factor(operation.tone(shape));
        match operation.kind {
            Kind::Nothing => ("Identity", tone + map[0][0]),
            Kind::ShearX => ("ShearX", map[0][1]),
            Kind::ShearY => ("ShearY", map[1][0]),
            Kind::ShiftX => ("TranslateX", map[0][2]),
            Kind::ShiftY => ("TranslateY", map[1][2]),
            Kind::Rotation => ("Rotate", map[1][0].atan2(map[0][0]).to_degrees()),
            Kind::Brightness => ("Brightness", tone),
            Kind::Saturation => match operation.tone(shape) {
                Some(Tone::Matrix(matrix)) => {
                    ("Color", matrix.matrix[0][0] - matrix.matrix[1][0] - 1.0)
                }
                _ => ("Color", f64::NAN),
            },
            Kind::Contrast => ("Contrast", tone),
            Kind::Sharpness => ("Sharpness", tone),
            Kind::Posterise => ("Posterize", tone),
            Kind::Solarise => ("Solarize", tone),
            Kind::AutoContrast => ("AutoContrast", tone),
            Kind::Equalise => ("Equalize", tone),
        }
    }

    #[test]
    fn strengths_are_torchvisions() {
        let golden: Golden =
            serde_json::from_str(include_str!("../../tests/goldens/tones.json")).unwrap();
        let shape = ImageShape { channels: 3, height: 331, width: 331 };
        for (ranges, goldens) in [(RAND, golden.rand), (WIDE, golden.wide)] {
            for (magnitude, golden) in [0.0, 9.0, 17.0, 30.0].into_iter().zip(goldens) {
                for (kind, negative) in
                    KINDS.into_iter().flat_map(|kind| [(kind, false), (kind, true)])
                {
                    let (name, got) = strength(
                        Operation { kind, ranges, strength: magnitude / 30.0, negative },
                        shape,
                    );
                    let expected = if name.starts_with("Translate") {
                        golden[name].trunc()
                    } else {
                        golden[name]
                    };
                    let expected = if negative && !matches!(name, "Posterize" | "Solarize") {
                        -expected
                    } else {
                        expected
                    };
                    assert!(
                        (got - expected).abs() < 1e-4,
                        "{name} at {magnitude}: {got}, expected {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_operation_is_as_likely_and_either_way() {
        let shape = ImageShape { channels: 3, height: 32, width: 32 };
        let mut counts = HashMap::new();
        let rand = RandAugment { operations: 3, magnitude: 30, probability: 1.0 };
        for operation in (0..7_000).flat_map(|i| rand.draw(Key::new(1).at(i).rng())) {
            let (name, strength) = strength(operation, shape);
            *counts.entry((name, strength > 0.0)).or_insert(0_i32) += 1;
        }
        // 21,000 operations, 14 kinds; five standard deviations of a binomial count.
        let of = |name, up| counts.get(&(name, up)).copied().unwrap_or(0);
        for name in [
            "ShearX",
            "ShearY",
            "TranslateX",
            "TranslateY",
            "Rotate",
            "Brightness",
            "Color",
            "Contrast",
            "Sharpness",
        ] {
            assert!(
                (of(name, true) - 750).abs() < 135 && (of(name, false) - 750).abs() < 135,
                "{counts:?}"
            );
        }
        for name in ["Identity", "Posterize", "Solarize", "AutoContrast", "Equalize"] {
            assert!((of(name, true) + of(name, false) - 1500).abs() < 187, "{counts:?}");
        }
        let bits = (0..5_000).map(|i| TrivialAugment::draw(Key::new(2).at(i).rng()).tone(shape));
        let bits: Vec<u8> = bits
            .filter_map(
                |tone| if let Some(Tone::Posterise(bits)) = tone { Some(bits) } else { None },
            )
            .collect();
        assert!((2..=8).all(|n| bits.contains(&n)), "{bits:?}");
    }

    #[test]
    fn grey_images_have_no_saturation_to_change() {
        let operation =
            Operation { kind: Kind::Saturation, ranges: RAND, strength: 1.0, negative: false };
        assert!(operation.tone(ImageShape { channels: 1, height: 2, width: 2 }).is_none());
    }
}
