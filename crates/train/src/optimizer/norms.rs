//! Norms of parameters, gradients and updates.

use std::iter::Sum;

use burn::tensor::Tensor;

use super::clip::{Clip, sum_of_squares};

/// Euclidean norms |x| = sqrt(sum of x²) of the update of one weight.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct UpdateNorms {
    /// Path of the weight, such as `hidden.0.linear.weight`.
    pub parameter: String,
    /// |g|, where g is the gradient after averaging and clipping, without weight decay.
    pub gradient: f64,
    /// |w| before the update.
    pub weight: f64,
    /// |w after - w before|.
    pub update: f64,
}

/// The same norms as sums of squares, which can be added.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct SquaredNorms {
    pub gradient: f64,
    pub weight: f64,
    pub update: f64,
}

impl SquaredNorms {
    /// Returns the sums of a chunk of a parameter, in 64 bits.
    pub(super) fn of(gradient: &[f32], clip: Clip, before: &[f32], after: &[f32]) -> Self {
        Self {
            gradient: sum_of_squares(gradient, clip),
            weight: sum_of_squares(before, Clip::NONE),
            update: squared_distance(before, after),
        }
    }

    pub(crate) fn from_norms(norms: &UpdateNorms) -> Self {
        Self {
            gradient: norms.gradient.powi(2),
            weight: norms.weight.powi(2),
            update: norms.update.powi(2),
        }
    }

    /// Returns the norms of a parameter, without its name.
    pub(crate) fn norms(self) -> UpdateNorms {
        UpdateNorms {
            parameter: String::new(),
            gradient: self.gradient.sqrt(),
            weight: self.weight.sqrt(),
            update: self.update.sqrt(),
        }
    }
}

impl Sum for SquaredNorms {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |a, b| Self {
            gradient: a.gradient + b.gradient,
            weight: a.weight + b.weight,
            update: a.update + b.update,
        })
    }
}

/// Like [`sum_of_squares`], for the differences.
fn squared_distance(before: &[f32], after: &[f32]) -> f64 {
    let mut sums = [0.0_f64; 8];
    for (before, after) in before.chunks(8).zip(after.chunks(8)) {
        for ((sum, before), after) in sums.iter_mut().zip(before).zip(after) {
            let difference = f64::from(after - before);
            *sum += difference * difference;
        }
    }
    sums.iter().sum()
}

/// Computes the norms with tensor operations, and reads all three at once.
pub(super) fn on_device(
    gradient: Tensor<1>,
    before: Tensor<1>,
    after: Tensor<1>,
) -> Result<UpdateNorms, String> {
    let update = after - before.clone();
    let norms = Tensor::cat([gradient, before, update].map(norm).into(), 0);
    match norms.try_into_vec_as::<f32>().map_err(|e| e.to_string())?.as_slice() {
        [gradient, weight, update] => Ok(UpdateNorms {
            parameter: String::new(),
            gradient: (*gradient).into(),
            weight: (*weight).into(),
            update: (*update).into(),
        }),
        other => Err(format!("three norms came back as {} numbers", other.len())),
    }
}

/// Returns the norm `[1]`. Divides by the largest number first, since the squares of small numbers
/// would be 0 in 32 bits.
fn norm(values: Tensor<1>) -> Tensor<1> {
    let largest = values.clone().abs().max().clamp_min(f32::MIN_POSITIVE);
    (values / largest.clone()).square().sum().sqrt() * largest
}

#[cfg(test)]
mod tests {
    use super::super::SgdConfig;
    use super::super::lasso::Shrinkage;
    use super::super::parameter_update::ParameterUpdate;
    use super::super::updated::UpdatedParameter;
    use super::*;
    use crate::OptimizerConfig;
    use burn::tensor::Device;

    /// One step of plain gradient descent at rate 0.5 with weight decay 0.1 from w =
    /// (3, -4). The gradient (8, 1) is halved and clipped at 3, which gives (3, 0.5).
    /// So w changes by -0.5 (3 + 0.3, 0.5 - 0.4) = (-1.65, -0.05).
    #[test]
    fn norms_are_those_computed_by_hand_on_both_paths() {
        let config = OptimizerConfig::Sgd(SgdConfig {
            momentum: 0.0,
            weight_decay: 0.1,
            ..SgdConfig::default()
        });
        for on_host in [true, false] {
            let device = Device::flex();
            let (weight, gradient) = (
                Tensor::<2>::from_floats([[3.0, -4.0]], &device),
                Tensor::from_floats([[8.0, 1.0]], &device),
            );
            let clip = Clip { mean: 0.5, limit: 3.0, norm: 1.0 };
            let mut states = Vec::new();
            let update = ParameterUpdate {
                weight,
                gradient,
                clip,
                shrinkage: Shrinkage::NONE,
                states: &mut states,
                average: None,
                on_host,
                measured: true,
            };
            let UpdatedParameter { weight, norms, .. } = update.update(&config, 0.5, 1).unwrap();
            let after = weight.try_into_vec_as::<f32>().unwrap();
            assert!((after[0] - 1.35).abs() < 1e-6 && (after[1] + 4.05).abs() < 1e-6, "{after:?}");
            let UpdateNorms { gradient, weight, update, .. } = norms.unwrap();
            let expected = [9.25_f64.sqrt(), 5.0, (1.65_f64.powi(2) + 0.05_f64.powi(2)).sqrt()];
            for (got, expected) in [gradient, weight, update].into_iter().zip(expected) {
                assert!((got - expected).abs() < 1e-6, "{got}, expected {expected}");
            }
        }
    }

    #[test]
    fn small_numbers_and_zeros_have_norms_on_a_device() {
        let norms = |x: f32| {
            let of = |x| Tensor::from_floats([x, x, x, x], &Device::flex());
            on_device(of(x), of(0.0), of(0.0)).unwrap()
        };
        let UpdateNorms { gradient, weight, update, .. } = norms(1e-25);
        assert!((gradient / 2e-25 - 1.0).abs() < 1e-6);
        assert_eq!((weight, update, norms(0.0).gradient), (0.0, 0.0, 0.0));
    }
}
