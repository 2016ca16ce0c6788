//! The colour of each pixel: one matrix and one offset for all linear colour steps, and one affine
//! map per channel for the output.

use crate::{ImageShape, Standardisation};

/// The luminance of red, green and blue (ITU-R BT.601), as in PIL and torchvision.
const LUMINANCE: [f64; 3] = [0.299, 0.587, 0.114];

/// A value v of 0 to 255 in channel c becomes `v * scale[c] + offset[c]` in the output.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OutputMap(Vec<Affine>);

/// `v * scale + offset`: exact to 1 ulp of each of the two roundings, and the same for a byte and a
/// sampled value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Affine {
    pub(crate) scale: f32,
    pub(crate) offset: f32,
}

impl OutputMap {
    /// Returns the map `(v / 255 - mean) / std`, with constants that are rounded once.
    pub(crate) fn standardise(standardisation: &Standardisation) -> Self {
        let affine = |(&mean, &std): (&f32, &f32)| {
            let (mean, std) = (f64::from(mean), f64::from(std));
            Affine { scale: (1.0 / (255.0 * std)) as f32, offset: ((0.0 - mean) / std) as f32 }
        };
        Self(standardisation.mean.iter().zip(&standardisation.std).map(affine).collect())
    }

    /// Returns the map that keeps values of 0 to 255.
    pub(crate) fn bytes(channels: usize) -> Self {
        Self(vec![Affine::IDENTITY; channels])
    }

    /// Returns the map of each channel, in order.
    pub(crate) fn channels(&self) -> &[Affine] {
        &self.0
    }
}

impl Affine {
    pub(crate) const IDENTITY: Self = Self { scale: 1.0, offset: 0.0 };

    #[inline]
    pub(crate) fn apply(self, value: f32) -> f32 {
        value * self.scale + self.offset
    }

    /// Returns the output of a black pixel.
    pub(crate) fn black(self) -> f32 {
        self.offset
    }

    /// Returns the output of a pixel of full brightness: the other end of the range.
    pub(crate) fn white(self) -> f32 {
        self.apply(255.0)
    }
}

/// All linear colour steps of an image: the colour (r, g, b) becomes M (r, g, b) + offset, the same
/// in each channel because every step keeps greys grey. Not clamped.
///
/// For images of another number of channels only brightness and contrast exist, for which M is a
/// multiple of the identity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ColourMatrix {
    pub(crate) matrix: [[f64; 3]; 3],
    pub(crate) offset: f64,
}

impl ColourMatrix {
    pub(crate) const IDENTITY: Self =
        Self { matrix: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], offset: 0.0 };

    /// Multiplies all values by `factor`.
    #[must_use]
    pub(crate) fn brightness(self, factor: f64) -> Self {
        Self {
            matrix: self.matrix.map(|row| row.map(|v| v * factor)),
            offset: self.offset * factor,
        }
    }

    /// Multiplies the distance of all values from a grey by `factor`. `luminance` is the mean
    /// luminance of the image before all steps.
    #[must_use]
    pub(crate) fn contrast(self, factor: f64, luminance: f64) -> Self {
        // The mean after the steps so far: only brightness precedes contrast.
        let grey = luminance * self.matrix[0].iter().sum::<f64>() + self.offset;
        let scaled = self.brightness(factor);
        Self { offset: scaled.offset + (1.0 - factor) * grey, ..scaled }
    }

    /// Multiplies the distance of each colour from its luminance by `factor`; 0 removes all colour.
    #[must_use]
    pub(crate) fn saturation(self, factor: f64) -> Self {
        let row = |i: usize| {
            [0, 1, 2].map(|j| (1.0 - factor) * LUMINANCE[j] + if i == j { factor } else { 0.0 })
        };
        self.then([row(0), row(1), row(2)])
    }

    /// Rotates about the axis of the greys by a share of the full circle (Rodrigues' formula): red
    /// to green to blue by thirds.
    #[must_use]
    pub(crate) fn hue(self, turns: f64) -> Self {
        let (sin, cos) = libm::sincos(turns * std::f64::consts::TAU);
        let (same, mean, skew) = (cos, (1.0 - cos) / 3.0, sin / 3.0_f64.sqrt());
        let (a, b, c) = (same + mean, mean - skew, mean + skew);
        self.then([[a, b, c], [c, a, b], [b, c, a]])
    }

    /// Composes these steps and the output's maps of red, green and blue.
    pub(crate) fn into_output(self, maps: [Affine; 3]) -> ClampedMatrix {
        let row = |i: usize| self.matrix[i].map(|v| (v * f64::from(maps[i].scale)) as f32);
        ClampedMatrix {
            matrix: [row(0), row(1), row(2)],
            offset: maps.map(|map| (self.offset * f64::from(map.scale)) as f32 + map.offset),
            bounds: maps.map(|map| [map.black(), map.white()]),
        }
    }

    /// Returns the same for a channel of an image that does not have three.
    pub(crate) fn into_channel(self, map: Affine) -> (Affine, [f32; 2]) {
        let scale = (self.matrix[0][0] * f64::from(map.scale)) as f32;
        let offset = (self.offset * f64::from(map.scale)) as f32 + map.offset;
        (Affine { scale, offset }, [map.black(), map.white()])
    }

    /// Composes these steps with a later one that keeps greys and the offset.
    fn then(self, step: [[f64; 3]; 3]) -> Self {
        let m = self.matrix;
        Self {
            matrix: step.map(|row| {
                [0, 1, 2].map(|j| row[0] * m[0][j] + row[1] * m[1][j] + row[2] * m[2][j])
            }),
            offset: self.offset,
        }
    }
}

/// `M (r, g, b) + offset`, each channel clamped to the outputs of 0 and 255.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ClampedMatrix {
    matrix: [[f32; 3]; 3],
    offset: [f32; 3],
    bounds: [[f32; 2]; 3],
}

impl ClampedMatrix {
    #[inline]
    pub(crate) fn apply(&self, [r, g, b]: [f32; 3]) -> [f32; 3] {
        let Self { matrix: m, offset, bounds } = self;
        let mut out = [0.0; 3];
        for i in 0..3 {
            out[i] = (m[i][0] * r + m[i][1] * g + m[i][2] * b + offset[i])
                .max(bounds[i][0])
                .min(bounds[i][1]);
        }
        out
    }
}

/// Applies only the colour matrix, to values of 0 to 255, which stay in this range.
pub(crate) fn recolour(colour: ColourMatrix, area: usize, values: &mut [f32]) {
    let channels = values.len() / area;
    colours(colour, std::iter::repeat_n(Affine::IDENTITY, channels), area, values);
}

/// Applies the colour matrix and then the maps, as one matrix; clamps once.
pub(crate) fn colours(
    colour: ColourMatrix,
    maps: impl ExactSizeIterator<Item = Affine>,
    area: usize,
    values: &mut [f32],
) {
    if maps.len() == 3 {
        let mut three = [Affine::IDENTITY; 3];
        three.iter_mut().zip(maps).for_each(|(to, map)| *to = map);
        matrix(&colour.into_output(three), values);
    } else {
        for (plane, map) in values.chunks_exact_mut(area).zip(maps) {
            let (map, bounds) = colour.into_channel(map);
            clamped(map, bounds, plane);
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn matrix(matrix: &ClampedMatrix, values: &mut [f32]) {
    let (red, rest) = values.split_at_mut(values.len() / 3);
    let (green, blue) = rest.split_at_mut(red.len());
    for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
        [*red, *green, *blue] = matrix.apply([*red, *green, *blue]);
    }
}

#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn clamped(map: Affine, [low, high]: [f32; 2], plane: &mut [f32]) {
    for value in plane {
        *value = map.apply(*value).max(low).min(high);
    }
}

/// Returns the mean luminance of an image, 0 to 255; for other than three channels, the mean of all
/// values.
pub(crate) fn mean_luminance(image: &[u8], shape: ImageShape) -> f64 {
    luminance(image, shape, |plane| sum(plane) as f64)
}

/// Returns the same for values of 0 to 255.
pub(crate) fn mean_of_values(values: &[f32], shape: ImageShape) -> f64 {
    luminance(values, shape, |plane| plane.iter().map(|&value| f64::from(value)).sum())
}

fn luminance<T>(values: &[T], shape: ImageShape, sum: impl Fn(&[T]) -> f64) -> f64 {
    let mean = |plane: &[T]| sum(plane) / plane.len() as f64;
    if shape.channels == 3 {
        values
            .chunks_exact(shape.height * shape.width)
            .zip(LUMINANCE)
            .map(|(plane, weight)| weight * mean(plane))
            .sum()
    } else {
        mean(values)
    }
}

/// Exact in integers, so the order changes no bit.
#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn sum(bytes: &[u8]) -> u64 {
    const LANES: usize = 32;
    let mut sum = 0;
    // 256 bytes per lane fit into 16 bits, and 16-bit sums are vectorised twice as well as 32-bit
    // ones. (Plain loops: a closure would not get the function's instruction set.)
    for bytes in bytes.chunks(256 * LANES) {
        let (rows, rest) = bytes.as_chunks::<LANES>();
        let mut lanes = [0_u16; LANES];
        for row in rows {
            for i in 0..LANES {
                lanes[i] += u16::from(row[i]);
            }
        }
        sum += lanes.iter().map(|&lane| u64::from(lane)).sum::<u64>()
            + rest.iter().map(|&byte| u64::from(byte)).sum::<u64>();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(map: ColourMatrix, colour: [f64; 3], expected: [f64; 3]) {
        for (row, expected) in map.matrix.iter().zip(expected) {
            let got = row.iter().zip(colour).map(|(m, v)| m * v).sum::<f64>() + map.offset;
            assert!((got - expected).abs() < 1e-9, "{got} instead of {expected}");
        }
    }

    #[test]
    fn every_byte_is_standardised_to_within_rounding() {
        let standardisation =
            Standardisation { mean: vec![0.4914, 0.1, 0.0], std: vec![0.247, 0.02, 1.0] };
        for (channel, affine) in
            OutputMap::standardise(&standardisation).channels().iter().enumerate()
        {
            let (mean, std) =
                (f64::from(standardisation.mean[channel]), f64::from(standardisation.std[channel]));
            for byte in 0..=255_u8 {
                let exact = (f64::from(byte) / 255.0 - mean) / std;
                let size = (f64::from(byte) / 255.0 + mean) / std;
                assert!(
                    (f64::from(affine.apply(f32::from(byte))) - exact).abs() <= 2e-7 * size,
                    "channel {channel} byte {byte}"
                );
            }
            assert_eq!(affine.apply(0.0).to_bits(), affine.black().to_bits());
        }
    }

    const COLOUR: [f64; 3] = [200.0, 100.0, 30.0];
    const GREY: f64 = 0.299 * 200.0 + 0.587 * 100.0 + 0.114 * 30.0;

    #[test]
    fn each_step_is_its_formula() {
        let none = ColourMatrix::IDENTITY;
        close(none.brightness(1.5), COLOUR, [300.0, 150.0, 45.0]);
        close(none.contrast(0.5, 120.0), COLOUR, [160.0, 110.0, 75.0]);
        close(none.saturation(0.0), COLOUR, [GREY; 3]);
        close(none.saturation(1.5), COLOUR, COLOUR.map(|v| 1.5 * v - 0.5 * GREY));
        close(
            none.brightness(2.0).contrast(0.5, 60.0).saturation(0.5),
            COLOUR,
            COLOUR.map(|v| 0.5 * (v + 60.0) + 0.5 * (GREY + 60.0)),
        );
    }

    #[test]
    fn hue_turns_red_to_green_to_blue_and_keeps_greys() {
        let none = ColourMatrix::IDENTITY;
        close(none.hue(1.0), COLOUR, COLOUR);
        close(none.hue(1.0 / 3.0), [255.0, 0.0, 0.0], [0.0, 255.0, 0.0]);
        close(none.hue(-1.0 / 3.0), [255.0, 0.0, 0.0], [0.0, 0.0, 255.0]);
        close(none.hue(0.5), [255.0, 0.0, 0.0], [-85.0, 170.0, 170.0]);
        close(none.hue(0.123), [77.0; 3], [77.0; 3]);
        close(
            none.hue(0.2).hue(0.3),
            COLOUR,
            none.hue(0.5).matrix.map(|row| row.iter().zip(COLOUR).map(|(m, v)| m * v).sum()),
        );
    }

    #[test]
    fn the_mean_luminance_weighs_channels_by_the_eye() {
        let shape = |channels| ImageShape { channels, height: 1, width: 2 };
        assert!((mean_luminance(&[190, 210, 100, 100, 20, 40], shape(3)) - GREY).abs() < 1e-9);
        assert!((mean_luminance(&[10, 20], shape(1)) - 15.0).abs() < 1e-9);
    }

    #[test]
    fn sums_do_not_overflow() {
        for n in [0, 31, 33, 8192, 100_003] {
            assert_eq!(sum(&vec![255; n]), 255 * n as u64);
        }
    }
}
