//! Passes the events of `fit` to Burn's dashboard, metrics and files.

use burn::data::dataloader::Progress;
use burn::tensor::{Device, Tensor, TensorData};
use burn::train::{
    ClassificationOutput, EventProcessorTraining, Interrupter, LearnerEvent,
    SupervisedTrainingEventProcessor, TrainingItem,
};
use zunder_train::{
    Classifier, EpochRecord, Evaluation, Events, Interrupt, SourceError, StepReport,
};

use crate::Learnable;
use crate::learnable::label_tensor;
use crate::tape::Tape;

/// Passes the events of [`fit`](zunder_train::fit) to Burn.
pub(crate) struct Forward<'a, M: Classifier + std::fmt::Display + 'static>
where
    M::Input: Send + 'static,
{
    pub processor: &'a mut SupervisedTrainingEventProcessor<Learnable<M>>,
    pub interrupter: Interrupter,
    /// Stops `fit`.
    pub interrupt: Interrupt,
    pub tape: Tape,
    /// Device without autodiff.
    pub device: Device,
    /// Samples of an epoch of the training part, and of the validation part.
    pub items: (usize, usize),
    /// Epoch whose training has begun.
    pub epoch: usize,
}

impl<M: Classifier + std::fmt::Display + 'static> Forward<'_, M>
where
    M::Input: Send + 'static,
{
    fn train(&mut self, event: LearnerEvent<ClassificationOutput>) {
        self.interrupter.fail_on_error(self.processor.process_train(event));
    }

    fn validate(&mut self, event: LearnerEvent<ClassificationOutput>) {
        self.interrupter.fail_on_error(self.processor.process_valid(event));
    }

    /// Passes a request to stop on to `fit`.
    fn stop_if_asked(&self) {
        if self.interrupter.should_stop() {
            self.interrupt.request();
        }
    }

    fn output(&self, loss: f64, scores: Tensor<2>, labels: &[u32]) -> ClassificationOutput {
        let loss = Tensor::from_floats([loss as f32], &self.device);
        ClassificationOutput::new(loss, scores, label_tensor(labels, &self.device))
    }
}

impl<M: Classifier + std::fmt::Display + 'static> Events for Forward<'_, M>
where
    M::Input: Send + 'static,
{
    fn step_finished(&mut self, step: &StepReport) {
        if self.epoch != step.epoch {
            self.epoch = step.epoch;
            self.train(LearnerEvent::StartSplit {
                epoch_number: step.epoch,
                total_items: self.items.0,
            });
        }
        if let Some((scores, labels)) = self.tape.pop() {
            let output = self.output(step.batch_loss, scores, &labels);
            let progress = Progress::new(step.images, self.items.0, Some("images".to_owned()));
            let rate = Some(step.learning_rate.into());
            let item = TrainingItem::new(output, progress, Some(step.step), rate);
            self.train(LearnerEvent::ProcessedItem(item));
        }
        self.stop_if_asked();
    }

    fn epoch_validated(&mut self, epoch: usize, evaluation: &Evaluation) {
        self.tape.clear();
        self.train(LearnerEvent::EndSplit(epoch));
        let items = self.items.1;
        self.validate(LearnerEvent::StartSplit { epoch_number: epoch, total_items: items });
        // One item for the whole set, so that Burn's mean of batch means is the mean over all
        // samples.
        let shape = [evaluation.labels.len(), evaluation.classes];
        let scores = TensorData::new(evaluation.scores.clone(), shape);
        let scores = Tensor::from_data(scores, &self.device);
        let output = self.output(evaluation.loss, scores, &evaluation.labels);
        let progress = Progress::new(items, items, Some("images".to_owned()));
        self.validate(LearnerEvent::ProcessedItem(TrainingItem::new(
            output,
            progress,
            Some(1),
            None,
        )));
        self.validate(LearnerEvent::EndSplit(epoch));
    }

    fn epoch_finished(&mut self, record: &EpochRecord, _best: bool) -> Result<(), SourceError> {
        self.train(LearnerEvent::EndEpoch(record.epoch));
        // Burn computes its summary without waiting for the queue of events.
        self.interrupter.fail_on_error(self.processor.flush());
        self.stop_if_asked();
        Ok(())
    }
}
