//! Filters that combine a pixel with its neighbours.

use crate::ImageShape;
use crate::render::sample::fold;

/// Convolves with a Gaussian of standard deviation `sigma` pixels, truncated at three of them,
/// along rows and then along columns, with mirrored borders. `buffer` is reused.
pub(crate) fn blur(sigma: f32, shape: ImageShape, values: &mut [f32], buffer: &mut Vec<f32>) {
    let kernel = gaussian(f64::from(sigma));
    let ImageShape { height, width, .. } = shape;
    let radius = kernel.len() / 2;
    let (area, padded) = (height * width, width + 2 * radius);
    buffer.clear();
    buffer.resize(area + padded, 0.0);
    let (across, line) = buffer.split_at_mut(area);
    for plane in values.chunks_exact_mut(area) {
        across.fill(0.0);
        for (row, out) in plane.chunks_exact(width).zip(across.chunks_exact_mut(width)) {
            for (i, value) in line.iter_mut().enumerate() {
                *value = row[fold(i as isize - radius as isize, width)];
            }
            kernel
                .iter()
                .enumerate()
                .for_each(|(k, &weight)| add(&line[k..k + width], weight, out));
        }
        plane.fill(0.0);
        for (y, out) in plane.chunks_exact_mut(width).enumerate() {
            for (k, &weight) in kernel.iter().enumerate() {
                let from = fold((y + k) as isize - radius as isize, height);
                add(&across[from * width..][..width], weight, out);
            }
            // The weights sum to 1 up to rounding.
            for value in out.iter_mut() {
                *value = value.min(255.0);
            }
        }
    }
}

/// Returns weights that sum to 1.
fn gaussian(sigma: f64) -> Vec<f32> {
    let radius = libm::ceil(3.0 * sigma) as i32;
    let weight = |i: i32| libm::exp(-0.5 * f64::from(i * i) / (sigma * sigma));
    let sum: f64 = (-radius..=radius).map(weight).sum();
    (-radius..=radius).map(|i| (weight(i) / sum) as f32).collect()
}

fn add(from: &[f32], weight: f32, to: &mut [f32]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += weight * from);
}

/// Multiplies the distance of each value from the mean of its neighbourhood by `factor`, with PIL's
/// smoothing filter: 5 parts of the pixel and 1 of each of its 8 neighbours. The outermost pixels
/// are unchanged.
pub(crate) fn sharpen(factor: f32, shape: ImageShape, values: &mut [f32], buffer: &mut Vec<f32>) {
    let ImageShape { height, width, .. } = shape;
    if height < 3 || width < 3 {
        return;
    }
    for plane in values.chunks_exact_mut(height * width) {
        buffer.clear();
        buffer.extend_from_slice(plane);
        for (rows, out) in
            buffer.windows(3 * width).step_by(width).zip(plane.chunks_exact_mut(width).skip(1))
        {
            let (above, rest) = rows.split_at(width);
            let (row, below) = rest.split_at(width);
            for x in 1..width - 1 {
                let around = above[x - 1]
                    + above[x]
                    + above[x + 1]
                    + row[x - 1]
                    + row[x + 1]
                    + below[x - 1]
                    + below[x]
                    + below[x + 1];
                let smooth = (around + 5.0 * row[x]) / 13.0;
                out[x] = (smooth + factor * (row[x] - smooth)).clamp(0.0, 255.0);
            }
        }
    }
}
