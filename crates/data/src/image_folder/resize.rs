//! Antialiased resizing with the same bytes as Pillow and torchvision.

use super::placement::Placement;

/// The number of fractional bits of the fixed-point weights.
const BITS: u32 = 22;
const HALF: i32 = 1 << (BITS - 1);

/// The 8-bit samples of one image, row by row, with the channels of a pixel side by side.
pub(super) struct Raster {
    pub height: usize,
    pub width: usize,
    /// The number of channels, 1 or 3.
    pub channels: usize,
    pub samples: Vec<u8>,
}

/// Scales `image` and writes the window of `placement` to `out`, planar, with `width` columns per
/// row.
///
/// Each output pixel is a weighted mean of the pixels under a triangle of twice its own width (at
/// least two pixels wide), as in Pillow's `Image.resize(.., BILINEAR)`. Columns are computed first
/// and rounded to 8 bits, in fixed-point arithmetic, so the bytes equal Pillow's on every machine.
pub(super) fn resize(image: &Raster, placement: &Placement, out: &mut [u8], width: usize) {
    let [rows, columns] = [0, 1].map(|axis| {
        let (from, to) = ([image.height, image.width][axis], placement.scaled[axis]);
        (placement.from[axis]..placement.from[axis] + placement.size[axis])
            .map(|i| Taps::new(from, to, i))
            .collect::<Vec<_>>()
    });
    let first = rows.iter().map(|taps| taps.first).min().unwrap_or(0);
    let last = rows.iter().map(Taps::end).max().unwrap_or(0);
    let pitch = placement.size[1] * image.channels;
    let mut narrow = vec![0; (last - first) * pitch];
    let source = &image.samples[first * image.width * image.channels..];
    for (row, out) in
        source.chunks_exact(image.width * image.channels).zip(narrow.chunks_exact_mut(pitch))
    {
        if image.channels == 3 {
            narrow_row::<3>(row, &columns, out);
        } else {
            narrow_row::<1>(row, &columns, out);
        }
    }
    let plane = out.len() / image.channels;
    let mut sums = vec![0; pitch];
    for (y, taps) in rows.iter().enumerate() {
        sum_rows(&narrow[(taps.first - first) * pitch..], &taps.weights, &mut sums);
        let start = (placement.at[0] + y) * width + placement.at[1];
        for (x, pixel) in sums.chunks_exact(image.channels).enumerate() {
            for (channel, &sum) in pixel.iter().enumerate() {
                out[channel * plane + start + x] = rounded(sum);
            }
        }
    }
}

/// The input pixels of an output pixel, and their weights.
struct Taps {
    first: usize,
    weights: Vec<i32>,
}

impl Taps {
    /// Computes those of output pixel `i` when `from` pixels become `to`.
    fn new(from: usize, to: usize, i: usize) -> Self {
        let scale = from as f64 / to as f64;
        let support = scale.max(1.0);
        let centre = (i as f64 + 0.5) * scale;
        let first = (centre - support + 0.5).max(0.0) as usize;
        let end = ((centre + support + 0.5) as usize).min(from);
        let triangle =
            |x: usize| (1.0 - ((x as f64 - centre + 0.5) * (1.0 / support)).abs()).max(0.0);
        let total: f64 = (first..end).map(triangle).sum();
        let weights = (first..end)
            .map(|x| (triangle(x) / total * f64::from(1 << BITS) + 0.5) as i32)
            .collect();
        Self { first, weights }
    }

    fn end(&self) -> usize {
        self.first + self.weights.len()
    }
}

#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn narrow_row<const C: usize>(row: &[u8], columns: &[Taps], out: &mut [u8]) {
    for (taps, out) in columns.iter().zip(out.chunks_exact_mut(C)) {
        let mut sums = [HALF; C];
        for (pixel, &weight) in row[taps.first * C..].chunks_exact(C).zip(&taps.weights) {
            for (sum, &sample) in sums.iter_mut().zip(pixel) {
                *sum += i32::from(sample) * weight;
            }
        }
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = rounded(sum);
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn sum_rows(rows: &[u8], weights: &[i32], sums: &mut [i32]) {
    sums.fill(HALF);
    for (row, &weight) in rows.chunks_exact(sums.len()).zip(weights) {
        for (sum, &sample) in sums.iter_mut().zip(row) {
            *sum += i32::from(sample) * weight;
        }
    }
}

fn rounded(sum: i32) -> u8 {
    (sum >> BITS).min(255) as u8
}

#[cfg(test)]
mod tests {
    use super::super::placement::ResizeMode;
    use super::*;

    fn resized(image: &Raster, size: [usize; 2], mode: ResizeMode) -> Vec<u8> {
        let mut out = vec![9; size[0] * size[1] * image.channels];
        resize(image, &Placement::new([image.height, image.width], size, mode), &mut out, size[1]);
        out
    }

    #[test]
    fn the_same_size_changes_nothing_but_the_layout() {
        let image = Raster { height: 1, width: 2, channels: 3, samples: vec![1, 2, 3, 4, 5, 6] };
        assert_eq!(resized(&image, [1, 2], ResizeMode::Stretch), [1, 4, 2, 5, 3, 6]);
    }

    #[test]
    fn a_flat_image_stays_flat_at_every_size() {
        for value in [0, 128, 255] {
            let image =
                Raster { height: 37, width: 2001, channels: 1, samples: vec![value; 37 * 2001] };
            for mode in [ResizeMode::Stretch, ResizeMode::Crop] {
                assert!(resized(&image, [5, 3], mode).iter().all(|&sample| sample == value));
                assert!(resized(&image, [50, 1], mode).iter().all(|&sample| sample == value));
            }
        }
    }

    #[test]
    fn padding_is_left_as_it_was() {
        let image = Raster { height: 1, width: 3, channels: 1, samples: vec![5, 6, 7] };
        assert_eq!(resized(&image, [3, 3], ResizeMode::Pad), [9, 9, 9, 5, 6, 7, 9, 9, 9]);
    }
}
