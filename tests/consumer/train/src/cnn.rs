//! A convolutional network of one's own, of Burn's modules, with Burn's dropout, and a loss of
//! one's own.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Device, Tensor, TensorData};
use zunder_train::{
    BatchSource, Classifier, Key, LabelledBatch, LossFunction, SourceError, Targets, TrainError,
};

/// For grey images of 8 x 8 pixels.
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
            convolution: Conv2dConfig::new([1, 8], [3, 3]).with_stride([2, 2]).init(device),
            dropout: DropoutConfig::new(0.3).init(),
            output: LinearConfig::new(8 * 3 * 3, 2).init(device),
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

/// Stripes across or along, in noise.
pub struct Stripes {
    pub key: Key,
    pub batches: usize,
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
                labels.push(u32::from(along));
                pixels.extend((0..64).map(|place| {
                    let stripe = if along { place / 8 } else { place % 8 };
                    (stripe % 2) as f32 + rng.range(-1.0, 1.0)
                }));
            }
            let input = Tensor::from_data(TensorData::new(pixels, [32, 1, 8, 8]), device);
            Ok(LabelledBatch { input, labels, soft_labels: None })
        }))
    }

    fn batches(&self) -> usize {
        self.batches
    }
}

/// The focal loss (Lin 2017): `-(1 - p)^2 ln p`, p being the probability of the sample's class.
pub struct Focal;

impl LossFunction for Focal {
    fn forward(&self, scores: Tensor<2>, targets: Targets) -> Result<Tensor<1>, TrainError> {
        let shares = targets.shares(scores.dims()[1]);
        let log = log_softmax(scores, 1);
        let hardness = (-log.clone().exp() + 1.0).square();
        Ok(-(hardness * log * shares).sum_dim(1).mean())
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use zunder_train::{FitConfig, FitContext, fit};

    #[test]
    fn a_cnn_learns_with_the_loop_by_an_own_loss() {
        let device = Device::flex();
        let (train, validation) =
            (Stripes { key: Key::new(1), batches: 20 }, Stripes { key: Key::new(2), batches: 5 });
        let config = FitConfig { epochs: 3, ..FitConfig::default() };
        let context = FitContext::new(&device, Key::new(3)).with_loss(&Focal);
        let fitted = fit(Cnn::new(&device), &train, &validation, &config, None, context).unwrap();
        let best = fitted.records[fitted.best_epoch.unwrap() - 1].validation_accuracy;
        assert!(best > 0.8, "{best}");
    }
}
