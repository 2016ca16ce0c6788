//! Trains with a loss of one's own, the focal loss: `cargo run --example own_loss -p zunder-train`.
//!
//! Samples that the model already answers well count less, so that a rare class is not drowned.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::{log_softmax, tanh};
use burn::tensor::{Device, Tensor, TensorData};
use zunder_train::{
    BatchSource, Classifier, FitConfig, FitContext, Key, LabelledBatch, LossFunction, SourceError,
    Targets, TrainError, fit,
};

/// The focal loss (Lin 2017): `-(1 - p)^gamma ln p`, p being the probability of the sample's class.
struct Focal {
    gamma: f32,
}

impl LossFunction for Focal {
    fn forward(&self, scores: Tensor<2>, targets: Targets) -> Result<Tensor<1>, TrainError> {
        let shares = targets.shares(scores.dims()[1]);
        let log = log_softmax(scores, 1);
        let hardness = (-log.clone().exp() + 1.0).powf_scalar(self.gamma);
        Ok(-(hardness * log * shares).sum_dim(1).mean())
    }
}

#[derive(Module, Debug)]
struct Network {
    hidden: Linear,
    output: Linear,
}

impl Classifier for Network {
    type Input = Tensor<2>;

    fn scores(&self, points: Tensor<2>) -> Tensor<2> {
        self.output.forward(tanh(self.hidden.forward(points)))
    }
}

/// Points of a square; those near its middle are the rare class.
struct Points {
    key: Key,
    batches: usize,
}

impl BatchSource for Points {
    type Input = Tensor<2>;

    fn epoch<'a>(
        &'a self,
        epoch: usize,
        device: &'a Device,
    ) -> Box<dyn Iterator<Item = Result<LabelledBatch<Tensor<2>>, SourceError>> + 'a> {
        Box::new((0..self.batches).map(move |batch| {
            let mut rng = self.key.at(epoch as u64).at(batch as u64).rng();
            let points: Vec<f32> = (0..128).map(|_| rng.range(-1.0, 1.0)).collect();
            let near = |point: &[f32]| u32::from(point[0].hypot(point[1]) < 0.4);
            let labels = points.chunks(2).map(near).collect();
            let input = Tensor::from_data(TensorData::new(points, [64, 2]), device);
            Ok(LabelledBatch { input, labels, soft_labels: None })
        }))
    }

    fn batches(&self) -> usize {
        self.batches
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = Device::flex();
    device.seed(1); // Burn's own layers draw their weights from the device
    let model = Network {
        hidden: LinearConfig::new(2, 32).init(&device),
        output: LinearConfig::new(32, 2).init(&device),
    };
    let (train, validation) =
        (Points { key: Key::new(1), batches: 60 }, Points { key: Key::new(2), batches: 10 });
    let context = FitContext::new(&device, Key::new(3)).with_loss(&Focal { gamma: 2.0 });
    let config = FitConfig { epochs: 10, ..FitConfig::default() };
    let fitted = fit(model, &train, &validation, &config, None, context)?;
    for record in &fitted.records {
        println!(
            "epoch {:>2}  focal loss {:.4}  validation accuracy {:.3}",
            record.epoch, record.train_loss, record.validation_accuracy
        );
    }
    Ok(())
}
