//! Checkpoints of a training, and files of weights.

mod atomic;

use std::path::{Path, PathBuf};

use burn::module::Module;
use serde::{Deserialize, Serialize};
use zunder_eval::{EpochRecord, EvalError, HealthRecord, read_health_csv, read_metrics_csv};

use crate::journal::{self, Journal, Mark};
use crate::parameters::{collect, restore};
use crate::weights_file::{
    Entry, WeightsFile, read_file, read_note, read_weights_file, write_file,
};
use crate::{FitOptimizer, NamedTensor, TrainError};

pub use atomic::{UNFINISHED, append, write_atomically};

/// Prefix of the names of the optimiser's tensors in a checkpoint.
const OPTIMIZER: &str = "optimizer";

/// The metadata of a checkpoint.
#[derive(Serialize, Deserialize)]
struct Header {
    /// Number of updates over all epochs.
    updates: u64,
    /// Note of the caller.
    note: String,
    /// Part of the file of records that belongs to the checkpoint.
    #[serde(default)]
    journal: Option<Mark>,
    /// Records of the finished epochs, as `metrics.csv`, in checkpoints without that file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    metrics: String,
    /// Records of the layers, as `health.csv`, in checkpoints without that file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    health: String,
    /// Number of rollbacks, each of which halved the learning rate.
    #[serde(default)]
    rollbacks: usize,
    /// Hash of the file of the best weights when the checkpoint was written.
    #[serde(default)]
    best: Option<String>,
}

/// The state of a training that is needed to continue with the same bits: model, optimiser and the
/// records of the epochs. Random streams depend on epoch and step and need no state; the best epoch
/// and the state of the patience are computed from the records.
///
/// A checkpoint is a safetensors file with the tensors `model.*`, `optimizer.*` and, with a moving
/// average of the weights, `average.*`, written atomically. The records are in a file of the same
/// name with the extension `records`, to which each epoch appends; the checkpoint stores how much
/// of that file is valid.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    path: PathBuf,
    updates: u64,
    note: String,
    records: Vec<EpochRecord>,
    health: Vec<HealthRecord>,
    model: Vec<NamedTensor>,
    optimizer: Vec<NamedTensor>,
    average: Vec<NamedTensor>,
    /// Number of rollbacks.
    pub(crate) rollbacks: usize,
    /// Hash of the file of the best weights, if they are of an epoch before the last.
    pub(crate) best: Option<String>,
    /// Part of the file of records that was read.
    mark: Option<Mark>,
}

impl Header {
    /// Reads the records of the checkpoint at a path: from the file beside it, or from its metadata
    /// in checkpoints of earlier versions.
    fn records(&self, path: &Path) -> Result<(Vec<EpochRecord>, Vec<HealthRecord>), TrainError> {
        if let Some(mark) = &self.journal {
            return journal::read(path, mark);
        }
        let bad = |e: EvalError| TrainError::BadCheckpoint {
            path: path.to_owned(),
            problem: format!("its records cannot be read: {e}"),
        };
        let health = if self.health.is_empty() {
            Ok(Vec::new())
        } else {
            read_health_csv(self.health.as_bytes())
        };
        Ok((read_metrics_csv(self.metrics.as_bytes()).map_err(bad)?, health.map_err(bad)?))
    }
}

/// The state that is restored from a checkpoint.
pub(crate) struct Restored<M> {
    pub model: M,
    pub optimizer: FitOptimizer,
    pub records: Vec<EpochRecord>,
    pub health: Vec<HealthRecord>,
    pub rollbacks: usize,
    /// Hash of the file of the best weights, if they are of an epoch before the last.
    pub best: Option<String>,
}

impl Checkpoint {
    /// Creates a checkpoint of a training. `model` must be in its [`valid`](Module::valid) form,
    /// which has the current running averages. Without a path the checkpoint stays in memory.
    pub(crate) fn take<M: Module>(
        path: Option<&Path>,
        model: &M,
        optimizer: &FitOptimizer,
        records: &[EpochRecord],
        health: &[HealthRecord],
        note: &str,
        rollbacks: usize,
    ) -> Result<Self, TrainError> {
        let (updates, records, health, note) =
            (optimizer.updates(), records.to_vec(), health.to_vec(), note.to_owned());
        let model = collect(model).map_err(TrainError::Device)?;
        let average = if updates == 0 {
            None
        } else {
            optimizer.averaged(model.clone()).map_err(TrainError::Device)?
        };
        let optimizer = optimizer.state().map_err(TrainError::Device)?;
        let (path, average) =
            (path.map(Path::to_owned).unwrap_or_default(), average.unwrap_or_default());
        Ok(Self {
            path,
            updates,
            note,
            records,
            health,
            model,
            optimizer,
            average,
            rollbacks,
            best: None,
            mark: None,
        })
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// Returns [`TrainError::Io`] or [`TrainError::BadCheckpoint`] with the path.
    pub fn load(path: &Path) -> Result<Self, TrainError> {
        // The state of an optimiser may have any magnitude, such as squares of gradients; the
        // training checks it.
        let is_state = |name: &str| name.split_once('.').is_some_and(|(part, _)| part == OPTIMIZER);
        let (WeightsFile { tensors, .. }, metadata) = read_file(path, &is_state)?;
        let bad = |problem: String| TrainError::BadCheckpoint { path: path.to_owned(), problem };
        let header: Header = serde_json::from_str(&metadata)
            .map_err(|e| bad(format!("is not a checkpoint: {e}")))?;
        let (records, health) = header.records(path)?;
        let (mut model, mut optimizer, mut average) = (Vec::new(), Vec::new(), Vec::new());
        for mut tensor in tensors {
            let (part, name) = tensor
                .name
                .split_once('.')
                .ok_or_else(|| bad(format!("holds the unknown tensor {}", tensor.name)))?;
            let target = match part {
                "model" => &mut model,
                OPTIMIZER => &mut optimizer,
                "average" => &mut average,
                _ => return Err(bad(format!("holds the unknown tensor {}", tensor.name))),
            };
            tensor.name = name.to_string();
            target.push(tensor);
        }
        // The file has its own order of tensors, and the states of an optimiser are restored in
        // the order of their numbers.
        optimizer.sort_by(|a: &NamedTensor, b| a.name.cmp(&b.name));
        if header.updates > 0 && optimizer.is_empty() {
            return Err(bad("lacks the optimiser's state".to_owned()));
        }
        let Header { updates, note, rollbacks, best, journal: mark, .. } = header;
        Ok(Self {
            path: path.to_owned(),
            updates,
            note,
            records,
            health,
            model,
            optimizer,
            average,
            rollbacks,
            best,
            mark,
        })
    }

    /// Reads the records of the finished epochs without the tensors.
    ///
    /// # Errors
    /// Returns [`TrainError::Io`] or [`TrainError::BadCheckpoint`] with the path.
    pub fn read_records(path: &Path) -> Result<Vec<EpochRecord>, TrainError> {
        let bad = |problem: String| TrainError::BadCheckpoint { path: path.to_owned(), problem };
        let header: Header = serde_json::from_str(&read_note(path)?)
            .map_err(|e| bad(format!("is not a checkpoint: {e}")))?;
        Ok(header.records(path)?.0)
    }

    /// Returns the file of records at a path, at the position of the checkpoint if it is the same
    /// file.
    pub(crate) fn journal(resume: Option<&Self>, path: &Path) -> Result<Journal, TrainError> {
        match resume
            .filter(|checkpoint| checkpoint.path == path)
            .and_then(|checkpoint| checkpoint.mark.as_ref())
        {
            Some(mark) => Journal::resume(path, mark),
            None => Ok(Journal::new(path)),
        }
    }

    /// Appends the new records and then writes the file atomically, if it has a path.
    pub(crate) fn save(&self, journal: Option<&mut Journal>) -> Result<(), TrainError> {
        let Some(journal) = journal.filter(|_| !self.path.as_os_str().is_empty()) else {
            return Ok(());
        };
        let header = Header {
            updates: self.updates,
            note: self.note.clone(),
            journal: Some(journal.append(&self.records, &self.health)?),
            metrics: String::new(),
            health: String::new(),
            rollbacks: self.rollbacks,
            best: self.best.clone(),
        };
        let metadata = serde_json::to_string(&header).map_err(|e| self.bad(e.to_string()))?;
        let mut tensors: Vec<Entry<'_>> = Vec::new();
        for (part, of_part) in
            [("model", &self.model), (OPTIMIZER, &self.optimizer), ("average", &self.average)]
        {
            tensors.extend(
                of_part.iter().map(|t| (format!("{part}.{}", t.name), &*t.shape, &*t.values)),
            );
        }
        write_file(&self.path, &tensors, &metadata).map(drop)
    }

    /// What [`FitContext::with_note`](crate::FitContext::with_note) said when it was written.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// Returns one record for each finished epoch.
    pub fn records(&self) -> &[EpochRecord] {
        &self.records
    }

    /// Returns one record for each layer and finished epoch.
    pub fn health(&self) -> &[HealthRecord] {
        &self.health
    }

    /// Restores the state of a new model and a new optimiser.
    pub(crate) fn restore<M: Module>(
        self,
        model: M,
        optimizer: FitOptimizer,
    ) -> Result<Restored<M>, TrainError> {
        let bad = |path: PathBuf| move |problem| TrainError::BadCheckpoint { path, problem };
        let model = restore(model, self.model).map_err(bad(self.path.clone()))?;
        let optimizer = optimizer
            .restore(self.updates, self.optimizer, self.average)
            .map_err(bad(self.path))?;
        Ok(Restored {
            model,
            optimizer,
            records: self.records,
            health: self.health,
            rollbacks: self.rollbacks,
            best: self.best,
        })
    }

    fn bad(&self, problem: String) -> TrainError {
        TrainError::BadCheckpoint { path: self.path.clone(), problem }
    }
}

/// Writes the tensors of a model as a safetensors file, atomically, with `note` as its metadata.
/// Pass the model in its [`valid`](Module::valid) form.
///
/// # Errors
/// Returns [`TrainError::Io`], and [`TrainError::Device`] if the device cannot return a tensor.
pub fn save_weights<M: Module>(path: &Path, model: &M, note: &str) -> Result<(), TrainError> {
    write_weights(path, &collect(model).map_err(TrainError::Device)?, note)
}

/// Writes tensors as [`save_weights`] does.
///
/// # Errors
/// Returns [`TrainError::Io`].
pub fn write_weights(path: &Path, tensors: &[NamedTensor], note: &str) -> Result<(), TrainError> {
    write_hashed(path, tensors, note).map(drop)
}

/// Writes tensors as [`write_weights`] does; returns the hash in the file.
pub(crate) fn write_hashed(
    path: &Path,
    tensors: &[NamedTensor],
    note: &str,
) -> Result<String, TrainError> {
    let tensors: Vec<Entry<'_>> =
        tensors.iter().map(|t| (t.name.clone(), &*t.shape, &*t.values)).collect();
    write_file(path, &tensors, note)
}

/// Loads the tensors of a safetensors file into a model of the same structure; returns it with the
/// note of the file.
///
/// # Errors
/// Returns [`TrainError::Io`], and [`TrainError::BadCheckpoint`] for a damaged file, a missing or
/// superfluous tensor, or another shape.
pub fn load_weights<M: Module>(path: &Path, model: M) -> Result<(M, String), TrainError> {
    load_weights_but(path, model, &|_| false)
}

/// Loads the tensors as [`load_weights`] does, except those for which `keep` returns true: the
/// model keeps them.
///
/// # Errors
/// Returns the errors of [`load_weights`].
pub fn load_weights_but<M: Module>(
    path: &Path,
    model: M,
    keep: &dyn Fn(&str) -> bool,
) -> Result<(M, String), TrainError> {
    let (WeightsFile { mut tensors, .. }, note) = read_file(path, &|_| false)?;
    tensors.retain(|tensor| !keep(&tensor.name));
    let own = collect(&model).map_err(TrainError::Device)?;
    tensors.extend(own.into_iter().filter(|tensor| keep(&tensor.name)));
    let model = restore(model, tensors)
        .map_err(|problem| TrainError::BadCheckpoint { path: path.to_owned(), problem })?;
    Ok((model, note))
}

/// Reads the tensors of a file that [`save_weights`] wrote.
///
/// # Errors
/// Returns [`TrainError::Io`], and [`TrainError::BadCheckpoint`] for a damaged file.
pub fn read_weights(path: &Path) -> Result<Vec<NamedTensor>, TrainError> {
    Ok(read_file(path, &|_| false)?.0.tensors)
}

/// Reads the tensors of a safetensors file of any program, as [`read_weights_file`] does.
///
/// # Errors
/// Returns the errors of [`read_weights_file`].
pub fn read_foreign_weights(
    path: &Path,
    skip: &dyn Fn(&str) -> bool,
) -> Result<Vec<NamedTensor>, TrainError> {
    Ok(read_weights_file(path, skip)?.tensors)
}

/// Returns every float tensor of a model, as in a file of its weights.
///
/// # Errors
/// Returns [`TrainError::Device`].
pub fn tensors<M: Module>(model: &M) -> Result<Vec<NamedTensor>, TrainError> {
    collect(model).map_err(TrainError::Device)
}

/// Returns a model of the same structure with these tensors, named as [`tensors`] names them.
/// `path` is the file they come from, for messages.
///
/// # Errors
/// Returns [`TrainError::BadCheckpoint`] for a missing or superfluous tensor, or another shape.
pub fn with_tensors<M: Module>(
    path: &Path,
    model: M,
    tensors: Vec<NamedTensor>,
) -> Result<M, TrainError> {
    restore(model, tensors)
        .map_err(|problem| TrainError::BadCheckpoint { path: path.to_owned(), problem })
}
