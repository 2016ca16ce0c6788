//! A model that came from another program, as something that predicts and that trainings start from.

use std::path::{Path, PathBuf};

use serde::Serialize;
use zunder_models::Key;
use zunder_train::{FileKind, NamedTensor, TrainError, read_foreign_weights, tensors, write_weights};

use crate::claim;
use crate::description::Description;
use crate::export::{for_pytorch, transposed};
use crate::folder::{write_json, write_text};
use crate::init_from::hash;
use crate::lineage::ImagesRecord;
use crate::{Run, RunConfig, RunError, RunFolder};

/// What `import.json` says: where a model came from.
#[derive(Serialize)]
struct Origin {
    /// The file of weights.
    file: PathBuf,
    /// Its SHA-256, in 64 hexadecimal digits.
    sha256: String,
    zunder_version: &'static str,
}

/// PyTorch counts the batches that a norm has seen; no answer depends on it.
fn is_count(name: &str) -> bool {
    name.ends_with("num_batches_tracked")
}

impl Run {
    /// The way back of [`export`](Self::export): takes `model.safetensors` and `model.json`, as they were written or after a change of the weights (and classes) in PyTorch, and makes a folder of
    /// them, new or empty, that [`predict`](Self::predict), [`export`](Self::export) and a configuration's `init_from` take. Without a folder it is `runs/imported-MODEL-N`.
    ///
    /// `source` is the folder of the two files, or a file of weights with a description beside it: `NAME.json`, or else `model.json`. Weights may be floats of 32 or 64 bits.
    ///
    /// If `images.safetensors` of the export lies beside the weights, a run that starts from them knows which
    /// images they have learnt from; what another program trained them on since then is not in it.
    ///
    /// An imported model has no training and no test: [`evaluate`](Self::evaluate), [`resume`](Self::resume) and [`compare`](crate::compare) refuse it.
    ///
    /// # Errors
    /// [`RunError::NotAnExport`]; [`RunError::BadExport`] for a tensor that is missing, too many, of another shape or not finite, and for a description that says nothing of use;
    /// [`RunError::FolderExists`], [`RunError::Io`].
    pub fn import(source: &Path, folder: Option<&Path>) -> Result<Self, RunError> {
        if let Some(folder) = folder {
            claim::IMPORT.check_free(folder)?;
        }
        let (weights, description) = files(source)?;
        let bad = |problem: String| RunError::BadExport { path: description.clone(), problem };
        let text = FileKind::Records.read_text(&description)?;
        let described: Description = serde_json::from_str(&text).map_err(|e| bad(format!("is not what an export says: {e}")))?;
        let (model, tta) = (described.model().map_err(bad)?, described.tta);
        let loss = described.loss.clone();
        let preprocessing = described.preprocessing().map_err(bad)?;
        let recipe = RunConfig::preset(model.kind());
        // Of which loss the scores come decides whether they are probabilities.
        let config = RunConfig { tta, model, loss: loss.unwrap_or_else(|| recipe.loss.clone()), ..recipe };
        config.validate()?;

        let device = crate::device(&config.device)?;
        let fresh = config.model.init(preprocessing.shape, preprocessing.classes.len(), Key::new(0), &device)?;
        let theirs = read_foreign_weights(&weights, &is_count).map_err(|error| match error {
            TrainError::BadCheckpoint { path, problem } => RunError::BadExport { path, problem },
            other => other.into(),
        })?;
        let found = matched(tensors(&fresh)?, theirs).map_err(|problem| RunError::BadExport { path: weights.clone(), problem })?;

        let images = ImagesRecord::read(&weights.with_file_name("images.safetensors"))?;
        let sha256 = hash(&weights)?;
        let (folder, lock) = match folder {
            Some(path) => RunFolder::create(path, &claim::IMPORT)?,
            None => {
                let stem = format!("imported-{}", config.model.kind().name());
                RunFolder::create_numbered(&stem, &claim::IMPORT)?
            }
        };
        write_weights(&folder.best(), &found, "imported")?;
        write_json(&folder.preprocessing(), &preprocessing)?;
        if let Some(images) = images {
            images.write(&folder.images())?;
        }
        let file = std::path::absolute(&weights).unwrap_or(weights);
        write_json(&folder.import(), &Origin { file, sha256, zunder_version: env!("CARGO_PKG_VERSION") })?;
        // Last, since it makes the folder a run's.
        write_text(&folder.config(), &config.to_toml()?)?;
        drop(lock);
        Self::open(folder.path())
    }
}

/// The files of weights and of their description.
fn files(source: &Path) -> Result<(PathBuf, PathBuf), RunError> {
    let missing = |missing: &'static str| RunError::NotAnExport { path: source.to_owned(), missing };
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

/// The values of a model's tensors, from those with PyTorch's names and layouts.
fn matched(own: Vec<NamedTensor>, mut theirs: Vec<NamedTensor>) -> Result<Vec<NamedTensor>, String> {
    let found = own.into_iter().map(|tensor| {
        let own_name = tensor.name.clone();
        let expected = for_pytorch(tensor);
        let name = &expected.name;
        let position = theirs.iter().position(|tensor| tensor.name == *name);
        let tensor = theirs.swap_remove(position.ok_or_else(|| format!("lacks the tensor {name}, of shape {:?}", expected.shape))?);
        if tensor.shape != expected.shape {
            let turned = tensor.shape.iter().rev().eq(&expected.shape);
            let how = match name.split_once('.') {
                _ if turned => " (the other way round, as PyTorch has it)",
                Some(("output", _)) => " by the classes and layers of model.json",
                _ => " by model.json",
            };
            return Err(format!("holds {name} with the shape {:?}, expected {:?}{how}", tensor.shape, expected.shape));
        }
        if let Some(value) = tensor.values.iter().find(|value| !value.is_finite() || (name.ends_with("running_var") && **value < 0.0)) {
            let range = if name.ends_with("running_var") { "finite numbers of at least 0" } else { "finite numbers" };
            return Err(format!("holds {value} in {name}, expected {range}"));
        }
        Ok(NamedTensor { name: own_name, ..transposed(tensor) })
    });
    let found = found.collect::<Result<Vec<_>, String>>()?;
    match theirs.first() {
        Some(extra) => Err(format!("holds the tensor {}, which the model of model.json does not have", extra.name)),
        None => Ok(found),
    }
}
