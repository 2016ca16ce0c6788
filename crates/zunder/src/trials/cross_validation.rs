//! Cross-validation: one run per fold, in one folder.

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

/// Cross-validation: the training part is divided into k folds, and each of k runs holds out
/// another fold for validation.
///
/// Its folder contains `config.toml` (with `data.folds`, without `data.fold`), the runs `fold-1` to
/// `fold-K`, and at the end `folds.json`. All runs have the same settings and the same seed, except
/// the fold.
///
/// ```no_run
/// use zunder::{CrossValidation, RunConfig, RunOptions};
///
/// let mut config = RunConfig::default();
/// config.data.folds = Some(5);
/// let validation = CrossValidation::create("runs/five".as_ref(), &config)?;
/// for fold in 1..=validation.folds() {
///     validation.run(fold, RunOptions::default())?; // trains, resumes or opens it
/// }
/// if let Some(record) = validation.finish()? {
///     let accuracy = record.validation_accuracy;
///     println!("{:.1} %, folds {:?}", 100.0 * accuracy.mean, accuracy.values);
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

/// The results of a cross-validation: the content of `folds.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CrossValidationRecord {
    /// Number of folds.
    pub folds: usize,
    /// Accuracy of each run's best epoch on the held-out fold, without views of test-time
    /// augmentation. The epoch is chosen on the same fold, so the accuracy is slightly optimistic.
    pub validation_accuracy: Spread,
    /// Loss of the same epochs on the held-out fold.
    pub validation_loss: Spread,
    /// Accuracy on the test part, which does not influence any choice.
    pub test_accuracy: Spread,
    /// Log loss on the test part; `None` if scores are not probabilities.
    pub test_loss: Option<Spread>,
    /// Validation and test images of the folds that the initial weights were trained on, if any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leakage: Vec<Leakage>,
}

impl CrossValidation {
    /// Creates a cross-validation in a new or empty folder.
    ///
    /// # Errors
    /// Returns [`RunError::Config`] without `data.folds` or with `data.fold`, and
    /// [`RunError::FolderExists`].
    pub fn create(path: &Path, config: &RunConfig) -> Result<Self, RunError> {
        Self::new(path, config)?.write_start()
    }

    /// Creates a cross-validation in a new folder under `runs/`.
    ///
    /// # Errors
    /// Returns the errors of [`create`](Self::create).
    pub fn create_numbered(config: &RunConfig) -> Result<Self, RunError> {
        let mut validation = Self::new(Path::new(""), config)?;
        validation.path =
            numbered(&format!("{}-fold-{}", validation.folds, config.model.kind().name()))?;
        validation.write_start()
    }

    fn new(path: &Path, config: &RunConfig) -> Result<Self, RunError> {
        let folds = folds(config)?;
        config.validate()?;
        let config = config.clone().absolute();
        Ok(Self { path: path.to_owned(), config, folds, held: Held::default() })
    }

    fn write_start(mut self) -> Result<Self, RunError> {
        self.held = Held::of(claim::FOLDS.claim(&self.path)?);
        Checksums::of_start(&self.path, &self.config)?.write(&self.path)?;
        write_text(&self.path.join("config.toml"), &self.config.to_toml()?)?;
        Ok(self)
    }

    /// Opens an existing cross-validation.
    ///
    /// # Errors
    /// Returns [`RunError::NotARun`] and the errors of its configuration.
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

    /// Returns true if a folder contains a cross-validation.
    pub fn is_one(path: &Path) -> bool {
        is_cross_validation(path)
    }

    /// Returns the number of folds.
    pub fn folds(&self) -> usize {
        self.folds
    }

    /// Returns the path of its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the configuration that all folds share.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// Changes the device, the number of threads or the folder of the data: see
    /// [`Run::compute_on`].
    ///
    /// # Errors
    /// Returns a [`RunError`] for an unknown device or a number of threads out of range.
    pub fn compute_on(
        &mut self,
        device: Option<&str>,
        threads: Option<usize>,
        data_dir: Option<&Path>,
    ) -> Result<(), RunError> {
        self.config.compute_on(device, threads, data_dir)
    }

    /// Overrides settings of the configuration; only those of [`compute_on`](Self::compute_on) may
    /// change, since folds with different settings could not be compared.
    ///
    /// # Errors
    /// Returns [`RunError::Unchangeable`] with each setting that may not change, and the errors of
    /// a configuration.
    pub fn change(&mut self, settings: &[(Vec<String>, Value)]) -> Result<(), RunError> {
        let asked = RunConfig::from_layers(Some(&self.path.join("config.toml")), settings)?;
        let changes = forbidden(&self.config.to_toml()?, &asked.to_toml()?, &[])?;
        if !changes.is_empty() {
            return Err(RunError::Unchangeable { run: self.path.clone(), changes });
        }
        asked.check_devices()?;
        self.config = asked;
        Ok(())
    }

    /// Trains fold `fold` (counted from 1), resumes it, or opens it if it is finished. Locks the
    /// cross-validation until this value is dropped.
    ///
    /// # Errors
    /// Returns [`RunError::Config`] for an unknown fold, [`RunError::Busy`], [`RunError::Occupied`]
    /// for a folder that contains other files instead of a run, and the errors of [`Run::train`]
    /// and [`Run::resume`].
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
                // Each fold starts from the same fold of the other run, which was not trained on
                // the images that this fold holds out.
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

    /// Returns true if fold `fold` (counted from 1) is trained and tested.
    pub fn is_finished(&self, fold: usize) -> bool {
        Run::open(&self.fold(fold)).and_then(|run| run.test()).is_ok_and(|test| test.is_some())
    }

    /// Returns mean and standard deviation over the folds, and writes them to `folds.json`; `None`
    /// if a fold is not finished. They are always computed from the runs of the folds.
    ///
    /// # Errors
    /// Returns [`RunError::BadFile`] or [`RunError::Io`] if files of a run are damaged.
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

    /// Locks the folder until this value and all clones of it are dropped.
    fn hold(&self) -> Result<(), RunError> {
        self.held.hold(&self.path, || ())
    }

    fn fold(&self, fold: usize) -> PathBuf {
        self.path.join(format!("fold-{fold}"))
    }
}

/// Returns the number of folds of a configuration.
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
