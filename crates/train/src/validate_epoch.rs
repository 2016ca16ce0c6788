//! Validates a model on all batches of an epoch.

use std::time::Instant;

use zunder_eval::{EpochRecord, HealthRecord};

use crate::health::layer_health;
use crate::parameters::{collect, restore};
use crate::train_epoch::{EpochContext, EpochEnd, TrainedEpoch};
use crate::{
    BatchSource, Classifier, Divergence, FitConfig, FitContext, NamedTensor, Optimizer, TrainError,
    evaluate,
};

/// What an epoch leaves to choose from.
pub(crate) struct Candidates<M> {
    /// The model in its [`valid`](burn::module::Module::valid) form.
    pub model: M,
    /// Its tensors with the values of the moving average, if there is one.
    pub average: Option<Vec<NamedTensor>>,
}

/// An epoch that was trained and validated.
pub(crate) struct ValidatedEpoch<M> {
    pub record: EpochRecord,
    pub health: Vec<HealthRecord>,
    pub candidates: Candidates<M>,
}

/// Completes an epoch's record with the validation of the weights, and of their moving average if
/// there is one, and looks at the layers' health.
pub(crate) fn validate_epoch<M: Classifier>(
    model: &M,
    optimizer: &Optimizer,
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
    let average = if config.ema > 0.0 {
        optimizer.averaged(collect(&snapshot).map_err(TrainError::Device)?)
    } else {
        Ok(None)
    };
    let average = average.map_err(TrainError::Device)?;
    if let Some(tensors) = &average {
        // Not a clone of the snapshot: clones share their running averages.
        let averaged = restore(model.valid(), tensors.clone()).map_err(TrainError::Device)?;
        let Some(evaluation) = validate(&averaged)? else { return Ok(EpochEnd::Interrupted) };
        (record.ema_loss, record.ema_accuracy) = (Some(evaluation.loss), Some(evaluation.accuracy));
    }
    let health =
        layer_health(at.epoch, shows_layers, &snapshot, &updates, validation, context.device)?;
    record.validation_seconds = start.elapsed().as_secs_f64();
    Ok(EpochEnd::Done(ValidatedEpoch {
        record,
        health,
        candidates: Candidates { model: snapshot, average },
    }))
}
