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
    BatchSource, BurnOptimizer, Checkpoint, Classifier, EarlyStoppingConfig, FitContext,
    FitOptimizer, GradientsConfig, LassoConfig, Loss, OnNan, OptimizerConfig, Rollback, Schedule,
    TrainError,
};

/// Maximum number of epochs, which keeps the count of updates from overflowing.
const MOST_EPOCHS: usize = 1_000_000;

/// The settings of the training loop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitConfig {
    /// Number of passes over the training part, at least 1. Default: 30.
    pub epochs: usize,
    /// Loss function to minimise. Default: softmax cross-entropy.
    pub loss: Loss,
    /// Optimiser. Default: SGD with momentum.
    pub optimizer: OptimizerConfig,
    /// Processing of gradients before the optimiser: clipping, and accumulation over several
    /// batches. Default: none.
    pub gradients: GradientsConfig,
    /// L1 penalty on the weights of the first layers. Default: none.
    pub lasso: LassoConfig,
    /// Decay d of an exponential moving average of the weights, 0 <= d < 1: after each update
    /// `average := d average + (1 - d) weights`. Each epoch validates the weights and their
    /// average, and uses the better of the two: see [`Fitted::averaged`]. (The decay is lower at
    /// the start: see [`FitOptimizer::with_ema`].) Default: 0, no average.
    pub ema: f64,
    /// Schedule of the learning rate. Default: cosine.
    pub schedule: Schedule,
    /// The figure that selects the best epoch, and the patience. Default: accuracy, with unlimited
    /// patience.
    pub early_stopping: EarlyStoppingConfig,
    /// Action if the loss is infinite or NaN. Default: stop.
    pub on_nan: OnNan,
}

impl Default for FitConfig {
    fn default() -> Self {
        Self {
            epochs: 30,
            loss: Loss::default(),
            optimizer: OptimizerConfig::default(),
            gradients: GradientsConfig::default(),
            lasso: LassoConfig::default(),
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
    /// Returns [`TrainError::Setting`] with the setting's name, its value and its range.
    pub fn validate(&self) -> Result<(), TrainError> {
        if !(1..=MOST_EPOCHS).contains(&self.epochs) {
            return Err(TrainError::Setting {
                key: "epochs",
                got: self.epochs.to_string(),
                expected: "1 to 1000000",
            });
        }
        self.loss.validate()?;
        self.new_optimizer(None)?;
        self.schedule.validate()?;
        self.on_nan.validate()?;
        self.early_stopping.validate()
    }

    /// Creates the optimiser, before its first step: the caller's, or else that of the settings.
    fn new_optimizer(&self, own: Option<&BurnOptimizer>) -> Result<FitOptimizer, TrainError> {
        let optimizer = own.map_or_else(|| self.optimizer.init(), BurnOptimizer::init)?;
        optimizer.with_clipping(&self.gradients)?.with_lasso(&self.lasso)?.with_ema(self.ema)
    }
}

/// The reason why a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// All epochs are finished.
    Completed,
    /// The validation did not improve within the patience.
    StoppedEarly,
    /// The epochs before a pause are finished: see [`FitContext::with_pause`].
    Paused,
    /// A stop was requested. The unfinished epoch is lost; the checkpoint remains.
    Interrupted,
}

/// A trained model.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Fitted<M> {
    /// Model with the weights of the best validation epoch, on the device without autodiff. If no
    /// epoch was finished, the model as it was at the stop.
    pub model: M,
    /// Best validation epoch, counted from 1.
    pub best_epoch: Option<usize>,
    /// Whether the weights are the moving average after that epoch instead of the weights
    /// themselves.
    pub averaged: bool,
    /// Number of rollbacks to a checkpoint, each of which halved the learning rate.
    pub rollbacks: usize,
    /// Records of the finished epochs.
    pub records: Vec<EpochRecord>,
    /// Records of the layers: one for each layer and finished epoch.
    pub health: Vec<HealthRecord>,
    /// Reason why the training ended.
    pub outcome: Outcome,
}

/// Trains a model, newly created on a device without autodiff, and returns it with the weights of
/// its best validation epoch.
///
/// With a moving average of the weights, each epoch has two candidates: its weights and their
/// average. The candidate with the better monitored figure is used, or the weights if both are
/// equal. The best epoch, early stopping, a plateau schedule and the result all refer to that
/// candidate.
///
/// A training that resumes from a checkpoint gives the same bits on a CPU backend as an
/// uninterrupted one.
///
/// # Several devices
///
/// With [`FitContext::with_devices`] the batches of an update are computed on several devices at
/// the same time, batch k on device k mod n. Each update sends the weights to them and gets the
/// gradients back, which are added in the order of the batches. Everything else happens on the
/// context's own device. So the weights are those of a training on one device with the same
/// [`accumulate`](GradientsConfig::accumulate), to the bit on a CPU backend, and a checkpoint can
/// be continued on any devices.
///
/// Running averages, such as those of [`BatchNorm`](burn::nn::BatchNorm), follow the batches of a
/// replica. After an update they are the mean over the replicas, and so they depend on the number
/// of devices.
///
/// Each device has a thread. What it computes on the CPU has its share of the current thread
/// pool's number of threads.
///
/// # Errors
/// Returns [`TrainError`]; each variant contains the value it got and the values it expects. A
/// panic while one of several devices computes is [`TrainError::Device`].
pub fn fit<M: Classifier>(
    model: M,
    train: &impl BatchSource<Input = M::Input>,
    validation: &impl BatchSource<Input = M::Input>,
    config: &FitConfig,
    resume: Option<Checkpoint>,
    mut context: FitContext<'_>,
) -> Result<Fitted<M>, TrainError> {
    config.validate()?;
    context.check_devices(config.gradients.accumulate)?;
    for (part, batches) in [("training", train.batches()), ("evaluation", validation.batches())] {
        if batches == 0 {
            return Err(TrainError::NoBatches { part });
        }
    }
    let fresh = |context: &FitContext<'_>| config.new_optimizer(context.optimizer.as_ref());
    let journal = context.checkpoint.map(|path| Checkpoint::journal(resume.as_ref(), path));
    let mut journal = journal.transpose()?;
    let Restored { model, mut optimizer, mut records, mut health, mut rollbacks, best: hash } =
        match resume {
            Some(checkpoint) => checkpoint.restore(model, fresh(&context)?)?,
            None => Restored {
                model,
                optimizer: fresh(&context)?,
                records: Vec::new(),
                health: Vec::new(),
                rollbacks: 0,
                best: None,
            },
        };
    if records.iter().any(|record| record.metric.is_some() != context.metric.is_some()) {
        return Err(TrainError::Setting {
            key: "the metric",
            got: if context.metric.is_some() { "one" } else { "none" }.to_owned(),
            expected: "the same as in the epochs before the checkpoint",
        });
    }
    let mut rates = config.schedule.learning_rate(
        context.optimizer.as_ref().map_or(config.optimizer.lr(), BurnOptimizer::lr),
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
        if context.pause.is_some_and(|pause| records.len() >= pause) {
            outcome = Outcome::Paused;
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
        let ValidatedEpoch { record, health: layers, candidates, evaluation } = match result {
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
                // Saved at once, so that a resumed training uses the lower rate too.
                checkpoint.save(journal.as_mut())?;
                let back = checkpoint.clone().restore(model.valid(), fresh(&context)?)?;
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
        // Saves the checkpoint first: a resume finds the last epoch's weights in it, and those of
        // an earlier best epoch in a separate file (`Best::resume`).
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
        context.events.epoch_validated(record.epoch, &evaluation);
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
