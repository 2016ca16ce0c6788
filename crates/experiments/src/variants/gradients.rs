//! The direction of a batch's gradient, compared with the gradient of other images.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use zunder::{Model, Trial};
use zunder_data::{AugmentConfig, Images, Standardisation};
use zunder_random::Key;
use zunder_train::{Classifier, TrainError};

use crate::ExperimentError;

/// Number of images that the batches are drawn from.
pub(super) const IMAGES: usize = 1024;
/// Number of batches of each size, at most.
const BATCHES: usize = 16;

/// Standardised images with their labels.
pub(super) struct Sample {
    pixels: Vec<f32>,
    labels: Vec<u32>,
}

impl Sample {
    /// Draws images of a trial's training set.
    pub(super) fn draw(images: &Images, seed: u64) -> Result<Self, ExperimentError> {
        let mut order: Vec<u32> = (0..images.len() as u32).collect();
        Key::new(seed).named("gradient images").rng().shuffle(&mut order);
        order.truncate(IMAGES);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        let data = |error: zunder_data::DataError| ExperimentError::Run(error.into());
        let standardisation = Standardisation::fit(images, &sorted).map_err(data)?;
        let pipeline =
            AugmentConfig::default().init(images.shape(), &standardisation).map_err(data)?;
        let size = images.shape().len();
        let mut pixels = vec![0.0; order.len() * size];
        for (image, out) in order.iter().zip(pixels.chunks_exact_mut(size)) {
            pipeline.apply(images.image(*image as usize), Key::new(seed), out);
        }
        Ok(Self { pixels, labels: order.iter().map(|i| images.label(*i as usize)).collect() })
    }

    /// Returns the gradient of the mean loss of some images by all weights, in one vector.
    fn gradient(
        &self,
        model: &Model,
        range: std::ops::Range<usize>,
        device: &Device,
    ) -> Result<Vec<f64>, TrainError> {
        let size = self.pixels.len() / self.labels.len().max(1);
        let autodiff = device.clone().autodiff();
        let pixels = self.pixels[range.start * size..range.end * size].to_vec();
        let input = Tensor::<2>::from_data(TensorData::new(pixels, [range.len(), size]), &autodiff);
        let model = model.clone().train();
        let scores = model.scores_training(input, Key::new(0));
        let labels: Vec<i32> = self.labels[range].iter().map(|label| *label as i32).collect();
        let n = labels.len();
        let labels = Tensor::<2, Int>::from_data(TensorData::new(labels, [n, 1]), &autodiff);
        // The mean cross-entropy: minus the logarithm of the softmax of the true class.
        let loss = log_softmax(scores, 1).gather(1, labels).mean().neg();
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        let mut found = Collected { gradients, values: Vec::new(), error: None };
        model.visit(&mut found);
        found.error.map_or(Ok(found.values), |error| Err(TrainError::Device(error)))
    }

    /// Returns for each batch size the mean cosine of the angle between the gradient of a batch and
    /// that of all images that are not in the batch. A gradient without a common direction has a
    /// mean of 0, since the two sets share no image. A batch has at most half of the images.
    pub(super) fn cosines(
        &self,
        model: &Model,
        sizes: &[usize],
        device: &Device,
    ) -> Result<Vec<f64>, TrainError> {
        let n = self.labels.len();
        let all = self.gradient(model, 0..n, device)?;
        let of_size = |size: &usize| {
            let size = (*size).clamp(1, (n / 2).max(1));
            let batches = (n / size).min(BATCHES);
            let cosines: Vec<f64> = (0..batches)
                .map(|i| {
                    let own = self.gradient(model, i * size..(i + 1) * size, device)?;
                    Ok(cosine(&own, &others(&all, n, &own, size)))
                })
                .collect::<Result<_, TrainError>>()?;
            Ok(crate::means::mean(&cosines))
        };
        sizes.iter().map(of_size).collect()
    }
}

/// Returns the model of a trial with its initial weights.
pub(super) fn untrained(trial: &Trial, device: &Device) -> Result<Model, ExperimentError> {
    let (plan, config) = (&trial.plan, &trial.plan.config);
    let key = Key::new(config.seed).named("model");
    Ok(config.init_model(plan.shape, plan.classes.len(), key, device)?)
}

/// Returns the sum of the gradients of the images outside a batch, from the mean gradients of all
/// `n` images and of the `size` in the batch.
fn others(all: &[f64], n: usize, batch: &[f64], size: usize) -> Vec<f64> {
    all.iter().zip(batch).map(|(all, batch)| n as f64 * all - size as f64 * batch).collect()
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Collects the gradients of all parameters.
struct Collected {
    gradients: GradientsParams,
    values: Vec<f64>,
    error: Option<String>,
}

impl ModuleVisitor for Collected {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.get::<D>(param.id) else { return };
        match gradient.try_into_vec_as::<f32>() {
            Ok(values) => self.values.extend(values.into_iter().map(f64::from)),
            Err(error) => self.error = Some(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zunder::{RunConfig, parse_setting};

    #[test]
    fn a_larger_batch_agrees_more_with_the_other_images() {
        let settings = ["model.hidden=[8]", "model.batch_norm=false", "model.dropout=0.0"];
        let settings: Vec<_> = settings.iter().map(|s| parse_setting(s).unwrap()).collect();
        let config = RunConfig::from_layers(None, &settings).unwrap();
        let shapes = zunder_data::shapes::ShapesConfig { train: 128, test: 10, seed: 1 };
        let images = shapes.generate().unwrap().train;
        let device = zunder::device("flex").unwrap();
        let model = config.model.init(images.shape(), 10, Key::new(1), &device).unwrap();
        let sample = Sample::draw(&images, 1).unwrap();
        let cosines = sample.cosines(&model, &[4, 32, 64], &device).unwrap();
        assert!(0.0 < cosines[0] && cosines[0] < cosines[1] && cosines[2] < 0.999, "{cosines:?}");
        let of = |range| sample.gradient(&model, range, &device).unwrap();
        let (all, halves) = (of(0..128), [of(0..64), of(64..128)]);
        let second = others(&all, 128, &halves[0], 64);
        for (i, value) in second.iter().enumerate() {
            assert!((64.0 * halves[1][i] - value).abs() < 1e-4);
        }
        assert!((cosines[2] - cosine(&halves[0], &halves[1])).abs() < 1e-4, "{cosines:?}");
    }
}
