//! The model of a run, with its settings.

use serde::{Deserialize, Serialize};
use zunder_models::{
    LinearClassifierConfig, MlpConfig, ModelError, Norm, Precision, ResidualMlpConfig,
};

/// A kind of model, by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ModelKind {
    /// The linear classifier.
    Linear,
    /// The multilayer perceptron.
    Mlp,
    /// The residual multilayer perceptron.
    ResidualMlp,
}

impl ModelKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Linear, Self::Mlp, Self::ResidualMlp];

    /// Returns the name in configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Mlp => "mlp",
            Self::ResidualMlp => "residual-mlp",
        }
    }

    /// Returns the kind with a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The model of a run, with its settings. Default: the multilayer perceptron.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ModelConfig {
    /// The linear classifier.
    Linear(LinearClassifierConfig),
    /// The multilayer perceptron.
    Mlp(MlpConfig),
    /// The residual multilayer perceptron.
    ResidualMlp(ResidualMlpConfig),
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self::Mlp(MlpConfig::default())
    }
}

impl ModelConfig {
    /// Returns the kind of the model.
    pub const fn kind(&self) -> ModelKind {
        match self {
            Self::Linear(_) => ModelKind::Linear,
            Self::Mlp(_) => ModelKind::Mlp,
            Self::ResidualMlp(_) => ModelKind::ResidualMlp,
        }
    }

    /// Checks every setting against its range, and that the model can be trained.
    ///
    /// # Errors
    /// Returns the errors of the model's own check, and [`ModelError::NotTrainable`] for an
    /// activation without a gradient.
    pub fn validate(&self) -> Result<(), ModelError> {
        match self {
            Self::Linear(_) => Ok(()),
            Self::Mlp(config) => config.validate().and(config.activation.check_trainable()),
            Self::ResidualMlp(config) => config.validate().and(config.activation.check_trainable()),
        }
    }

    /// Returns the setting that enables batch normalisation, if it is enabled: then a batch must
    /// not be a single image.
    pub(crate) const fn batch_norm(&self) -> Option<&'static str> {
        match self {
            Self::Mlp(MlpConfig { batch_norm: true, .. }) => Some("model.batch_norm = true"),
            Self::ResidualMlp(ResidualMlpConfig { norm: Norm::Batch, .. }) => {
                Some("model.norm = \"batch\"")
            }
            _ => None,
        }
    }

    /// Returns the precision of the products of hidden layers in training.
    pub const fn precision(&self) -> Precision {
        match self {
            Self::Linear(_) => Precision::F32,
            Self::Mlp(config) => config.precision,
            Self::ResidualMlp(config) => config.precision,
        }
    }

    /// Returns the number of entries in all weight matrices for these numbers of inputs and
    /// classes, at most the largest `usize`.
    pub(crate) fn weights(&self, features: usize, classes: usize) -> usize {
        let layers = match self {
            Self::Linear(_) => vec![features, classes],
            Self::Mlp(config) => [&[features][..], &config.hidden, &[classes]].concat(),
            Self::ResidualMlp(config) => {
                let blocks = config.hidden().saturating_mul(2).saturating_mul(config.depth);
                return config
                    .width
                    .saturating_mul(features.saturating_add(blocks).saturating_add(classes));
            }
        };
        layers
            .windows(2)
            .map(|sides| sides[0].saturating_mul(sides[1]))
            .fold(0, usize::saturating_add)
    }
}
