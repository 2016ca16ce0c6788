//! Imports a model of another program for prediction and for the start of trainings.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use zunder_models::Key;
use zunder_train::{
    FileKind, NamedTensor, TrainError, WeightsFile, read_weights_file, tensors, write_weights,
};

use crate::exchange::description::Description;
use crate::exchange::export::{NOTE, note};
use crate::exchange::foreign::{matched, without_prefix};
use crate::exchange::steps::Steps;
use crate::folder::checksums::{Checksums, hash};
use crate::folder::claim;
use crate::folder::files::{write_json, write_text};
use crate::images::lineage::ImagesRecord;
use crate::run::stored::check_memory;
use crate::{Model, Preprocessing, Run, RunConfig, RunError, RunFolder, device};

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
    /// Imports a model, as the inverse of [`export`](Self::export): reads `model.safetensors`,
    /// `model.json` and `preprocessing.json`, unchanged or with weights (and classes) that were
    /// changed in PyTorch, and creates a new folder for [`predict`](Self::predict),
    /// [`export`](Self::export) and a configuration's `init_from`. The default folder is
    /// `runs/imported-MODEL-N`.
    ///
    /// `source` is the folder of these files, or a file of weights next to a description:
    /// `NAME.json`, or else `model.json`. Exports of version 0.2.0 have no `preprocessing.json`.
    /// Weights may be floats of 16, 32 or 64 bits, and all names may share a prefix such as
    /// `module.`: [`imported`](Self::imported) returns what was converted.
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
        let exported = Exported::read(&weights, &description)?;
        let fresh = exported.fresh_model(&device(&exported.config.device)?)?;
        let Exported { config, preprocessing, file, mut remarks } = exported;
        let found = own_tensors(&weights, &fresh, file, &mut remarks)?;

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

/// The content of an export: its weights, and what describes them.
pub(super) struct Exported {
    /// The preset of the model's kind, with the layers, the loss and the test-time augmentation of
    /// the export.
    pub config: RunConfig,
    pub preprocessing: Preprocessing,
    pub file: WeightsFile,
    pub remarks: Vec<String>,
}

impl Exported {
    /// Reads a file of weights and its description.
    pub fn read(weights: &Path, description: &Path) -> Result<Self, RunError> {
        let bad = |path: &Path| {
            let path = path.to_owned();
            move |problem: String| RunError::BadExport { path, problem }
        };
        let text = FileKind::Records.read_text(description)?;
        let described: Description = serde_json::from_str(&text)
            .map_err(|e| bad(description)(format!("is not the description of an export: {e}")))?;
        let model = described.model().map_err(bad(description))?;
        let loss = described.loss.clone();
        let steps_text = if described.has_steps_apart().map_err(bad(description))? {
            let path = description.with_file_name("preprocessing.json");
            if !path.is_file() {
                let missing = "preprocessing.json beside it";
                return Err(RunError::NotAnExport { path: description.to_owned(), missing });
            }
            Some((FileKind::Records.read_text(&path)?, path))
        } else {
            None
        };
        let parse = |(text, path): &(String, PathBuf)| Steps::parse(text).map_err(bad(path));
        let steps = steps_text.as_ref().map(parse).transpose()?;
        let (preprocessing, tta) = described.preprocessing(steps).map_err(bad(description))?;
        let recipe = RunConfig::preset(model.kind());
        // The loss decides whether the scores are probabilities.
        let config =
            RunConfig { tta, model, loss: loss.unwrap_or_else(|| recipe.loss.clone()), ..recipe };
        config.validate()?;
        let classes = preprocessing.classes.len();
        check_memory(weights, &config.model, preprocessing.shape.len(), classes)
            .map_err(bad(weights))?;
        let file = read_weights_file(weights, &is_count).map_err(|error| match error {
            TrainError::BadCheckpoint { path, problem } => RunError::BadExport { path, problem },
            other => other.into(),
        })?;
        let note = note(&text, steps_text.as_ref().map(|(text, _)| text.as_str()));
        let remarks = remarks(&file, &note);
        Ok(Self { config, preprocessing, file, remarks })
    }

    /// Returns the model with random weights.
    pub fn fresh_model(&self, device: &Device) -> Result<Model, RunError> {
        let Preprocessing { shape, classes, .. } = &self.preprocessing;
        Ok(self.config.model.init(*shape, classes.len(), Key::new(0), device)?)
    }
}

/// Returns the tensors of a file with the names and layouts of a model.
pub(super) fn own_tensors(
    weights: &Path,
    fresh: &Model,
    file: WeightsFile,
    remarks: &mut Vec<String>,
) -> Result<Vec<NamedTensor>, RunError> {
    let refused = |problem| RunError::BadExport { path: weights.to_owned(), problem };
    let own = tensors(fresh)?;
    let theirs = without_prefix(&own, file.tensors, remarks).map_err(refused)?;
    matched(own, theirs).map_err(refused)
}

/// Returns remarks on a file of weights that do not depend on its tensors.
/// `expected` is the note of an export with the current descriptions.
fn remarks(file: &WeightsFile, expected: &str) -> Vec<String> {
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
    if file.note.as_ref().is_some_and(|theirs| theirs.starts_with(NOTE) && theirs != expected) {
        remarks.push(
            "model.json or preprocessing.json was changed since the weights were written, and its \
             current content is used"
                .to_owned(),
        );
    }
    remarks
}

/// Returns the files of the weights and of their description.
pub(super) fn files(source: &Path) -> Result<(PathBuf, PathBuf), RunError> {
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
