//! One epoch of training.

use std::time::Instant;

use burn::module::Module;
use burn::optim::GradientsParams;
use zunder_eval::EpochRecord;

use crate::epoch_progress::{BatchLoss, EpochProgress, FinishedStep};
use crate::evaluate::host_mean;
use crate::gradient_accumulator::GradientAccumulator;
use crate::health::MeasuredUpdates;
use crate::host_memory::in_host_memory;
use crate::parameters::sum_of_squares;
use crate::{
    BatchSource, Classifier, Divergence, FitConfig, FitContext, FitOptimizer, LearningRate,
    Rollback, ScoredBatch, TrainError,
};

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
    mut model: M,
    train: &impl BatchSource<Input = M::Input>,
    config: &FitConfig,
    at: &EpochContext<'_>,
    optimizer: &mut FitOptimizer,
    context: &mut FitContext<'_>,
) -> Result<(M, EpochEnd<TrainedEpoch>), TrainError> {
    let part = "training";
    let epoch = at.epoch;
    let device = context.device.clone().autodiff();
    let key = context.key.named("step").at(epoch as u64);
    let steps = train.batches();
    let slower = Rollback::factor(at.rollbacks);
    // Reads each loss before its update, so that an infinite loss or NaN does not reach the
    // weights.
    let reads_first = at.report_interval == 1 && in_host_memory(context.device);
    let loss_function = context.loss.unwrap_or(&config.loss);
    optimizer.keep_history(at.report_interval);
    let mut accumulator = GradientAccumulator::new(&config.gradients);
    let mut progress = EpochProgress::new(epoch, steps, at.report_interval);
    let mut updates =
        EpochUpdates { done: 0, measured: MeasuredUpdates::new(config.gradients.updates(steps)) };
    let mut rate = 0.0;
    let start = Instant::now();
    for (step, batch) in (1..).zip(train.epoch(epoch, &device)) {
        if context.interrupt.requested() {
            return Ok((model, EpochEnd::Interrupted));
        }
        let batch = batch.map_err(|source| TrainError::Source { part, source })?;
        rate = at.rates.at(optimizer.updates() as usize) * slower;

        let key = key.at(step as u64);
        let ScoredBatch { scores, loss, labels, soft_labels } =
            ScoredBatch::training(&model, batch, loss_function, context.device, key)?;
        let known = reads_first.then(|| host_mean(loss.clone().inner())).transpose()?;
        if let Some(mean) = known.filter(|mean| !mean.is_finite()) {
            let gradients = optimizer.largest_gradients()?;
            let divergence = Divergence::new(mean, at, Some(step), rate, gradients);
            return Ok((model, EpochEnd::Diverged(divergence)));
        }
        let weight = loss_function.weight(&labels, soft_labels.as_deref());
        let backward = accumulator
            .factor(weight)
            .map_or_else(|| loss.clone(), |factor| loss.clone().mul_scalar(factor))
            .backward();
        accumulator.add(&model, GradientsParams::from_grads(backward, &model), weight)?;
        // From here on the parameters have only one owner, the model, so they are updated in place.
        let (scores, loss) = (scores.inner(), loss.inner());
        let updates_before = optimizer.updates();
        if accumulator.is_full() {
            model = updates.step(optimizer, rate, model, accumulator.take())?;
        }

        progress.push(
            FinishedStep { step, labels, weight, learning_rate: rate, updates_before },
            known.map_or(BatchLoss::OnDevice(loss), BatchLoss::Known),
            scores,
        );
        // Reads from the device only when a report is due. Until then a GPU has all steps in its
        // queue and never waits for the host.
        if progress.is_due()
            && let Some(divergence) = read(&mut progress, at, optimizer, context)?
        {
            return Ok((model, EpochEnd::Diverged(divergence)));
        }
    }
    if let Some(divergence) = read(&mut progress, at, optimizer, context)? {
        return Ok((model, EpochEnd::Diverged(divergence)));
    }
    if progress.images == 0 {
        return Err(TrainError::NoBatches { part });
    }
    if !accumulator.is_empty() {
        model = updates.step(optimizer, rate, model, accumulator.take())?;
    }
    let seconds = start.elapsed().as_secs_f64();
    // The penalty of a Burn optimiser, if it has one, is not known.
    let nu = if context.optimizer.is_some() { 0.0 } else { config.optimizer.nu() };
    let penalty = if nu > 0.0 {
        nu * sum_of_squares(&model, config.optimizer.decay()).map_err(TrainError::Device)?
    } else {
        0.0
    };
    let record = EpochRecord {
        epoch,
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

/// Reads and reports the steps since the last read. Returns the divergence of one of them, if any.
fn read(
    progress: &mut EpochProgress,
    at: &EpochContext<'_>,
    optimizer: &FitOptimizer,
    context: &mut FitContext<'_>,
) -> Result<Option<Divergence>, TrainError> {
    let Some(step) = progress.read(context.events, &context.interrupt)? else { return Ok(None) };
    let gradients = optimizer.largest_gradients_by(step.updates_before)?;
    Ok(Some(Divergence::new(step.loss, at, Some(step.step), step.learning_rate, gradients)))
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
