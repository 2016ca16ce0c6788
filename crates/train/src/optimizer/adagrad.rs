//! The optimiser AdaGrad.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::check::{check, positive};
use super::rule::UpdateRule;
use super::weight_decay::WeightDecay;
use crate::TrainError;

/// AdaGrad divides the learning rate of each parameter by the root of the sum of its squared
/// gradients (lecture 6a.3, "Adaptive Lernraten"; Duchi 2011).
///
/// s := s + g^2; w -= rate * g / (sqrt(s) + epsilon), with s = 0 at the start. The defaults are
/// PyTorch's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdaGradConfig {
    /// Base learning rate, above 0. Default: 0.01.
    pub lr: f64,
    /// Prevents a division by 0; above 0. Default: 1e-10.
    pub epsilon: f64,
    /// Weight of the penalty (decay / 2) |w|^2 on weight matrices, at least 0. Default: 0.
    pub weight_decay: f64,
    /// If true, weight decay is decoupled from the gradient: the update
    /// `w -= rate * weight_decay * w` replaces the penalty. Default: false.
    pub decoupled: bool,
    /// If true, biases and norms decay too. Default: false.
    pub decay_all: bool,
}

impl Default for AdaGradConfig {
    fn default() -> Self {
        Self { lr: 0.01, epsilon: 1e-10, weight_decay: 0.0, decoupled: false, decay_all: false }
    }
}

impl AdaGradConfig {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        check("optimizer.lr", self.lr, positive(self.lr), "a finite number above 0")?;
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

    /// Returns the rule at a learning rate.
    pub(super) fn update(&self, rate: f64) -> AdaGrad {
        AdaGrad { rate: rate as f32, epsilon: self.epsilon as f32 }
    }
}

pub(super) struct AdaGrad {
    rate: f32,
    epsilon: f32,
}

impl UpdateRule<1> for AdaGrad {
    #[inline]
    fn element(&self, weight: f32, gradient: f32, [sum]: [f32; 1]) -> (f32, [f32; 1]) {
        let sum = sum + gradient * gradient;
        (weight - self.rate * gradient / (sum.sqrt() + self.epsilon), [sum])
    }

    fn tensor(
        &self,
        weight: Tensor<1>,
        gradient: Tensor<1>,
        [sum]: [Tensor<1>; 1],
    ) -> (Tensor<1>, [Tensor<1>; 1]) {
        let sum = sum + gradient.clone().square();
        (
            weight - gradient.mul_scalar(self.rate) / sum.clone().sqrt().add_scalar(self.epsilon),
            [sum],
        )
    }
}
