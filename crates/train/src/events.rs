use zunder_eval::{EpochRecord, HealthRecord, HealthWarning};

use crate::{Rollback, SourceError};

/// One training step, told after it was done.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StepReport {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The step within the epoch, from 1.
    pub step: usize,
    /// Steps of each epoch.
    pub steps: usize,
    /// Samples seen in this epoch.
    pub images: usize,
    /// The running mean of the loss over the samples of this epoch, in training mode.
    pub loss: f64,
    /// The loss of this step's batch alone, before its update, in training mode.
    pub batch_loss: f64,
    /// The running accuracy over the samples of this epoch, in training mode.
    pub accuracy: f64,
    /// The step's learning rate.
    pub learning_rate: f64,
}

/// A listener to a training: a dashboard, a log, a file of records.
pub trait Events {
    /// A step was done.
    fn step_finished(&mut self, step: &StepReport) {
        let _ = step;
    }

    /// An epoch was trained and validated; `best` says whether its weights are the best so far.
    ///
    /// # Errors
    /// Whatever must stop the training, such as a file that cannot be written.
    fn epoch_finished(&mut self, record: &EpochRecord, best: bool) -> Result<(), SourceError> {
        let _ = (record, best);
        Ok(())
    }

    /// How the layers did in the epoch that was just [finished](Self::epoch_finished): a record for
    /// each, and what is wrong for the first time.
    ///
    /// # Errors
    /// Whatever must stop the training, such as a file that cannot be written.
    fn layers_measured(
        &mut self,
        layers: &[HealthRecord],
        warnings: &[HealthWarning],
    ) -> Result<(), SourceError> {
        let _ = (layers, warnings);
        Ok(())
    }

    /// The loss was no finite number, and the training goes on from its last checkpoint.
    fn rolled_back(&mut self, rollback: &Rollback) {
        let _ = rollback;
    }
}

/// The listener that does not care.
impl Events for () {}
