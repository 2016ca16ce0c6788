//! Standardisation of pixel values by channel.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::images::BLOCK;
use crate::watch::{Count, Watch, unwatched};
use crate::{DataError, ImageShape, Images};

/// The mean and standard deviation of each channel, for pixels scaled to 0..1. Standardised inputs
/// are centred and have unit variance.
///
/// A value v of 0 to 255 in channel c becomes `(v / 255 - mean[c]) / std[c]`.
///
/// ```
/// use zunder_data::{ImageShape, Images, Standardisation};
///
/// let shape = ImageShape { channels: 1, height: 1, width: 2 };
/// let images = Images::new(shape, vec![0, 255, 0, 255, 9, 9], vec![0, 0, 0], 1)?;
/// let fitted = Standardisation::fit(&images, &[0, 1])?; // the last image is not for training
/// assert_eq!((fitted.mean[0], fitted.std[0]), (0.5, 0.5));
/// # Ok::<(), zunder_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standardisation {
    /// Mean of each channel, in 0..1.
    pub mean: Vec<f32>,
    /// Standard deviation of each channel (dividing by the count), in 0..0.5; 1 for a constant
    /// channel.
    pub std: Vec<f32>,
}

impl Standardisation {
    /// Returns mean 0 and deviation 1: values of 0 to 255 are only scaled to 0 to 1.
    pub fn none(channels: usize) -> Self {
        Self { mean: vec![0.0; channels], std: vec![1.0; channels] }
    }

    /// Measures the images at `indices`, which should be training images only.
    ///
    /// One pass, on all threads of the current rayon pool. The sums are exact integers, so their
    /// order changes no bit.
    ///
    /// # Errors
    ///
    /// Returns an error if `indices` is empty, or if an index is out of range.
    pub fn fit(images: &Images, indices: &[u32]) -> Result<Self, DataError> {
        Self::fit_with(images, indices, &unwatched)
    }

    /// As [`fit`](Self::fit). `watch` receives the number of images done, and returns whether to go
    /// on.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`fit`](Self::fit).
    pub fn fit_with(
        images: &Images,
        indices: &[u32],
        watch: &Watch<'_>,
    ) -> Result<Self, DataError> {
        images.check_indices(indices)?;
        if indices.is_empty() {
            return Err(DataError::setting(
                "the number of images to standardise by",
                0,
                "at least 1",
            ));
        }
        let shape = images.shape();
        let count = Count::new(watch, indices.len());
        let zero = || vec![Moments::default(); shape.channels];
        let moments = indices
            .par_chunks(BLOCK)
            .enumerate()
            .fold(zero, |mut sums, (i, block)| {
                if count.check().is_err() {
                    return sums;
                }
                // This block, unless another thread has requested it, and the next one.
                images.will_need(&indices[i * BLOCK..indices.len().min((i + 2) * BLOCK)]);
                for &i in block {
                    let planes = images.image(i as usize).chunks_exact(shape.height * shape.width);
                    sums.iter_mut().zip(planes).for_each(|(sum, plane)| sum.add_plane(plane));
                }
                count.add(block.len());
                sums
            })
            .reduce(zero, |a, b| a.iter().zip(&b).map(|(a, b)| a.merge(b)).collect());
        count.check()?;
        let (mean, std) = moments.iter().map(Moments::mean_and_std).unzip();
        Ok(Self { mean, std })
    }

    /// Checks that there is a mean and a deviation for each channel of `shape`.
    ///
    /// # Errors
    ///
    /// Returns an error if a list has another length, a mean is not finite, or a deviation is not a
    /// finite number above 0.
    pub fn validate(&self, shape: ImageShape) -> Result<(), DataError> {
        let expected = format!("{} finite numbers, one a channel", shape.channels);
        if self.mean.len() != shape.channels || !self.mean.iter().all(|mean| mean.is_finite()) {
            return Err(DataError::setting("mean", format!("{:?}", self.mean), expected));
        }
        if self.std.len() != shape.channels
            || !self.std.iter().all(|std| std.is_finite() && *std >= f32::MIN_POSITIVE)
        {
            return Err(DataError::setting(
                "std",
                format!("{:?}", self.std),
                expected + ", above 0",
            ));
        }
        Ok(())
    }
}

/// Count, sum and sum of squares of bytes.
#[derive(Clone, Copy, Default)]
struct Moments {
    count: u64,
    sum: u64,
    squares: u64,
}

impl Moments {
    fn add_plane(&mut self, plane: &[u8]) {
        // 2^16 squares of bytes fit into 32 bits, and 32-bit sums are vectorised.
        for values in plane.chunks(1 << 16) {
            self.sum += u64::from(values.iter().map(|&v| u32::from(v)).sum::<u32>());
            self.squares +=
                u64::from(values.iter().map(|&v| u32::from(v) * u32::from(v)).sum::<u32>());
        }
        self.count += plane.len() as u64;
    }

    fn merge(&self, other: &Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
        }
    }

    /// Of the values divided by 255: `sum / n` and `sqrt(n * squares - sum^2) / n`, with an exact
    /// difference.
    fn mean_and_std(&self) -> (f32, f32) {
        let scale = 255.0 * self.count as f64;
        let spread =
            u128::from(self.count) * u128::from(self.squares) - u128::from(self.sum).pow(2);
        let std = libm::sqrt(spread as f64) / scale;
        ((self.sum as f64 / scale) as f32, if spread == 0 { 1.0 } else { std as f32 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: ImageShape = ImageShape { channels: 2, height: 1, width: 3 };

    /// Compared with `numpy.array([51, 102, 204, 0, 255, 102]) / 255`: mean 0.4666667 and std
    /// 0.3399346.
    #[test]
    fn moments_are_exact_and_a_constant_channel_keeps_its_scale() {
        let pixels = vec![51, 102, 204, 8, 8, 8, 0, 255, 102, 8, 8, 8];
        let fitted =
            Standardisation::fit(&Images::new(SHAPE, pixels, vec![0, 0], 1).unwrap(), &[1, 0])
                .unwrap();
        assert!(
            (fitted.mean[0] - 0.466_666_7).abs() < 1e-7
                && (fitted.std[0] - 0.339_934_6).abs() < 1e-7,
            "{fitted:?}"
        );
        assert_eq!((fitted.mean[1], fitted.std[1]), (8.0 / 255.0, 1.0));
    }

    #[test]
    fn the_brightest_large_plane_does_not_overflow() {
        let shape = ImageShape { channels: 1, height: 300, width: 300 };
        let fitted =
            Standardisation::fit(&Images::new(shape, vec![255; 90_000], vec![0], 1).unwrap(), &[0])
                .unwrap();
        assert_eq!((fitted.mean[0], fitted.std[0]), (1.0, 1.0));
    }

    #[test]
    fn what_cannot_be_measured_or_used_is_refused() {
        let images = Images::new(SHAPE, vec![0; 6], vec![0], 1).unwrap();
        let message =
            |indices: &[u32]| Standardisation::fit(&images, indices).unwrap_err().to_string();
        assert_eq!(
            message(&[]),
            "the number of images to standardise by is 0, expected at least 1"
        );
        assert_eq!(message(&[0, 1]), "index 1 names no image, expected one below 1");
        let message = |mean: &[f32], std: &[f32]| {
            Standardisation { mean: mean.to_vec(), std: std.to_vec() }
                .validate(SHAPE)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            message(&[0.5], &[1.0, 1.0]),
            "mean is [0.5], expected 2 finite numbers, one a channel"
        );
        assert_eq!(
            message(&[0.5, 0.5], &[1.0, 0.0]),
            "std is [1.0, 0.0], expected 2 finite numbers, one a channel, above 0"
        );
    }
}
