//! A model that came from another program, as something that predicts and that trainings start
//! from.

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

/// Where an imported model came from: the content of `import.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ImportRecord {
    /// The file of weights.
    pub file: PathBuf,
    /// Its SHA-256, in 64 hexadecimal digits.
    pub sha256: String,
    /// The version of Zunder that took it.
    pub zunder_version: String,
    /// What was done to the weights to take them, and what could not be checked.
    #[serde(default)]
    pub remarks: Vec<String>,
}

/// PyTorch counts the batches that a norm has seen; no answer depends on it.
fn is_count(name: &str) -> bool {
    name.ends_with("num_batches_tracked")
}

impl Run {
    /// The way back of [`export`](Self::export): takes `model.safetensors` and `model.json`, as
    /// they were written or after a change of the weights (and classes) in PyTorch, and makes a
    /// folder of them, new or empty, that [`predict`](Self::predict), [`export`](Self::export) and
    /// a configuration's `init_from` take. Without a folder it is `runs/imported-MODEL-N`.
    ///
    /// `source` is the folder of the two files, or a file of weights with a description beside it:
    /// `NAME.json`, or else `model.json`. Weights may be floats of 16, 32 or 64 bits, and all names
    /// may have the same prefix more, such as `module.`: [`imported`](Self::imported) says what was
    /// done.
    ///
    /// If `images.safetensors` of the export lies beside the weights, a run that starts from them
    /// knows which images they have learnt from; what another program trained them on since then is
    /// not in it.
    ///
    /// An imported model has no training and no test: [`evaluate`](Self::evaluate),
    /// [`resume`](Self::resume) and [`compare`](crate::compare) refuse it.
    ///
    /// # Errors
    /// [`RunError::NotAnExport`]; [`RunError::BadExport`] for a tensor that is missing, too many,
    /// of another shape or not finite, and for a description that says nothing of use;
    /// [`RunError::FolderExists`], [`RunError::Io`].
    pub fn import(source: &Path, folder: Option<&Path>) -> Result<Self, RunError> {
        if let Some(folder) = folder {
            claim::IMPORT.check_free(folder)?;
        }
        let (weights, description) = files(source)?;
        let bad = |problem: String| RunError::BadExport { path: description.clone(), problem };
        let text = FileKind::Records.read_text(&description)?;
        let described: Description = serde_json::from_str(&text)
            .map_err(|e| bad(format!("is not what an export says: {e}")))?;
        let (model, tta) = (described.model().map_err(bad)?, described.tta);
        let loss = described.loss.clone();
        let preprocessing = described.preprocessing().map_err(bad)?;
        let recipe = RunConfig::preset(model.kind());
        // Of which loss the scores come decides whether they are probabilities.
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
        // Last, since it makes the folder a run's.
        write_text(&folder.config(), &config.to_toml()?)?;
        drop(lock);
        Self::open(folder.path())
    }

    /// Where the model came from, if it was imported.
    ///
    /// # Errors
    /// [`RunError::Io`] and [`RunError::BadFile`].
    pub fn imported(&self) -> Result<Option<ImportRecord>, RunError> {
        let path = self.folder().import();
        if path.exists() { self.folder().read_json(&path).map(Some) } else { Ok(None) }
    }
}

/// What there is to say of a file of weights before its tensors are compared.
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
            "model.json was changed since the weights were written, and is taken as it is now"
                .to_owned(),
        );
    }
    remarks
}

/// The files of weights and of their description.
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
