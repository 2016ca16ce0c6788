//! The training loop.

use serde::{Deserialize, Serialize};
use zunder_eval::{EpochRecord, HealthRecord, health_warnings};

use crate::best::Best;
use crate::checkpoint::Restored;
use crate::epoch_progress::report_interval;
use crate::parameters::restore;
use crate::train_epoch::{EpochContext, EpochEnd, train_epoch};
use crate::validate_epoch::{ValidatedEpoch, validate_epoch};
use crate::{
    BatchSource, Checkpoint, Classifier, EarlyStoppingConfig, FitContext, GradientsConfig, Loss,
    OnNan, Optimizer, OptimizerConfig, Rollback, Schedule, TrainError,
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
    /// What happens to gradients first: clipping, and means over several batches. Default: nothing.
    pub gradients: GradientsConfig,
    /// The decay d of an exponential moving average of the weights, in 0 <= d < 1: after each
    /// update `average := d average + (1 - d) weights`. Each epoch validates it beside the weights,
    /// and the better one of the two counts: see [`Fitted::averaged`]. (At the start d is lower,
    /// see [`Optimizer::with_ema`].) Default: 0, no average.
    pub ema: f64,
    /// How the learning rate changes. Default: cosine.
    pub schedule: Schedule,
    /// By what the best epoch is found, and when to stop waiting for a better one. Default:
    /// accuracy, without end.
    pub early_stopping: EarlyStoppingConfig,
    /// What to do when the loss is infinite or not a number. Default: stop.
    pub on_nan: OnNan,
}

impl Default for FitConfig {
    fn default() -> Self {
        Self {
            epochs: 30,
            loss: Loss::default(),
            optimizer: OptimizerConfig::default(),
            gradients: GradientsConfig::default(),
            ema: 0.0,
            schedule: Schedule::default(),
            early_stopping: EarlyStoppingConfig::default(),
            on_nan: OnNan::default(),
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
            return Err(TrainError::Setting {
                key: "epochs",
                got: self.epochs.to_string(),
                expected: "1 to 1000000",
            });
        }
        self.loss.validate()?;
        self.optimizer()?;
        self.schedule.validate()?;
        self.on_nan.validate()?;
        self.early_stopping.validate()
    }

    /// The optimiser, before its first step.
    fn optimizer(&self) -> Result<Optimizer, TrainError> {
        self.optimizer.init()?.with_clipping(&self.gradients)?.with_ema(self.ema)
    }
}

/// How a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
    /// The model with the weights of the best validation epoch, on the plain device. (Where no
    /// epoch was finished: as it was when it stopped.)
    pub model: M,
    /// The best validation epoch, from 1.
    pub best_epoch: Option<usize>,
    /// Whether the weights are the moving average's after that epoch, and not the epoch's own.
    pub averaged: bool,
    /// How often the training went back to a checkpoint, each time halving the learning rate.
    pub rollbacks: usize,
    /// One record for each finished epoch.
    pub records: Vec<EpochRecord>,
    /// For each of those epochs one record a layer.
    pub health: Vec<HealthRecord>,
    /// How it ended.
    pub outcome: Outcome,
}

/// Trains a model (freshly built on the plain device) and returns it with the weights of its best
/// validation epoch.
///
/// With a moving average of the weights, each epoch has two candidates: its weights and their
/// average. The better one by the monitored figure counts, of equals the weights; it is what the
/// best epoch, early stopping and a plateau schedule go by, and what is kept.
///
/// With a checkpoint to resume from, the training goes on as if it had never stopped: the same
/// bits, on a CPU backend.
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
    let journal = context.checkpoint.map(|path| Checkpoint::journal(resume.as_ref(), path));
    let mut journal = journal.transpose()?;
    let Restored { model, mut optimizer, mut records, mut health, mut rollbacks, best: hash } =
        match resume {
            Some(checkpoint) => checkpoint.restore(model, config.optimizer()?)?,
            None => Restored {
                model,
                optimizer: config.optimizer()?,
                records: Vec::new(),
                health: Vec::new(),
                rollbacks: 0,
                best: None,
            },
        };
    let mut rates = config.schedule.learning_rate(
        config.optimizer.lr(),
        config.gradients.updates(train.batches()),
        config.epochs,
    );
    for record in &records {
        rates.observe(record);
    }
    let mut best = Best::resume(&model, &optimizer, &records, hash.as_deref(), config, &context)?;
    let mut last = None;
    if config.on_nan.most() > 0 {
        let mut checkpoint = Checkpoint::take(
            context.checkpoint,
            &model,
            &optimizer,
            &records,
            &health,
            context.note,
            rollbacks,
        )?;
        checkpoint.best.clone_from(&best.sha256);
        last = Some(checkpoint);
    }
    let report_interval =
        context.report_interval.unwrap_or_else(|| report_interval(context.device, &model));
    let mut model = model.train();
    let mut outcome = Outcome::Completed;
    while records.len() < config.epochs {
        if best.epoch.exhausted(&config.early_stopping) {
            outcome = Outcome::StoppedEarly;
            break;
        }
        let shows_layers = health.is_empty() || health.iter().any(|layer| layer.dead.is_some());
        let at =
            EpochContext { epoch: records.len() + 1, rollbacks, rates: &rates, report_interval };
        let (trained, result) =
            train_epoch(model, train, config, &at, &mut optimizer, &mut context)?;
        model = trained;
        let result = match result {
            EpochEnd::Done(trained) => {
                let at = (&at, shows_layers);
                validate_epoch(&model, &optimizer, trained, validation, config, at, &context)?
            }
            EpochEnd::Interrupted => EpochEnd::Interrupted,
            EpochEnd::Diverged(divergence) => EpochEnd::Diverged(divergence),
        };
        let ValidatedEpoch { record, health: layers, candidates } = match result {
            EpochEnd::Done(done) => done,
            EpochEnd::Interrupted => {
                outcome = Outcome::Interrupted;
                break;
            }
            EpochEnd::Diverged(divergence) => {
                let most = config.on_nan.most();
                let Some(checkpoint) = last.as_mut().filter(|_| rollbacks < most) else {
                    return Err(TrainError::Diverged(Box::new(divergence)));
                };
                rollbacks += 1;
                checkpoint.rollbacks = rollbacks;
                // Kept at once: whoever resumes from here on goes on with the lower rate too.
                checkpoint.save(journal.as_mut())?;
                let back = checkpoint.clone().restore(model.valid(), config.optimizer()?)?;
                (model, optimizer) = (back.model.train(), back.optimizer);
                context.events.rolled_back(&Rollback {
                    divergence,
                    epoch: records.len(),
                    number: rollbacks,
                    most,
                });
                continue;
            }
        };
        rates.observe(&record);
        records.push(record.clone());
        health.extend_from_slice(&layers);
        // The checkpoint comes first: whoever resumes from it finds the last epoch's weights there,
        // and an earlier best epoch's in its own file (`Best::resume`).
        if context.checkpoint.is_some() || last.is_some() {
            let mut checkpoint = Checkpoint::take(
                context.checkpoint,
                &candidates.model,
                &optimizer,
                &records,
                &health,
                context.note,
                rollbacks,
            )?;
            checkpoint.best.clone_from(&best.sha256);
            checkpoint.save(journal.as_mut())?;
            last = last.is_some().then_some(checkpoint);
        }
        let improved = best.observe(&record, candidates, config, &context)?;
        context.events.epoch_finished(&record, improved).map_err(TrainError::Listener)?;
        let warnings: Vec<_> = health_warnings(&health)
            .into_iter()
            .filter(|warning| warning.epoch == record.epoch)
            .collect();
        context.events.layers_measured(&layers, &warnings).map_err(TrainError::Listener)?;
    }
    let model = model.valid();
    let model = match best.weights {
        Some(weights) => restore(model, weights).map_err(TrainError::Device)?,
        None => model,
    };
    Ok(Fitted {
        model,
        best_epoch: best.epoch.epoch(),
        averaged: best.epoch.averaged(),
        rollbacks,
        records,
        health,
        outcome,
    })
}
