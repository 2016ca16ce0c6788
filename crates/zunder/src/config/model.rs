//! Any of the models, by its configuration.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};
use zunder_data::ImageShape;
use zunder_models::{
    Key, LinearClassifier, LinearClassifierConfig, Mlp, MlpConfig, ModelError, Norm, ResidualMlp,
    ResidualMlpConfig, Summary,
};
use zunder_train::Classifier;

use crate::TestTimeAugmentation;

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
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Linear, Self::Mlp, Self::ResidualMlp];

    /// The name in configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Mlp => "mlp",
            Self::ResidualMlp => "residual-mlp",
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
    /// The residual multilayer perceptron.
    ResidualMlp(ResidualMlpConfig),
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
            Self::ResidualMlp(_) => ModelKind::ResidualMlp,
        }
    }

    /// Checks every setting against its range, and that the model can be trained.
    ///
    /// # Errors
    /// Those of the model's own check, and [`ModelError::NotTrainable`] for an activation without a
    /// gradient.
    pub fn validate(&self) -> Result<(), ModelError> {
        match self {
            Self::Linear(_) => Ok(()),
            Self::Mlp(config) => config.validate().and(config.activation.check_trainable()),
            Self::ResidualMlp(config) => config.validate().and(config.activation.check_trainable()),
        }
    }

    /// The setting that makes the model normalise over the batch, if it does: then no batch may be
    /// a single image.
    pub(crate) const fn batch_norm(&self) -> Option<&'static str> {
        match self {
            Self::Mlp(MlpConfig { batch_norm: true, .. }) => Some("model.batch_norm = true"),
            Self::ResidualMlp(ResidualMlpConfig { norm: Norm::Batch, .. }) => {
                Some("model.norm = \"batch\"")
            }
            _ => None,
        }
    }

    /// The entries of all weight matrices for so many inputs and classes, capped at the largest
    /// `usize`.
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

    /// The model for images of a shape and `classes` outputs, its weights drawn from `key`.
    ///
    /// # Errors
    /// Those of the model's own `init`.
    pub fn init(
        &self,
        shape: ImageShape,
        classes: usize,
        key: Key,
        device: &Device,
    ) -> Result<Model, ModelError> {
        let features = shape.len();
        let none = Model {
            linear: None,
            mlp: None,
            residual: None,
            shape,
            tta: TestTimeAugmentation::None,
        };
        Ok(match self {
            Self::Linear(config) => {
                Model { linear: Some(config.init(features, classes, key, device)?), ..none }
            }
            Self::Mlp(config) => {
                Model { mlp: Some(config.init(features, classes, key, device)?), ..none }
            }
            Self::ResidualMlp(config) => {
                Model { residual: Some(config.init(features, classes, key, device)?), ..none }
            }
        })
    }
}

/// Any of the models, as the training loop takes it.
///
/// Exactly one field is set. (An enum would do, but Burn leaves a variant's name out of a
/// parameter's path, and the files of two kinds of model could then be mistaken for each other.)
#[derive(Module, Debug)]
pub struct Model {
    linear: Option<LinearClassifier>,
    mlp: Option<Mlp>,
    residual: Option<ResidualMlp>,
    #[module(skip)]
    shape: ImageShape,
    #[module(skip)]
    tta: TestTimeAugmentation,
}

impl Model {
    /// The same, answering with the mean over the views of a test-time augmentation.
    #[must_use]
    pub fn with_tta(self, tta: TestTimeAugmentation) -> Self {
        Self { tta, ..self }
    }

    /// The scores of the images alone.
    fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        match (&self.linear, &self.mlp, &self.residual) {
            (Some(model), ..) => model.forward(input),
            (_, Some(model), _) => model.forward(input),
            (.., Some(model)) => model.forward(input),
            (None, None, None) => input,
        }
    }

    /// Shapes, parameters and cost.
    pub fn summary(&self) -> Summary {
        match (&self.linear, &self.mlp, &self.residual) {
            (Some(model), ..) => model.summary(),
            (_, Some(model), _) => model.summary(),
            (.., Some(model)) => model.summary(),
            (None, None, None) => Summary::default(),
        }
    }
}

impl Classifier for Model {
    type Input = Tensor<2>;

    fn scores(&self, input: Tensor<2>) -> Tensor<2> {
        self.tta.mean(input, self.shape, |view| self.forward(view))
    }

    fn scores_training(&self, input: Tensor<2>, key: Key) -> Tensor<2> {
        match (&self.mlp, &self.residual) {
            (Some(model), _) => model.forward_training(input, key),
            (_, Some(model)) => model.forward_training(input, key),
            (None, None) => self.forward(input),
        }
    }

    fn scores_observed(
        &self,
        input: Tensor<2>,
        observer: &mut dyn FnMut(&str, &Tensor<2>),
    ) -> Tensor<2> {
        match (&self.mlp, &self.residual) {
            (Some(model), _) => model.forward_observed(input, observer),
            (_, Some(model)) => model.forward_observed(input, observer),
            (None, None) => self.forward(input),
        }
    }

    /// The summary's: `mlp.hidden.0.linear.weight` belongs to `hidden 1`,
    /// `residual.blocks.2.expand.weight` to `block 3 expand`.
    fn layer_name(&self, parameter: &str) -> String {
        let from_one = |index: &str| {
            index
                .parse::<usize>()
                .map_or_else(|_| index.to_owned(), |index| (index + 1).to_string())
        };
        match parameter.split('.').collect::<Vec<_>>().as_slice() {
            [_, "hidden", i, ..] => format!("hidden {}", from_one(i)),
            [_, "blocks", i, part, ..] => format!("block {} {part}", from_one(i)),
            [_, layer, ..] => (*layer).to_owned(),
            _ => parameter.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::module::{ModuleVisitor, Param};

    /// The paths of all weight matrices.
    #[derive(Default)]
    struct Weights {
        path: Vec<String>,
        paths: Vec<String>,
    }

    impl ModuleVisitor for Weights {
        fn enter_module(&mut self, name: &str, _container_type: &str) {
            self.path.push(name.to_owned());
        }

        fn exit_module(&mut self, _name: &str, _container_type: &str) {
            self.path.pop();
        }

        fn visit_float<const D: usize>(&mut self, _: &Param<Tensor<D>>) {
            if D > 1 {
                self.paths.push(self.path.join("."));
            }
        }
    }

    #[test]
    fn each_kind_shows_its_hidden_layers() {
        let device = Device::flex();
        for (config, layers) in [
            (ModelConfig::Linear(LinearClassifierConfig::default()), vec![]),
            (
                ModelConfig::Mlp(MlpConfig { hidden: vec![4, 3], ..MlpConfig::default() }),
                vec!["hidden 1", "hidden 2"],
            ),
            (
                ModelConfig::ResidualMlp(ResidualMlpConfig {
                    width: 4,
                    depth: 1,
                    ..ResidualMlpConfig::default()
                }),
                vec!["block 1 expand"],
            ),
        ] {
            let shape = ImageShape { channels: 1, height: 1, width: 5 };
            let model = config.init(shape, 2, Key::new(1), &device).unwrap();
            let x = Tensor::ones([3, 5], &device);
            let mut seen = Vec::new();
            let observed =
                model.scores_observed(x.clone(), &mut |layer, _| seen.push(layer.to_owned()));
            let difference = (observed - model.scores(x)).abs().max().into_scalar::<f32>();
            assert_eq!(
                (seen.iter().map(String::as_str).collect::<Vec<_>>(), difference),
                (layers, 0.0)
            );
            assert_eq!(ModelKind::from_name(config.kind().name()), Some(config.kind()));

            assert_eq!(
                config.weights(5, 2),
                model.summary().layers().iter().map(|l| l.inputs * l.outputs).sum::<usize>()
            );
            // The weights' layers are those of the summary, in its order.
            let mut weights = Weights::default();
            model.visit(&mut weights);
            let names: Vec<String> =
                weights.paths.iter().map(|path| model.layer_name(path)).collect();
            assert_eq!(
                names,
                model.summary().layers().iter().map(|layer| layer.name.clone()).collect::<Vec<_>>()
            );
        }
    }
}
