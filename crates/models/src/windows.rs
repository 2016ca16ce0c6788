//! Random windows of an image, outside of which the weights of a unit start at 0.

use burn::module::Param;
use burn::tensor::{Tensor, TensorData};
use zunder_random::Key;

use crate::ModelError;
use crate::error::check_range;

/// Windows of an image, outside of which the weights of the units of a first layer start at 0. Each
/// unit has a window of its own.
///
/// The centre of a window is a random pixel; a window that would extend beyond the border is moved
/// inside. The weights inside are multiplied by √(image area / window area), so that the variance
/// of the weighted sums stays that of the initialiser. All weights are trained: a penalty such as
/// beta-LASSO keeps most of those outside at 0, and the units learn local features (locally
/// connected start of a fully connected network; compare Neyshabur 2020, "Towards Learning
/// Convolutions from Scratch").
///
/// ```
/// use burn::tensor::Device;
/// use zunder_models::{Key, MlpConfig, Windows};
///
/// let device = Device::flex();
/// let windows = Windows::new([3, 16, 16], [6, 6])?; // 3 channels of 16 x 16 pixels
/// let model = MlpConfig::default().init(3 * 16 * 16, 10, Key::new(1), &device)?;
/// let model = model.in_windows(&windows, Key::new(2));
/// # assert!(model.summary().parameters() > 0);
/// # Ok::<(), zunder_models::ModelError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    channels: usize,
    image: [usize; 2],
    window: [usize; 2],
}

impl Windows {
    /// Creates windows of rows x columns pixels, for flattened images of `[channels, height,
    /// width]`.
    ///
    /// # Errors
    /// Returns [`ModelError::OutOfRange`] unless the window lies in the image and has a pixel.
    pub fn new(
        [channels, height, width]: [usize; 3],
        [rows, columns]: [usize; 2],
    ) -> Result<Self, ModelError> {
        check_range("the number of rows of a window", rows, height)?;
        check_range("the number of columns of a window", columns, width)?;
        Ok(Self { channels, image: [height, width], window: [rows, columns] })
    }

    /// Returns the number of inputs of a layer for these images.
    pub fn features(&self) -> usize {
        self.channels * self.image[0] * self.image[1]
    }

    /// Returns weights with zeros outside of the windows, whose places are drawn from `key`.
    ///
    /// # Shapes
    /// `[features, units]` to the same.
    ///
    /// # Panics
    /// Panics if the weights have another number of rows.
    pub fn restrict(&self, weight: Tensor<2>, key: Key) -> Tensor<2> {
        let [features, units] = weight.dims();
        assert_eq!(features, self.features(), "rows of the weights, and features of the images");
        let factors = TensorData::new(self.factors(units, key), [features, units]);
        let device = weight.device();
        weight * Tensor::from_data(factors, &device)
    }

    /// [`restrict`](Self::restrict) for a parameter.
    pub(crate) fn restrict_parameter(&self, weight: &mut Param<Tensor<2>>, key: Key) {
        *weight = Param::from_tensor(self.restrict(weight.val(), key).detach());
    }

    /// Returns the factor of each weight.
    fn factors(&self, units: usize, key: Key) -> Vec<f32> {
        let ([height, width], [rows, columns]) = (self.image, self.window);
        let gain = ((height * width) as f64 / (rows * columns) as f64).sqrt() as f32;
        let mut rng = key.rng();
        let mut start = |image: usize, window: usize| {
            let centre = rng.below(image);
            centre.saturating_sub(window / 2).min(image - window)
        };
        let starts: Vec<[usize; 2]> =
            (0..units).map(|_| [start(height, rows), start(width, columns)]).collect();
        let mut factors = Vec::with_capacity(self.features() * units);
        for _ in 0..self.channels {
            for y in 0..height {
                for x in 0..width {
                    factors.extend(starts.iter().map(|[top, left]| {
                        let is_inside =
                            (*top..top + rows).contains(&y) && (*left..left + columns).contains(&x);
                        if is_inside { gain } else { 0.0 }
                    }));
                }
            }
        }
        factors
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use proptest::prelude::*;

    proptest! {
        /// Each unit has a whole rectangle of factors, the same in each channel, and keeps the sum
        /// of the squares of equal weights.
        #[test]
        fn each_unit_has_one_window(
            channels in 1..4_usize,
            height in 1..9_usize,
            width in 1..9_usize,
            share in 0.0..1.0_f64,
            seed in 0..100_u64,
        ) {
            let part = |side: usize| ((side as f64 * share).round() as usize).max(1);
            let [rows, columns] = [part(height), part(width)];
            let windows = Windows::new([channels, height, width], [rows, columns]).unwrap();
            let units = 5;
            let ones = Tensor::<2>::ones([windows.features(), units], &Device::flex());
            let weights = windows.restrict(ones, Key::new(seed));
            let weights: Vec<f32> = weights.try_into_vec_as().unwrap();
            for unit in 0..units {
                let at = |i: usize| weights[i * units + unit];
                let plane = height * width;
                let inside: Vec<usize> = (0..plane).filter(|&i| at(i) > 0.0).collect();
                prop_assert_eq!(inside.len(), rows * columns);
                let [top, left] = [inside[0] / width, inside[0] % width];
                for (i, &place) in inside.iter().enumerate() {
                    let expected = (top + i / columns) * width + left + i % columns;
                    prop_assert_eq!(place, expected);
                }
                for i in 0..channels * plane {
                    prop_assert_eq!(at(i), at(i % plane));
                }
                let squares: f32 = (0..channels * plane).map(|i| at(i).powi(2)).sum();
                let expected = (channels * plane) as f32;
                prop_assert!((squares - expected).abs() < 1e-4 * expected);
            }
        }
    }

    /// Over many units every pixel is covered, those at the border too.
    #[test]
    fn windows_cover_the_image() {
        let windows = Windows::new([1, 8, 6], [3, 2]).unwrap();
        let factors = windows.factors(500, Key::new(1));
        for (pixel, units) in factors.chunks(500).enumerate() {
            let share = units.iter().filter(|factor| **factor > 0.0).count() as f64 / 500.0;
            assert!((0.01..0.4).contains(&share), "pixel {pixel}: {share}");
        }
        assert_ne!(factors, windows.factors(500, Key::new(2)));
    }

    #[test]
    fn windows_beyond_the_image_are_refused() {
        let message =
            |rows, columns| Windows::new([3, 4, 5], [rows, columns]).unwrap_err().to_string();
        assert_eq!(message(5, 5), "model: the number of rows of a window is 5, expected 1 to 4");
        assert_eq!(message(4, 0), "model: the number of columns of a window is 0, expected 1 to 5");
    }
}
