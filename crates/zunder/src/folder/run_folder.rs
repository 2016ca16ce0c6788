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
/// | file | content |
/// |---|---|
/// | `config.toml` | the resolved configuration, which reruns it |
/// | `environment.json` | version, commit, device, threads, processor, data set and its hash |
/// | `preprocessing.json` | image shape, class names, standardisation; how image files were decoded |
/// | `images.safetensors` | which images its weights have learnt from, its own parts and those of the runs that it started from, by digests of their content |
/// | `metrics.csv` | one row for each epoch |
/// | `health.csv` | one row for each epoch and layer: gradients, updates, activations, and warnings |
/// | `checkpoints/last.safetensors`, `checkpoints/last.records` | everything that `resume` needs |
/// | `best/model.safetensors` | the weights of the best validation epoch |
/// | `test.json`, `predictions.csv` | the test, written once, at the end |
/// | `divergence.json` | only of a run that diverged: where, and at which learning rate |
/// | `report.html` | the run as a page |
/// | `import.json` | only of an imported model, which has none but `config.toml`, `preprocessing.json` and `best/` beside it: where it came from |
/// | `checksums.json` | the SHA-256 of the files that do not change any more, and the settings that `config.toml` had |
/// | `pictures/` | the page's plots, each as SVG and PNG: `schedule` from the start, `curves`, `roc`, `precision_recall`, `calibration` |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder(PathBuf);

impl RunFolder {
    /// A folder that is there and holds a run.
    pub(crate) fn open(path: &Path) -> Result<Self, RunError> {
        let folder = Self(path.to_owned());
        if folder.config().exists() {
            FileKind::Settings.open(&folder.config())?;
        }
        check_run(path)?;
        Ok(folder)
    }

    /// Refuses a place that is taken, before anything is computed.
    pub(crate) fn check_free(path: &Path) -> Result<(), RunError> {
        claim::RUN.check_free(path)
    }

    /// Makes a folder at `path` for what begins so, and keeps other processes out for as long as
    /// the file lives.
    pub(crate) fn create(path: &Path, beginnings: &Beginnings) -> Result<(Self, File), RunError> {
        let lock = beginnings.claim(path)?;
        Ok((Self::with_subfolders(path.to_owned())?, lock))
    }

    /// Makes a folder `runs/STEM-N`, N being the first free number.
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

    /// Keeps other processes out for as long as the file lives, and removes what a killed process
    /// was just writing.
    pub(crate) fn lock(&self) -> Result<File, RunError> {
        let file = claim::lock(&self.0)?;
        for inner in ["checkpoints", "best", "pictures"] {
            claim::sweep(&self.0.join(inner));
        }
        Ok(file)
    }

    /// Writes another number of epochs into the configuration, with a line that says so: `done`
    /// were done before.
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

    /// Reads a JSON document of the folder, after checking that it holds what was written.
    pub(crate) fn read_json<T: DeserializeOwned>(&self, path: &Path) -> Result<T, RunError> {
        self.check_file(path)?;
        read_json(path)
    }

    /// Refuses a file that is not as `checksums.json` says.
    pub(crate) fn check_file(&self, path: &Path) -> Result<(), RunError> {
        Checksums::read(&self.0)?.map_or(Ok(()), |checksums| checksums.check_file(&self.0, path))
    }

    /// Refuses a configuration with other settings than `checksums.json` says.
    pub(crate) fn check_config(&self, config: &RunConfig) -> Result<(), RunError> {
        Checksums::read(&self.0)?
            .map_or(Ok(()), |checksums| checksums.check_config(&self.0, config))
    }

    /// Refuses a run whose training is not finished. What was imported is used as it is.
    pub(crate) fn check_usable(&self) -> Result<(), RunError> {
        if self.test().is_file() || self.import().is_file() {
            Ok(())
        } else {
            Err(RunError::NotFinished(self.0.clone()))
        }
    }

    /// Refuses what was imported, where a training and a test are needed.
    pub(crate) fn check_trained(&self) -> Result<(), RunError> {
        if self.import().is_file() { Err(RunError::Imported(self.0.clone())) } else { Ok(()) }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// `config.toml`
    pub fn config(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    /// `environment.json`
    pub fn environment(&self) -> PathBuf {
        self.0.join("environment.json")
    }

    /// `preprocessing.json`
    pub fn preprocessing(&self) -> PathBuf {
        self.0.join("preprocessing.json")
    }

    /// `images.safetensors`
    pub fn images(&self) -> PathBuf {
        self.0.join("images.safetensors")
    }

    /// `metrics.csv`
    pub fn metrics(&self) -> PathBuf {
        self.0.join("metrics.csv")
    }

    /// `health.csv`
    pub fn health(&self) -> PathBuf {
        self.0.join("health.csv")
    }

    /// `checkpoints/last.safetensors`
    pub fn checkpoint(&self) -> PathBuf {
        self.0.join("checkpoints").join("last.safetensors")
    }

    /// `best/model.safetensors`
    pub fn best(&self) -> PathBuf {
        self.0.join("best").join("model.safetensors")
    }

    /// `test.json`
    pub fn test(&self) -> PathBuf {
        self.0.join("test.json")
    }

    /// `import.json`, of a model that was imported
    pub fn import(&self) -> PathBuf {
        self.0.join("import.json")
    }

    /// `divergence.json`, of a run whose loss became no finite number
    pub fn divergence(&self) -> PathBuf {
        self.0.join("divergence.json")
    }

    /// `evaluation.json`
    pub fn evaluation(&self) -> PathBuf {
        self.0.join("evaluation.json")
    }

    /// `predictions.csv`
    pub fn predictions(&self) -> PathBuf {
        self.0.join("predictions.csv")
    }

    /// `report.html`
    pub fn report(&self) -> PathBuf {
        self.0.join("report.html")
    }

    /// `pictures/NAME.ENDING`
    pub fn picture(&self, name: &str, ending: &str) -> PathBuf {
        self.0.join("pictures").join(name).with_extension(ending)
    }
}
