//! Small images with some wrong labels.

use zunder_data::Dataset;
use zunder_random::Key;

use super::super::training::Samples;

/// Images as SIDE x SIDE grey values.
pub(super) struct Images {
    /// Grey values of all images, in 0..=1, one image after the other.
    values: Vec<f32>,
    labels: Vec<u32>,
    pub(super) classes: usize,
}

/// Side of a scaled image in pixels.
const SIDE: usize = 8;
/// Number of grey values of an image.
pub(super) const FEATURES: usize = SIDE * SIDE;

impl Images {
    /// Scales down the training part of a data set. The test part is not used.
    pub(super) fn new(dataset: &Dataset) -> Self {
        let part = &dataset.train;
        let shape = part.shape();
        let mut values = Vec::with_capacity(part.len() * FEATURES);
        for i in 0..part.len() {
            values.extend(small(part.image(i), (shape.channels, shape.height, shape.width)));
        }
        Self { values, labels: part.labels().to_vec(), classes: dataset.classes.len() }
    }

    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }

    /// Draws `train` images, of whose labels the share `noise` is replaced by another class, and up
    /// to `held_out` other images with their true labels. All are standardised by mean and standard
    /// deviation of each grey value over the training images.
    pub(super) fn draw(
        &self,
        train: usize,
        held_out: usize,
        noise: f64,
        key: Key,
    ) -> (Samples, Samples) {
        let mut order: Vec<usize> = (0..self.len()).collect();
        key.named("images").rng().shuffle(&mut order);
        let part = |numbers: &[usize]| Samples {
            features: numbers
                .iter()
                .flat_map(|i| &self.values[i * FEATURES..(i + 1) * FEATURES])
                .copied()
                .collect(),
            labels: numbers.iter().map(|i| self.labels[*i]).collect(),
        };
        let train = train.min(order.len());
        let (mut learnt, mut others) =
            (part(&order[..train]), part(&order[train..(train + held_out).min(order.len())]));
        standardise(&mut learnt.features, &mut others.features);
        let mut rng = key.named("label noise").rng();
        for label in &mut learnt.labels {
            let (wrong, by) =
                (rng.f64() < noise, 1 + rng.below(self.classes.saturating_sub(1)) as u32);
            if wrong {
                *label = (*label + by) % self.classes as u32;
            }
        }
        (learnt, others)
    }
}

/// Returns the means of SIDE x SIDE blocks over all channels.
fn small(
    pixels: &[u8],
    (channels, height, width): (usize, usize, usize),
) -> impl Iterator<Item = f32> {
    let block = |i: usize, of: usize| (i * of / SIDE, ((i + 1) * of).div_ceil(SIDE));
    (0..FEATURES).map(move |i| {
        let ((top, bottom), (left, right)) = (block(i / SIDE, height), block(i % SIDE, width));
        let places = (0..channels).flat_map(|c| {
            (top..bottom)
                .flat_map(move |y| (left..right).map(move |x| (c * height + y) * width + x))
        });
        let sum: u32 = places.map(|place| u32::from(pixels[place])).sum();
        sum as f32 / (255 * channels * (bottom - top) * (right - left)) as f32
    })
}

fn standardise(features: &mut [f32], others: &mut [f32]) {
    let n = (features.len() / FEATURES).max(1) as f32;
    for place in 0..FEATURES {
        let own = || features.iter().skip(place).step_by(FEATURES);
        let mean = own().sum::<f32>() / n;
        // A grey value that is constant over the images stays at 0.
        let deviation =
            (own().map(|value| (value - mean).powi(2)).sum::<f32>() / n).sqrt().max(1e-6);
        for all in [&mut *features, &mut *others] {
            all.iter_mut()
                .skip(place)
                .step_by(FEATURES)
                .for_each(|value| *value = (*value - mean) / deviation);
        }
    }
}

#[cfg(test)]
mod tests {
    use zunder_data::shapes::ShapesConfig;

    use super::*;

    #[test]
    fn blocks_are_means_of_any_size() {
        let pixels: Vec<u8> = (0..2 * 16 * 16).map(|i| if i < 256 { 0 } else { 255 }).collect();
        assert!(small(&pixels, (2, 16, 16)).all(|value| (value - 0.5).abs() < 1e-6));
        assert_eq!(small(&[255; 3], (3, 1, 1)).sum::<f32>(), 64.0);
        let left: Vec<u8> = (0..100).map(|i| if i % 10 < 5 { 255 } else { 0 }).collect();
        let values: Vec<f32> = small(&left, (1, 10, 10)).collect();
        assert_eq!((values[0], values[7]), (1.0, 0.0));
    }

    #[test]
    fn so_many_labels_are_wrong_and_no_image_is_in_both_parts() {
        let images =
            Images::new(&ShapesConfig { train: 600, test: 10, seed: 1 }.generate().unwrap());
        let (clean, _) = images.draw(400, 300, 0.0, Key::new(1));
        let (noisy, others) = images.draw(400, 300, 0.3, Key::new(1));
        assert_eq!(
            (clean.features == noisy.features, noisy.labels.len(), others.labels.len()),
            (true, 400, 200)
        );
        let wrong = clean.labels.iter().zip(&noisy.labels).filter(|(a, b)| a != b).count();
        // Allows five standard deviations.
        assert!((120.0 - wrong as f64).abs() < 46.0, "{wrong}");
        let mean = noisy.features.iter().step_by(FEATURES).sum::<f32>() / 400.0;
        assert!(mean.abs() < 1e-4, "{mean}");
        let rows: Vec<&[f32]> = noisy.features.chunks(FEATURES).collect();
        assert!(others.features.chunks(FEATURES).all(|row| !rows.contains(&row)));
    }
}
