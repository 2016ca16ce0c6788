//! A Burn data loader as a source of batches for `fit`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::data::dataloader::DataLoader;
use burn::tensor::Device;
use zunder_train::{BatchSource, LabelledBatch, SourceError};

use crate::tape::Tape;
use crate::{BurnTrainError, LearnerBatch};

/// A Burn data loader as a source of batches. A loader knows no epoch: each call of its `iter`
/// starts the next one, so earlier epochs are started and dropped, and none can be repeated.
pub(crate) struct LoaderSource<I> {
    loader: Arc<dyn DataLoader<LearnerBatch<I>>>,
    batch_size: usize,
    /// Whether the epochs differ: those of the training part. Validation reads the same data again.
    counted: bool,
    begun: AtomicUsize,
    tape: Option<Tape>,
}

impl<I> LoaderSource<I> {
    /// Creates the source of the training part, which writes the labels of its batches to the tape.
    pub(crate) fn training(
        loader: &Arc<dyn DataLoader<LearnerBatch<I>>>,
        batch_size: usize,
        device: &Device,
        tape: Tape,
    ) -> Self {
        let (loader, begun) = (loader.to_device(device), AtomicUsize::new(0));
        Self { loader, batch_size, counted: true, begun, tape: Some(tape) }
    }

    /// Creates the source of the validation part.
    pub(crate) fn validation(
        loader: &Arc<dyn DataLoader<LearnerBatch<I>>>,
        batch_size: usize,
        device: &Device,
    ) -> Self {
        let (loader, begun) = (loader.to_device(device), AtomicUsize::new(0));
        Self { loader, batch_size, counted: false, begun, tape: None }
    }

    /// Returns the number of samples.
    pub(crate) fn items(&self) -> usize {
        self.loader.num_items()
    }

    /// Starts and drops the epochs before `epoch`.
    fn forward_to(&self, epoch: usize) -> Result<(), BurnTrainError> {
        let begun = self.begun.load(Ordering::Relaxed);
        if epoch <= begun {
            return Err(BurnTrainError::Rewind { epoch, begun });
        }
        for _ in begun + 1..epoch {
            drop(self.loader.iter());
        }
        self.begun.store(epoch, Ordering::Relaxed);
        Ok(())
    }
}

impl<I> BatchSource for LoaderSource<I> {
    type Input = I;

    /// The loader gives tensors on the device that it was created for.
    fn epoch<'a>(
        &'a self,
        epoch: usize,
        _device: &'a Device,
    ) -> Box<dyn Iterator<Item = Result<LabelledBatch<I>, SourceError>> + 'a> {
        if self.counted
            && let Err(error) = self.forward_to(epoch)
        {
            return Box::new(std::iter::once(Err(error.into())));
        }
        // Nothing depends on the number of validation batches.
        let expected = if self.counted { self.batches() } else { 0 };
        let (mut items, counted) = (self.loader.iter(), self.counted);
        let mut got = 0;
        let wrong =
            move |got| BurnTrainError::Batches { got, expected, batch_size: self.batch_size };
        Box::new(std::iter::from_fn(move || match items.next() {
            Some(Ok(batch)) => {
                got += 1;
                if counted && got > expected {
                    return Some(Err(wrong(got).into()));
                }
                let (batch, _) = batch.labelled();
                if let Some(tape) = &self.tape {
                    tape.push_labels(batch.labels.clone());
                }
                Some(Ok(batch))
            }
            Some(Err(error)) => Some(Err(error.into())),
            None if got < expected => {
                let error = wrong(got);
                got = expected;
                Some(Err(error.into()))
            }
            None => None,
        }))
    }

    fn batches(&self) -> usize {
        self.loader.num_items().div_ceil(self.batch_size.max(1))
    }
}
