//! Trains on samples in memory, with the loop that trains on images.

use burn::tensor::{Device, Tensor, TensorData};
use zunder::Model;
use zunder_eval::EpochRecord;
use zunder_random::Key;
use zunder_train::{
    BatchSource, FitConfig, FitContext, Interrupt, LabelledBatch, Outcome, SourceError, TrainError,
    fit,
};

/// Samples with their class numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples {
    /// The features of all samples, one sample after the other.
    pub(super) features: Vec<f32>,
    pub(super) labels: Vec<u32>,
}

impl Samples {
    /// Returns the number of features of a sample.
    pub(super) fn width(&self) -> usize {
        self.features.len() / self.labels.len().max(1)
    }

    /// Returns the features of the samples with these numbers as a tensor, `[N, width]`.
    pub(super) fn tensor(&self, numbers: &[usize], device: &Device) -> Tensor<2> {
        let width = self.width();
        let values: Vec<f32> = numbers
            .iter()
            .flat_map(|i| &self.features[i * width..(i + 1) * width])
            .copied()
            .collect();
        Tensor::from_data(TensorData::new(values, [numbers.len(), width]), device)
    }

    /// Returns all features as a tensor.
    pub(super) fn all(&self, device: &Device) -> Tensor<2> {
        self.tensor(&(0..self.labels.len()).collect::<Vec<usize>>(), device)
    }
}

/// The settings of a training on samples.
pub(super) struct Training<'a> {
    pub(super) fit: FitConfig,
    pub(super) batch_size: usize,
    /// Passes over the samples that count as one epoch of the loop, which validates after each.
    pub(super) passes: usize,
    pub(super) key: Key,
    pub(super) device: &'a Device,
    pub(super) interrupt: Interrupt,
}

impl Training<'_> {
    /// Returns the model with the weights of its best validation epoch, and a record of each epoch.
    /// Returns `None` if a stop was requested.
    ///
    /// # Errors
    /// Returns the errors of the loop.
    pub(super) fn run(
        &self,
        model: Model,
        train: &Samples,
        validation: &Samples,
    ) -> Result<Option<(Model, Vec<EpochRecord>)>, TrainError> {
        let train = Batches {
            samples: train,
            size: self.batch_size,
            passes: self.passes,
            shuffle: Some(self.key.named("shuffle")),
        };
        let validation = Batches {
            samples: validation,
            size: validation.labels.len().max(1),
            passes: 1,
            shuffle: None,
        };
        let context =
            FitContext::new(self.device, self.key.named("fit")).with_interrupt(&self.interrupt);
        let fitted = fit(model, &train, &validation, &self.fit, None, context)?;
        Ok((fitted.outcome != Outcome::Interrupted).then_some((fitted.model, fitted.records)))
    }
}

/// Batches of equal size, with the samples in another order in each pass.
struct Batches<'a> {
    samples: &'a Samples,
    size: usize,
    passes: usize,
    shuffle: Option<Key>,
}

impl BatchSource for Batches<'_> {
    type Input = Tensor<2>;

    fn epoch<'a>(
        &'a self,
        epoch: usize,
        device: &'a Device,
    ) -> Box<dyn Iterator<Item = Result<LabelledBatch<Self::Input>, SourceError>> + 'a> {
        let batches = (0..self.passes).flat_map(move |pass| {
            let mut order: Vec<usize> = (0..self.samples.labels.len()).collect();
            if let Some(key) = self.shuffle {
                key.at(epoch as u64).at(pass as u64).rng().shuffle(&mut order);
            }
            order.chunks_exact(self.size).map(<[usize]>::to_vec).collect::<Vec<_>>()
        });
        Box::new(batches.map(move |numbers| {
            let labels = numbers.iter().map(|i| self.samples.labels[*i]).collect();
            Ok(LabelledBatch {
                input: self.samples.tensor(&numbers, device),
                labels,
                soft_labels: None,
            })
        }))
    }

    fn batches(&self) -> usize {
        self.passes * (self.samples.labels.len() / self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pass_has_every_sample_once_in_an_order_of_its_own() {
        let samples =
            Samples { features: (0..12).map(|i| i as f32).collect(), labels: (0..6).collect() };
        let source = Batches { samples: &samples, size: 3, passes: 2, shuffle: Some(Key::new(1)) };
        let labels = |epoch| {
            source
                .epoch(epoch, &Device::flex())
                .flat_map(|batch| batch.unwrap().labels)
                .collect::<Vec<u32>>()
        };
        let first = labels(1);
        assert_eq!(
            (first.len(), source.batches(), labels(1) == first, labels(2) == first),
            (12, 4, true, false)
        );
        for pass in first.chunks(6) {
            let mut sorted = pass.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4, 5]);
        }
        assert!(first[..6] != first[6..]);
        assert_eq!(
            samples.tensor(&[5, 0], &Device::flex()).try_into_vec_as::<f32>().unwrap(),
            [10.0, 11.0, 0.0, 1.0]
        );
    }
}
