//! Batches of labelled samples for Burn's training.

use std::sync::Arc;

use zunder_random::Key;
use zunder_train::{LabelledBatch, LossFunction};

/// A batch of samples with their labels, or the rows of a batch that one of several devices takes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LearnerBatch<I> {
    /// Input of the model: a tensor, or a tuple of several.
    pub input: I,
    /// True class of each sample; for a mixed sample, the class with the largest share.
    pub labels: Vec<u32>,
    /// For mixed samples, the share of each class in each sample: N times C, row by row, with the
    /// sum 1 for each row.
    pub soft_labels: Option<Vec<f32>>,
    /// Names the random draws of this step: dropout masks.
    pub key: Key,
    whole: Option<Arc<WholeBatch>>,
}

/// The labels of a batch that is divided among devices.
#[derive(Debug)]
pub(crate) struct WholeBatch {
    pub labels: Vec<u32>,
    pub soft_labels: Option<Vec<f32>>,
}

impl<I> LearnerBatch<I> {
    /// Creates a batch. `key` names the random draws of the step.
    pub fn new(input: I, labels: Vec<u32>, key: Key) -> Self {
        Self { input, labels, soft_labels: None, key, whole: None }
    }

    /// Sets the shares of the classes in mixed samples, N times C, row by row.
    #[must_use]
    pub fn with_soft_labels(self, soft_labels: impl Into<Option<Vec<f32>>>) -> Self {
        Self { soft_labels: soft_labels.into(), ..self }
    }

    pub(crate) fn with_whole(self, whole: impl Into<Option<Arc<WholeBatch>>>) -> Self {
        Self { whole: whole.into(), ..self }
    }

    /// Returns the share of these rows in the loss of the whole batch: 1 unless the batch is
    /// divided among devices.
    ///
    /// Burn adds the gradients of all devices. For the sum to be the gradient of the mean over the
    /// batch, each device multiplies the mean loss of its rows by this share, which is
    /// `weight(rows) / weight(batch)` with the [weight](LossFunction::weight) of `loss`.
    /// [`Learnable`](crate::Learnable) does so; a model of your own with its own
    /// [`TrainStep`](burn::train::TrainStep) has to.
    ///
    /// ```
    /// use zunder_burn_train::{Key, LearnerBatch};
    /// use zunder_train::Loss;
    ///
    /// let batch = LearnerBatch::new((), vec![0, 1], Key::new(1));
    /// assert_eq!(batch.share(&Loss::default()), 1.0);
    /// ```
    pub fn share(&self, loss: &dyn LossFunction) -> f64 {
        self.whole.as_ref().map_or(1.0, |whole| {
            loss.weight(&self.labels, self.soft_labels.as_deref())
                / loss.weight(&whole.labels, whole.soft_labels.as_deref())
        })
    }

    /// Returns the batch without what only Burn's training needs, and its key.
    pub(crate) fn labelled(self) -> (LabelledBatch<I>, Key) {
        let Self { input, labels, soft_labels, key, whole: _ } = self;
        (LabelledBatch { input, labels, soft_labels }, key)
    }
}
