//! Batches of labelled samples, and their sources.

use burn::tensor::Device;

use crate::BatchDevices;

/// The error of a source or a listener: any error that can be sent between threads.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// A batch of samples with their labels.
#[derive(Debug)]
pub struct LabelledBatch<I> {
    /// Input of the model's [`scores`](crate::Classifier::scores): a tensor, or a tuple of several.
    pub input: I,
    /// True class of each sample; for a mixed sample, the class with the largest share. Used for
    /// the accuracy.
    pub labels: Vec<u32>,
    /// Targets of the loss instead of the labels: a distribution over the classes for each sample,
    /// N times C, row by row. Default: none.
    pub soft_labels: Option<Vec<f32>>,
}

/// The batches of an epoch.
pub type Batches<'a, I> = Box<dyn Iterator<Item = Result<LabelledBatch<I>, SourceError>> + 'a>;

/// A source of batches.
///
/// The batches of an epoch must depend only on its number, so that a resumed run gets the same
/// batches.
pub trait BatchSource {
    /// Type of a batch's input.
    type Input;

    /// Returns the batches of an epoch (counted from 1), with tensors on `device`.
    fn epoch<'a>(
        &'a self,
        epoch: usize,
        device: &'a Device,
    ) -> Box<dyn Iterator<Item = Result<LabelledBatch<Self::Input>, SourceError>> + 'a>;

    /// Returns the batches of an epoch, each with tensors on [its device](BatchDevices::device).
    /// [`FitContext::with_devices`](crate::FitContext::with_devices) calls it.
    ///
    /// Default: calls [`epoch`](Self::epoch) for each device, and keeps the batches that belong
    /// there. So each batch is made once for each device: override it where that is expensive.
    fn epoch_on<'a>(&'a self, epoch: usize, devices: BatchDevices<'a>) -> Batches<'a, Self::Input> {
        let mut sources: Vec<_> =
            devices.devices().iter().map(|device| self.epoch(epoch, device)).collect();
        Box::new((0..).map_while(move |batch| {
            let all = sources.iter_mut().map(Iterator::next).enumerate();
            let own = |(i, next): &(usize, Option<Result<_, _>>)| {
                *i == devices.index(batch) || matches!(next, Some(Err(_)))
            };
            // All of them go on, also those whose batch is not used.
            all.filter(own).fold(None, |found, (_, next)| found.or(next))
        }))
    }

    /// Returns the number of batches in each epoch.
    fn batches(&self) -> usize;
}
