//! Trains a convolutional network of one's own on images of Zunder, with Zunder's loop:
//! `cargo run --example own_network -p zunder`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::sync::Arc;

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use zunder::TensorBatches;
use zunder::data::shapes::ShapesConfig;
use zunder::data::{AugmentConfig, Loader, LoaderConfig, Sampling, Split, Standardisation};
use zunder::random::Key;
use zunder::train::{Classifier, FitConfig, FitContext, fit};

/// Two convolutions, dropout and a linear layer, for 32 x 32 RGB images of ten classes.
#[derive(Module, Debug)]
struct Cnn {
    first: Conv2d,
    second: Conv2d,
    dropout: Dropout,
    output: Linear,
}

impl Cnn {
    fn new(device: &Device) -> Self {
        device.seed(1); // Burn's own layers draw their weights from the device
        let halving = |channels| Conv2dConfig::new(channels, [3, 3]).with_stride([2, 2]);
        Self {
            first: halving([3, 16]).init(device),
            second: halving([16, 32]).init(device),
            dropout: DropoutConfig::new(0.2).init(),
            output: LinearConfig::new(32 * 7 * 7, 10).init(device),
        }
    }
}

impl Classifier for Cnn {
    type Input = Tensor<4>;

    fn scores(&self, images: Tensor<4>) -> Tensor<2> {
        let hidden = relu(self.second.forward(relu(self.first.forward(images))));
        self.output.forward(self.dropout.forward(hidden.flatten(1, 3)))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let key = Key::new(1);
    let data = ShapesConfig { train: 2_000, test: 10, seed: 1 }.generate()?;
    let split = Split::stratified(data.train.labels(), 10, 400, key.named("split"))?;
    let standardisation = Standardisation::fit(&data.train, &split.train)?;
    let images = Arc::new(data.train);
    let light = AugmentConfig::preset("light")?.init(images.shape(), &standardisation)?;
    let plain = AugmentConfig::default().init(images.shape(), &standardisation)?;
    let config = LoaderConfig { batch_size: 64, ..LoaderConfig::default() };
    let in_order = LoaderConfig { sampling: Sampling::Sequential, ..config.clone() };
    let train = Loader::new(Arc::clone(&images), split.train, light, config, key.named("train"))?;
    let validation = Loader::new(images, split.validation, plain, in_order, key)?;

    let device = zunder::device("flex")?;
    let fitted = fit(
        Cnn::new(&device),
        &TensorBatches::images(train),
        &TensorBatches::images(validation),
        &FitConfig { epochs: 5, ..FitConfig::default() },
        None,
        FitContext::new(&device, key.named("fit")),
    )?;
    for record in &fitted.records {
        println!(
            "epoch {}  loss {:.3}  validation accuracy {:.3}",
            record.epoch, record.train_loss, record.validation_accuracy
        );
    }
    Ok(())
}
