//! The optimiser RMSprop.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::check::{below_one, check, positive};
use super::rule::UpdateRule;
use super::weight_decay::WeightDecay;
use crate::TrainError;

/// RMSprop divides the learning rate of each parameter by the root of the running mean of its
/// squared gradients (Hinton 2012, "Neural Networks for Machine Learning", lecture 6e).
///
/// v := rho v + (1 - rho) g^2; w -= rate * g / (sqrt(v) + epsilon), with v = 0 at the start. The
/// defaults of the rate and of rho are Hinton's (PyTorch's are 0.01 and 0.99); that of epsilon is
/// PyTorch's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RmsPropConfig {
    /// Base learning rate, above 0. Default: 0.001.
    pub lr: f64,
    /// Decay of the running mean, 0 <= rho < 1 (PyTorch's alpha). Default: 0.9.
    pub rho: f64,
    /// Prevents a division by 0; above 0. Default: 1e-8.
    pub epsilon: f64,
    /// Weight of the penalty (decay / 2) |w|^2 on weight matrices, at least 0. Default: 0.
    pub weight_decay: f64,
    /// If true, weight decay is decoupled from the gradient: the update
    /// `w -= rate * weight_decay * w` replaces the penalty. Default: false.
    pub decoupled: bool,
    /// If true, biases and norms decay too. Default: false.
    pub decay_all: bool,
}

impl Default for RmsPropConfig {
    fn default() -> Self {
        Self {
            lr: 0.001,
            rho: 0.9,
            epsilon: 1e-8,
            weight_decay: 0.0,
            decoupled: false,
            decay_all: false,
        }
    }
}

impl RmsPropConfig {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        check("optimizer.lr", self.lr, positive(self.lr), "a finite number above 0")?;
        check("optimizer.rho", self.rho, below_one(self.rho), "a number in 0 <= rho < 1")?;
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
    pub(super) fn update(&self, rate: f64) -> RmsProp {
        RmsProp {
            rate: rate as f32,
            rho: self.rho as f32,
            one_minus_rho: (1.0 - self.rho) as f32,
            epsilon: self.epsilon as f32,
        }
    }
}

pub(super) struct RmsProp {
    rate: f32,
    rho: f32,
    one_minus_rho: f32,
    epsilon: f32,
}

impl UpdateRule<1> for RmsProp {
    #[inline]
    fn element(&self, weight: f32, gradient: f32, [v]: [f32; 1]) -> (f32, [f32; 1]) {
        let v = self.rho * v + self.one_minus_rho * (gradient * gradient);
        (weight - self.rate * gradient / (v.sqrt() + self.epsilon), [v])
    }

    fn tensor(
        &self,
        weight: Tensor<1>,
        gradient: Tensor<1>,
        [v]: [Tensor<1>; 1],
    ) -> (Tensor<1>, [Tensor<1>; 1]) {
        let v = v.mul_scalar(self.rho) + gradient.clone().square().mul_scalar(self.one_minus_rho);
        (weight - gradient.mul_scalar(self.rate) / v.clone().sqrt().add_scalar(self.epsilon), [v])
    }
}
