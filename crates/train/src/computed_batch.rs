//! The forward and the backward pass of one training batch.

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use zunder_random::Key;

use crate::epoch_progress::BatchLoss;
use crate::evaluate::host_mean;
use crate::gradient_accumulator::factor;
use crate::{Classifier, LabelledBatch, LossFunction, ScoredBatch, TrainError};

/// What a batch contributes to an update and to the figures of its epoch, without autodiff.
pub(crate) struct ComputedBatch {
    pub labels: Vec<u32>,
    /// Weight of the batch in the mean loss.
    pub weight: f64,
    pub loss: BatchLoss,
    pub scores: Tensor<2>,
    /// Gradients of the parameters; empty if the loss was read and is not finite.
    pub gradients: GradientsParams,
}

/// How the batches of a training are computed.
#[derive(Clone, Copy)]
pub(crate) struct Computation<'a> {
    pub loss: &'a dyn LossFunction,
    /// Number of batches of an update.
    pub accumulate: usize,
    /// Reads each loss before the backward pass, so that an infinite loss or NaN does not reach the
    /// weights.
    pub reads_first: bool,
}

impl Computation<'_> {
    /// Computes a batch whose input is on `device` with autodiff; `device` itself is without.
    pub(crate) fn run<M: Classifier>(
        self,
        model: &M,
        batch: LabelledBatch<M::Input>,
        device: &Device,
        key: Key,
    ) -> Result<ComputedBatch, TrainError> {
        self.differentiate(model, ScoredBatch::training(model, batch, self.loss, device, key)?)
    }

    /// Computes the gradients of a batch.
    pub(crate) fn differentiate<M: Classifier>(
        self,
        model: &M,
        batch: ScoredBatch,
    ) -> Result<ComputedBatch, TrainError> {
        let ScoredBatch { scores, loss, labels, soft_labels } = batch;
        let weight = self.loss.weight(&labels, soft_labels.as_deref());
        let known = self.reads_first.then(|| host_mean(loss.clone().inner())).transpose()?;
        let gradients = if known.is_some_and(|mean| !mean.is_finite()) {
            GradientsParams::new()
        } else {
            let backward = factor(self.accumulate, weight)
                .map_or_else(|| loss.clone(), |factor| loss.clone().mul_scalar(factor))
                .backward();
            GradientsParams::from_grads(backward, model)
        };
        // From here on the parameters have only one owner, the model, so they are updated in place.
        let (scores, loss) = (scores.inner(), loss.inner());
        let loss = known.map_or(BatchLoss::OnDevice(loss), BatchLoss::Known);
        Ok(ComputedBatch { labels, weight, loss, scores, gradients })
    }
}
