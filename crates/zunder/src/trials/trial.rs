//! Trainings without a folder and without test images, for experiments and sweeps.

use std::path::Path;

use zunder_eval::{EpochRecord, HealthRecord, HealthWarning, Predictions, log_loss};
use zunder_train::{
    BestEpoch, Evaluation, Events, Fitted, Outcome, Rollback, SourceError, StepReport, TrainError,
    fit, softmax,
};

use crate::events::listening::{Listening, unless_interrupted};
use crate::images::loaded::{LoadedData, UnsplitData};
use crate::remote::busy;
use crate::run::session::Session;
use crate::threads::in_pool;
use crate::trials::paused::PausedTrial;
use crate::{DataConfig, Model, Plan, RunConfig, RunError, RunEvents, RunOptions};

/// Trains configurations one after the other, and reuses the last data set if the next
/// configuration has the same.
///
/// ```no_run
/// use zunder::{RunConfig, RunOptions, Trials};
///
/// let mut trials = Trials::default();
/// for batch_size in [32, 128] {
///     let config = RunConfig { batch_size, ..RunConfig::default() };
///     if let Some(trial) = trials.run(&config, RunOptions::default())? {
///         println!("{batch_size}: {:.1} % of the validation images", 100.0 * trial.accuracy());
///     }
/// }
/// # Ok::<(), zunder::RunError>(())
/// ```
#[derive(Default)]
pub struct Trials {
    kept: Option<(DataConfig, UnsplitData)>,
}

/// The result of a training without a folder. Its test images are not read.
#[derive(Debug)]
#[non_exhaustive]
pub struct Trial {
    /// Plan of the training, with the resolved configuration.
    pub plan: Plan,
    /// Records of the finished epochs.
    pub epochs: Vec<EpochRecord>,
    /// Records of the layers: one for each layer and finished epoch.
    pub health: Vec<HealthRecord>,
    /// Loss of each step's batch, before its update; after a pause without those before it.
    pub losses: Vec<f64>,
    /// Cross-entropy of the softmax on each half of the validation images (those at even and those
    /// at odd places), after each epoch; after a pause without those before it. One half can choose
    /// an epoch and the other one judge it.
    pub halves: Vec<[f64; 2]>,
    /// Best validation epoch, counted from 1.
    pub best_epoch: Option<usize>,
    /// How the training ended; `None` after a divergence.
    pub outcome: Option<Outcome>,
    /// Message of the divergence, if the training ended because its loss was infinite or NaN.
    pub divergence: Option<String>,
    /// Model with the weights of the best epoch; `None` after a divergence.
    pub model: Option<Model>,
    /// Predictions of the model for the validation images; `None` after a divergence and of a trial
    /// that may pause.
    pub predictions: Option<Predictions>,
    /// Accuracy and loss of the model on the validation images with the views of test-time
    /// augmentation; `None` without views, at a pause and after a divergence.
    of_views: Option<(f64, f64)>,
}

impl Trial {
    /// Returns the validation accuracy of the best epoch, in 0..=1; that of guessing a class if no
    /// epoch was finished. With the views of test-time augmentation, unless the trial is paused.
    pub fn accuracy(&self) -> f64 {
        self.best().map_or(1.0 / self.plan.classes.len().max(1) as f64, |best| best.0)
    }

    /// Returns the validation loss of the best epoch; NaN if no epoch was finished. With the views
    /// of test-time augmentation, unless the trial is paused.
    pub fn loss(&self) -> f64 {
        self.best().map_or(f64::NAN, |best| best.1)
    }

    /// Returns the seconds of all epochs, without validation.
    pub fn seconds(&self) -> f64 {
        self.epochs.iter().map(|record| record.seconds).fold(0.0, |sum, seconds| sum + seconds)
    }

    fn best(&self) -> Option<(f64, f64)> {
        let of_epoch =
            || BestEpoch::replay(&self.epochs, &self.plan.config.early_stopping).kept(&self.epochs);
        self.of_views.or_else(of_epoch)
    }
}

impl Trials {
    /// Trains a configuration to its last epoch. Writes nothing and does not use the test images.
    /// Returns `None` if a stop was requested. A loss that is infinite or NaN is not an error but
    /// the trial's [`divergence`](Trial::divergence).
    ///
    /// # Errors
    /// Returns the errors of a new run and those of a training.
    pub fn run(
        &mut self,
        config: &RunConfig,
        options: RunOptions<'_>,
    ) -> Result<Option<Trial>, RunError> {
        self.train(config, None, options)
    }

    /// Like [`run`](Self::run), but pauses when `epochs` of all [`RunConfig::epochs`] are finished.
    /// Keeps a checkpoint in `folder` after each epoch, so that a later call goes on from there,
    /// also in another process, and with the same bits on a CPU as without a pause. Learning rates
    /// are those of all epochs. Two calls must not use a folder at the same time.
    ///
    /// ```no_run
    /// use zunder::{RunConfig, RunOptions, Trials};
    ///
    /// let (config, mut trials) = (RunConfig::default(), Trials::default());
    /// for epochs in [3, 10, 30] {
    ///     let trial = trials.run_until(&config, epochs, "trial".as_ref(), RunOptions::default())?;
    ///     println!("{epochs}: {:?}", trial.map(|trial| trial.accuracy()));
    /// }
    /// # Ok::<(), zunder::RunError>(())
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`run`](Self::run), of a damaged checkpoint, and
    /// [`RunError::OtherConfig`] or [`RunError::OtherData`] if it is of another training.
    pub fn run_until(
        &mut self,
        config: &RunConfig,
        epochs: usize,
        folder: &Path,
        options: RunOptions<'_>,
    ) -> Result<Option<Trial>, RunError> {
        self.train(config, Some((epochs, PausedTrial(folder))), options)
    }

    /// Trains a configuration, to a pause or to its last epoch.
    fn train(
        &mut self,
        config: &RunConfig,
        pause: Option<(usize, PausedTrial<'_>)>,
        options: RunOptions<'_>,
    ) -> Result<Option<Trial>, RunError> {
        config.validate()?;
        let kept = &mut self.kept;
        let interrupt = options.interrupt.clone();
        unless_interrupted(in_pool(config.threads, || {
            let listener = &mut Listening::new(options);
            let (mut session, model) =
                Session::prepare_with(config, None, listener, |listener, past| {
                    LoadedData::split(whole(kept, &config.data, listener)?, config, past)
                })?;
            let note = PausedTrial::note(&session)?;
            let resume = pause.map(|(_, files)| files.open(&session, &note)).transpose()?.flatten();
            let (epochs, health) = resume
                .as_ref()
                .map(|resume| (resume.records().to_vec(), resume.health().to_vec()))
                .unwrap_or_default();
            session.plan.epochs_done = epochs.len();
            listener.planned(&session.plan);
            let validation = session.loaded.validation(&session.preprocessing)?;
            let mut told =
                TrialRecorder { epochs, health, losses: Vec::new(), halves: Vec::new(), listener };
            let files = pause.map(|(_, files)| (files.checkpoint(), files.best()));
            let context = session
                .fit_context(session.training_key())
                .with_checkpoint(files.as_ref().map(|(checkpoint, _)| checkpoint.as_path()))
                .with_best(files.as_ref().map(|(_, best)| best.as_path()))
                .with_note(&note)
                .with_pause(pause.map(|(epochs, _)| epochs))
                .with_events(&mut told)
                .with_interrupt(&interrupt);
            let settings = session.plan.config.fit();
            let busy = busy();
            let fitted = fit(model, &session.training, &validation, &settings, resume, context);
            let (model, outcome, divergence) = match fitted {
                Ok(Fitted { outcome: Outcome::Interrupted, .. }) => return Ok(None),
                Ok(fitted) => (Some(fitted.model.with_tta(config.tta)), Some(fitted.outcome), None),
                Err(TrainError::Diverged(divergence)) => (None, None, Some(divergence.to_string())),
                Err(error) => return Err(error.into()),
            };
            busy.end();
            let TrialRecorder { epochs, health, losses, halves, .. } = told;
            let has_views = config.tta.views() > 1 && outcome != Some(Outcome::Paused);
            let answers = model
                .as_ref()
                .filter(|_| pause.is_none() || has_views)
                .map(|model| session.predict_validation(model, &interrupt))
                .transpose()?;
            if matches!(answers, Some(None)) {
                return Ok(None);
            }
            let answers = answers.flatten();
            let of_views = match &answers {
                Some((predictions, loss)) if has_views => {
                    Some((predictions.evaluate(&session.plan.classes)?.accuracy, *loss))
                }
                _ => None,
            };
            let predictions =
                answers.filter(|_| pause.is_none()).map(|(predictions, _)| predictions);
            let best_epoch = BestEpoch::replay(&epochs, &config.early_stopping).epoch();
            Ok(Some(Trial {
                plan: session.plan,
                epochs,
                health,
                losses,
                halves,
                best_epoch,
                outcome,
                divergence,
                model,
                predictions,
                of_views,
            }))
        }))
    }
}

/// Returns the whole data set of a configuration: the kept one if it is the same, else reads it.
fn whole(
    kept: &mut Option<(DataConfig, UnsplitData)>,
    config: &DataConfig,
    listener: &mut dyn RunEvents,
) -> Result<UnsplitData, RunError> {
    let default = DataConfig::default();
    // Settings that only affect the split have no influence on the whole data set.
    let key = DataConfig {
        validation: default.validation,
        folds: None,
        fold: None,
        sampling: default.sampling,
        shuffle_block: 1,
        drop_last: true,
        limit: None,
        allow_leakage: false,
        ..config.clone()
    };
    match kept {
        Some((known, whole)) if *known == key => Ok(whole.clone()),
        _ => {
            let whole = UnsplitData::read(config, listener)?;
            Ok(kept.insert((key, whole)).1.clone())
        }
    }
}

/// Records the events of a training, and forwards them.
struct TrialRecorder<'a> {
    epochs: Vec<EpochRecord>,
    health: Vec<HealthRecord>,
    losses: Vec<f64>,
    halves: Vec<[f64; 2]>,
    listener: &'a mut dyn RunEvents,
}

impl Events for TrialRecorder<'_> {
    fn step_finished(&mut self, step: &StepReport) {
        self.losses.push(step.batch_loss);
        self.listener.step_finished(step);
    }

    fn epoch_validated(&mut self, epoch: usize, evaluation: &Evaluation) {
        self.halves.push([0, 1].map(|half| half_loss(evaluation, half)));
        self.listener.epoch_validated(epoch, evaluation);
    }

    fn epoch_finished(&mut self, record: &EpochRecord, best: bool) -> Result<(), SourceError> {
        self.epochs.push(record.clone());
        self.listener.epoch_finished(record, best)
    }

    fn layers_measured(
        &mut self,
        layers: &[HealthRecord],
        warnings: &[HealthWarning],
    ) -> Result<(), SourceError> {
        self.health.extend_from_slice(layers);
        self.listener.layers_measured(layers, warnings)
    }

    fn rolled_back(&mut self, rollback: &Rollback) {
        self.listener.rolled_back(rollback);
    }
}

/// Returns the cross-entropy of the samples at every second place, from `half` on.
fn half_loss(evaluation: &Evaluation, half: usize) -> f64 {
    let classes = evaluation.classes;
    let rows = evaluation.scores.chunks_exact(classes.max(1)).zip(&evaluation.labels);
    let rows = rows.skip(half).step_by(2);
    let (mut scores, mut labels) = (Vec::new(), Vec::new());
    for (row, label) in rows {
        scores.extend_from_slice(row);
        labels.push(*label);
    }
    softmax(&mut scores, classes);
    log_loss(&scores, &labels, classes).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests;
