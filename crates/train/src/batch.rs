use burn::tensor::Device;

/// The error of a source or a listener: any error that may cross threads.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// A batch as the loop takes it.
#[derive(Debug)]
pub struct LabelledBatch<I> {
    /// What the model's [`scores`](crate::Classifier::scores) takes: a tensor, or a tuple of
    /// several.
    pub input: I,
    /// The true class of each sample; of a mixed one, that with the larger share. Accuracy goes by
    /// it.
    pub labels: Vec<u32>,
    /// What the loss takes in place of the labels, if anything: a distribution over the classes for
    /// each sample, N times C, row by row.
    pub soft_labels: Option<Vec<f32>>,
}

/// Where batches come from.
///
/// An epoch's batches must be a function of the epoch's number alone: then a resumed run sees the
/// same ones.
pub trait BatchSource {
    /// What a batch holds beside its labels.
    type Input;

    /// The batches of an epoch (from 1), their tensors on `device`.
    fn epoch<'a>(
        &'a self,
        epoch: usize,
        device: &'a Device,
    ) -> Box<dyn Iterator<Item = Result<LabelledBatch<Self::Input>, SourceError>> + 'a>;

    /// Batches of each epoch.
    fn batches(&self) -> usize;
}
