//! A small network, drawn shapes, and a record of what Burn's metrics said.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use burn::data::dataloader::DataLoader;
use burn::module::Module;
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use burn::train::logger::MetricLogger;
use burn::train::metric::store::{EpochSummary, MetricsUpdate, Split};
use burn::train::metric::{MetricDefinition, NumericEntry};
use burn::train::{LearningResult, SupervisedTraining};
use zunder_burn_train::{ImageLoader, Key, Learnable, LearnerBatch};
use zunder_data::{
    AugmentConfig, Images, Loader, LoaderConfig, MixUp, Standardisation, shapes::ShapesConfig,
};
use zunder_train::{Classifier, tensors};

pub use crate::silent::{Silent, Summaries};

/// 160 training images in batches of 32, and 50 validation images.
pub const BATCH: usize = 32;

/// With batch normalisation, and with Burn's dropout, which draws from the device.
#[derive(Module, Debug)]
pub struct Net {
    first: Linear,
    norm: BatchNorm,
    dropout: Dropout,
    output: Linear,
}

impl Net {
    pub fn new(device: &Device) -> Self {
        device.seed(1);
        Self {
            first: LinearConfig::new(3072, 8).init(device),
            norm: BatchNormConfig::new(8).init(device),
            dropout: DropoutConfig::new(0.2).init(),
            output: LinearConfig::new(8, 10).init(device),
        }
        .materialize()
    }
}

impl Classifier for Net {
    type Input = Tensor<2>;

    fn scores(&self, input: Tensor<2>) -> Tensor<2> {
        let hidden = relu(self.norm.forward(self.first.forward(input)));
        self.output.forward(self.dropout.forward(hidden))
    }
}

/// Without batch normalisation and dropout.
#[derive(Module, Debug)]
pub struct Line {
    output: Linear,
}

impl Line {
    pub fn new(device: &Device) -> Self {
        device.seed(2);
        Self { output: LinearConfig::new(3072, 10).init(device) }.materialize()
    }
}

impl Classifier for Line {
    type Input = Tensor<2>;

    fn scores(&self, input: Tensor<2>) -> Tensor<2> {
        self.output.forward(input)
    }
}

fn images() -> Arc<Images> {
    static IMAGES: Mutex<Option<Arc<Images>>> = Mutex::new(None);
    let mut images = IMAGES.lock().unwrap();
    let drawn = images.get_or_insert_with(|| {
        let shapes = ShapesConfig { train: 210, test: 10, seed: 1 };
        Arc::new(shapes.generate().unwrap().train)
    });
    Arc::clone(drawn)
}

/// The loader of the training images, augmented and shuffled; with mixing, if asked for.
pub fn train_loader(mixed: bool) -> Loader {
    let (images, indices): (_, Vec<u32>) = (images(), (0..160).collect());
    let standardisation = Standardisation::fit(&images, &indices).unwrap();
    let mut augment = AugmentConfig::preset("light").unwrap();
    if mixed {
        augment.mixup = Some(MixUp { alpha: 0.4, ..MixUp::default() });
    }
    let pipeline = augment.init(images.shape(), &standardisation).unwrap();
    let config = LoaderConfig { batch_size: BATCH, ..LoaderConfig::default() };
    Loader::new(images, indices, pipeline, config, Key::new(7)).unwrap()
}

/// The loader of the validation images, in their order, in batches of another size.
pub fn validation_loader() -> Loader {
    let images = images();
    let standardisation = Standardisation::fit(&images, &(0..160).collect::<Vec<_>>()).unwrap();
    let pipeline = AugmentConfig::default().init(images.shape(), &standardisation).unwrap();
    let config = LoaderConfig {
        batch_size: 20,
        sampling: zunder_data::Sampling::Sequential,
        ..LoaderConfig::default()
    };
    Loader::new(images, (160..210).collect(), pipeline, config, Key::new(7)).unwrap()
}

pub fn train(device: &Device) -> ImageLoader<2> {
    ImageLoader::flat(train_loader(false), Key::new(3), device)
}

pub fn validation(device: &Device) -> ImageLoader<2> {
    ImageLoader::flat(validation_loader(), Key::new(3), device)
}

/// Creates Burn's training without output, which keeps what its metrics say.
pub fn training<M>(
    model: &Learnable<M>,
    folder: &Path,
    train: impl DataLoader<LearnerBatch<Tensor<2>>> + 'static,
    log: &Log,
) -> SupervisedTraining<Learnable<M>>
where
    M: Classifier<Input = Tensor<2>> + std::fmt::Display + 'static,
{
    model
        .supervised(folder, train, validation(&Device::flex()))
        .with_metric_logger(log.clone())
        .renderer(Box::new(Silent::default()))
}

/// A hash of the bits of each parameter and running average.
pub fn bits<M: Module>(model: &M) -> Vec<(String, u64)> {
    let hash = |values: &[f32]| {
        let mut hasher = DefaultHasher::new();
        values.iter().map(|value| value.to_bits()).collect::<Vec<_>>().hash(&mut hasher);
        hasher.finish()
    };
    let tensors = tensors(model).unwrap();
    tensors.into_iter().map(|tensor| (tensor.name, hash(&tensor.values))).collect()
}

/// Lets one test train at a time: the process has one generator of random numbers for all devices.
pub fn alone() -> MutexGuard<'static, ()> {
    static TRAINING: Mutex<()> = Mutex::new(());
    TRAINING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The error of a training, if it has one.
pub fn error<M>(result: &LearningResult<M>) -> Option<String> {
    result.error.as_ref().map(ToString::to_string)
}

/// Split, epoch, name and value of a metric.
type Entry = (String, usize, String, String);

/// Keeps the entries of metrics.
#[derive(Clone, Default)]
pub struct Log {
    entries: Arc<Mutex<Vec<Entry>>>,
    names: Arc<Mutex<Vec<MetricDefinition>>>,
}

impl Log {
    /// Returns the last entry of a metric in an epoch.
    pub fn last(&self, split: &str, epoch: usize, name: &str) -> Option<String> {
        let entries = self.entries.lock().unwrap();
        let found = entries.iter().rev().find(|e| e.0 == split && e.1 == epoch && e.2 == name);
        found.map(|entry| entry.3.clone())
    }

    /// Returns the value of a numeric metric at the end of an epoch.
    pub fn value(&self, split: &str, epoch: usize, name: &str) -> f64 {
        let entry = self.last(split, epoch, name).unwrap_or_else(|| panic!("no {name}"));
        NumericEntry::deserialize(&entry).unwrap().current()
    }
}

impl MetricLogger for Log {
    fn log(&mut self, update: MetricsUpdate, epoch: usize, split: &Split) {
        let names = self.names.lock().unwrap();
        let numeric = update.entries_numeric.into_iter().map(|update| update.entry);
        for entry in update.entries.into_iter().chain(numeric) {
            let definition = names.iter().find(|d| d.metric_id == entry.metric_id).unwrap();
            self.entries.lock().unwrap().push((
                split.to_string(),
                epoch,
                definition.name.to_string(),
                entry.serialized_entry.serialized,
            ));
        }
    }

    fn read_numeric(
        &mut self,
        name: &str,
        epoch: usize,
        split: &Split,
    ) -> Result<Vec<NumericEntry>, String> {
        let entries = self.entries.lock().unwrap();
        Ok(entries
            .iter()
            .filter(|e| e.0 == split.to_string() && e.1 == epoch && e.2 == name)
            .filter_map(|entry| NumericEntry::deserialize(&entry.3).ok())
            .collect())
    }

    fn log_metric_definition(&mut self, definition: MetricDefinition) {
        self.names.lock().unwrap().push(definition);
    }

    fn log_epoch_summary(&mut self, _summary: EpochSummary) {}
}
