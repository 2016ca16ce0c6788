use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};
use zunder_models::{Key, LinearClassifier, LinearClassifierConfig, Mlp, MlpConfig, ModelError, Summary};
use zunder_train::Classifier;

/// A kind of model, by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ModelKind {
    /// The linear classifier.
    Linear,
    /// The multilayer perceptron.
    Mlp,
}

impl ModelKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Linear, Self::Mlp];

    /// The name in configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Mlp => "mlp",
        }
    }

    /// The kind with a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Which model, with its settings. Default: the multilayer perceptron.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ModelConfig {
    /// The linear classifier.
    Linear(LinearClassifierConfig),
    /// The multilayer perceptron.
    Mlp(MlpConfig),
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self::Mlp(MlpConfig::default())
    }
}

impl ModelConfig {
    /// Its kind.
    pub const fn kind(&self) -> ModelKind {
        match self {
            Self::Linear(_) => ModelKind::Linear,
            Self::Mlp(_) => ModelKind::Mlp,
        }
    }

    /// Checks every setting against its range.
    ///
    /// # Errors
    /// Those of the model's own check.
    pub fn validate(&self) -> Result<(), ModelError> {
        match self {
            Self::Linear(_) => Ok(()),
            Self::Mlp(config) => config.validate(),
        }
    }

    /// The model for `features` inputs and `classes` outputs, its weights drawn from `key`.
    ///
    /// # Errors
    /// Those of the model's own `init`.
    pub fn init(&self, features: usize, classes: usize, key: Key, device: &Device) -> Result<Model, ModelError> {
        Ok(match self {
            Self::Linear(config) => Model { linear: Some(config.init(features, classes, key, device)?), mlp: None },
            Self::Mlp(config) => Model { linear: None, mlp: Some(config.init(features, classes, key, device)?) },
        })
    }
}

/// Any of the models, as the training loop takes it.
///
/// Exactly one field is set. (An enum would do, but Burn leaves a variant's name out of a parameter's path, and the files of two kinds of model could then be mistaken for each other.)
#[derive(Module, Debug)]
pub struct Model {
    linear: Option<LinearClassifier>,
    mlp: Option<Mlp>,
}

impl Model {
    /// Shapes, parameters and cost.
    pub fn summary(&self) -> Summary {
        match (&self.linear, &self.mlp) {
            (Some(model), _) => model.summary(),
            (_, Some(model)) => model.summary(),
            (None, None) => Summary::default(),
        }
    }
}

impl Classifier for Model {
    type Input = Tensor<2>;

    fn scores(&self, input: Tensor<2>) -> Tensor<2> {
        match (&self.linear, &self.mlp) {
            (Some(model), _) => model.forward(input),
            (_, Some(model)) => model.forward(input),
            (None, None) => input,
        }
    }

    fn scores_training(&self, input: Tensor<2>, key: Key) -> Tensor<2> {
        match &self.mlp {
            Some(model) => model.forward_training(input, key),
            None => self.scores(input),
        }
    }
}
