//! The optimiser Lion.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::check::{below_one, check, positive};
use super::rule::UpdateRule;
use super::weight_decay::WeightDecay;
use crate::TrainError;

/// Lion makes steps of constant size in the direction of the sign of the momentum (Chen 2023,
/// "Symbolic Discovery of Optimization Algorithms", algorithm 2).
///
/// c := b1 m + (1 - b1) g; w -= rate (sign(c) + decay w); m := b2 m + (1 - b2) g, with m = 0 at the
/// start and sign(0) = 0. Weight decay is decoupled from the gradient. The authors recommend a rate
/// 3 to 10 times lower than AdamW's, and a decay that is higher by the same factor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LionConfig {
    /// Base learning rate, above 0. Default: 0.0001, as in the authors' code.
    pub lr: f64,
    /// Share b1 of the momentum in the step, 0 <= b1 < 1. Default: 0.9.
    pub beta_1: f64,
    /// Decay b2 of the momentum, 0 <= b2 < 1. Default: 0.99.
    pub beta_2: f64,
    /// Decay of weight matrices, at least 0: each update subtracts `rate * weight_decay * w`.
    /// Default: 0, as in the authors' code.
    pub weight_decay: f64,
    /// If true, biases and norms decay too. Default: false.
    pub decay_all: bool,
}

impl Default for LionConfig {
    fn default() -> Self {
        Self { lr: 0.0001, beta_1: 0.9, beta_2: 0.99, weight_decay: 0.0, decay_all: false }
    }
}

impl LionConfig {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        let range = "a number in 0 <= beta < 1";
        check("optimizer.lr", self.lr, positive(self.lr), "a finite number above 0")?;
        check("optimizer.beta_1", self.beta_1, below_one(self.beta_1), range)?;
        check("optimizer.beta_2", self.beta_2, below_one(self.beta_2), range)?;
        self.decay().validate()
    }

    pub(super) const fn decay(&self) -> WeightDecay {
        WeightDecay { strength: self.weight_decay, decoupled: true, all: self.decay_all }
    }

    /// Returns the rule at a learning rate.
    pub(super) fn update(&self, rate: f64) -> Lion {
        let pair = |beta: f64| (beta as f32, (1.0 - beta) as f32);
        Lion { rate: rate as f32, beta_1: pair(self.beta_1), beta_2: pair(self.beta_2) }
    }
}

/// Each beta and 1 minus it.
pub(super) struct Lion {
    rate: f32,
    beta_1: (f32, f32),
    beta_2: (f32, f32),
}

impl UpdateRule<1> for Lion {
    #[inline]
    fn element(&self, weight: f32, gradient: f32, [m]: [f32; 1]) -> (f32, [f32; 1]) {
        let c = self.beta_1.0 * m + self.beta_1.1 * gradient;
        // NaN must stay NaN and not become a step of size 0.
        let sign = if c == 0.0 || c.is_nan() { c } else { 1_f32.copysign(c) };
        (weight - self.rate * sign, [self.beta_2.0 * m + self.beta_2.1 * gradient])
    }

    fn tensor(
        &self,
        weight: Tensor<1>,
        gradient: Tensor<1>,
        [m]: [Tensor<1>; 1],
    ) -> (Tensor<1>, [Tensor<1>; 1]) {
        let c = m.clone().mul_scalar(self.beta_1.0) + gradient.clone().mul_scalar(self.beta_1.1);
        let m = m.mul_scalar(self.beta_2.0) + gradient.mul_scalar(self.beta_2.1);
        (weight - c.sign().mul_scalar(self.rate), [m])
    }
}
