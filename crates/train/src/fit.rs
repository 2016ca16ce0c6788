use std::path::Path;
use std::time::Instant;

use burn::optim::GradientsParams;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use zunder_eval::EpochRecord;
use zunder_random::Key;

use crate::checkpoint::write_weights;
use crate::evaluate::{count_correct, host_mean, host_values};
use crate::parameters::{collect, restore, sum_of_squares};
use crate::{
    BatchSource, BestEpoch, Checkpoint, Classifier, EarlyStoppingConfig, Events, Interrupt, LearningRate, Loss, NamedTensor, Optimizer,
    OptimizerConfig, Schedule, StepReport, Targets, TrainError, evaluate,
};

/// More would overflow the count of updates, and nobody waits for them.
const MOST_EPOCHS: usize = 1_000_000;

/// How to train.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitConfig {
    /// Passes over the training part, at least 1. Default: 30.
    pub epochs: usize,
    /// What is minimised. Default: softmax cross-entropy.
    pub loss: Loss,
    /// How weights follow gradients. Default: SGD with momentum.
    pub optimizer: OptimizerConfig,
    /// How the learning rate changes. Default: cosine.
    pub schedule: Schedule,
    /// By what the best epoch is found, and when to stop waiting for a better one. Default: accuracy, without end.
    pub early_stopping: EarlyStoppingConfig,
}

impl Default for FitConfig {
    fn default() -> Self {
        Self {
            epochs: 30,
            loss: Loss::default(),
            optimizer: OptimizerConfig::default(),
            schedule: Schedule::default(),
            early_stopping: EarlyStoppingConfig::default(),
        }
    }
}

impl FitConfig {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// [`TrainError::Setting`] with the setting's name, its value and its range.
    pub fn validate(&self) -> Result<(), TrainError> {
        if !(1..=MOST_EPOCHS).contains(&self.epochs) {
            return Err(TrainError::Setting { key: "epochs", got: self.epochs.to_string(), expected: "1 to 1000000" });
        }
        self.loss.validate()?;
        self.optimizer.validate()?;
        self.schedule.validate()?;
        self.early_stopping.validate()
    }
}

/// What a training works with, beside its data and its configuration.
pub struct FitContext<'a> {
    /// Where to compute: a plain device; the loop adds automatic differentiation itself.
    pub device: &'a Device,
    /// Names the random draws of the steps.
    pub key: Key,
    /// The file that gets a checkpoint after each epoch, if any.
    pub checkpoint: Option<&'a Path>,
    /// The file that gets the weights of each new best epoch, if any. A resumed training reads it.
    pub best: Option<&'a Path>,
    /// Kept with each checkpoint, for instance the configuration that it belongs to.
    pub note: &'a str,
    /// Who is told.
    pub events: &'a mut dyn Events,
    /// Who may ask to stop.
    pub interrupt: &'a Interrupt,
}

/// How a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All epochs were done.
    Completed,
    /// No better epoch came within the patience.
    StoppedEarly,
    /// Somebody asked to stop; the epoch in progress is lost, the checkpoint stands.
    Interrupted,
}

/// A trained model.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Fitted<M> {
    /// The model with the weights of the best validation epoch, on the plain device. (Where no epoch was finished: as it was when it stopped.)
    pub model: M,
    /// The best validation epoch, from 1.
    pub best_epoch: Option<usize>,
    /// One record for each finished epoch.
    pub records: Vec<EpochRecord>,
    /// How it ended.
    pub outcome: Outcome,
}

/// Trains a model (freshly built on the plain device) and returns it with the weights of its best validation epoch.
///
/// With a checkpoint to resume from, the training goes on as if it had never stopped: the same bits, on a CPU backend.
///
/// # Errors
/// [`TrainError`], each variant with what it was given and what it expected.
pub fn fit<M: Classifier>(
    model: M,
    train: &impl BatchSource<Input = M::Input>,
    validation: &impl BatchSource<Input = M::Input>,
    config: &FitConfig,
    resume: Option<Checkpoint>,
    mut context: FitContext<'_>,
) -> Result<Fitted<M>, TrainError> {
    config.validate()?;
    for (part, batches) in [("training", train.batches()), ("evaluation", validation.batches())] {
        if batches == 0 {
            return Err(TrainError::NoBatches { part });
        }
    }
    let (model, mut optimizer, mut records) = match resume {
        Some(checkpoint) => checkpoint.restore(model, config.optimizer.init()?)?,
        None => (model, config.optimizer.init()?, Vec::new()),
    };
    let mut rate = config.schedule.learning_rate(config.optimizer.lr(), train.batches(), config.epochs);
    for record in &records {
        rate.observe(record);
    }
    let mut best = BestEpoch::replay(&records, &config.early_stopping);
    let mut best_weights = best_so_far(&model, &best, records.len(), &context)?;
    let mut model = model.train();
    let mut outcome = Outcome::Completed;
    while records.len() < config.epochs {
        if best.exhausted(&config.early_stopping) {
            outcome = Outcome::StoppedEarly;
            break;
        }
        let (trained, result) = train_epoch(model, train, config, &rate, &mut optimizer, records.len() + 1, &mut context)?;
        model = trained;
        let Some(mut record) = result else {
            outcome = Outcome::Interrupted;
            break;
        };
        let snapshot = model.valid();
        let start = Instant::now();
        let Some(evaluation) = evaluate(&snapshot, validation, &config.loss, context.device, context.interrupt)? else {
            outcome = Outcome::Interrupted;
            break;
        };
        record.validation_seconds = start.elapsed().as_secs_f64();
        if !evaluation.loss.is_finite() {
            return Err(TrainError::NonFiniteValidation { loss: evaluation.loss, epoch: record.epoch });
        }
        record.validation_loss = evaluation.loss;
        record.validation_accuracy = evaluation.accuracy;

        let improved = best.observe(&record, &config.early_stopping);
        rate.observe(&record);
        records.push(record.clone());
        // The checkpoint comes first: whoever resumes from it finds the last epoch's weights there, and an earlier best epoch's in its own file (`best_so_far`).
        if let Some(path) = context.checkpoint {
            Checkpoint::take(path, &snapshot, &optimizer, &records, context.note)?.save()?;
        }
        if improved {
            let weights = collect(&snapshot).map_err(TrainError::Device)?;
            if let Some(path) = context.best {
                write_weights(path, &weights, &best_note(record.epoch))?;
            }
            best_weights = Some(weights);
        }
        context.events.epoch_finished(&record, improved).map_err(TrainError::Listener)?;
    }
    let model = model.valid();
    let model = match best_weights {
        Some(weights) => restore(model, weights).map_err(TrainError::Device)?,
        None => model,
    };
    Ok(Fitted { model, best_epoch: best.epoch(), records, outcome })
}

/// The weights of the best epoch of a training that is resumed: the checkpoint's own if that is its last epoch, otherwise those in the file of the best.
fn best_so_far<M: Classifier>(
    model: &M,
    best: &BestEpoch,
    epochs: usize,
    context: &FitContext<'_>,
) -> Result<Option<Vec<NamedTensor>>, TrainError> {
    let Some(epoch) = best.epoch() else { return Ok(None) };
    let path = context.best.ok_or_else(|| TrainError::Setting {
        key: "best",
        got: "none".into(),
        expected: "the file of the best weights, to resume",
    })?;
    if epoch == epochs {
        let weights = collect(model).map_err(TrainError::Device)?;
        write_weights(path, &weights, &best_note(epoch))?;
        return Ok(Some(weights));
    }
    let (weights, note) = crate::load_weights(path, model.valid())?;
    if note != best_note(epoch) {
        let problem = format!("holds the weights of {note}, expected {}", best_note(epoch));
        return Err(TrainError::BadCheckpoint { path: path.to_owned(), problem });
    }
    collect(&weights).map(Some).map_err(TrainError::Device)
}

fn best_note(epoch: usize) -> String {
    format!("epoch {epoch}")
}

/// One pass over the training part. Gives the model back, with a record whose validation figures are still to come, or without one if asked to stop.
fn train_epoch<M: Classifier>(
    mut model: M,
    train: &impl BatchSource<Input = M::Input>,
    config: &FitConfig,
    learning_rate: &LearningRate,
    optimizer: &mut Optimizer,
    epoch: usize,
    context: &mut FitContext<'_>,
) -> Result<(M, Option<EpochRecord>), TrainError> {
    let part = "training";
    let device = context.device.clone().autodiff();
    let key = context.key.named("step").at(epoch as u64);
    let steps = train.batches();
    let (mut sum, mut weight, mut correct, mut images, mut rate) = (0.0, 0.0, 0, 0, 0.0);
    let start = Instant::now();
    for (step, batch) in (1..).zip(train.epoch(epoch, &device)) {
        if context.interrupt.requested() {
            return Ok((model, None));
        }
        let batch = batch.map_err(|source| TrainError::Source { part, source })?;
        rate = learning_rate.at(optimizer.updates() as usize);

        let scores = model.scores_training(batch.input, key.at(step as u64));
        let classes = scores.dims()[1];
        let targets = Targets::new(&batch.labels, batch.soft_labels.as_deref(), classes, part, &device)?;
        let loss = config.loss.forward(scores.clone(), targets)?;
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        // From here on the model is the only owner of its parameters, so they are updated in place.
        let (scores, loss) = (scores.inner(), loss.inner());
        model = optimizer.step(rate, model, gradients)?;

        // Only now is anything asked back: a graphics processor has the whole step in its queue, and waits for nobody on the way.
        let mean = host_mean(loss)?;
        if !mean.is_finite() {
            return Err(TrainError::NonFiniteLoss { loss: mean, epoch, step, learning_rate: rate });
        }
        let counts = config.loss.weight(&batch.labels, batch.soft_labels.as_deref());
        sum += mean * counts;
        weight += counts;
        correct += count_correct(&host_values(scores)?, &batch.labels, classes);
        images += batch.labels.len();

        let loss = sum / weight;
        let accuracy = correct as f64 / images as f64;
        context.events.step_finished(&StepReport { epoch, step, steps, images, loss, accuracy, learning_rate: rate });
    }
    if images == 0 {
        return Err(TrainError::NoBatches { part });
    }
    let seconds = start.elapsed().as_secs_f64();
    let nu = config.optimizer.nu();
    let penalty = if nu > 0.0 { nu * sum_of_squares(&model, config.optimizer.decay()).map_err(TrainError::Device)? } else { 0.0 };
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
        validation_seconds: 0.0,
    };
    Ok((model, Some(record)))
}
