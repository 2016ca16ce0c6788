//! The folder of a run and the names of its files.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use zunder_train::FileKind;

use crate::folder::checksums::Checksums;
use crate::folder::claim::{self, Beginnings};
use crate::folder::files::{numbered, read_json, write_text};
use crate::folder::kind::check_run;
use crate::{RunConfig, RunError};

/// The folder of a run, and the names of its files.
///
/// - `config.toml`: the resolved configuration, from which the run can be repeated
/// - `environment.json`: version, commit, device, threads, processor, data set and its hash
/// - `preprocessing.json`: image shape, class names, standardisation; how image files were decoded
/// - `images.safetensors`: digests of the images that its weights were trained on, of its own parts
///   and of those of the runs that it started from
/// - `metrics.csv`: one row for each epoch
/// - `health.csv`: one row for each epoch and layer: gradients, updates, activations, and warnings
/// - `checkpoints/last.safetensors`, `checkpoints/last.records`: everything that `resume` needs
/// - `best/model.safetensors`: the weights of the best validation epoch
/// - `test.json`, `predictions.csv`: the test, written once, at the end
/// - `divergence.json`: only of a run that diverged: epoch, loss and learning rate
/// - `report.html`: the report of the run
/// - `import.json`: only of an imported model: its origin; of the other files such a folder has
///   only `config.toml`, `preprocessing.json` and `best/`
/// - `checksums.json`: the SHA-256 of the files that do not change any more, and the settings of
///   `config.toml`
/// - `pictures/`: the plots of the report, each as SVG and PNG: `schedule` from the start,
///   `curves`, `roc`, `precision_recall`, `calibration`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder(PathBuf);

impl RunFolder {
    /// Opens an existing folder of a run.
    pub(crate) fn open(path: &Path) -> Result<Self, RunError> {
        let folder = Self(path.to_owned());
        if folder.config().exists() {
            FileKind::Settings.open(&folder.config())?;
        }
        check_run(path)?;
        Ok(folder)
    }

    /// Checks that a folder can be used, before anything is computed.
    pub(crate) fn check_free(path: &Path) -> Result<(), RunError> {
        claim::RUN.check_free(path)
    }

    /// Creates the folder `path` for a command that starts with `beginnings`, and locks it until
    /// the returned file is dropped.
    pub(crate) fn create(path: &Path, beginnings: &Beginnings) -> Result<(Self, File), RunError> {
        let lock = beginnings.claim(path)?;
        Ok((Self::with_subfolders(path.to_owned())?, lock))
    }

    /// Creates a folder `runs/STEM-N`, where N is the first free number.
    pub(crate) fn create_numbered(
        stem: &str,
        beginnings: &Beginnings,
    ) -> Result<(Self, File), RunError> {
        Self::create(&numbered(stem)?, beginnings)
    }

    fn with_subfolders(path: PathBuf) -> Result<Self, RunError> {
        let folder = Self(path);
        for file in [folder.best(), folder.checkpoint(), folder.picture("curves", "svg")] {
            if let Some(parent) = file.parent() {
                fs::create_dir_all(parent).map_err(RunError::io("make the folder", parent))?;
            }
        }
        Ok(folder)
    }

    /// Locks the folder until the returned file is dropped, and removes unfinished files of killed
    /// processes.
    pub(crate) fn lock(&self) -> Result<File, RunError> {
        let file = claim::lock(&self.0)?;
        for inner in ["checkpoints", "best", "pictures"] {
            claim::sweep(&self.0.join(inner));
        }
        Ok(file)
    }

    /// Changes the number of epochs in the configuration, and adds a comment that says so; `done`
    /// epochs were done before.
    pub(crate) fn keep_epochs(&self, epochs: usize, done: usize) -> Result<(), RunError> {
        const LINE: &str = "# Resumed with other epochs: ";
        let file = self.config();
        let kept = RunConfig::from_layers(Some(&file), &[])?;
        if kept.epochs == epochs {
            return Ok(());
        }
        let text = FileKind::Settings.read_text(&file)?;
        let mut lines: Vec<String> =
            text.lines().filter(|line| line.starts_with(LINE)).map(str::to_owned).collect();
        if done > 0 {
            let then = kept.epochs;
            lines.push(format!(
                "{LINE}{then} until the end of epoch {done}, then {epochs}. A new run with this \
                 file has {epochs} from its start."
            ));
        }
        lines.push(RunConfig { epochs, ..kept }.to_toml()?);
        write_text(&file, &lines.join("\n"))
    }

    /// Reads a JSON document of the folder after checking its checksum.
    pub(crate) fn read_json<T: DeserializeOwned>(&self, path: &Path) -> Result<T, RunError> {
        self.check_file(path)?;
        read_json(path)
    }

    /// Checks a file against `checksums.json`.
    pub(crate) fn check_file(&self, path: &Path) -> Result<(), RunError> {
        Checksums::read(&self.0)?.map_or(Ok(()), |checksums| checksums.check_file(&self.0, path))
    }

    /// Checks the settings of a configuration against `checksums.json`.
    pub(crate) fn check_config(&self, config: &RunConfig) -> Result<(), RunError> {
        Checksums::read(&self.0)?
            .map_or(Ok(()), |checksums| checksums.check_config(&self.0, config))
    }

    /// Returns an error if the training is not finished. An imported model is usable.
    pub(crate) fn check_usable(&self) -> Result<(), RunError> {
        if self.test().is_file() || self.import().is_file() {
            Ok(())
        } else {
            Err(RunError::NotFinished(self.0.clone()))
        }
    }

    /// Returns an error for an imported model, which has no training and no test.
    pub(crate) fn check_trained(&self) -> Result<(), RunError> {
        if self.import().is_file() { Err(RunError::Imported(self.0.clone())) } else { Ok(()) }
    }

    /// Returns the path of the folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Returns the path of `config.toml`.
    pub fn config(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    /// Returns the path of `environment.json`.
    pub fn environment(&self) -> PathBuf {
        self.0.join("environment.json")
    }

    /// Returns the path of `preprocessing.json`.
    pub fn preprocessing(&self) -> PathBuf {
        self.0.join("preprocessing.json")
    }

    /// Returns the path of `images.safetensors`.
    pub fn images(&self) -> PathBuf {
        self.0.join("images.safetensors")
    }

    /// Returns the path of `metrics.csv`.
    pub fn metrics(&self) -> PathBuf {
        self.0.join("metrics.csv")
    }

    /// Returns the path of `health.csv`.
    pub fn health(&self) -> PathBuf {
        self.0.join("health.csv")
    }

    /// Returns the path of `checkpoints/last.safetensors`.
    pub fn checkpoint(&self) -> PathBuf {
        self.0.join("checkpoints").join("last.safetensors")
    }

    /// Returns the path of `best/model.safetensors`.
    pub fn best(&self) -> PathBuf {
        self.0.join("best").join("model.safetensors")
    }

    /// Returns the path of `test.json`.
    pub fn test(&self) -> PathBuf {
        self.0.join("test.json")
    }

    /// Returns the path of `import.json` of an imported model.
    pub fn import(&self) -> PathBuf {
        self.0.join("import.json")
    }

    /// Returns the path of `divergence.json` of a run that diverged.
    pub fn divergence(&self) -> PathBuf {
        self.0.join("divergence.json")
    }

    /// Returns the path of `evaluation.json`.
    pub fn evaluation(&self) -> PathBuf {
        self.0.join("evaluation.json")
    }

    /// Returns the path of `predictions.csv`.
    pub fn predictions(&self) -> PathBuf {
        self.0.join("predictions.csv")
    }

    /// Returns the path of `report.html`.
    pub fn report(&self) -> PathBuf {
        self.0.join("report.html")
    }

    /// Returns the path of `pictures/NAME.ENDING`.
    pub fn picture(&self, name: &str, ending: &str) -> PathBuf {
        self.0.join("pictures").join(name).with_extension(ending)
    }
}
