//! A loader's batches as tensors for the training loop.

use burn::tensor::{Device, Tensor, TensorData};
use zunder_data::Loader;
use zunder_train::{BatchSource, LabelledBatch, SourceError};

/// A loader's batches as tensors: the bridge between the data layer and the training layer.
#[derive(Clone)]
pub(crate) struct Batches {
    loader: Loader,
    features: usize,
    steps: Option<usize>,
}

impl Batches {
    pub(crate) fn new(loader: Loader, features: usize) -> Self {
        Self { loader, features, steps: None }
    }

    /// The same with epochs of a given number of batches: the start of a pass over the images, or
    /// several passes of which the last may be cut.
    pub(crate) fn with_steps(self, steps: Option<usize>) -> Self {
        Self { steps, ..self }
    }

    /// Images of a full batch.
    pub(crate) fn batch_size(&self) -> usize {
        self.loader.batch_size()
    }

    /// The passes over the images that an epoch (from 1) begins; each has an order of its own.
    fn passes(&self, epoch: usize) -> impl Iterator<Item = u64> {
        let each = self.batches().div_ceil(self.loader.batches().max(1)) as u64;
        let first = (epoch as u64).saturating_sub(1).saturating_mul(each);
        (1..=each).map(move |pass| first.saturating_add(pass))
    }
}

impl BatchSource for Batches {
    type Input = Tensor<2>;

    fn epoch<'a>(
        &'a self,
        epoch: usize,
        device: &'a Device,
    ) -> Box<dyn Iterator<Item = Result<LabelledBatch<Tensor<2>>, SourceError>> + 'a> {
        let batches =
            self.passes(epoch).flat_map(|pass| self.loader.epoch(pass)).take(self.batches());
        Box::new(batches.map(move |batch| {
            let batch = batch?;
            let data = TensorData::new(batch.pixels, [batch.labels.len(), self.features]);
            Ok(LabelledBatch {
                input: Tensor::from_data(data, device),
                labels: batch.labels,
                soft_labels: batch.soft_labels,
            })
        }))
    }

    fn batches(&self) -> usize {
        self.steps.unwrap_or_else(|| self.loader.batches())
    }
}
