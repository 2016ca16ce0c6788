//! The model of a run, of any kind, for the training loop.

use std::fmt;

use burn::module::{Devices, Module, ModuleMapper, ModuleVisitor};
use burn::store::ModuleRecord;
use burn::tensor::{Device, Tensor};
use zunder_data::ImageShape;
use zunder_models::{
    ColumnMeans, Key, LinearClassifier, Mlp, ModelError, ResidualMlp, Summary, Windows,
};
use zunder_train::Classifier;

use crate::config::pool::check_pool;
use crate::config::tta::{View, mean_over};
use crate::{ModelConfig, RunConfig, RunError, TestTimeAugmentation};

impl ModelConfig {
    /// Initialises the model for images of a shape and `classes` outputs, with random weights from
    /// `key`. It has no pooling; [`RunConfig::init_model`] is the model of a run.
    ///
    /// # Errors
    /// Returns the errors of the model's own `init`.
    pub fn init(
        &self,
        shape: ImageShape,
        classes: usize,
        key: Key,
        device: &Device,
    ) -> Result<Model, ModelError> {
        let network = self.network(shape.len(), classes, key, device)?;
        Model::new(network, shape, 1)
    }

    fn network(
        &self,
        features: usize,
        classes: usize,
        key: Key,
        device: &Device,
    ) -> Result<Network, ModelError> {
        Ok(match self {
            Self::Linear(config) => Network::linear(config.init(features, classes, key, device)?),
            Self::Mlp(config) => Network::mlp(config.init(features, classes, key, device)?),
            Self::ResidualMlp(config) => {
                Network::residual(config.init(features, classes, key, device)?)
            }
        })
    }
}

impl RunConfig {
    /// Initialises the model of the run, with its [pooling](RunConfig::pool), for images of a shape
    /// and `classes` outputs, with random weights from `key`. It has no views of test-time
    /// augmentation.
    ///
    /// # Errors
    /// Returns [`RunError::Config`] unless [`pool`](RunConfig::pool) divides height and width, and
    /// the errors of the model's own `init`.
    pub fn init_model(
        &self,
        shape: ImageShape,
        classes: usize,
        key: Key,
        device: &Device,
    ) -> Result<Model, RunError> {
        check_pool(self.pool, shape)?;
        let features = self.features(shape);
        let mut network = self.model.network(features, classes, key, device)?;
        if let Some(windows) = self.windows(shape)? {
            network = network.in_windows(&windows, key.named("windows"));
        }
        Ok(Model::new(network, shape, self.pool)?)
    }

    /// Returns the windows of the pooled image in which weights start, if there are any.
    fn windows(&self, shape: ImageShape) -> Result<Option<Windows>, ModelError> {
        if self.init_window >= 1.0 {
            return Ok(None);
        }
        let pool = self.pool.max(1);
        let (height, width) = (shape.height / pool, shape.width / pool);
        let [rows, columns] =
            [height, width].map(|side| ((side as f64 * self.init_window).round() as usize).max(1));
        Windows::new([shape.channels, height, width], [rows, columns]).map(Some)
    }

    /// Returns the number of inputs of the network for images of a shape.
    pub(crate) fn features(&self, shape: ImageShape) -> usize {
        shape.len() / self.pool.saturating_mul(self.pool).max(1)
    }
}

/// A network of one of the kinds.
///
/// The name of a variant is the first component of its parameters' paths, as in
/// `mlp.output.linear.weight`. Files of weights contain these paths.
#[allow(non_camel_case_types, reason = "paths of parameters in files of weights")]
#[allow(clippy::large_enum_variant, reason = "a run has one network")]
#[derive(Module, Debug)]
enum Network {
    linear(LinearClassifier),
    mlp(Mlp),
    residual(ResidualMlp),
}

impl Network {
    /// Returns the network whose first layer has zeros outside of random windows of the image. Does
    /// nothing to the linear classifier.
    fn in_windows(self, windows: &Windows, key: Key) -> Self {
        match self {
            Self::linear(model) => Self::linear(model),
            Self::mlp(model) => Self::mlp(model.in_windows(windows, key)),
            Self::residual(model) => Self::residual(model.in_windows(windows, key)),
        }
    }
}

/// The model of a run, of any kind: average pooling and a network, whose score is the mean over the
/// views of test-time augmentation.
#[derive(Clone, Debug)]
pub struct Model {
    network: Network,
    shape: ImageShape,
    pool: usize,
    /// Average pooling, if any.
    pooling: Option<ColumnMeans>,
    /// Views, pooled; none for the image alone.
    views: Vec<ColumnMeans>,
}

impl Model {
    /// Returns the model of a network behind pooling by a divisor of height and width.
    fn new(network: Network, shape: ImageShape, pool: usize) -> Result<Self, ModelError> {
        let pooling = (pool > 1).then(|| View::default().columns(shape, pool)).transpose()?;
        Ok(Self { network, shape, pool, pooling, views: Vec::new() })
    }

    /// Returns the model with other views of test-time augmentation.
    #[must_use]
    pub fn with_tta(self, tta: TestTimeAugmentation) -> Self {
        let views = if tta.views() > 1 { tta.columns(self.shape, self.pool) } else { Ok(vec![]) };
        // The pool divides the shape, so each view exists.
        Self { views: views.unwrap_or_default(), ..self }
    }

    /// Returns the model that pools blocks of `pool` x `pool` pixels, a divisor of those of this
    /// one, and gives the same scores without views: the rest of the pooling is folded into its
    /// first layer.
    pub(crate) fn refined(self, pool: usize) -> Result<Self, ModelError> {
        if pool == self.pool {
            return Ok(self);
        }
        let (height, width) = (self.shape.height / pool, self.shape.width / pool);
        let small = ImageShape { height, width, ..self.shape };
        let means = &View::default().columns(small, self.pool / pool)?;
        let network = match self.network {
            Network::linear(model) => Network::linear(model.fold(means)),
            Network::mlp(model) => Network::mlp(model.fold(means)),
            Network::residual(model) => Network::residual(model.fold(means)),
        };
        Self::new(network, self.shape, pool)
    }

    /// Returns the images as the network sees them.
    fn pooled(&self, input: Tensor<2>) -> Tensor<2> {
        match &self.pooling {
            Some(pooling) => pooling.forward(input),
            None => input,
        }
    }

    /// Returns the scores of pooled images.
    fn forward(&self, pooled: Tensor<2>) -> Tensor<2> {
        match &self.network {
            Network::linear(model) => model.forward(pooled),
            Network::mlp(model) => model.forward(pooled),
            Network::residual(model) => model.forward(pooled),
        }
    }

    /// Returns the record of the network alone, with the names that its parameters have there.
    pub(crate) fn into_network_record(self) -> ModuleRecord {
        match self.network {
            Network::linear(model) => model.into_record(),
            Network::mlp(model) => model.into_record(),
            Network::residual(model) => model.into_record(),
        }
    }

    /// Returns shapes, parameters and cost.
    pub fn summary(&self) -> Summary {
        match &self.network {
            Network::linear(model) => model.summary(),
            Network::mlp(model) => model.summary(),
            Network::residual(model) => model.summary(),
        }
    }
}

/// The layers of the network.
impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.network.fmt(f)
    }
}

/// Delegates to the network, so that paths of parameters begin with its kind.
impl Module for Model {
    fn collect_devices(&self, devices: Devices) -> Devices {
        self.network.collect_devices(devices)
    }

    fn fork(self, device: &Device) -> Self {
        Self { network: self.network.fork(device), ..self }
    }

    fn to_device(self, device: &Device) -> Self {
        Self { network: self.network.to_device(device), ..self }
    }

    fn train(self) -> Self {
        Self { network: self.network.train(), ..self }
    }

    fn valid(&self) -> Self {
        Self { network: self.network.valid(), ..self.clone() }
    }

    fn materialize(self) -> Self {
        Self { network: self.network.materialize(), ..self }
    }

    fn visit<Visitor: ModuleVisitor>(&self, visitor: &mut Visitor) {
        self.network.visit(visitor);
    }

    fn map<Mapper: ModuleMapper>(self, mapper: &mut Mapper) -> Self {
        Self { network: self.network.map(mapper), ..self }
    }
}

impl Classifier for Model {
    type Input = Tensor<2>;

    fn scores(&self, input: Tensor<2>) -> Tensor<2> {
        if self.views.is_empty() {
            return self.forward(self.pooled(input));
        }
        mean_over(&self.views, input, |view| self.forward(view))
    }

    fn scores_training(&self, input: Tensor<2>, key: Key) -> Tensor<2> {
        let input = self.pooled(input);
        match &self.network {
            Network::linear(model) => model.forward(input),
            Network::mlp(model) => model.forward_training(input, key),
            Network::residual(model) => model.forward_training(input, key),
        }
    }

    fn scores_observed(
        &self,
        input: Tensor<2>,
        observer: &mut dyn FnMut(&str, &Tensor<2>),
    ) -> Tensor<2> {
        let input = self.pooled(input);
        match &self.network {
            Network::linear(model) => model.forward(input),
            Network::mlp(model) => model.forward_observed(input, observer),
            Network::residual(model) => model.forward_observed(input, observer),
        }
    }

    /// Returns the name as in the summary: `mlp.hidden.0.linear.weight` belongs to `hidden 1`,
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
    use crate::ModelKind;
    use burn::module::{ModuleVisitor, Param};
    use zunder_models::{LinearClassifierConfig, MlpConfig, ResidualMlpConfig};

    /// Collects the paths of all weight matrices.
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
            // The layers of the weights are those of the summary, in its order.
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
