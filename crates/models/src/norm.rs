//! Layer and batch normalisation, by name.

use burn::module::Module;
use burn::nn::{BatchNorm, BatchNormConfig, LayerNorm, LayerNormConfig};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

#[cfg(feature = "flex")]
use crate::function::Function;
#[cfg(feature = "flex")]
use crate::shortcut_flex::Shortcut;

/// The values over which normalisation standardises. Default: the units of each image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Norm {
    /// Layer normalisation: each image over its units, in training and inference. Ba, Kiros and
    /// Hinton 2016.
    #[default]
    Layer,
    /// Batch normalisation: each unit over the images of the batch in training, and by running
    /// averages in inference (lecture 6a.3, "Batch-Normalisierung"). Ioffe and Szegedy 2015.
    ///
    /// A batch of one image has no variance, so training needs at least two images per batch.
    Batch,
}

impl Norm {
    /// Returns the name in a table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Layer => "layer norm",
            Self::Batch => "batch norm",
        }
    }

    pub(crate) fn init(self, units: usize, device: &Device) -> NormLayer {
        match self {
            Self::Layer => {
                NormLayer::Layer(LayerNormConfig::new(units).with_epsilon(EPSILON).init(device))
            }
            Self::Batch => NormLayer::Batch(BatchNormConfig::new(units).init(device)),
        }
    }
}

/// Computes batch normalisation, as [`BatchNorm::forward`], by the fastest method of the device.
///
/// # Shapes
/// `[N, units]` to `[N, units]`.
pub(crate) fn batch_norm(norm: &BatchNorm, input: Tensor<2>) -> Tensor<2> {
    #[cfg(feature = "flex")]
    let input = {
        // The identity is a rectifier of slope 1.
        if let Some(output) = crate::dense_flex::normalised(&input, norm, 1.0, None) {
            return output;
        }
        match crate::batch_norm_flex::normalised_in_use(input, norm, Function::Identity) {
            Ok(output) => return output,
            Err(input) => input,
        }
    };
    norm.forward(input)
}

/// The number that layer normalisation adds to the variance, to avoid a division by 0.
pub(crate) const EPSILON: f64 = 1e-5;

/// y = gamma (x - mean) / sqrt(variance + 1e-5) + beta, with one learnt gamma and beta per unit.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant, reason = "a handful of them, each the handle of tensors")]
pub(crate) enum NormLayer {
    Layer(LayerNorm),
    Batch(BatchNorm),
}

impl NormLayer {
    /// # Shapes
    /// `[N, units]` to `[N, units]`.
    pub(crate) fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Layer(norm) => {
                #[cfg(feature = "flex")]
                let input = match crate::layer_norm_flex::normalised(input, norm, None) {
                    Ok(output) => return output,
                    Err(input) => input,
                };
                norm.forward(input)
            }
            Self::Batch(norm) => batch_norm(norm, input),
        }
    }

    /// [`forward`](Self::forward), and a shortcut past the norm if its backward pass supports one.
    ///
    /// # Shapes
    /// `[N, units]` to `[N, units]`.
    #[cfg(feature = "flex")]
    pub(crate) fn forward_with_shortcut(&self, input: Tensor<2>) -> (Tensor<2>, Option<Shortcut>) {
        let shortcut = Shortcut::default();
        let taken = Some(shortcut.clone());
        let output = match self {
            Self::Layer(norm) => crate::layer_norm_flex::normalised(input, norm, taken),
            Self::Batch(norm) => {
                crate::dense_flex::normalised_with_shortcut(&input, norm, 1.0, None, taken)
                    .ok_or(input)
            }
        };
        match output {
            Ok(output) => (output, Some(shortcut)),
            Err(input) => (self.forward(input), None),
        }
    }

    pub(crate) fn norm(&self) -> Norm {
        match self {
            Self::Layer(_) => Norm::Layer,
            Self::Batch(_) => Norm::Batch,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Initializer, Key};
    use burn::module::Param;

    fn moments(values: &[f32]) -> (f32, f32) {
        let n = values.len() as f32;
        let mean = values.iter().sum::<f32>() / n;
        (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n)
    }

    /// Mean and deviation of the output are beta and gamma, for any input (lecture 6a.3,
    /// "Batch-Normalisierung").
    #[test]
    fn beta_and_gamma_are_mean_and_deviation() {
        let device = Device::flex().autodiff();
        let x = Initializer::Xavier.weights(1, 8 * 16, Key::new(1), &device).reshape([8, 16]);
        let mut norm = BatchNormConfig::new(16).init(&device);
        norm.beta = Param::from_tensor(Tensor::full([16], -2.0, &device));
        norm.gamma = Param::from_tensor(Tensor::full([16], 3.0, &device));
        for input in
            [x.clone().mul_scalar(50.0).add_scalar(7.0), x.mul_scalar(5.0).sub_scalar(100.0)]
        {
            let units =
                norm.forward::<2>(input).inner().transpose().try_into_vec_as::<f32>().unwrap();
            for unit in units.chunks(8) {
                let (mean, variance) = moments(unit);
                assert!(
                    (mean + 2.0).abs() < 1e-2 && (variance.sqrt() - 3.0).abs() < 1e-2,
                    "{mean} {variance}"
                );
            }
        }
    }

    #[test]
    fn rows_or_columns_are_standardised() {
        let device = Device::flex().autodiff();
        let x = Initializer::Xavier
            .weights(1, 8 * 16, Key::new(1), &device)
            .reshape([8, 16])
            .mul_scalar(3.0)
            .add_scalar(2.0);
        let rows = Norm::Layer.init(16, &device).forward(x.clone()).inner();
        let columns = Norm::Batch.init(16, &device).forward(x).inner().transpose();
        for standardised in [rows, columns] {
            let [lines, length] = standardised.dims();
            let values = standardised.try_into_vec_as::<f32>().unwrap();
            assert_eq!((lines * length, values.len()), (128, 128));
            for line in values.chunks(length) {
                let (mean, variance) = moments(line);
                assert!(mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-4, "{mean} {variance}");
            }
        }
    }
}
