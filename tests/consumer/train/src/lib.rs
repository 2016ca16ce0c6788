//! A program that trains a module with two inputs on its own data set with `zunder-train` alone.

pub mod cnn;
pub mod own;

use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig, Linear, LinearConfig};
use burn::tensor::{Device, Int, Tensor, TensorData, activation::relu};
use zunder_train::{
    BatchSource, Classifier, FitConfig, FitContext, Fitted, Key, LabelledBatch, SourceError,
    TrainError, fit,
};

/// A position in the plane, and one of three towns.
pub struct Place {
    at: Tensor<2>,
    town: Tensor<2, Int>,
}

/// A model that adds the scores of both inputs.
#[derive(Module, Debug)]
pub struct TwoInputs {
    at: Linear,
    town: Embedding,
    output: Linear,
}

impl TwoInputs {
    pub fn new(device: &Device) -> Self {
        device.seed(1);
        let (at, town) =
            (LinearConfig::new(2, 32).init(device), EmbeddingConfig::new(3, 32).init(device));
        Self { at, town, output: LinearConfig::new(32, 2).init(device) }
    }
}

impl Classifier for TwoInputs {
    type Input = Place;

    fn scores(&self, input: Place) -> Tensor<2> {
        let town = self.town.forward(input.town).squeeze_dim(1);
        self.output.forward(relu(self.at.forward(input.at) + town))
    }
}

/// People drawn at random. In each town another line separates the two classes.
pub struct People {
    pub key: Key,
    pub batches: usize,
}

impl People {
    fn batch(&self, key: Key, device: &Device) -> LabelledBatch<Place> {
        let mut rng = key.rng();
        let people: Vec<([f32; 2], i32)> = (0..32)
            .map(|_| ([rng.range(-1.0, 1.0), rng.range(-1.0, 1.0)], rng.below(3) as i32))
            .collect();
        let side =
            |&([x, y], town): &([f32; 2], i32)| u32::from([x, y, x + y][town as usize] > 0.0);
        let labels = people.iter().map(side).collect();
        let (at, town): (Vec<[f32; 2]>, Vec<i32>) = people.into_iter().unzip();
        let at = Tensor::from_data(TensorData::new(at.concat(), [32, 2]), device);
        let town = Tensor::from_data(TensorData::new(town, [32, 1]), device);
        LabelledBatch { input: Place { at, town }, labels, soft_labels: None }
    }
}

impl BatchSource for People {
    type Input = Place;

    fn epoch<'a>(
        &'a self,
        epoch: usize,
        device: &'a Device,
    ) -> Box<dyn Iterator<Item = Result<LabelledBatch<Place>, SourceError>> + 'a> {
        let key = self.key.at(epoch as u64);
        Box::new((0..self.batches).map(move |i| Ok(self.batch(key.at(i as u64), device))))
    }

    fn batches(&self) -> usize {
        self.batches
    }
}

/// Trains for some epochs, without files.
pub fn train(epochs: usize, device: &Device) -> Result<Fitted<TwoInputs>, TrainError> {
    let (train, validation) =
        (People { key: Key::new(1), batches: 40 }, People { key: Key::new(2), batches: 10 });
    let config = FitConfig { epochs, ..FitConfig::default() };
    let context = FitContext::new(device, Key::new(3));
    fit(TwoInputs::new(device), &train, &validation, &config, None, context)
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use zunder_train::EpochRecord;

    #[test]
    fn both_inputs_are_learnt() {
        let fitted = train(8, &Device::flex()).unwrap();
        let best: &EpochRecord = &fitted.records[fitted.best_epoch.unwrap() - 1];
        // With one input only, three quarters can be predicted correctly.
        assert!(best.validation_accuracy > 0.9, "{}", best.validation_accuracy);
    }

    #[test]
    fn a_source_without_batches_is_an_error() {
        let empty = People { key: Key::new(1), batches: 0 };
        let device = Device::flex();
        let context = FitContext::new(&device, Key::new(3));
        let error =
            fit(TwoInputs::new(&device), &empty, &empty, &FitConfig::default(), None, context)
                .unwrap_err();
        assert!(matches!(error, TrainError::NoBatches { .. }), "{error}");
    }
}
