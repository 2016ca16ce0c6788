//! An L1 penalty that sets weights of the first layers to 0: beta-LASSO.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::check::{check, not_negative};
use crate::TrainError;

/// An L1 penalty on the weights of the first layers, which sets most of them to 0 (beta-LASSO;
/// Neyshabur 2020, "Towards Learning Convolutions from Scratch", algorithm 1). Default: none.
///
/// After the optimiser has updated a weight w at the learning rate r:
/// `m = |w| - r l1; w := sign(w) m if m > beta l1, else 0`.
///
/// The first part is the proximal step of the penalty `l1 * |w|`. The second part keeps a weight at
/// 0 until one update moves it far enough. In an image classifier the units of a first layer then
/// see small patches of the image, as those of a convolution do, and the network generalises better
/// (docs/guide/accuracy.md). The penalty is not part of the reported loss.
///
/// ```
/// use zunder_train::{FitConfig, LassoConfig};
/// let lasso = LassoConfig { l1: 4e-5, ..LassoConfig::default() };
/// FitConfig { lasso, ..FitConfig::default() }.validate()?;
/// # Ok::<(), zunder_train::TrainError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LassoConfig {
    /// Weight of the penalty, at least 0; 0 disables it. Default: 0.
    pub l1: f64,
    /// Weights of an absolute value up to `beta * l1` become 0; at least 0. With 0 this is the
    /// plain LASSO. Default: 50, as in the paper.
    pub beta: f64,
    /// Number of weight matrices that are penalised, from the input on, at least 1. Default: 1.
    pub layers: usize,
}

impl Default for LassoConfig {
    fn default() -> Self {
        Self { l1: 0.0, beta: 50.0, layers: 1 }
    }
}

impl LassoConfig {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// Returns [`TrainError::Setting`] with the setting's name, its value and its range.
    pub fn validate(&self) -> Result<(), TrainError> {
        let expected = "a finite number of at least 0";
        check("lasso.l1", self.l1, not_negative(self.l1), expected)?;
        check("lasso.beta", self.beta, not_negative(self.beta), expected)?;
        check("lasso.beta * l1", self.threshold(), not_negative(self.threshold()), expected)?;
        if self.layers == 0 {
            let (key, got) = ("lasso.layers", "0".to_owned());
            return Err(TrainError::Setting { key, got, expected: "a number of at least 1" });
        }
        Ok(())
    }

    /// Returns true if there is no penalty.
    pub fn is_off(&self) -> bool {
        self.l1 == 0.0
    }

    /// Returns the absolute value up to which weights become 0, `beta * l1`.
    pub fn threshold(&self) -> f64 {
        self.beta * self.l1
    }

    /// Returns what an update at a learning rate does to the weight matrix of an index, counted
    /// from 0 at the input.
    pub(super) fn at(&self, rate: f64, index: usize) -> Shrinkage {
        if self.is_off() || index >= self.layers {
            return Shrinkage::NONE;
        }
        Shrinkage { by: (rate * self.l1) as f32, cut: self.threshold() as f32 }
    }
}

/// The last part of the update of a weight: its absolute value m becomes `m - by`, or 0 if that is
/// at most `cut`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shrinkage {
    by: f32,
    cut: f32,
}

impl Shrinkage {
    /// Changes no bit of a weight.
    pub(super) const NONE: Self = Self { by: 0.0, cut: -1.0 };

    #[inline]
    pub(super) fn element(self, weight: f32) -> f32 {
        let rest = weight.abs() - self.by;
        // A NaN stays: it is not at most `cut`.
        if rest <= self.cut { 0.0 } else { rest.copysign(weight) }
    }

    pub(super) fn tensor<const D: usize>(self, weight: Tensor<D>) -> Tensor<D> {
        if self == Self::NONE {
            return weight;
        }
        let rest = weight.clone().abs() - self.by;
        let small = rest.clone().lower_equal_elem(self.cut);
        (weight.sign() * rest).mask_fill(small, 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};
    use proptest::prelude::*;

    #[test]
    fn settings_out_of_range_are_refused() {
        let message = |text: &str| {
            let config: LassoConfig = serde_json::from_str(text).unwrap();
            config.validate().unwrap_err().to_string()
        };
        let number = "expected a finite number of at least 0";
        assert_eq!(message(r#"{ "l1": -1 }"#), format!("lasso.l1 is -1, {number}"));
        assert_eq!(message(r#"{ "beta": -0.5 }"#), format!("lasso.beta is -0.5, {number}"));
        assert!(message(r#"{ "l1": 1e60 }"#).ends_with(number));
        assert!(message(r#"{ "l1": 1e30, "beta": 1e30 }"#).starts_with("lasso.beta * l1 is"));
        assert_eq!(
            message(r#"{ "layers": 0 }"#),
            "lasso.layers is 0, expected a number of at least 1"
        );
        LassoConfig { l1: 1e-4, beta: 0.0, layers: 9 }.validate().unwrap();
    }

    #[test]
    fn only_the_first_layers_shrink() {
        let lasso = LassoConfig { l1: 0.5, beta: 4.0, layers: 2 };
        assert_eq!(lasso.at(0.1, 0), Shrinkage { by: 0.05, cut: 2.0 });
        assert_eq!(lasso.at(0.1, 1), lasso.at(0.1, 0));
        assert_eq!(lasso.at(0.1, 2), Shrinkage::NONE);
        assert_eq!(LassoConfig::default().at(0.1, 0), Shrinkage::NONE);
    }

    /// Without a threshold the result is the minimum of `(w - v)^2 / 2 + by |v|`: no neighbour of
    /// it is better.
    #[test]
    fn shrinkage_is_the_proximal_step_of_the_penalty() {
        for w in [-3.0_f32, -0.4, -0.1, 0.0, 0.2, 0.31, 5.0] {
            let v = Shrinkage { by: 0.3, cut: 0.0 }.element(w);
            let objective = |v: f32| (w - v).powi(2) / 2.0 + 0.3 * v.abs();
            for step in [-0.05, -0.001, 0.001, 0.05] {
                assert!(objective(v) <= objective(v + step) + 1e-7, "{w}: {v}");
            }
        }
    }

    proptest! {
        /// The formula, its symmetry, and the same by tensor operations.
        #[test]
        fn weights_shrink_by_the_formula(
            weights in prop::collection::vec(-2.0..2.0_f32, 1..40),
            by in 0.0..0.5_f32,
            cut in 0.0..1.0_f32,
        ) {
            let shrinkage = Shrinkage { by, cut };
            let got: Vec<f32> = weights.iter().map(|w| shrinkage.element(*w)).collect();
            for (&w, &v) in weights.iter().zip(&got) {
                let rest = w.abs() - by;
                prop_assert_eq!(v, if rest > cut { w.signum() * rest } else { 0.0 });
                prop_assert_eq!(shrinkage.element(-w), -v);
                prop_assert_eq!(Shrinkage::NONE.element(w).to_bits(), w.to_bits());
            }
            let data = TensorData::new(weights.clone(), [weights.len()]);
            let tensor = shrinkage.tensor(Tensor::<1>::from_data(data, &Device::flex()));
            prop_assert_eq!(tensor.try_into_vec_as::<f32>().unwrap(), got);
        }
    }

    #[test]
    fn numbers_that_are_not_finite_stay() {
        let shrinkage = Shrinkage { by: 0.1, cut: 0.2 };
        assert!(shrinkage.element(f32::NAN).is_nan() && Shrinkage::NONE.element(f32::NAN).is_nan());
        assert_eq!(shrinkage.element(f32::NEG_INFINITY), f32::NEG_INFINITY);
        assert_eq!(Shrinkage::NONE.element(-0.0).to_bits(), (-0.0_f32).to_bits());
    }
}
