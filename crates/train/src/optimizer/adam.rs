//! The optimisers Adam and AdamW.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::check::{below_one, check, positive};
use super::rule::UpdateRule;
use super::weight_decay::WeightDecay;
use crate::TrainError;

/// Adam combines momentum with a learning rate for each parameter (Kingma and Ba 2015, algorithm 1,
/// with PyTorch's defaults; lecture 6a.3).
///
/// m := b1 m + (1 - b1) g; v := b2 v + (1 - b2) g^2; w -= rate * (m / (1 - b1^t)) / (sqrt(v / (1 -
/// b2^t)) + epsilon), where t counts the updates from 1 and m = v = 0 at the start. The gradient g
/// includes that of the penalty (decay / 2) |w|^2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamConfig {
    /// Base learning rate, above 0. Default: 0.001.
    pub lr: f64,
    /// Decay b1 of the mean of the gradients, 0 <= b1 < 1. Default: 0.9.
    pub beta_1: f64,
    /// Decay b2 of the mean of the squared gradients, 0 <= b2 < 1. Default: 0.999.
    pub beta_2: f64,
    /// Prevents a division by 0; above 0. Default: 1e-8.
    pub epsilon: f64,
    /// Weight of the penalty on weight matrices, at least 0. Default: 0.
    pub weight_decay: f64,
    /// If true, weight decay is decoupled from the gradient: the update
    /// `w -= rate * weight_decay * w` replaces the penalty, as in [`AdamW`](crate::AdamWConfig).
    /// Default: false.
    pub decoupled: bool,
    /// If true, biases and norms decay too. Default: false.
    pub decay_all: bool,
}

/// AdamW: [Adam](AdamConfig) with decoupled weight decay, `w -= rate * decay * w` before Adam's own
/// step (Loshchilov and Hutter 2019, algorithm 2, with PyTorch's defaults).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamWConfig {
    /// Base learning rate, above 0. Default: 0.001.
    pub lr: f64,
    /// Decay b1 of the mean of the gradients, 0 <= b1 < 1. Default: 0.9.
    pub beta_1: f64,
    /// Decay b2 of the mean of the squared gradients, 0 <= b2 < 1. Default: 0.999.
    pub beta_2: f64,
    /// Prevents a division by 0; above 0. Default: 1e-8.
    pub epsilon: f64,
    /// Decay of weight matrices, at least 0: each update subtracts `rate * weight_decay * w`.
    /// Default: 0.01.
    pub weight_decay: f64,
    /// If true, biases and norms decay too, as in PyTorch. Default: false.
    pub decay_all: bool,
}

impl Default for AdamConfig {
    fn default() -> Self {
        Self {
            lr: 0.001,
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
            decoupled: false,
            decay_all: false,
        }
    }
}

impl Default for AdamWConfig {
    fn default() -> Self {
        Self {
            lr: 0.001,
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.01,
            decay_all: false,
        }
    }
}

impl AdamWConfig {
    /// Returns the equivalent configuration of Adam.
    pub(super) const fn adam(&self) -> AdamConfig {
        let Self { lr, beta_1, beta_2, epsilon, weight_decay, decay_all } = *self;
        AdamConfig { lr, beta_1, beta_2, epsilon, weight_decay, decoupled: true, decay_all }
    }
}

impl AdamConfig {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        let range = "a number in 0 <= beta < 1";
        check("optimizer.lr", self.lr, positive(self.lr), "a finite number above 0")?;
        check("optimizer.beta_1", self.beta_1, below_one(self.beta_1), range)?;
        check("optimizer.beta_2", self.beta_2, below_one(self.beta_2), range)?;
        check(
            "optimizer.epsilon",
            self.epsilon,
            positive(self.epsilon),
            "a finite number above 0",
        )?;
        self.decay().validate()
    }

    pub(super) const fn decay(&self) -> WeightDecay {
        WeightDecay { strength: self.weight_decay, decoupled: self.decoupled, all: self.decay_all }
    }

    /// Returns the rule at update `t`, counted from 1.
    pub(super) fn update(&self, rate: f64, t: u64) -> Adam {
        let correction = |beta: f64| 1.0 - beta.powf(t as f64);
        Adam {
            rate: (rate / correction(self.beta_1)) as f32,
            beta_1: self.beta_1 as f32,
            beta_2: self.beta_2 as f32,
            one_minus_beta_1: (1.0 - self.beta_1) as f32,
            one_minus_beta_2: (1.0 - self.beta_2) as f32,
            inverse_correction_2: (1.0 / correction(self.beta_2)) as f32,
            epsilon: self.epsilon as f32,
        }
    }
}

pub(super) struct Adam {
    rate: f32,
    beta_1: f32,
    beta_2: f32,
    one_minus_beta_1: f32,
    one_minus_beta_2: f32,
    inverse_correction_2: f32,
    epsilon: f32,
}

impl UpdateRule<2> for Adam {
    #[inline]
    fn element(&self, weight: f32, g: f32, [m, v]: [f32; 2]) -> (f32, [f32; 2]) {
        let m = self.beta_1 * m + self.one_minus_beta_1 * g;
        let v = self.beta_2 * v + self.one_minus_beta_2 * (g * g);
        (weight - self.rate * m / ((v * self.inverse_correction_2).sqrt() + self.epsilon), [m, v])
    }

    fn tensor(
        &self,
        weight: Tensor<1>,
        g: Tensor<1>,
        [m, v]: [Tensor<1>; 2],
    ) -> (Tensor<1>, [Tensor<1>; 2]) {
        let m = m.mul_scalar(self.beta_1) + g.clone().mul_scalar(self.one_minus_beta_1);
        let v = v.mul_scalar(self.beta_2) + g.square().mul_scalar(self.one_minus_beta_2);
        let denominator =
            v.clone().mul_scalar(self.inverse_correction_2).sqrt().add_scalar(self.epsilon);
        (weight - m.clone().mul_scalar(self.rate) / denominator, [m, v])
    }
}
