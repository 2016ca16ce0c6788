//! Trains a convolutional network of one's own, built of Burn's modules, stops it and goes on from
//! its checkpoint: `cargo run --example own_cnn -p zunder-train`.
//!
//! Burn's dropout draws from the device's generator. The loop seeds it at each step, so a resumed
//! training draws the same masks and ends in the same bits.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};
use zunder_train::{
    BatchSource, Checkpoint, Classifier, FitConfig, FitContext, Key, LabelledBatch, SourceError,
    fit, named_tensors,
};

/// A convolution, dropout and a linear layer, for grey images of 8 x 8 pixels.
#[derive(Module, Debug)]
struct Cnn {
    convolution: Conv2d,
    dropout: Dropout,
    output: Linear,
}

impl Cnn {
    fn new(device: &Device) -> Self {
        device.seed(1); // Burn's own layers draw their weights from the device
        let model = Self {
            convolution: Conv2dConfig::new([1, 8], [3, 3]).with_stride([2, 2]).init(device),
            dropout: DropoutConfig::new(0.3).init(),
            output: LinearConfig::new(8 * 3 * 3, 2).init(device),
        };
        let _ = named_tensors(&model); // ... when they are first looked at
        model
    }
}

impl Classifier for Cnn {
    type Input = Tensor<4>;

    fn scores(&self, images: Tensor<4>) -> Tensor<2> {
        let hidden = relu(self.convolution.forward(images)).flatten(1, 3);
        self.output.forward(self.dropout.forward(hidden))
    }
}

/// Stripes across or along, in noise.
struct Stripes {
    key: Key,
    batches: usize,
}

impl BatchSource for Stripes {
    type Input = Tensor<4>;

    fn epoch<'a>(
        &'a self,
        epoch: usize,
        device: &'a Device,
    ) -> Box<dyn Iterator<Item = Result<LabelledBatch<Tensor<4>>, SourceError>> + 'a> {
        Box::new((0..self.batches).map(move |batch| {
            let mut rng = self.key.at(epoch as u64).at(batch as u64).rng();
            let (mut pixels, mut labels) = (Vec::new(), Vec::new());
            for _ in 0..32 {
                let along = rng.chance(0.5);
                for place in 0..64 {
                    let stripe = if along { place / 8 } else { place % 8 };
                    pixels.push((stripe % 2) as f32 + rng.range(-1.0, 1.0));
                }
                labels.push(u32::from(along));
            }
            let input = Tensor::from_data(TensorData::new(pixels, [32, 1, 8, 8]), device);
            Ok(LabelledBatch { input, labels, soft_labels: None })
        }))
    }

    fn batches(&self) -> usize {
        self.batches
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let (last, best) =
        (folder.path().join("last.safetensors"), folder.path().join("best.safetensors"));
    let device = Device::flex();
    let (train, validation) =
        (Stripes { key: Key::new(1), batches: 20 }, Stripes { key: Key::new(2), batches: 5 });
    for epochs in [2, 4] {
        let resume = if last.exists() { Some(Checkpoint::load(&last)?) } else { None };
        let context = FitContext::new(&device, Key::new(3))
            .with_checkpoint(last.as_path())
            .with_best(best.as_path());
        let config = FitConfig { epochs, ..FitConfig::default() };
        let fitted = fit(Cnn::new(&device), &train, &validation, &config, resume, context)?;
        for record in &fitted.records {
            println!(
                "of {epochs}: epoch {}  loss {:.3}  validation accuracy {:.3}",
                record.epoch, record.train_loss, record.validation_accuracy
            );
        }
    }
    Ok(())
}
