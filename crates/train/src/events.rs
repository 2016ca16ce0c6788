//! The events of a training.

use zunder_eval::{EpochRecord, HealthRecord, HealthWarning};

use crate::{Evaluation, Rollback, SourceError};

/// A training step, reported after it is done.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StepReport {
    /// Epoch, counted from 1.
    pub epoch: usize,
    /// Step within the epoch, counted from 1.
    pub step: usize,
    /// Steps of each epoch.
    pub steps: usize,
    /// Samples seen in this epoch.
    pub images: usize,
    /// Running mean of the loss over the samples of this epoch, in training mode.
    pub loss: f64,
    /// Loss of this step's batch alone, before its update, in training mode.
    pub batch_loss: f64,
    /// Running accuracy over the samples of this epoch, in training mode.
    pub accuracy: f64,
    /// Learning rate of the step.
    pub learning_rate: f64,
}

/// Receives the events of a training, for example to show progress or to write records.
pub trait Events {
    /// Called after each step.
    fn step_finished(&mut self, step: &StepReport) {
        let _ = step;
    }

    /// Called before [`epoch_finished`](Self::epoch_finished) with the predictions of that epoch's
    /// weights (not of their moving average) for the validation samples.
    fn epoch_validated(&mut self, epoch: usize, evaluation: &Evaluation) {
        let _ = (epoch, evaluation);
    }

    /// Called when an epoch is trained and validated; `best` is true if its weights are the best so
    /// far.
    ///
    /// # Errors
    /// Returns any error that must stop the training, such as a file that cannot be written.
    fn epoch_finished(&mut self, record: &EpochRecord, best: bool) -> Result<(), SourceError> {
        let _ = (record, best);
        Ok(())
    }

    /// Called after [`epoch_finished`](Self::epoch_finished) with the health of the layers in that
    /// epoch: a record for each, and the warnings that are new.
    ///
    /// # Errors
    /// Returns any error that must stop the training, such as a file that cannot be written.
    fn layers_measured(
        &mut self,
        layers: &[HealthRecord],
        warnings: &[HealthWarning],
    ) -> Result<(), SourceError> {
        let _ = (layers, warnings);
        Ok(())
    }

    /// Called when the loss was infinite or NaN and the training continues from its last
    /// checkpoint.
    fn rolled_back(&mut self, rollback: &Rollback) {
        let _ = rollback;
    }
}

/// Ignores all events.
impl Events for () {}
