//! Cross-validation: a run for each fold, in one folder.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::Value;
use zunder_eval::{Leakage, Spread};
use zunder_train::BestEpoch;

use crate::config::changes::forbidden;
use crate::folder::checksums::Checksums;
use crate::folder::claim::{self, Held};
use crate::folder::files::{numbered, write_json, write_text};
use crate::folder::kind::is_cross_validation;
use crate::{Run, RunConfig, RunError, RunOptions};

/// Cross-validation: the training part is dealt into k folds, and k runs each hold another fold out
/// for validation.
///
/// Its folder has `config.toml` (with `data.folds`, without `data.fold`), a run `fold-1` to
/// `fold-K` each, and at the end `folds.json`. Everything but the fold is the same in all runs, the
/// seed too.
///
/// ```no_run
/// use zunder::{CrossValidation, RunConfig, RunOptions};
///
/// let mut config = RunConfig::default();
/// config.data.folds = Some(5);
/// let validation = CrossValidation::create("runs/five".as_ref(), &config)?;
/// for fold in 1..=validation.folds() {
///     validation.run(fold, RunOptions::default())?; // trains it, goes on with it, or finds it finished
/// }
/// if let Some(record) = validation.finish()? {
///     println!("{:.1} %, folds {:?}", 100.0 * record.validation_accuracy.mean, record.validation_accuracy.values);
/// }
/// # Ok::<(), zunder::RunError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CrossValidation {
    path: PathBuf,
    config: RunConfig,
    folds: usize,
    held: Held,
}

/// What a cross-validation came to: the content of `folds.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CrossValidationRecord {
    /// Number of folds.
    pub folds: usize,
    /// The accuracy on the held-out fold, of each run's best epoch. That epoch is chosen on the
    /// same fold, so it is a little optimistic.
    pub validation_accuracy: Spread,
    /// The loss on the held-out fold, of the same epochs.
    pub validation_loss: Spread,
    /// The accuracy on the test part, which no run chose anything by.
    pub test_accuracy: Spread,
    /// The log loss on the test part; none where the scores are no probabilities.
    pub test_loss: Option<Spread>,
    /// Of each fold, images that its weights knew before it began and that it is validated or
    /// tested on, if there are such.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leakage: Vec<Leakage>,
}

impl CrossValidation {
    /// A new one in a folder that must be new or empty.
    ///
    /// # Errors
    /// [`RunError::Config`] without `data.folds` or with `data.fold`, [`RunError::FolderExists`].
    pub fn create(path: &Path, config: &RunConfig) -> Result<Self, RunError> {
        Self::new(path, config)?.write_start()
    }

    /// A new one in a new folder under `runs/`.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_numbered(config: &RunConfig) -> Result<Self, RunError> {
        let mut validation = Self::new(Path::new(""), config)?;
        validation.path =
            numbered(&format!("{}-fold-{}", validation.folds, config.model.kind().name()))?;
        validation.write_start()
    }

    fn new(path: &Path, config: &RunConfig) -> Result<Self, RunError> {
        let folds = folds(config)?;
        config.validate()?;
        let config = RunConfig { data: config.data.clone().absolute(), ..config.clone() };
        Ok(Self { path: path.to_owned(), config, folds, held: Held::default() })
    }

    fn write_start(mut self) -> Result<Self, RunError> {
        self.held = Held::of(claim::FOLDS.claim(&self.path)?);
        Checksums::of_start(&self.path, &self.config)?.write(&self.path)?;
        write_text(&self.path.join("config.toml"), &self.config.to_toml()?)?;
        Ok(self)
    }

    /// Takes up one that is there.
    ///
    /// # Errors
    /// [`RunError::NotARun`], and those of its configuration.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let file = path.join("config.toml");
        if !file.is_file() {
            return Err(RunError::NotARun { folder: path.to_owned(), missing: "config.toml" });
        }
        let config = RunConfig::from_layers(Some(&file), &[])?;
        let folds = folds(&config)?;
        if let Some(checksums) = Checksums::read(path)? {
            checksums.check_config(path, &config)?;
        }
        Ok(Self { path: path.to_owned(), folds, config, held: Held::default() })
    }

    /// Whether a folder holds one.
    pub fn is_one(path: &Path) -> bool {
        is_cross_validation(path)
    }

    /// Number of folds.
    pub fn folds(&self) -> usize {
        self.folds
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The configuration that all folds share.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// Computes elsewhere, with other threads, or finds its data in another folder, from now on:
    /// see [`Run::compute_on`].
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

    /// Lays settings over its own, of which only those of [`compute_on`](Self::compute_on) may
    /// change: folds of different lengths could not be held against each other.
    ///
    /// # Errors
    /// [`RunError::Unchangeable`] with each setting that may not change, and those of a
    /// configuration.
    pub fn change(&mut self, settings: &[(Vec<String>, Value)]) -> Result<(), RunError> {
        let asked = RunConfig::from_layers(Some(&self.path.join("config.toml")), settings)?;
        let changes = forbidden(&self.config.to_toml()?, &asked.to_toml()?, &[])?;
        if !changes.is_empty() {
            return Err(RunError::Unchangeable { run: self.path.clone(), changes });
        }
        crate::device(&asked.device)?;
        self.config = asked;
        Ok(())
    }

    /// Trains fold `fold` (from 1), goes on with it if it was interrupted, or finds it finished.
    /// From then on no other process trains a fold of it, for as long as this value lives.
    ///
    /// # Errors
    /// [`RunError::Config`] for a fold that is not there, [`RunError::Busy`],
    /// [`RunError::Occupied`] for a folder without a run that holds other files, and those of
    /// [`Run::train`] and [`Run::resume`].
    pub fn run(&self, fold: usize, options: RunOptions<'_>) -> Result<Run, RunError> {
        let path = self.fold(fold);
        if !(1..=self.folds).contains(&fold) {
            return Err(RunError::config(
                "configuration",
                format!("fold is {fold}, expected 1 to {}", self.folds),
            ));
        }
        self.hold()?;
        if !path.join("config.toml").exists() {
            if let Some(file) = claim::RUN.foreign(&path) {
                return Err(RunError::Occupied { folder: path, file });
            }
            let mut config = self.config.clone();
            config.data.fold = Some(fold);
            if let Some(from) = config.init_from.as_ref().filter(|from| Self::is_one(from)) {
                // Each fold starts from its namesake, which has not learnt from the same images.
                config.init_from = Some(from.join(format!("fold-{fold}")));
            }
            return Run::train_in(&path, &config, options);
        }
        let mut run = Run::open(&path)?;
        if run.test()?.is_none() {
            run.move_to(&self.config);
            run.resume(options)?;
        }
        Ok(run)
    }

    /// Whether fold `fold` (from 1) is trained and tested.
    pub fn is_finished(&self, fold: usize) -> bool {
        Run::open(&self.fold(fold)).and_then(|run| run.test()).is_ok_and(|test| test.is_some())
    }

    /// Mean and deviation over the folds, which `folds.json` tells other programs; none while a
    /// fold is not finished. They are always computed from the folds.
    ///
    /// # Errors
    /// [`RunError::BadFile`] and [`RunError::Io`] for damaged files of a run.
    pub fn finish(&self) -> Result<Option<CrossValidationRecord>, RunError> {
        let file = self.path.join("folds.json");
        let (mut figures, mut leakage) = ([const { Vec::new() }; 4], Vec::new());
        for fold in 1..=self.folds {
            if !self.is_finished(fold) {
                return Ok(None);
            }
            let run = Run::open(&self.fold(fold))?;
            let (records, test) = (run.epochs()?, run.test()?);
            leakage.extend(run.leakage()?);
            let best = BestEpoch::replay(&records, &run.config().early_stopping);
            let (Some((accuracy, loss)), Some(test)) = (best.kept(&records), test) else {
                return Ok(None);
            };
            for (figures, figure) in
                figures.iter_mut().zip([Some(accuracy), Some(loss), Some(test.accuracy), test.loss])
            {
                figures.extend(figure);
            }
        }
        let [validation_accuracy, validation_loss, test_accuracy, test_loss] =
            figures.map(Spread::of);
        let record = CrossValidationRecord {
            folds: self.folds,
            validation_accuracy: validation_accuracy?,
            validation_loss: validation_loss?,
            test_accuracy: test_accuracy?,
            test_loss: test_loss.ok(),
            leakage,
        };
        self.hold()?;
        write_json(&file, &record)?;
        Ok(Some(record))
    }

    /// Keeps other processes out from now on, for as long as this value or a clone of it lives.
    fn hold(&self) -> Result<(), RunError> {
        self.held.hold(&self.path, || ())
    }

    fn fold(&self, fold: usize) -> PathBuf {
        self.path.join(format!("fold-{fold}"))
    }
}

/// The number of folds of a configuration of all folds.
fn folds(config: &RunConfig) -> Result<usize, RunError> {
    let refuse = |problem: String| Err(RunError::config("configuration", problem));
    match (config.data.folds, config.data.fold) {
        (Some(folds), None) => Ok(folds),
        (Some(_), Some(fold)) => refuse(format!(
            "data.fold is {fold}, expected none: a cross-validation makes a run of each fold"
        )),
        (None, _) => refuse(
            "data.folds is not set, expected a number of folds for a cross-validation".to_owned(),
        ),
    }
}
