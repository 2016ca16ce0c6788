//! A convolutional network of one's own on images of Zunder, with Zunder's loop.

use std::sync::Arc;

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use zunder::TensorBatches;
use zunder::data::{
    AugmentConfig, DataError, Images, Loader, LoaderConfig, Split, Standardisation,
};
use zunder::random::Key;
use zunder::train::{Classifier, FitConfig, FitContext, Fitted, TrainError, fit};

/// For 32 x 32 RGB images of ten classes.
#[derive(Module, Debug)]
pub struct Cnn {
    convolution: Conv2d,
    dropout: Dropout,
    output: Linear,
}

impl Cnn {
    pub fn new(device: &Device) -> Self {
        device.seed(1);
        Self {
            convolution: Conv2dConfig::new([3, 8], [5, 5]).with_stride([3, 3]).init(device),
            dropout: DropoutConfig::new(0.1).init(),
            output: LinearConfig::new(8 * 10 * 10, 10).init(device),
        }
    }
}

impl Classifier for Cnn {
    type Input = Tensor<4>;

    fn scores(&self, images: Tensor<4>) -> Tensor<2> {
        let hidden = relu(self.convolution.forward(images)).flatten(1, 3);
        self.output.forward(self.dropout.forward(hidden))
    }
}

/// Standardised images at `indices` in batches of 32.
pub fn batches(
    images: &Arc<Images>,
    indices: &[u32],
    standardisation: &Standardisation,
) -> Result<TensorBatches<4>, DataError> {
    let pipeline = AugmentConfig::default().init(images.shape(), standardisation)?;
    let config = LoaderConfig { batch_size: 32, ..LoaderConfig::default() };
    let key = Key::new(2);
    let loader = Loader::new(Arc::clone(images), indices.to_vec(), pipeline, config, key)?;
    Ok(TensorBatches::images(loader))
}

/// Trains the network on some images.
pub fn train(
    images: &Arc<Images>,
    split: &Split,
    epochs: usize,
    device: &Device,
) -> Result<Fitted<Cnn>, Box<dyn std::error::Error>> {
    let standardisation = Standardisation::fit(images, &split.train)?;
    let train = batches(images, &split.train, &standardisation)?;
    let validation = batches(images, &split.validation, &standardisation)?;
    let config = FitConfig { epochs, ..FitConfig::default() };
    let context = FitContext::new(device, Key::new(3));
    let fitted: Result<_, TrainError> =
        fit(Cnn::new(device), &train, &validation, &config, None, context);
    Ok(fitted?)
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use zunder::data::shapes::ShapesConfig;

    #[test]
    fn a_cnn_learns_from_the_loaders_batches() {
        let images = ShapesConfig { train: 600, test: 10, seed: 1 }.generate().unwrap().train;
        let split = Split::stratified(images.labels(), 10, 100, Key::new(1)).unwrap();
        let device = zunder::device("flex").unwrap();
        let fitted = train(&Arc::new(images), &split, 8, &device).unwrap();
        let best = fitted.records[fitted.best_epoch.unwrap() - 1].validation_accuracy;
        assert!(best > 0.2, "better than the 0.1 of luck: {best}");
    }
}
