//! Imports a model of another program for prediction and for the start of trainings.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zunder_models::Key;
use zunder_train::{FileKind, TrainError, WeightsFile, read_weights_file, tensors, write_weights};

use crate::exchange::description::Description;
use crate::exchange::export::{NOTE, note};
use crate::exchange::foreign::{matched, without_prefix};
use crate::folder::checksums::{Checksums, hash};
use crate::folder::claim;
use crate::folder::files::{write_json, write_text};
use crate::images::lineage::ImagesRecord;
use crate::run::stored::check_memory;
use crate::{Run, RunConfig, RunError, RunFolder};

/// The origin of an imported model: the content of `import.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ImportRecord {
    /// Path of the file of weights.
    pub file: PathBuf,
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub sha256: String,
    /// Version of Zunder that imported it.
    pub zunder_version: String,
    /// How the weights were converted, and what could not be verified.
    #[serde(default)]
    pub remarks: Vec<String>,
}

/// Returns true for the counter of batches in PyTorch's norms, which does not affect predictions.
fn is_count(name: &str) -> bool {
    name.ends_with("num_batches_tracked")
}

impl Run {
    /// Imports a model, as the inverse of [`export`](Self::export): reads `model.safetensors` and
    /// `model.json`, unchanged or with weights (and classes) that were changed in PyTorch, and
    /// creates a new folder for [`predict`](Self::predict), [`export`](Self::export) and a
    /// configuration's `init_from`. The default folder is `runs/imported-MODEL-N`.
    ///
    /// `source` is the folder of the two files, or a file of weights next to a description:
    /// `NAME.json`, or else `model.json`. Weights may be floats of 16, 32 or 64 bits, and all names
    /// may share a prefix such as `module.`: [`imported`](Self::imported) returns what was
    /// converted.
    ///
    /// If the `images.safetensors` of the export is next to the weights, a run that starts from
    /// them knows which images they were trained on, except those of later trainings in other
    /// programs.
    ///
    /// An imported model has no training and no test: [`evaluate`](Self::evaluate),
    /// [`resume`](Self::resume) and [`compare`](crate::compare) return an error for it.
    ///
    /// # Errors
    /// Returns [`RunError::NotAnExport`]; [`RunError::BadExport`] if a tensor is missing,
    /// superfluous, of another shape or not finite, or if the description is invalid;
    /// [`RunError::FolderExists`] or [`RunError::Io`].
    pub fn import(source: &Path, folder: Option<&Path>) -> Result<Self, RunError> {
        if let Some(folder) = folder {
            claim::IMPORT.check_free(folder)?;
        }
        let (weights, description) = files(source)?;
        let bad = |problem: String| RunError::BadExport { path: description.clone(), problem };
        let text = FileKind::Records.read_text(&description)?;
        let described: Description = serde_json::from_str(&text)
            .map_err(|e| bad(format!("is not the description of an export: {e}")))?;
        let (model, tta) = (described.model().map_err(bad)?, described.tta);
        let loss = described.loss.clone();
        let preprocessing = described.preprocessing().map_err(bad)?;
        let recipe = RunConfig::preset(model.kind());
        // The loss decides whether the scores are probabilities.
        let config =
            RunConfig { tta, model, loss: loss.unwrap_or_else(|| recipe.loss.clone()), ..recipe };
        config.validate()?;

        let refused = |problem: String| RunError::BadExport { path: weights.clone(), problem };
        let classes = preprocessing.classes.len();
        check_memory(&weights, &config.model, preprocessing.shape, classes).map_err(refused)?;
        let file = read_weights_file(&weights, &is_count).map_err(|error| match error {
            TrainError::BadCheckpoint { path, problem } => RunError::BadExport { path, problem },
            other => other.into(),
        })?;
        let device = crate::device(&config.device)?;
        let fresh = config.model.init(preprocessing.shape, classes, Key::new(0), &device)?;
        let mut remarks = remarks(&file, &text);
        let own = tensors(&fresh)?;
        let theirs = without_prefix(&own, file.tensors, &mut remarks).map_err(refused)?;
        let found = matched(own, theirs).map_err(refused)?;

        let images = ImagesRecord::read(&weights.with_file_name("images.safetensors"))?;
        let sha256 = hash(&weights)?;
        let (folder, lock) = if let Some(path) = folder {
            RunFolder::create(path, &claim::IMPORT)?
        } else {
            let stem = format!("imported-{}", config.model.kind().name());
            RunFolder::create_numbered(&stem, &claim::IMPORT)?
        };
        write_weights(&folder.best(), &found, "imported")?;
        write_json(&folder.preprocessing(), &preprocessing)?;
        if let Some(images) = images {
            images.write(&folder.images())?;
        }
        let file = std::path::absolute(&weights).unwrap_or(weights);
        let zunder_version = env!("CARGO_PKG_VERSION").to_owned();
        write_json(&folder.import(), &ImportRecord { file, sha256, zunder_version, remarks })?;
        Checksums::of(folder.path(), &config)?.write(folder.path())?;
        // Written last: this file makes the folder that of a run.
        write_text(&folder.config(), &config.to_toml()?)?;
        drop(lock);
        Self::open(folder.path())
    }

    /// Returns the origin of an imported model; `None` for a trained one.
    ///
    /// # Errors
    /// Returns [`RunError::Io`] or [`RunError::BadFile`].
    pub fn imported(&self) -> Result<Option<ImportRecord>, RunError> {
        let path = self.folder().import();
        if path.exists() { self.folder().read_json(&path).map(Some) } else { Ok(None) }
    }
}

/// Returns remarks on a file of weights that do not depend on its tensors.
fn remarks(file: &WeightsFile, description: &str) -> Vec<String> {
    let mut remarks = Vec::new();
    if !file.converted.is_empty() {
        remarks.push(format!(
            "weights of type {} were converted to F32",
            file.converted.join(" and ")
        ));
    }
    if file.sha256.is_none() {
        remarks.push(
            "the weights have no hash, so a damaged byte would not be noticed: `save` of \
            model.py writes one"
                .to_owned(),
        );
    }
    if file
        .note
        .as_ref()
        .is_some_and(|theirs| theirs.starts_with(NOTE) && *theirs != note(description))
    {
        remarks.push(
            "model.json was changed since the weights were written, and its current content is used"
                .to_owned(),
        );
    }
    remarks
}

/// Returns the files of the weights and of their description.
fn files(source: &Path) -> Result<(PathBuf, PathBuf), RunError> {
    let missing =
        |missing: &'static str| RunError::NotAnExport { path: source.to_owned(), missing };
    if source.is_dir() {
        let (weights, description) = (source.join("model.safetensors"), source.join("model.json"));
        return match (weights.is_file(), description.is_file()) {
            (true, true) => Ok((weights, description)),
            (false, _) => Err(missing("model.safetensors in it")),
            _ => Err(missing("model.json in it")),
        };
    }
    if !source.is_file() {
        return Err(missing("a folder or a file of weights"));
    }
    let beside = [source.with_extension("json"), source.with_file_name("model.json")];
    let description = beside.into_iter().find(|file| file.is_file() && file != source);
    Ok((source.to_owned(), description.ok_or_else(|| missing("model.json beside it"))?))
}
