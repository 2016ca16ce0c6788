//! A program written for Burn, with its own batch, model and training step, that takes the images,
//! the augmentation and the exact scores of Zunder.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig};
use burn::optim::AdamConfig;
use burn::optim::lr_scheduler::constant::ConstantLr;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Int, Tensor};
use burn::train::metric::{AccuracyMetric, LossMetric};
use burn::train::{
    ClassificationOutput, InferenceStep, Learner, LearningResult, SupervisedTraining, TrainOutput,
    TrainStep,
};
use zunder_burn_train::{ExactMetric, ImageLoader, Key, LearnerBatch, Loader};
use zunder_data::{AugmentConfig, Images, LoaderConfig, Sampling, Split, Standardisation};

/// The batch that the model takes.
pub struct ImageBatch {
    images: Tensor<4>,
    targets: Tensor<1, Int>,
}

impl From<LearnerBatch<Tensor<4>>> for ImageBatch {
    fn from(batch: LearnerBatch<Tensor<4>>) -> Self {
        let labels: Vec<i32> = batch.labels.iter().map(|&label| label as i32).collect();
        let targets = Tensor::from_ints(labels.as_slice(), &batch.input.device());
        Self { images: batch.input, targets }
    }
}

/// A small convolutional network for colour images of 32 x 32 pixels.
#[derive(Module, Debug)]
pub struct Cnn {
    first: Conv2d,
    second: Conv2d,
    output: Linear,
}

impl Cnn {
    pub fn new(classes: usize, device: &Device) -> Self {
        device.seed(1);
        Self {
            first: Conv2dConfig::new([3, 8], [3, 3]).with_stride([2, 2]).init(device),
            second: Conv2dConfig::new([8, 16], [3, 3]).with_stride([2, 2]).init(device),
            output: LinearConfig::new(16 * 7 * 7, classes).init(device),
        }
    }

    fn classify(&self, batch: ImageBatch) -> ClassificationOutput {
        let hidden = relu(self.second.forward(relu(self.first.forward(batch.images))));
        let scores = self.output.forward(hidden.flatten(1, 3));
        let loss = CrossEntropyLossConfig::new().init(&scores.device());
        let loss = loss.forward(scores.clone(), batch.targets.clone());
        ClassificationOutput::new(loss, scores, batch.targets)
    }
}

impl TrainStep for Cnn {
    type Input = ImageBatch;
    type Output = ClassificationOutput;

    fn step(&self, batch: ImageBatch) -> TrainOutput<ClassificationOutput> {
        let output = self.classify(batch);
        TrainOutput::new(self, output.loss.backward(), output)
    }
}

impl InferenceStep for Cnn {
    type Input = ImageBatch;
    type Output = ClassificationOutput;

    fn step(&self, batch: ImageBatch) -> ClassificationOutput {
        self.classify(batch)
    }
}

/// Trains by Burn's learner with shifted and mirrored images, and writes the metrics to `folder`.
pub fn train(
    images: Images,
    classes: usize,
    epochs: usize,
    folder: &Path,
    device: &Device,
) -> Result<LearningResult<Cnn>, Box<dyn Error>> {
    let key = Key::new(1);
    let fifth = images.labels().len() / 5;
    let split = Split::stratified(images.labels(), classes, fifth, key.named("split"))?;
    let standardisation = Standardisation::fit(&images, &split.train)?;
    let light = AugmentConfig::preset("light")?.init(images.shape(), &standardisation)?;
    let plain = AugmentConfig::default().init(images.shape(), &standardisation)?;
    let shuffled = LoaderConfig { batch_size: 32, ..LoaderConfig::default() };
    let ordered = LoaderConfig { sampling: Sampling::Sequential, ..shuffled.clone() };
    let images = Arc::new(images);
    let training = Loader::new(Arc::clone(&images), split.train, light, shuffled, key)?;
    let validation = Loader::new(images, split.validation, plain, ordered, key)?;
    let [training, validation] = [training, validation]
        .map(|loader| Arc::new(ImageLoader::images(loader, key, device).map(ImageBatch::from)));
    let learner = Learner::new(
        Cnn::new(classes, &device.clone().autodiff()),
        AdamConfig::new().init(),
        ConstantLr::new(3e-3),
    );
    Ok(SupervisedTraining::new(folder, training, validation)
        .metrics((AccuracyMetric::new(), LossMetric::new()))
        .metrics(ExactMetric::all())
        .num_epochs(epochs)
        .launch(learner))
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use zunder_data::shapes::ShapesConfig;

    /// The last value that a metric of the validation set wrote to the folder.
    fn last(folder: &Path, epoch: usize, metric: &str) -> f64 {
        let file = folder.join("valid").join(format!("epoch-{epoch}")).join(metric);
        let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{file:?}: {e}"));
        let line = text.lines().last().expect("a value");
        line.split(',').next().unwrap().parse().unwrap_or_else(|e| panic!("{line}: {e}"))
    }

    #[test]
    fn a_program_of_burn_learns_from_the_loader_and_reads_exact_scores() {
        let folder = tempfile::tempdir().unwrap();
        let data = ShapesConfig { train: 600, test: 10, seed: 1 }.generate().unwrap();
        let (classes, epochs) = (data.classes.len(), 4);
        let result = train(data.train, classes, epochs, folder.path(), &Device::flex()).unwrap();
        assert!(result.error.is_none());
        let [first, end] =
            [1, epochs].map(|epoch| last(folder.path(), epoch, "Exact_Log_Loss.log"));
        assert!(end < first - 0.1, "{first}, {end}");
        let accuracy = last(folder.path(), epochs, "Exact_Accuracy.log");
        // 120 images: a whole number of them is right.
        assert!((accuracy * 120.0 - (accuracy * 120.0).round()).abs() < 1e-9, "{accuracy}");
        assert!(accuracy > 0.15, "{accuracy}");
    }
}
