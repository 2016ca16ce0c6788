//! One epoch of training.

use std::time::Instant;

use burn::module::Module;
use burn::optim::GradientsParams;
use zunder_eval::EpochRecord;

use crate::computed_batch::{Computation, ComputedBatch};
use crate::devices::train_on_devices;
use crate::epoch_progress::{BatchLoss, EpochProgress, FinishedStep};
use crate::evaluate::host_mean;
use crate::gradient_accumulator::GradientAccumulator;
use crate::health::MeasuredUpdates;
use crate::host_memory::in_host_memory;
use crate::parameters::sum_of_squares;
use crate::{
    BatchSource, Classifier, Divergence, FitConfig, FitContext, FitOptimizer, LearningRate,
    Rollback, TrainError,
};

/// Name of the part in errors.
pub(crate) const PART: &str = "training";

/// The end of an epoch's training or validation.
pub(crate) enum EpochEnd<T> {
    /// It is finished, with this result.
    Done(T),
    /// A stop was requested.
    Interrupted,
    /// The loss was infinite or NaN. The model may be unusable.
    Diverged(Divergence),
}

/// The progress of a training at the start of an epoch.
pub(crate) struct EpochContext<'a> {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// Number of rollbacks.
    pub rollbacks: usize,
    /// Learning rates without the factor of the rollbacks.
    pub rates: &'a LearningRate,
    /// Number of steps between two reads of losses from the device, at least 1.
    pub report_interval: usize,
}

/// The result of an epoch's training.
pub(crate) struct TrainedEpoch {
    /// Record of the epoch, without the figures of the validation.
    pub record: EpochRecord,
    pub updates: MeasuredUpdates,
}

/// Trains one epoch and returns the model.
pub(crate) fn train_epoch<M: Classifier>(
    model: M,
    train: &impl BatchSource<Input = M::Input>,
    config: &FitConfig,
    at: &EpochContext<'_>,
    optimizer: &mut FitOptimizer,
    context: &mut FitContext<'_>,
) -> Result<(M, EpochEnd<TrainedEpoch>), TrainError> {
    let start = Instant::now();
    optimizer.keep_history(at.report_interval);
    let mut training = EpochTraining::new(train.batches(), config, at, optimizer, context);
    let (model, end) = if training.context.computes_on_others() {
        train_on_devices(model, train, &mut training)?
    } else {
        train_on_one(model, train, &mut training)?
    };
    match end {
        EpochEnd::Done(()) => {}
        EpochEnd::Interrupted => return Ok((model, EpochEnd::Interrupted)),
        EpochEnd::Diverged(divergence) => return Ok((model, EpochEnd::Diverged(divergence))),
    }
    let (model, diverged) = training.finish(model)?;
    if let Some(divergence) = diverged {
        return Ok((model, EpochEnd::Diverged(divergence)));
    }
    let EpochTraining { progress, updates, rate, .. } = training;
    let seconds = start.elapsed().as_secs_f64();
    // The penalty of a Burn optimiser, if it has one, is not known.
    let nu = if context.optimizer.is_some() { 0.0 } else { config.optimizer.nu() };
    let penalty = if nu > 0.0 {
        nu * sum_of_squares(&model, config.optimizer.decay()).map_err(TrainError::Device)?
    } else {
        0.0
    };
    let record = EpochRecord {
        epoch: at.epoch,
        train_loss: progress.loss(),
        train_accuracy: progress.accuracy(),
        penalty,
        validation_loss: f64::NAN,
        validation_accuracy: f64::NAN,
        learning_rate: rate,
        seconds,
        images_per_second: progress.images as f64 / seconds,
        ..EpochRecord::default()
    };
    Ok((model, EpochEnd::Done(TrainedEpoch { record, updates: updates.measured })))
}

/// Computes the batches of an epoch one after the other, on the device of the weights.
fn train_on_one<M: Classifier>(
    mut model: M,
    train: &impl BatchSource<Input = M::Input>,
    training: &mut EpochTraining<'_, '_>,
) -> Result<(M, EpochEnd<()>), TrainError> {
    let device = training.context.device.clone().autodiff();
    let key = training.key();
    for (step, batch) in (1..).zip(train.epoch(training.at.epoch, &device)) {
        if training.context.interrupt.requested() {
            return Ok((model, EpochEnd::Interrupted));
        }
        let batch = batch.map_err(|source| TrainError::Source { part: PART, source })?;
        let on = training.context.device;
        let batch = training.computation.run(&model, batch, on, key.at(step as u64))?;
        let diverged;
        (model, diverged) = training.add(step, model, batch)?;
        if let Some(divergence) = diverged {
            return Ok((model, EpochEnd::Diverged(divergence)));
        }
    }
    Ok((model, EpochEnd::Done(())))
}

/// An epoch in progress: gradients, figures and updates.
pub(crate) struct EpochTraining<'a, 'c> {
    pub at: &'a EpochContext<'a>,
    pub context: &'a mut FitContext<'c>,
    pub computation: Computation<'a>,
    optimizer: &'a mut FitOptimizer,
    accumulator: GradientAccumulator,
    progress: EpochProgress,
    updates: EpochUpdates,
    /// Learning rate of the last step.
    rate: f64,
}

impl<'a, 'c: 'a> EpochTraining<'a, 'c> {
    /// Creates the state before the first of `steps` batches.
    fn new(
        steps: usize,
        config: &'a FitConfig,
        at: &'a EpochContext<'a>,
        optimizer: &'a mut FitOptimizer,
        context: &'a mut FitContext<'c>,
    ) -> Self {
        let computation = Computation {
            loss: context.loss.unwrap_or(&config.loss),
            accumulate: config.gradients.accumulate,
            reads_first: at.report_interval == 1 && in_host_memory(context.device),
        };
        Self {
            at,
            context,
            computation,
            optimizer,
            accumulator: GradientAccumulator::new(&config.gradients),
            progress: EpochProgress::new(at.epoch, steps, at.report_interval),
            updates: EpochUpdates {
                done: 0,
                measured: MeasuredUpdates::new(config.gradients.updates(steps)),
            },
            rate: 0.0,
        }
    }

    /// Returns the key that names the draws of the epoch's steps.
    pub(crate) fn key(&self) -> zunder_random::Key {
        self.context.key.named("step").at(self.at.epoch as u64)
    }

    /// Adds the gradients and the figures of the next batch, and updates the model if it is the
    /// last one of an update. Returns the divergence of a step, if any.
    pub(crate) fn add<M: Classifier>(
        &mut self,
        step: usize,
        mut model: M,
        batch: ComputedBatch,
    ) -> Result<(M, Option<Divergence>), TrainError> {
        let ComputedBatch { labels, weight, mut loss, scores, gradients } = batch;
        let updates_before = self.optimizer.updates();
        self.rate = self.at.rates.at(updates_before as usize) * Rollback::factor(self.at.rollbacks);
        if self.computation.reads_first
            && let BatchLoss::OnDevice(mean) = loss
        {
            loss = BatchLoss::Known(host_mean(mean)?);
        }
        if let BatchLoss::Known(mean) = loss
            && !mean.is_finite()
        {
            let largest = self.optimizer.largest_gradients()?;
            let divergence = Divergence::new(mean, self.at, Some(step), self.rate, largest);
            return Ok((model, Some(divergence)));
        }
        self.accumulator.add(&model, gradients, weight)?;
        if self.accumulator.is_full() {
            model = self.update(model)?;
        }
        let learning_rate = self.rate;
        let finished = FinishedStep { step, labels, weight, learning_rate, updates_before };
        self.progress.push(finished, loss, scores);
        // Reads from the device only when a report is due. Until then a GPU has all steps in its
        // queue and never waits for the host.
        let diverged = if self.progress.is_due() { self.read()? } else { None };
        Ok((model, diverged))
    }

    /// Reads the remaining figures, and updates the model with the remaining batches.
    fn finish<M: Module>(&mut self, mut model: M) -> Result<(M, Option<Divergence>), TrainError> {
        if let Some(divergence) = self.read()? {
            return Ok((model, Some(divergence)));
        }
        if self.progress.images == 0 {
            return Err(TrainError::NoBatches { part: PART });
        }
        if !self.accumulator.is_empty() {
            model = self.update(model)?;
        }
        Ok((model, None))
    }

    fn update<M: Module>(&mut self, model: M) -> Result<M, TrainError> {
        self.updates.step(self.optimizer, self.rate, model, self.accumulator.take())
    }

    /// Reads and reports the steps since the last read. Returns the divergence of one of them, if
    /// any.
    fn read(&mut self) -> Result<Option<Divergence>, TrainError> {
        let read = self.progress.read(self.context.events, &self.context.interrupt)?;
        let Some(step) = read else { return Ok(None) };
        let gradients = self.optimizer.largest_gradients_by(step.updates_before)?;
        let rate = step.learning_rate;
        Ok(Some(Divergence::new(step.loss, self.at, Some(step.step), rate, gradients)))
    }
}

/// The updates of an epoch, some of which are measured.
struct EpochUpdates {
    done: usize,
    measured: MeasuredUpdates,
}

impl EpochUpdates {
    /// Performs one update, given the sum of the gradients and its divisor.
    fn step<M: Module>(
        &mut self,
        optimizer: &mut FitOptimizer,
        rate: f64,
        model: M,
        (gradients, divisor): (GradientsParams, f64),
    ) -> Result<M, TrainError> {
        self.done += 1;
        if !self.measured.wants(self.done - 1) {
            return optimizer.step_sum(rate, model, gradients, divisor);
        }
        let (model, norms) = optimizer.step_measured(rate, model, gradients, divisor)?;
        self.measured.push(norms);
        Ok(model)
    }
}

impl Divergence {
    /// Creates a divergence. `step` is `None` for the validation after an epoch; `gradients` may
    /// have any order.
    pub(crate) fn new(
        loss: f64,
        at: &EpochContext<'_>,
        step: Option<usize>,
        learning_rate: f64,
        mut gradients: Vec<(String, f32)>,
    ) -> Self {
        gradients.sort_by(|(_, a), (_, b)| b.abs().total_cmp(&a.abs()));
        let EpochContext { epoch, rollbacks, .. } = *at;
        Self { loss, epoch, step, learning_rate, gradients, rollbacks }
    }
}
