//! Smooth random displacements of an image's pixels.

use zunder_random::Key;

use crate::ImageShape;
use crate::render::sample::fold;

/// The displacement of each pixel of an image, in x and in y, in pixels.
#[derive(Clone, Debug, Default)]
pub(crate) struct Displacement {
    pub(crate) x: Vec<f32>,
    pub(crate) y: Vec<f32>,
    /// The buffer of a field with mirrored rows at both ends, smoothed in one direction.
    padded: Vec<f32>,
    smooth: Vec<f32>,
}

/// The smoothing kernel of a displacement: half of a Gaussian, from its middle outwards, truncated
/// at three standard deviations.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Smoothing {
    first: Vec<f32>,
    /// The same kernel times alpha.
    second: Vec<f32>,
}

impl Smoothing {
    /// Creates a Gaussian of standard deviation `sigma` pixels, for displacements scaled by
    /// `alpha`.
    pub(crate) fn new(alpha: f32, sigma: f32) -> Self {
        let sigma = f64::from(sigma);
        let radius = libm::ceil(3.0 * sigma) as usize;
        let bell = |i: usize| {
            let z = i as f64 / sigma;
            libm::exp(-0.5 * z * z)
        };
        let sum = 2.0 * (0..=radius).map(bell).sum::<f64>() - 1.0;
        let scaled = |scale: f64| (0..=radius).map(|i| (bell(i) * scale / sum) as f32).collect();
        Self { first: scaled(1.0), second: scaled(f64::from(alpha)) }
    }

    /// Draws both fields for an image of this shape.
    pub(crate) fn draw(&self, shape: ImageShape, key: Key, into: &mut Displacement) {
        let ImageShape { height, width, .. } = shape;
        let Displacement { x, y, padded, smooth } = into;
        for (field, name) in [(x, "x"), (y, "y")] {
            // The noise is drawn transposed, which does not change its distribution, so that a
            // single transposition suffices to smooth rows as fast as columns.
            noise(width * height, key.named(name), field);
            smooth_columns(field, height, &self.first, padded, smooth);
            transpose(smooth, height, field);
            smooth_columns(field, width, &self.second, padded, smooth);
            std::mem::swap(field, smooth);
        }
    }
}

/// Draws uniform values in -1 to 1, 16 bits each.
fn noise(n: usize, key: Key, out: &mut Vec<f32>) {
    out.resize(n, 0.0);
    for (word, values) in (0..).map(|i| key.word(i)).zip(out.chunks_mut(4)) {
        for (i, value) in values.iter_mut().enumerate() {
            *value = f32::from((word >> (16 * i)) as u16) / 32_767.5 - 1.0;
        }
    }
}

/// Convolves each column with a symmetric kernel, with mirrored ends.
fn smooth_columns(
    field: &[f32],
    width: usize,
    kernel: &[f32],
    padded: &mut Vec<f32>,
    out: &mut Vec<f32>,
) {
    let (height, radius) = (field.len() / width, kernel.len() - 1);
    padded.clear();
    for y in 0..height + 2 * radius {
        let from = fold(y as isize - radius as isize, height) * width;
        padded.extend_from_slice(&field[from..from + width]);
    }
    out.resize(field.len(), 0.0);
    convolve(padded, width, kernel, out);
}

/// Sums both sides of the column through each value. `step` is the distance of two rows.
#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn convolve(padded: &[f32], step: usize, kernel: &[f32], out: &mut [f32]) {
    let radius = kernel.len() - 1;
    let mut start = 0;
    // Sums in blocks of a few registers stay in registers.
    let mut blocks = out.chunks_exact_mut(BLOCK);
    for block in &mut blocks {
        let mut sums = [0.0; BLOCK];
        for (i, weight) in kernel.iter().enumerate() {
            let weight = if i == 0 { weight * 0.5 } else { *weight };
            let (above, below) = (
                &padded[start + (radius - i) * step..][..BLOCK],
                &padded[start + (radius + i) * step..][..BLOCK],
            );
            for j in 0..BLOCK {
                sums[j] += weight * (above[j] + below[j]);
            }
        }
        block.copy_from_slice(&sums);
        start += BLOCK;
    }
    for (j, value) in blocks.into_remainder().iter_mut().enumerate() {
        let at = |row: usize| padded[start + j + row * step];
        *value = 0.0;
        for (i, weight) in kernel.iter().enumerate() {
            let weight = if i == 0 { weight * 0.5 } else { *weight };
            *value += weight * (at(radius - i) + at(radius + i));
        }
    }
}

const BLOCK: usize = 32;

/// Transposes rows and columns.
fn transpose(field: &[f32], width: usize, out: &mut [f32]) {
    let height = field.len() / width;
    for (x, row) in out.chunks_exact_mut(height).enumerate() {
        row.iter_mut().zip(field[x..].iter().step_by(width)).for_each(|(out, value)| *out = *value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Elastic;

    const SHAPE: ImageShape = ImageShape { channels: 1, height: 40, width: 50 };

    fn field(elastic: Elastic, i: u64) -> Displacement {
        let mut field = Displacement::default();
        Smoothing::new(elastic.alpha, elastic.sigma).draw(SHAPE, Key::new(1).at(i), &mut field);
        field
    }

    #[test]
    fn displacements_have_the_stated_spread_and_no_bias() {
        let values: Vec<f32> = (0..50)
            .flat_map(|i| {
                let f = field(Elastic::default(), i);
                [f.x, f.y].concat()
            })
            .collect();
        let n = values.len() as f32;
        let mean = values.iter().sum::<f32>() / n;
        let std = (values.iter().map(|v| v * v).sum::<f32>() / n - mean * mean).sqrt();
        // Mirrored borders add some variance compared with an infinite plane.
        assert!(mean.abs() < 0.1 && (1.35..1.75).contains(&std), "{mean} {std}");
    }

    #[test]
    fn displacements_are_smooth_and_scale_with_alpha() {
        let one = field(Elastic { alpha: 10.0, ..Elastic::default() }, 3);
        let steps = one
            .x
            .chunks_exact(SHAPE.width)
            .flat_map(|row| row.windows(2).map(|pair| (pair[0] - pair[1]).abs()));
        assert!(steps.fold(0.0, f32::max) < 0.3);
        let two = field(Elastic { alpha: 20.0, ..Elastic::default() }, 3);
        assert!(one.x.iter().zip(&two.x).all(|(a, b)| (2.0 * a - b).abs() < 1e-4));
        assert!(one.x != one.y);
    }

    /// Compared with `scipy.ndimage.gaussian_filter(mode="mirror", truncate=3)`, which has the same
    /// kernel and border.
    #[test]
    fn a_single_peak_becomes_a_gaussian() {
        let elastic = Elastic { alpha: 1.0, sigma: 2.0, probability: 1.0 };
        let smoothing = Smoothing::new(elastic.alpha, elastic.sigma);
        let mut peak = vec![0.0; 81];
        peak[4 * 9 + 4] = 1.0;
        let (mut padded, mut smooth) = (Vec::new(), Vec::new());
        smooth_columns(&peak, 9, &smoothing.first, &mut padded, &mut smooth);
        transpose(&smooth, 9, &mut peak);
        smooth_columns(&peak.clone(), 9, &smoothing.second, &mut padded, &mut peak);
        let golden = [(40, GOLDEN[0]), (41, GOLDEN[1]), (50, GOLDEN[2]), (0, GOLDEN[3])];
        for (place, expected) in golden {
            assert!(
                (peak[place] - expected).abs() < 1e-6,
                "{place}: {} instead of {expected}",
                peak[place]
            );
        }
    }

    const GOLDEN: [f32; 4] = [0.039_870_36, 0.035_185_47, 0.031_051_06, 0.002_921];
}
