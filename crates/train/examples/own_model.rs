//! Trains a module with two inputs on data of one's own, with zunder-train alone:
//! `cargo run --example own_model -p zunder-train`.
//!
//! A sample has a position x in the plane and a weather w; the class says on which side of a line
//! it lies, and the weather decides which line.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::tanh;
use burn::tensor::{Device, Tensor, TensorData};
use zunder_train::{
    BatchSource, Classifier, FitConfig, FitContext, Key, LabelledBatch, SourceError, fit,
};

/// A hidden layer that sees both inputs.
#[derive(Module, Debug)]
struct TwoInputs {
    position: Linear,
    weather: Linear,
    output: Linear,
}

impl Classifier for TwoInputs {
    type Input = (Tensor<2>, Tensor<2>);

    fn scores(&self, (position, weather): Self::Input) -> Tensor<2> {
        self.output.forward(tanh(self.position.forward(position) + self.weather.forward(weather)))
    }
}

/// Batches drawn afresh for each epoch, by its number alone.
struct Weather {
    key: Key,
    batches: usize,
}

impl BatchSource for Weather {
    type Input = (Tensor<2>, Tensor<2>);

    fn epoch<'a>(
        &'a self,
        epoch: usize,
        device: &'a Device,
    ) -> Box<dyn Iterator<Item = Result<LabelledBatch<Self::Input>, SourceError>> + 'a> {
        Box::new((0..self.batches).map(move |batch| {
            let mut rng = self.key.at(epoch as u64).at(batch as u64).rng();
            let (mut position, mut weather, mut labels) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..64 {
                let (x, y, rain) = (rng.range(-1.0, 1.0), rng.range(-1.0, 1.0), rng.chance(0.5));
                position.extend([x, y]);
                weather.push(if rain { 1.0 } else { -1.0 });
                labels.push(u32::from(if rain { y > x } else { y > -x }));
            }
            let position = Tensor::from_data(TensorData::new(position, [64, 2]), device);
            let weather = Tensor::from_data(TensorData::new(weather, [64, 1]), device);
            Ok(LabelledBatch { input: (position, weather), labels, soft_labels: None })
        }))
    }

    fn batches(&self) -> usize {
        self.batches
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = Device::flex();
    device.seed(1); // Burn's own layers draw their weights from the device
    let model = TwoInputs {
        position: LinearConfig::new(2, 32).init(&device),
        weather: LinearConfig::new(1, 32).init(&device),
        output: LinearConfig::new(32, 2).init(&device),
    };
    let (train, validation) =
        (Weather { key: Key::new(1), batches: 40 }, Weather { key: Key::new(2), batches: 10 });
    let config = FitConfig { epochs: 10, ..FitConfig::default() };
    let context = FitContext::new(&device, Key::new(3));
    let fitted = fit(model, &train, &validation, &config, None, context)?;
    for record in &fitted.records {
        println!(
            "epoch {:>2}  loss {:.3}  validation accuracy {:.3}",
            record.epoch, record.train_loss, record.validation_accuracy
        );
    }
    println!("best epoch {:?}", fitted.best_epoch);
    Ok(())
}
