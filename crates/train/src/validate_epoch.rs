//! Validates a model after each epoch.

use std::time::Instant;

use zunder_eval::{EpochRecord, HealthRecord};

use crate::health::layer_health;
use crate::parameters::{collect, restore};
use crate::train_epoch::{EpochContext, EpochEnd, TrainedEpoch};
use crate::{
    BatchSource, Classifier, Divergence, Evaluation, FitConfig, FitContext, FitOptimizer,
    NamedTensor, TrainError, evaluate,
};

/// The candidates for the best weights after an epoch.
pub(crate) struct Candidates<M> {
    /// Model in its [`valid`](burn::module::Module::valid) form.
    pub model: M,
    /// Tensors of the model with the values of the moving average, if there is one.
    pub average: Option<Vec<NamedTensor>>,
}

/// The result of an epoch's training and validation.
pub(crate) struct ValidatedEpoch<M> {
    pub record: EpochRecord,
    pub health: Vec<HealthRecord>,
    pub candidates: Candidates<M>,
    /// The predictions of the weights for the validation samples.
    pub evaluation: Evaluation,
}

/// Adds the results of the validation to the record of an epoch, for the weights and for their
/// moving average if there is one, and computes the records of the layers.
pub(crate) fn validate_epoch<M: Classifier>(
    model: &M,
    optimizer: &FitOptimizer,
    trained: TrainedEpoch,
    validation: &impl BatchSource<Input = M::Input>,
    config: &FitConfig,
    (at, shows_layers): (&EpochContext<'_>, bool),
    context: &FitContext<'_>,
) -> Result<EpochEnd<ValidatedEpoch<M>>, TrainError> {
    let TrainedEpoch { mut record, updates } = trained;
    let start = Instant::now();
    let loss = context.loss.unwrap_or(&config.loss);
    let validate =
        |model: &M| evaluate(model, validation, loss, context.device, &context.interrupt);
    let snapshot = model.valid();
    let Some(evaluation) = validate(&snapshot)? else { return Ok(EpochEnd::Interrupted) };
    if !evaluation.loss.is_finite() {
        return Ok(EpochEnd::Diverged(Divergence::new(
            evaluation.loss,
            at,
            None,
            record.learning_rate,
            optimizer.largest_gradients()?,
        )));
    }
    record.validation_loss = evaluation.loss;
    record.validation_accuracy = evaluation.accuracy;
    record.metric = context.metric.map(|metric| metric.value(&evaluation));
    record.ema_metric = record.metric.map(|_| f64::NAN);
    let average = if config.ema > 0.0 {
        optimizer.averaged(collect(&snapshot).map_err(TrainError::Device)?)
    } else {
        Ok(None)
    };
    let average = average.map_err(TrainError::Device)?;
    if let Some(tensors) = &average {
        // Restores into a fresh copy of the model: a clone of the snapshot would share its running
        // averages.
        let averaged = restore(model.valid(), tensors.clone()).map_err(TrainError::Device)?;
        let Some(evaluation) = validate(&averaged)? else { return Ok(EpochEnd::Interrupted) };
        (record.ema_loss, record.ema_accuracy) = (Some(evaluation.loss), Some(evaluation.accuracy));
        record.ema_metric = context.metric.map(|metric| metric.value(&evaluation));
    }
    let health =
        layer_health(at.epoch, shows_layers, &snapshot, &updates, validation, context.device)?;
    record.validation_seconds = start.elapsed().as_secs_f64();
    Ok(EpochEnd::Done(ValidatedEpoch {
        record,
        health,
        candidates: Candidates { model: snapshot, average },
        evaluation,
    }))
}
