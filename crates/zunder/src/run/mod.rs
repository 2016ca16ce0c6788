//! A training run in its folder.

pub(crate) mod data_hash;
pub(crate) mod divergence;
pub(crate) mod environment;
pub(crate) mod evaluation;
mod init_from;
mod model;
#[cfg(feature = "report")]
mod page;
mod predict;
mod predictor;
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

/// A training run in its folder: see [`RunFolder`] for the files.
#[derive(Clone, Debug)]
pub struct Run {
    folder: RunFolder,
    config: RunConfig,
    outcome: Option<Outcome>,
}

impl Run {
    /// What a run would be and what it would cost, without training it or making a folder.
    ///
    /// # Errors
    /// [`RunError`] for what concerns the input, as of [`train`](Self::train).
    pub fn plan(config: &RunConfig, options: RunOptions<'_>) -> Result<Plan, RunError> {
        config.validate()?;
        in_pool(config.threads, || {
            Ok(Session::prepare(config, None, &mut Listening::new(options))?.0.plan)
        })
    }

    /// Trains in a new folder under `runs/`, keeps the best validation epoch, and tests it once.
    ///
    /// # Errors
    /// [`RunError`]; what concerns the input comes before anything is written. Of an interrupt
    /// while the data are read, [`RunError::Data`] with
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

    /// The same in a folder of one's choice, which must be new or empty.
    ///
    /// # Errors
    /// As [`train`](Self::train), and [`RunError::FolderExists`].
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

    /// Begins in a folder whose lock is held.
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

    /// Takes up a run that is there, finished or not.
    ///
    /// # Errors
    /// [`RunError::NotARun`], those of its configuration, and [`RunError::OtherConfig`] if its
    /// settings were changed.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let folder = RunFolder::open(path)?;
        let config = RunConfig::from_layers(Some(&folder.config()), &[])?;
        folder.check_config(&config)?;
        Ok(Self { folder, config, outcome: None })
    }

    /// Computes elsewhere, with other threads, or finds its data in another folder, from now on.
    /// Nothing else of a run may change: on the same CPU device the result stays the same, bit for
    /// bit.
    ///
    /// # Errors
    /// [`RunError`] for an unknown device and a number of threads out of range.
    pub fn compute_on(
        &mut self,
        device: Option<&str>,
        threads: Option<usize>,
        data_dir: Option<&Path>,
    ) -> Result<(), RunError> {
        self.config.compute_on(device, threads, data_dir)
    }

    /// Takes the place of another configuration: all that [`change`](Self::change) may change but
    /// the epochs.
    pub(crate) fn move_to(&mut self, config: &RunConfig) {
        self.config.move_to(config);
    }

    /// Lays settings (see [`parse_setting`](crate::parse_setting)) over the run's own, for
    /// [`resume`](Self::resume). Beside what [`compute_on`](Self::compute_on) may change, `epochs`
    /// may: from there on the learning rates are those that a run of so many epochs has at that
    /// place, and the patience of early stopping counts on. Settings that say what the run says
    /// already are welcome.
    ///
    /// # Errors
    /// [`RunError::Unchangeable`] with each setting that may not change, [`RunError::Finished`],
    /// and those of a configuration.
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
        crate::device(&asked.device)?;
        self.config = asked;
        Ok(())
    }

    /// Goes on where the run was interrupted, from its last finished epoch, and ends in the same
    /// bits as if it had not been. (With another number of epochs, in those that this change gives,
    /// however often it is interrupted after it.)
    ///
    /// # Errors
    /// [`RunError::Diverged`], [`RunError::NoCheckpoint`], [`RunError::Finished`],
    /// [`RunError::Busy`], [`RunError::OtherData`], [`RunError::OtherConfig`],
    /// [`RunError::EpochsDone`], and those of [`train`](Self::train).
    pub fn resume(&mut self, options: RunOptions<'_>) -> Result<Outcome, RunError> {
        self.folder.check_trained()?;
        let _lock = self.folder.lock()?;
        if self.folder.test().exists() {
            return Err(RunError::Finished(self.folder.path().to_owned()));
        }
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

    /// Refuses a run whose epochs are on record: each left a checkpoint, which must be there then.
    fn check_not_begun(&self) -> Result<(), RunError> {
        let found = match self.epochs()?.len() {
            0 if self.folder.best().exists() => "best/model.safetensors is there".to_owned(),
            0 => return Ok(()),
            1 => "metrics.csv has 1 epoch".to_owned(),
            epochs => format!("metrics.csv has {epochs} epochs"),
        };
        Err(RunError::NoCheckpoint { run: self.path().to_owned(), found })
    }

    /// Refuses a folder that `resume` of a run is not for: a fold, which goes on with all others, a
    /// sweep, an export and so on. It says which command the folder belongs to.
    ///
    /// # Errors
    /// [`RunError::OtherKind`] and [`RunError::NotARun`].
    pub fn check_resumable(path: &Path) -> Result<(), RunError> {
        kind::check_resumable(path)
    }

    /// Whether the training ended because its loss was no finite number: the epoch.
    ///
    /// # Errors
    /// [`RunError::BadFile`] if `divergence.json` is damaged.
    pub fn diverged(&self) -> Result<Option<usize>, RunError> {
        Ok(DivergenceRecord::read(&self.folder)?.map(|record| record.epoch))
    }

    /// Tests the best epoch's weights of a finished run on the test set once more. Writes nothing.
    ///
    /// # Errors
    /// [`RunError::NotFinished`], [`RunError::OtherData`], and those of reading the data.
    pub fn evaluate(&self) -> Result<TestRecord, RunError> {
        self.tested(|session, _, predictions| {
            let mut record = predictions.evaluate(&session.plan.classes)?;
            record.leakage.clone_from(&session.plan.leakage);
            Ok(record)
        })
    }

    /// The same with everything that can be said of it, and for two classes with a threshold if one
    /// is given: the lecture's cases and rates are then those at it. Writes nothing.
    ///
    /// # Errors
    /// Those of [`evaluate`](Self::evaluate), and [`RunError::Config`] for a threshold where there
    /// are not two classes, [`RunError::Eval`] for a rate that is none.
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

    /// The best epoch's answers on the test set, and what `weigh` makes of them.
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
            let model = best_model(&self.folder, fresh)?;
            let (predictions, _) =
                session.predict_test(&model, &Interrupt::new())?.ok_or_else(unfinished)?;
            weigh(&session, &model, &predictions)
        })
    }

    /// Where its files are.
    pub fn folder(&self) -> &RunFolder {
        &self.folder
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The resolved configuration.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// How the training ended, if this process did it.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// Data and model of this run, after checking that the data are still the same.
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
