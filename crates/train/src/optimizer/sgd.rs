use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::config::{below_one, check, not_negative, positive};
use super::update::Update;
use crate::TrainError;

/// Stochastic gradient descent with momentum, as in the lecture (6a.3): v := mu v + g, then w -= rate v, with v = 0 at the start and no dampening.
///
/// The gradient g includes that of the penalty (decay / 2) |w|^2, which is `weight_decay * w`. (The lecture's penalty nu |w|^2 is the same with nu = decay / 2.)
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SgdConfig {
    /// The base learning rate, above 0. Default: 0.05.
    pub lr: f64,
    /// mu, in 0 <= mu < 1; 0 is plain gradient descent. Default: 0.9.
    pub momentum: f64,
    /// Weight of the penalty on weight matrices (biases and norms are left alone), at least 0. Default: 0.
    pub weight_decay: f64,
}

impl Default for SgdConfig {
    fn default() -> Self {
        Self { lr: 0.05, momentum: 0.9, weight_decay: 0.0 }
    }
}

impl SgdConfig {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        check("optimizer.lr", self.lr, positive(self.lr), "a finite number above 0")?;
        check("optimizer.momentum", self.momentum, below_one(self.momentum), "a number in 0 <= momentum < 1")?;
        check("optimizer.weight_decay", self.weight_decay, not_negative(self.weight_decay), "a finite number of at least 0")
    }

    /// The rule at a learning rate, for a tensor that is penalised or not.
    pub(super) fn update(&self, rate: f64, penalised: bool) -> Sgd {
        let decay = if penalised { self.weight_decay } else { 0.0 };
        Sgd { rate: rate as f32, momentum: self.momentum as f32, decay: decay as f32 }
    }
}

pub(super) struct Sgd {
    rate: f32,
    momentum: f32,
    decay: f32,
}

impl Update<1> for Sgd {
    #[inline]
    fn element(&self, weight: f32, gradient: f32, [velocity]: [f32; 1]) -> (f32, [f32; 1]) {
        let velocity = self.momentum * velocity + (gradient + self.decay * weight);
        (weight - self.rate * velocity, [velocity])
    }

    fn tensor(&self, weight: Tensor<1>, gradient: Tensor<1>, [velocity]: [Tensor<1>; 1]) -> (Tensor<1>, [Tensor<1>; 1]) {
        let gradient = gradient + weight.clone().mul_scalar(self.decay);
        let velocity = velocity.mul_scalar(self.momentum) + gradient;
        (weight - velocity.clone().mul_scalar(self.rate), [velocity])
    }
}
