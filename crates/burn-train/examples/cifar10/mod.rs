//! A convolutional network and the images of CIFAR-10, for both examples.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use zunder_burn_train::train::Classifier;
use zunder_burn_train::{ImageLoader, Key};
use zunder_data::{
    AugmentConfig, Loader, LoaderConfig, Sampling, Split, Standardisation, cifar10,
    shapes::ShapesConfig,
};

/// Number of images in a batch.
pub const BATCH_SIZE: usize = 128;

/// Two convolutions with pooling, dropout and a linear layer.
#[derive(Module, Debug)]
pub struct Cnn {
    first: Conv2d,
    second: Conv2d,
    pool: MaxPool2d,
    dropout: Dropout,
    output: Linear,
}

impl Cnn {
    pub fn new(device: &Device) -> Self {
        device.seed(1);
        let pool = MaxPool2dConfig::new([2, 2]).with_strides([2, 2]);
        Self {
            first: Conv2dConfig::new([3, 16], [3, 3]).init(device),
            second: Conv2dConfig::new([16, 32], [3, 3]).init(device),
            pool: pool.init(),
            dropout: DropoutConfig::new(0.2).init(),
            output: LinearConfig::new(32 * 6 * 6, 10).init(device),
        }
        .materialize()
    }
}

impl Classifier for Cnn {
    type Input = Tensor<4>;

    fn scores(&self, images: Tensor<4>) -> Tensor<2> {
        let hidden = self.pool.forward(relu(self.first.forward(images)));
        let hidden = self.pool.forward(relu(self.second.forward(hidden))).flatten(1, 3);
        self.output.forward(self.dropout.forward(hidden))
    }
}

/// What the command line gives: the folder of CIFAR-10, and how much of it to use.
pub struct Arguments {
    data: Option<PathBuf>,
    pub epochs: usize,
    limit: usize,
}

impl Arguments {
    /// Reads `[FOLDER [EPOCHS [IMAGES]]]`.
    pub fn read() -> Result<Self, Box<dyn Error>> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let number = |at: usize, default| {
            arguments.get(at).map_or(Ok(default), |text: &String| text.parse::<usize>())
        };
        Ok(Self {
            data: arguments.first().map(PathBuf::from),
            epochs: number(1, 2)?,
            limit: number(2, 2000)?,
        })
    }

    /// Returns the training images, augmented and shuffled, and the validation images. Without a
    /// folder they are drawn shapes.
    pub fn loaders(&self, device: &Device) -> Result<[ImageLoader<4>; 2], Box<dyn Error>> {
        let data = match &self.data {
            Some(folder) => cifar10::load(folder)?,
            None => ShapesConfig { train: self.limit, test: 10, seed: 1 }.generate()?,
        };
        let (key, count) = (Key::new(1), self.limit.min(data.train.labels().len()));
        let labels = &data.train.labels()[..count];
        let split = Split::stratified(labels, data.classes.len(), count / 5, key.named("split"))?;
        let images = Arc::new(data.train);
        let standardisation = Standardisation::fit(&images, &split.train)?;
        let light = AugmentConfig::preset("light")?.init(images.shape(), &standardisation)?;
        let plain = AugmentConfig::default().init(images.shape(), &standardisation)?;
        let config = LoaderConfig { batch_size: BATCH_SIZE, ..LoaderConfig::default() };
        let ordered = LoaderConfig { sampling: Sampling::Sequential, ..config.clone() };
        let train = Loader::new(Arc::clone(&images), split.train, light, config, key)?;
        let validation = Loader::new(images, split.validation, plain, ordered, key)?;
        Ok([train, validation].map(|loader| ImageLoader::images(loader, key, device)))
    }
}
