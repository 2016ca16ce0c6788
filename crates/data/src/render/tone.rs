//! Changes of an image's values that are not part of its colour matrix, one after another.

use crate::ImageShape;
use crate::render::colour::{ColourMatrix, mean_of_values, recolour};
use crate::render::curves::ToneCurves;
use crate::render::filter::{blur, sharpen};
use crate::render::histogram::{auto_contrast, equalise};
use crate::render::level::level;

/// A change of values of 0 to 255, which stay in this range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Tone {
    /// A linear change of the colours.
    Matrix(ColourMatrix),
    /// Multiplies the distance from the current mean luminance by a factor.
    Contrast(f64),
    /// One of the curves of a gamma step.
    Curve(usize),
    AutoContrast,
    Equalise,
    /// The number of bits to keep.
    Posterise(u8),
    /// The threshold.
    Solarise(f32),
    /// The standard deviation.
    Blur(f32),
    /// The sharpness: 0 is blurred, 1 unchanged, 2 sharpened.
    Sharpness(f32),
}

impl Tone {
    /// Changes `values`. `curves` are those of the gamma step, `buffer` is reused.
    pub(crate) fn apply(
        self,
        shape: ImageShape,
        curves: Option<&ToneCurves>,
        values: &mut [f32],
        buffer: &mut Vec<f32>,
    ) {
        let area = shape.height * shape.width;
        match self {
            Self::Matrix(matrix) => recolour(matrix, area, values),
            Self::Contrast(factor) => recolour(
                ColourMatrix::IDENTITY.contrast(factor, mean_of_values(values, shape)),
                area,
                values,
            ),
            Self::Curve(curve) => curves.into_iter().for_each(|curves| curves.apply(curve, values)),
            Self::AutoContrast => values.chunks_exact_mut(area).for_each(auto_contrast),
            Self::Equalise => values.chunks_exact_mut(area).for_each(equalise),
            Self::Posterise(bits) => posterise(bits, values),
            Self::Solarise(threshold) => solarise(threshold, values),
            Self::Blur(sigma) => blur(sigma, shape, values, buffer),
            Self::Sharpness(factor) => sharpen(factor, shape, values, buffer),
        }
    }
}

fn posterise(bits: u8, values: &mut [f32]) {
    let kept = 0xFF_u8 << (8 - bits);
    for value in values.iter_mut() {
        *value = f32::from(level(*value) & kept);
    }
}

fn solarise(threshold: f32, values: &mut [f32]) {
    values
        .iter_mut()
        .filter(|value| **value >= threshold)
        .for_each(|value| *value = 255.0 - *value);
}

#[cfg(test)]
mod tests;
