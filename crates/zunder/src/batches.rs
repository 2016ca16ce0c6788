use burn::tensor::{Device, Tensor, TensorData};
use zunder_data::Loader;
use zunder_train::{BatchSource, LabelledBatch, SourceError};

/// A loader's batches as tensors: the bridge between the data layer and the training layer.
pub(crate) struct Batches {
    loader: Loader,
    features: usize,
}

impl Batches {
    pub(crate) fn new(loader: Loader, features: usize) -> Self {
        Self { loader, features }
    }

    pub(crate) fn images(&self) -> usize {
        self.loader.images()
    }
}

impl BatchSource for Batches {
    type Input = Tensor<2>;

    fn epoch<'a>(
        &'a self,
        epoch: usize,
        device: &'a Device,
    ) -> Box<dyn Iterator<Item = Result<LabelledBatch<Tensor<2>>, SourceError>> + 'a> {
        Box::new(self.loader.epoch(epoch as u64).map(move |batch| {
            let batch = batch?;
            let data = TensorData::new(batch.pixels, [batch.labels.len(), self.features]);
            Ok(LabelledBatch { input: Tensor::from_data(data, device), labels: batch.labels, soft_labels: batch.soft_labels })
        }))
    }

    fn batches(&self) -> usize {
        self.loader.batches()
    }
}
