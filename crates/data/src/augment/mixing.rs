//! The steps that mix pairs of images and their labels.

use serde::{Deserialize, Serialize};
use zunder_random::{Key, Rng};

use crate::augment::check::{positive, probability};
use crate::augment::erasing::Rectangle;
use crate::{DataError, ImageShape};

/// Blends pairs of images of a batch, and their labels: `lambda x_i + (1 - lambda) x_j` with lambda
/// from Beta(alpha, alpha) (Zhang 2018, "mixup: Beyond empirical risk minimization").
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MixUp {
    /// The parameter of the beta distribution, above 0 and at most 100. Below 1 one of the two
    /// images usually dominates, at 1 all shares are equally likely, above 1 both have similar
    /// weights. Default: 0.2.
    pub alpha: f32,
    /// The probability of the step for each pair, 0 to 1. Default: 1.
    pub probability: f32,
}

/// Exchanges a rectangle between pairs of images of a batch, and the same share of their labels
/// (Yun 2019, "CutMix: Regularization strategy to train strong classifiers with localizable
/// features").
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CutMix {
    /// The parameter of the beta distribution, above 0 and at most 100. The rectangle's share of
    /// the area is 1 - lambda, with lambda from Beta(alpha, alpha). Default: 1.
    pub alpha: f32,
    /// The probability of the step for each pair, 0 to 1. Default: 1.
    pub probability: f32,
}

impl Default for MixUp {
    fn default() -> Self {
        Self { alpha: 0.2, probability: 1.0 }
    }
}

impl Default for CutMix {
    fn default() -> Self {
        Self { alpha: 1.0, probability: 1.0 }
    }
}

impl MixUp {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        positive((step, "alpha"), self.alpha, 100.0)?;
        probability(step, self.probability)
    }
}

impl CutMix {
    pub(crate) fn validate(self, step: &str) -> Result<(), DataError> {
        positive((step, "alpha"), self.alpha, 100.0)?;
        probability(step, self.probability)
    }
}

/// Mixes the images of a batch in pairs, in place: pairs image i with N - 1 - i; the middle one of
/// an odd number stays. After the shuffle all pairs are equally likely. If both methods are on,
/// each pair uses one of them at random.
///
/// ```
/// use zunder_data::{ImageShape, MixUp, Mixing};
/// use zunder_random::Key;
///
/// let shape = ImageShape { channels: 1, height: 1, width: 1 };
/// let mixing = Mixing { mixup: Some(MixUp::default()), cutmix: None };
/// let (mut pixels, mut labels) = ([0.0, 1.0], [0, 1]);
/// let soft = mixing.apply(&mut pixels, shape, &mut labels, 2, Key::new(1));
/// assert_eq!(soft[1], pixels[0]); // as much of class 1 as of the image that shows it
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mixing {
    /// The settings of blending.
    pub mixup: Option<MixUp>,
    /// The settings of exchanging rectangles.
    pub cutmix: Option<CutMix>,
}

impl Mixing {
    /// Mixes `pixels` and returns the soft labels, one distribution over the classes per row.
    /// `labels` become the classes with the larger share.
    ///
    /// # Shapes
    ///
    /// `pixels`: \[images, channels, height, width\]; `labels`: \[images\]; the result: \[images,
    /// `n_classes`\].
    ///
    /// # Panics
    ///
    /// Panics if the shapes do not match, or if a label is not below `n_classes`.
    pub fn apply(
        &self,
        pixels: &mut [f32],
        shape: ImageShape,
        labels: &mut [u32],
        n_classes: usize,
        key: Key,
    ) -> Vec<f32> {
        let n = labels.len();
        assert_eq!(pixels.len(), n * shape.len(), "pixels and labels must be of the same images");
        let mut soft = vec![0.0; n * n_classes];
        let hard = labels.to_vec();
        let (first, last) = pixels.split_at_mut(n.div_ceil(2) * shape.len());
        let pairs = first.chunks_exact_mut(shape.len()).zip(last.rchunks_exact_mut(shape.len()));
        for (i, (a, b)) in pairs.enumerate() {
            let j = n - 1 - i;
            let own = self.mix(a, b, shape, key.at(i as u64));
            for (row, other) in [(i, j), (j, i)] {
                soft[row * n_classes + hard[row] as usize] += own;
                soft[row * n_classes + hard[other] as usize] += 1.0 - own;
                labels[row] = if own < 0.5 { hard[other] } else { hard[row] };
            }
        }
        if n % 2 == 1 {
            soft[n / 2 * n_classes + hard[n / 2] as usize] = 1.0;
        }
        soft
    }

    /// Mixes a pair and returns the share that each image keeps of itself.
    fn mix(&self, a: &mut [f32], b: &mut [f32], shape: ImageShape, key: Key) -> f32 {
        let drawn = |name: &str, probability: f32| {
            let mut rng = key.named(name).rng();
            rng.chance(probability).then_some(rng)
        };
        let mixup =
            self.mixup.and_then(|step| Some((step.alpha, drawn("mixup", step.probability)?)));
        let cutmix =
            self.cutmix.and_then(|step| Some((step.alpha, drawn("cutmix", step.probability)?)));
        match (mixup, cutmix) {
            (Some(blending), Some(cutting)) => {
                if key.named("which").rng().chance(0.5) {
                    blend(a, b, blending)
                } else {
                    exchange(a, b, shape, cutting)
                }
            }
            (Some(blending), None) => blend(a, b, blending),
            (None, Some(cutting)) => exchange(a, b, shape, cutting),
            (None, None) => 1.0,
        }
    }
}

fn blend(a: &mut [f32], b: &mut [f32], (alpha, mut rng): (f32, Rng)) -> f32 {
    let own = rng.beta(f64::from(alpha)) as f32;
    for (a, b) in a.iter_mut().zip(b) {
        (*a, *b) = (own * *a + (1.0 - own) * *b, own * *b + (1.0 - own) * *a);
    }
    own
}

fn exchange(a: &mut [f32], b: &mut [f32], shape: ImageShape, (alpha, mut rng): (f32, Rng)) -> f32 {
    let share = libm::sqrt(1.0 - rng.beta(f64::from(alpha)));
    let side = |side: usize| libm::round(share * side as f64) as usize;
    let size = (side(shape.height), side(shape.width));
    let cut = Rectangle::about((rng.below(shape.height), rng.below(shape.width)), size, shape);
    let area = shape.height * shape.width;
    for (a, b) in a.chunks_exact_mut(area).zip(b.chunks_exact_mut(area)) {
        for y in cut.rows.clone() {
            let row = y * shape.width + cut.columns.start..y * shape.width + cut.columns.end;
            a[row.clone()].swap_with_slice(&mut b[row]);
        }
    }
    1.0 - cut.area() as f32 / area as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: ImageShape = ImageShape { channels: 2, height: 6, width: 5 };

    /// Images whose values are all their number, each of a class of its own.
    fn mixed(mixing: Mixing, n: usize, seed: u64) -> (Vec<f32>, Vec<u32>, Vec<f32>) {
        let mut pixels: Vec<f32> = (0..n).flat_map(|i| vec![i as f32; SHAPE.len()]).collect();
        let mut labels: Vec<u32> = (0..n as u32).collect();
        let soft = mixing.apply(&mut pixels, SHAPE, &mut labels, n, Key::new(seed));
        (pixels, labels, soft)
    }

    #[test]
    fn labels_are_mixed_as_the_pixels_are() {
        let mixup = Mixing { mixup: Some(MixUp { alpha: 1.0, ..MixUp::default() }), cutmix: None };
        let cutmix = Mixing { mixup: None, cutmix: Some(CutMix::default()) };
        let both = Mixing { mixup: mixup.mixup, cutmix: cutmix.cutmix };
        for mixing in [mixup, cutmix, both] {
            for n in [1, 2, 7, 8] {
                let (pixels, labels, soft) = mixed(mixing, n, 3);
                for (i, row) in soft.chunks_exact(n).enumerate() {
                    assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
                    let mean = pixels[i * SHAPE.len()..][..SHAPE.len()].iter().sum::<f32>()
                        / SHAPE.len() as f32;
                    let expected: f32 =
                        row.iter().enumerate().map(|(class, share)| class as f32 * share).sum();
                    assert!((mean - expected).abs() < 1e-4, "image {i} of {n}: {mean}, {row:?}");
                    assert!(row[labels[i] as usize] >= 0.5);
                }
            }
        }
    }

    #[test]
    fn the_share_follows_the_beta_distribution() {
        let kept = |mixing: Mixing| -> Vec<f32> {
            (0..4000).map(|seed| mixed(mixing, 2, seed).2[0]).collect()
        };
        let moments = |values: &[f32]| {
            let n = values.len() as f32;
            let mean = values.iter().sum::<f32>() / n;
            (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n)
        };
        for alpha in [0.2, 1.0, 4.0] {
            // Beta(a, a) has mean 1/2 and variance 1 / (4 (2a + 1)).
            let (mean, variance) = moments(&kept(Mixing {
                mixup: Some(MixUp { alpha, probability: 1.0 }),
                cutmix: None,
            }));
            assert!(
                (mean - 0.5).abs() < 0.03
                    && (variance * 4.0 * (2.0 * alpha + 1.0) - 1.0).abs() < 0.08,
                "{alpha}: {mean} {variance}"
            );
        }
        let half =
            kept(Mixing { mixup: Some(MixUp { alpha: 1.0, probability: 0.5 }), cutmix: None });
        let untouched = half.iter().filter(|&&own| own == 1.0).count();
        assert!((1840..2160).contains(&untouched), "{untouched}");
    }

    #[test]
    fn equal_labels_stay_whole() {
        let mut labels = [3, 3];
        let soft = Mixing { mixup: Some(MixUp::default()), cutmix: None }.apply(
            &mut [1.0; 2 * 60],
            SHAPE,
            &mut labels,
            4,
            Key::new(1),
        );
        assert_eq!(labels, [3, 3]);
        assert!((soft[3] - 1.0).abs() < 1e-6 && (soft[7] - 1.0).abs() < 1e-6);
    }
}
