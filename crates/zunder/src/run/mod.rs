//! A training run in its folder.

pub(crate) mod data_hash;
pub(crate) mod divergence;
pub(crate) mod environment;
pub(crate) mod evaluation;
mod init_from;
mod model;
#[cfg(feature = "report")]
mod page;
pub(crate) mod predict;
mod predictor;
mod prepared;
mod recorder;
mod records;
mod resolve;
mod resume;
pub(crate) mod session;
pub(crate) mod stored;
mod testing;
mod write;

use std::path::Path;

use toml::Value;
use zunder_eval::{Predictions, TestRecord};
use zunder_train::{Interrupt, Outcome};

use crate::config::changes::{EPOCHS, forbidden};
use crate::events::listening::Listening;
use crate::folder::{claim, kind};
use crate::remote::busy;
use crate::run::divergence::DivergenceRecord;
use crate::run::resume::{StoredRun, checkpoint};
use crate::run::session::Session;
use crate::run::stored::best_model;
use crate::threads::in_pool;
use crate::{Plan, RunConfig, RunError, RunEvents, RunFolder, RunOptions};

pub use evaluation::{ChosenThreshold, RunEvaluation, Threshold};
pub use model::Model;
pub use predict::{Answers, Prediction};
pub use predictor::Predictor;
pub use prepared::PreparedRun;

/// A training run in its folder: see [`RunFolder`] for the files.
#[derive(Clone, Debug)]
pub struct Run {
    folder: RunFolder,
    config: RunConfig,
    outcome: Option<Outcome>,
}

impl Run {
    /// Returns what a run would do and what it would cost, without training and without a folder.
    ///
    /// # Errors
    /// Returns the [`RunError`] of [`train`](Self::train) for an invalid input.
    pub fn plan(config: &RunConfig, options: RunOptions<'_>) -> Result<Plan, RunError> {
        config.validate()?;
        in_pool(config.threads, || {
            Ok(Session::prepare(config, None, &mut Listening::new(options))?.0.plan)
        })
    }

    /// Trains in a new folder under `runs/`, keeps the weights of the best validation epoch, and
    /// tests them once.
    ///
    /// # Errors
    /// Returns [`RunError`]; errors of the input are returned before anything is written. If
    /// interrupted while reading the data, returns [`RunError::Data`] with
    /// [`DataError::Interrupted`](zunder_data::DataError::Interrupted).
    pub fn train(config: &RunConfig, options: RunOptions<'_>) -> Result<Self, RunError> {
        config.validate()?;
        in_pool(config.threads, || {
            let interrupt = options.interrupt.clone();
            let listener = &mut Listening::new(options);
            let (session, model) = Session::prepare(config, None, listener)?;
            let stem = format!("{}-{}", session.plan.dataset, config.model.kind().name());
            let (folder, _lock) = RunFolder::create_numbered(&stem, &claim::RUN)?;
            Self::start(session, model, folder, listener, &interrupt)
        })
    }

    /// Like [`train`](Self::train), in the folder `path`, which must be new or empty.
    ///
    /// # Errors
    /// Returns the errors of [`train`](Self::train), and [`RunError::FolderExists`].
    pub fn train_in(
        path: &Path,
        config: &RunConfig,
        options: RunOptions<'_>,
    ) -> Result<Self, RunError> {
        config.validate()?;
        RunFolder::check_free(path)?;
        in_pool(config.threads, || {
            let interrupt = options.interrupt.clone();
            let listener = &mut Listening::new(options);
            let (session, model) = Session::prepare(config, None, listener)?;
            let (folder, _lock) = RunFolder::create(path, &claim::RUN)?;
            Self::start(session, model, folder, listener, &interrupt)
        })
    }

    /// Starts a run in a folder whose lock is held.
    fn start(
        session: Session,
        model: Model,
        folder: RunFolder,
        listener: &mut dyn RunEvents,
        interrupt: &Interrupt,
    ) -> Result<Self, RunError> {
        session.write_start(&folder)?;
        let config = session.plan.config.clone();
        let outcome = session.train(model, &folder, None, listener, interrupt)?;
        Ok(Self { folder, config, outcome: Some(outcome) })
    }

    /// Opens an existing run, finished or not.
    ///
    /// # Errors
    /// Returns [`RunError::NotARun`], the errors of its configuration, and
    /// [`RunError::OtherConfig`] if its settings were changed.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let folder = RunFolder::open(path)?;
        let config = RunConfig::from_layers(Some(&folder.config()), &[])?;
        folder.check_config(&config)?;
        Ok(Self { folder, config, outcome: None })
    }

    /// Changes the device, the number of threads or the folder of the data from now on. No other
    /// setting of a run may change: on the same CPU device the result stays the same, bit for bit.
    ///
    /// # Errors
    /// Returns [`RunError`] for an unknown device or a number of threads out of range.
    pub fn compute_on(
        &mut self,
        device: Option<&str>,
        threads: Option<usize>,
        data_dir: Option<&Path>,
    ) -> Result<(), RunError> {
        self.config.compute_on(device, threads, data_dir)
    }

    /// Adopts another configuration: the settings that [`change`](Self::change) accepts, except for
    /// the number of epochs.
    pub(crate) fn move_to(&mut self, config: &RunConfig) {
        self.config.move_to(config);
    }

    /// Changes settings of the run (see [`parse_setting`](crate::parse_setting)) for
    /// [`resume`](Self::resume). Accepts those of [`compute_on`](Self::compute_on) and `epochs`.
    /// With another number of epochs, the learning rates of the remaining epochs are those of a run
    /// with that number, and early stopping keeps its count of epochs without improvement. Settings
    /// that equal those of the run are accepted too.
    ///
    /// # Errors
    /// Returns [`RunError::Unchangeable`] with each setting that may not change,
    /// [`RunError::Finished`], and the errors of a configuration.
    pub fn change(&mut self, settings: &[(Vec<String>, Value)]) -> Result<(), RunError> {
        self.folder.check_trained()?;
        if self.folder.test().exists() {
            return Err(RunError::Finished(self.path().to_owned()));
        }
        let asked = RunConfig::from_layers(Some(&self.folder.config()), settings)?;
        let changes = forbidden(&self.config.to_toml()?, &asked.to_toml()?, &[EPOCHS])?;
        if !changes.is_empty() {
            return Err(RunError::Unchangeable { run: self.path().to_owned(), changes });
        }
        asked.check_devices()?;
        self.config = asked;
        Ok(())
    }

    /// Resumes an interrupted run after its last finished epoch, and ends with the same bits as an
    /// uninterrupted run. (With another number of epochs, the bits depend on the epoch of that
    /// change, but not on later interruptions.)
    ///
    /// # Errors
    /// Returns [`RunError::Diverged`], [`RunError::NoCheckpoint`], [`RunError::Finished`],
    /// [`RunError::Busy`], [`RunError::OtherData`], [`RunError::OtherConfig`],
    /// [`RunError::EpochsDone`], and the errors of [`train`](Self::train).
    pub fn resume(&mut self, options: RunOptions<'_>) -> Result<Outcome, RunError> {
        self.folder.check_trained()?;
        let _lock = self.folder.lock()?;
        if self.folder.test().exists() {
            return Err(RunError::Finished(self.folder.path().to_owned()));
        }
        self.config.check_precision()?;
        DivergenceRecord::check(&self.folder, &self.config)?;
        let resume = checkpoint(&self.folder)?;
        if resume.is_none() {
            self.check_not_begun()?;
        }
        let outcome = in_pool(self.config.threads, || {
            let interrupt = options.interrupt.clone();
            let listener = &mut Listening::new(options);
            let (session, model) = self.session(listener)?;
            session.train(model, &self.folder, resume, listener, &interrupt)
        })?;
        self.outcome = Some(outcome);
        Ok(outcome)
    }

    /// Returns an error if the run has records of epochs: each epoch left a checkpoint, which is
    /// missing.
    fn check_not_begun(&self) -> Result<(), RunError> {
        let found = match self.epochs()?.len() {
            0 if self.folder.best().exists() => "best/model.safetensors is there".to_owned(),
            0 => return Ok(()),
            1 => "metrics.csv has 1 epoch".to_owned(),
            epochs => format!("metrics.csv has {epochs} epochs"),
        };
        Err(RunError::NoCheckpoint { run: self.path().to_owned(), found })
    }

    /// Returns an error if `resume` does not apply to a folder, such as that of a fold (which is
    /// resumed with all other folds), a sweep or an export. The error names the command for that
    /// folder.
    ///
    /// # Errors
    /// Returns [`RunError::OtherKind`] or [`RunError::NotARun`].
    pub fn check_resumable(path: &Path) -> Result<(), RunError> {
        kind::check_resumable(path)
    }

    /// Returns the epoch in which the training ended because its loss was infinite or NaN, if it
    /// did.
    ///
    /// # Errors
    /// Returns [`RunError::BadFile`] if `divergence.json` is damaged.
    pub fn diverged(&self) -> Result<Option<usize>, RunError> {
        Ok(DivergenceRecord::read(&self.folder)?.map(|record| record.epoch))
    }

    /// Tests the weights of the best epoch of a finished run on the test set again. Writes nothing.
    ///
    /// # Errors
    /// Returns [`RunError::NotFinished`], [`RunError::OtherData`], and the errors of reading the
    /// data.
    pub fn evaluate(&self) -> Result<TestRecord, RunError> {
        self.tested(|session, _, predictions| {
            let mut record = predictions.evaluate(&session.plan.classes)?;
            record.leakage.clone_from(&session.plan.leakage);
            Ok(record)
        })
    }

    /// Like [`evaluate`](Self::evaluate), with the full evaluation. For two classes a threshold can
    /// be given, which then determines the lecture's cases and rates. Writes nothing.
    ///
    /// # Errors
    /// Returns the errors of [`evaluate`](Self::evaluate), [`RunError::Config`] for a threshold if
    /// there are not two classes, and [`RunError::Eval`] for a rate out of range.
    pub fn evaluate_in_full(
        &self,
        threshold: Option<Threshold>,
    ) -> Result<RunEvaluation, RunError> {
        self.tested(|session, model, predictions| {
            session.task().evaluate(predictions, threshold, || {
                let validated = session.predict_validation(model, &Interrupt::new())?;
                Ok(validated.ok_or_else(|| RunError::NotFinished(self.folder.path().to_owned()))?.0)
            })
        })
    }

    /// Predicts the test set with the weights of the best epoch, and returns the result of `weigh`.
    fn tested<T: Send>(
        &self,
        weigh: impl FnOnce(&Session, &Model, &Predictions) -> Result<T, RunError> + Send,
    ) -> Result<T, RunError> {
        in_pool(self.config.threads, || {
            self.folder.check_trained()?;
            let unfinished = || RunError::NotFinished(self.folder.path().to_owned());
            if !self.folder.test().is_file() {
                return Err(unfinished());
            }
            let (session, fresh) = self.session(&mut ())?;
            let busy = busy();
            let model = best_model(&self.folder, fresh)?.with_tta(self.config.tta);
            busy.end();
            let (predictions, _) =
                session.predict_test(&model, &Interrupt::new())?.ok_or_else(unfinished)?;
            weigh(&session, &model, &predictions)
        })
    }

    /// Returns the folder of the run.
    pub fn folder(&self) -> &RunFolder {
        &self.folder
    }

    /// Returns the path of the folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the resolved configuration.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// Returns how the training ended, if it ended in this process.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// Returns the session and the model of this run, after checking that the data are unchanged.
    fn session(&self, listener: &mut dyn RunEvents) -> Result<(Session, Model), RunError> {
        let then = self.environment()?.dataset_hash;
        let images = self.folder.read_images()?;
        let mut config = self.config.clone();
        config.data.by_position = images.is_none();
        config.data.hash = data_hash::algorithm(&self.folder, &then)?;
        let stored = StoredRun {
            preprocessing: self.folder.read_preprocessing()?,
            past: images.map(|record| record.past),
            has_weights: self.folder.checkpoint().is_file() || self.folder.test().is_file(),
        };
        let (session, model) = Session::prepare(&config, Some(stored), listener)?;
        if session.plan.dataset_hash != then {
            let (name, got) = (session.plan.dataset, session.plan.dataset_hash);
            return Err(RunError::OtherData { name, got, expected: then });
        }
        Ok((session, model))
    }
}
