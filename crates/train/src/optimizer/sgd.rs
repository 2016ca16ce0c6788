//! Stochastic gradient descent with momentum and with Nesterov momentum.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::check::{below_one, check, positive};
use super::rule::UpdateRule;
use super::weight_decay::WeightDecay;
use crate::TrainError;

/// Stochastic gradient descent with momentum, as in the lecture (6a.3): v := mu v + g, then w -=
/// rate v, with v = 0 at the start and without dampening. The same settings configure Nesterov
/// momentum: v := mu v + g, then w -= rate (g + mu v) (Sutskever 2013, in PyTorch's form).
///
/// The gradient g includes that of the penalty (decay / 2) |w|^2, which is `weight_decay * w`. (The
/// lecture's penalty nu |w|^2 is the same with nu = decay / 2.)
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SgdConfig {
    /// Base learning rate, above 0. Default: 0.05.
    pub lr: f64,
    /// Momentum mu, 0 <= mu < 1. 0 is plain gradient descent, and an error for Nesterov momentum,
    /// which would have no effect. Default: 0.9.
    pub momentum: f64,
    /// Weight of the penalty on weight matrices, at least 0. Default: 0.
    pub weight_decay: f64,
    /// If true, weight decay is decoupled from the gradient: the update
    /// `w -= rate * weight_decay * w` replaces the penalty (SGDW, Loshchilov and Hutter 2019,
    /// algorithm 1). Default: false.
    pub decoupled: bool,
    /// If true, biases and norms decay too. Default: false.
    pub decay_all: bool,
}

impl Default for SgdConfig {
    fn default() -> Self {
        Self { lr: 0.05, momentum: 0.9, weight_decay: 0.0, decoupled: false, decay_all: false }
    }
}

impl SgdConfig {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        check("optimizer.lr", self.lr, positive(self.lr), "a finite number above 0")?;
        check(
            "optimizer.momentum",
            self.momentum,
            below_one(self.momentum),
            "a number in 0 <= momentum < 1",
        )?;
        self.decay().validate()
    }

    pub(super) fn validate_nesterov(&self) -> Result<(), TrainError> {
        self.validate()?;
        check(
            "optimizer.momentum",
            self.momentum,
            positive(self.momentum),
            "a number above 0 for nesterov (sgd is the same without momentum)",
        )
    }

    pub(super) const fn decay(&self) -> WeightDecay {
        WeightDecay { strength: self.weight_decay, decoupled: self.decoupled, all: self.decay_all }
    }

    /// Returns the rule at a learning rate.
    pub(super) fn update<const NESTEROV: bool>(&self, rate: f64) -> Sgd<NESTEROV> {
        Sgd { rate: rate as f32, momentum: self.momentum as f32 }
    }
}

pub(super) struct Sgd<const NESTEROV: bool> {
    rate: f32,
    momentum: f32,
}

impl<const NESTEROV: bool> UpdateRule<1> for Sgd<NESTEROV> {
    #[inline]
    fn element(&self, weight: f32, gradient: f32, [velocity]: [f32; 1]) -> (f32, [f32; 1]) {
        let velocity = self.momentum * velocity + gradient;
        let step = if NESTEROV { gradient + self.momentum * velocity } else { velocity };
        (weight - self.rate * step, [velocity])
    }

    fn tensor(
        &self,
        weight: Tensor<1>,
        gradient: Tensor<1>,
        [velocity]: [Tensor<1>; 1],
    ) -> (Tensor<1>, [Tensor<1>; 1]) {
        let velocity = velocity.mul_scalar(self.momentum) + gradient.clone();
        let step = if NESTEROV {
            gradient + velocity.clone().mul_scalar(self.momentum)
        } else {
            velocity.clone()
        };
        (weight - step.mul_scalar(self.rate), [velocity])
    }
}
