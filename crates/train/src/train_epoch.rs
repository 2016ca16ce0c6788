//! One epoch of training.

use std::time::Instant;

use burn::module::Module;
use burn::optim::GradientsParams;
use zunder_eval::EpochRecord;

use crate::accumulated::Accumulated;
use crate::evaluate::{count_correct, host_mean, host_values};
use crate::health::MeasuredUpdates;
use crate::host_memory::in_host_memory;
use crate::parameters::sum_of_squares;
use crate::{
    BatchSource, Classifier, Divergence, FitConfig, FitContext, LearningRate, Optimizer, Rollback,
    StepReport, Targets, TrainError,
};

/// How an epoch's training or its validation ended.
pub(crate) enum Epoch<T> {
    /// With what it was for.
    Done(T),
    /// Somebody asked to stop.
    Interrupted,
    /// The loss was no finite number. The model may be worth nothing any more.
    Diverged(Divergence),
}

/// Where a training stands when an epoch begins.
pub(crate) struct Place<'a> {
    /// The epoch, from 1.
    pub epoch: usize,
    /// How often the training has gone back.
    pub rollbacks: usize,
    /// The rates, before they are halved for that.
    pub rates: &'a LearningRate,
    /// Whether the model is known to show no activations: then nothing is computed in order to see
    /// them.
    pub hides: bool,
}

/// What an epoch's training came to.
pub(crate) struct Trained {
    /// Its validation figures are still to come.
    pub record: EpochRecord,
    pub updates: MeasuredUpdates,
}

/// One pass over the training part. Gives the model back.
pub(crate) fn train_epoch<M: Classifier>(
    mut model: M,
    train: &impl BatchSource<Input = M::Input>,
    config: &FitConfig,
    place: &Place<'_>,
    optimizer: &mut Optimizer,
    context: &mut FitContext<'_>,
) -> Result<(M, Epoch<Trained>), TrainError> {
    let part = "training";
    let epoch = place.epoch;
    let device = context.device.clone().autodiff();
    let on_host = in_host_memory(context.device);
    let key = context.key.named("step").at(epoch as u64);
    let steps = train.batches();
    let slower = Rollback::factor(place.rollbacks);
    let mut accumulated = Accumulated::new(&config.gradients);
    let (mut sum, mut weight, mut correct, mut images, mut rate) = (0.0, 0.0, 0, 0, 0.0);
    let mut updates =
        Updates { done: 0, measured: MeasuredUpdates::new(config.gradients.updates(steps)) };
    let start = Instant::now();
    for (step, batch) in (1..).zip(train.epoch(epoch, &device)) {
        if context.interrupt.requested() {
            return Ok((model, Epoch::Interrupted));
        }
        let batch = batch.map_err(|source| TrainError::Source { part, source })?;
        rate = place.rates.at(optimizer.updates() as usize) * slower;

        let scores = model.scores_training(batch.input, key.at(step as u64));
        let classes = scores.dims()[1];
        let targets =
            Targets::new(&batch.labels, batch.soft_labels.as_deref(), classes, part, &device)?;
        let loss = config.loss.forward(scores.clone(), targets)?;
        // In memory the loss is known already, and one that is no number need not spoil the
        // weights.
        let early = if on_host { Some(host_mean(loss.clone().inner())?) } else { None };
        let diverged = |loss: f64, optimizer: &Optimizer| {
            Divergence::new(loss, place, Some(step), rate, optimizer)
        };
        if let Some(mean) = early.filter(|mean| !mean.is_finite()) {
            return Ok((model, Epoch::Diverged(diverged(mean, optimizer)?)));
        }
        let counts = config.loss.weight(&batch.labels, batch.soft_labels.as_deref());
        let backward = accumulated
            .factor(counts)
            .map_or_else(|| loss.clone(), |factor| loss.clone().mul_scalar(factor))
            .backward();
        accumulated.add(&model, GradientsParams::from_grads(backward, &model), counts)?;
        // From here on the model is the only owner of its parameters, so they are updated in place.
        let (scores, loss) = (scores.inner(), loss.inner());
        if accumulated.is_full() {
            model = updates.step(optimizer, rate, model, accumulated.take())?;
        }

        // Only now is anything asked back: a graphics processor has the whole step in its queue,
        // and waits for nobody on the way.
        let mean = early.map_or_else(|| host_mean(loss), Ok)?;
        if !mean.is_finite() {
            return Ok((model, Epoch::Diverged(diverged(mean, optimizer)?)));
        }
        sum += mean * counts;
        weight += counts;
        correct += count_correct(&host_values(scores)?, &batch.labels, classes);
        images += batch.labels.len();

        let loss = sum / weight;
        let accuracy = correct as f64 / images as f64;
        context.events.step_finished(&StepReport {
            epoch,
            step,
            steps,
            images,
            loss,
            batch_loss: mean,
            accuracy,
            learning_rate: rate,
        });
    }
    if images == 0 {
        return Err(TrainError::NoBatches { part });
    }
    if !accumulated.is_empty() {
        model = updates.step(optimizer, rate, model, accumulated.take())?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let nu = config.optimizer.nu();
    let penalty = if nu > 0.0 {
        nu * sum_of_squares(&model, config.optimizer.decay()).map_err(TrainError::Device)?
    } else {
        0.0
    };
    let record = EpochRecord {
        epoch,
        train_loss: sum / weight,
        train_accuracy: correct as f64 / images as f64,
        penalty,
        validation_loss: f64::NAN,
        validation_accuracy: f64::NAN,
        learning_rate: rate,
        seconds,
        images_per_second: images as f64 / seconds,
        ..EpochRecord::default()
    };
    Ok((model, Epoch::Done(Trained { record, updates: updates.measured })))
}

/// The updates of an epoch, a few of them measured.
struct Updates {
    done: usize,
    measured: MeasuredUpdates,
}

impl Updates {
    /// One update by the sum of gradients and what to divide it by.
    fn step<M: Module>(
        &mut self,
        optimizer: &mut Optimizer,
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
    pub(crate) fn new(
        loss: f64,
        place: &Place<'_>,
        step: Option<usize>,
        learning_rate: f64,
        optimizer: &Optimizer,
    ) -> Result<Self, TrainError> {
        let mut gradients = optimizer.largest_gradients()?;
        gradients.sort_by(|(_, a), (_, b)| b.abs().total_cmp(&a.abs()));
        Ok(Self {
            loss,
            epoch: place.epoch,
            step,
            learning_rate,
            gradients,
            rollbacks: place.rollbacks,
        })
    }
}
