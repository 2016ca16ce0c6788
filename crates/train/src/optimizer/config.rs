//! The configuration of the optimiser.

use serde::{Deserialize, Serialize};

use super::weight_decay::WeightDecay;
use super::{AdaGradConfig, AdamConfig, AdamWConfig, LionConfig, RmsPropConfig, SgdConfig};
use crate::TrainError;

/// The optimiser and its settings. Default: SGD with momentum.
///
/// In a configuration it is a table with `name` and the settings of that optimiser. Each optimiser
/// has its own default learning rate. In the table below g is the gradient; all state is 0 at the
/// start.
/// | name | update | lr |
/// |---|---|---|
/// | `sgd`, also `momentum` | `v := mu v + g; w -= lr v` | 0.05 |
/// | `nesterov` | `v := mu v + g; w -= lr (g + mu v)` | 0.05 |
/// | `adagrad` | `s := s + g^2; w -= lr g / (sqrt(s) + eps)` | 0.01 |
/// | `rmsprop` | `v := rho v + (1 - rho) g^2; w -= lr g / (sqrt(v) + eps)` | 0.001 |
/// | `adam` | means m of g and v of g^2, corrected for their start; `w -= lr m / (sqrt(v) + eps)` | 0.001 |
/// | `adamw` | the same, with decoupled weight decay | 0.001 |
/// | `lion` | `w -= lr sign(b1 m + (1 - b1) g); m := b2 m + (1 - b2) g`, with decoupled weight decay | 0.0001 |
///
/// Weight decay is by default part of the gradient, `g + weight_decay * w`, which minimises the
/// lecture's penalty nu |w|^2 with nu = `weight_decay` / 2. Decoupled weight decay is a separate
/// update, `w -= lr * weight_decay * w`. `adamw` and `lion` are always decoupled, the others with
/// `decoupled = true`. Weight decay applies to weight matrices, and with `decay_all = true` to
/// biases and norms too.
///
/// ```
/// use zunder_train::OptimizerConfig;
/// let adam: OptimizerConfig = serde_json::from_str(r#"{ "name": "adam" }"#)?;
/// assert_eq!(adam.lr(), 0.001); // its own default
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase")]
#[non_exhaustive]
pub enum OptimizerConfig {
    /// Stochastic gradient descent with momentum.
    #[serde(alias = "momentum")]
    Sgd(SgdConfig),
    /// Stochastic gradient descent with Nesterov momentum.
    Nesterov(SgdConfig),
    /// AdaGrad.
    AdaGrad(AdaGradConfig),
    /// RMSprop.
    RmsProp(RmsPropConfig),
    /// Adam.
    Adam(AdamConfig),
    /// Adam with decoupled weight decay.
    AdamW(AdamWConfig),
    /// Lion.
    Lion(LionConfig),
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self::Sgd(SgdConfig::default())
    }
}

impl OptimizerConfig {
    /// Returns the name in configurations.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sgd(_) => "sgd",
            Self::Nesterov(_) => "nesterov",
            Self::AdaGrad(_) => "adagrad",
            Self::RmsProp(_) => "rmsprop",
            Self::Adam(_) => "adam",
            Self::AdamW(_) => "adamw",
            Self::Lion(_) => "lion",
        }
    }

    /// Returns the base learning rate.
    pub const fn lr(&self) -> f64 {
        match self {
            Self::Sgd(config) | Self::Nesterov(config) => config.lr,
            Self::AdaGrad(config) => config.lr,
            Self::RmsProp(config) => config.lr,
            Self::Adam(config) => config.lr,
            Self::AdamW(config) => config.lr,
            Self::Lion(config) => config.lr,
        }
    }

    /// Returns the configuration with another base learning rate.
    #[must_use]
    pub const fn with_lr(mut self, lr: f64) -> Self {
        match &mut self {
            Self::Sgd(config) | Self::Nesterov(config) => config.lr = lr,
            Self::AdaGrad(config) => config.lr = lr,
            Self::RmsProp(config) => config.lr = lr,
            Self::Adam(config) => config.lr = lr,
            Self::AdamW(config) => config.lr = lr,
            Self::Lion(config) => config.lr = lr,
        }
        self
    }

    /// Returns nu, the weight of the penalty nu |w|^2 (lecture 6a.3, "Regularisierung"; no factor
    /// of 1/2): half the weight decay. 0 if weight decay is decoupled, since then it is not part of
    /// the minimised function.
    pub const fn nu(&self) -> f64 {
        let decay = self.decay();
        if decay.decoupled { 0.0 } else { decay.strength / 2.0 }
    }

    /// Returns the settings of the weight decay.
    pub(crate) const fn decay(&self) -> WeightDecay {
        match self {
            Self::Sgd(config) | Self::Nesterov(config) => config.decay(),
            Self::AdaGrad(config) => config.decay(),
            Self::RmsProp(config) => config.decay(),
            Self::Adam(config) => config.decay(),
            Self::AdamW(config) => config.adam().decay(),
            Self::Lion(config) => config.decay(),
        }
    }

    /// Checks every setting against its range.
    ///
    /// # Errors
    /// Returns [`TrainError::Setting`] with the setting's name, its value and its range.
    pub fn validate(&self) -> Result<(), TrainError> {
        match self {
            Self::Sgd(config) => config.validate(),
            Self::Nesterov(config) => config.validate_nesterov(),
            Self::AdaGrad(config) => config.validate(),
            Self::RmsProp(config) => config.validate(),
            Self::Adam(config) => config.validate(),
            Self::AdamW(config) => config.adam().validate(),
            Self::Lion(config) => config.validate(),
        }
    }
}
