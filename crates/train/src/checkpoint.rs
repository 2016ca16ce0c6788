//! The state of a training as one file, and files of weights.

use std::io::Write;
use std::path::{Path, PathBuf};

use burn::module::Module;
use serde::{Deserialize, Serialize};
use zunder_eval::{EpochRecord, EvalError, HealthRecord, read_health_csv, read_metrics_csv};

use crate::journal::{self, Journal, Mark};
use crate::parameters::{collect, restore};
use crate::stop_point::stop_point;
use crate::weights_file::{
    Entry, WeightsFile, read_file, read_note, read_weights_file, write_file,
};
use crate::{NamedTensor, Optimizer, TrainError};

/// The part of a checkpoint's tensors that is the optimiser's state.
const OPTIMIZER: &str = "optimizer";

/// What a checkpoint says beside its tensors.
#[derive(Serialize, Deserialize)]
struct Header {
    /// Updates done, over all epochs.
    updates: u64,
    /// The caller's own words.
    note: String,
    /// How much of the file of records beside it belongs to the checkpoint.
    #[serde(default)]
    journal: Option<Mark>,
    /// The records of the finished epochs, as `metrics.csv`, in checkpoints from before that file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    metrics: String,
    /// The layers' records, as `health.csv`; empty in checkpoints from before it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    health: String,
    /// How often the training went back to a checkpoint, each time with half the learning rate.
    #[serde(default)]
    rollbacks: usize,
    /// The hash of the best weights' file when the checkpoint was written.
    #[serde(default)]
    best: Option<String>,
}

/// Everything that a training needs to go on bit for bit: model, optimiser and the records of the
/// epochs. Random streams are named by epoch and step and so have no state to keep; the best epoch
/// and the patience used follow from the records.
///
/// A checkpoint is one safetensors file, `model.*`, `optimizer.*` and, with a moving average of the
/// weights, `average.*`, written whole or not at all. The records are in a file beside it, of the
/// same name with the ending `records`, which grows with each epoch; the checkpoint says how much
/// of it counts.
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
    /// How often the training went back.
    pub(crate) rollbacks: usize,
    /// The hash of the best weights' file, of an epoch before the last.
    pub(crate) best: Option<String>,
    /// What was read of the file of records.
    mark: Option<Mark>,
}

impl Header {
    /// The records of the checkpoint at a path: of the file beside it, or from before that its own.
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

/// What a checkpoint brings back.
pub(crate) struct Restored<M> {
    pub model: M,
    pub optimizer: Optimizer,
    pub records: Vec<EpochRecord>,
    pub health: Vec<HealthRecord>,
    pub rollbacks: usize,
    /// The hash of the best weights' file, of an epoch before the last.
    pub best: Option<String>,
}

impl Checkpoint {
    /// Takes the state of a training. `model` in its [`valid`](Module::valid) form, which has the
    /// newest running averages. Without a path it stays in memory.
    pub(crate) fn take<M: Module>(
        path: Option<&Path>,
        model: &M,
        optimizer: &Optimizer,
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
    /// [`TrainError::Io`] and [`TrainError::BadCheckpoint`], with the file.
    pub fn load(path: &Path) -> Result<Self, TrainError> {
        // An optimiser's state may be of any size, such as the square of a gradient; the training
        // tells what is wrong with it.
        let is_state = |name: &str| name.split_once('.').is_some_and(|(part, _)| part == OPTIMIZER);
        let (WeightsFile { tensors, .. }, metadata) = read_file(path, &is_state)?;
        let bad = |problem: String| TrainError::BadCheckpoint { path: path.to_owned(), problem };
        let header: Header =
            serde_json::from_str(&metadata).map_err(|e| bad(format!("is no checkpoint: {e}")))?;
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
        // The file has its tensors in an order of its own; an optimiser's states come back by
        // number.
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

    /// The records of the finished epochs alone, without the tensors.
    ///
    /// # Errors
    /// [`TrainError::Io`] and [`TrainError::BadCheckpoint`], with the file.
    pub fn read_records(path: &Path) -> Result<Vec<EpochRecord>, TrainError> {
        let bad = |problem: String| TrainError::BadCheckpoint { path: path.to_owned(), problem };
        let header: Header = serde_json::from_str(&read_note(path)?)
            .map_err(|e| bad(format!("is no checkpoint: {e}")))?;
        Ok(header.records(path)?.0)
    }

    /// The file of records at a path, to go on with what the checkpoint knows of it.
    pub(crate) fn journal(resume: Option<&Self>, path: &Path) -> Result<Journal, TrainError> {
        match resume
            .filter(|checkpoint| checkpoint.path == path)
            .and_then(|checkpoint| checkpoint.mark.as_ref())
        {
            Some(mark) => Journal::resume(path, mark),
            None => Ok(Journal::new(path)),
        }
    }

    /// Writes the records that are new and then the file, whole or not at all, if it has a path.
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

    /// What [`FitContext::note`](crate::FitContext) said when it was written.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// One record for each finished epoch.
    pub fn records(&self) -> &[EpochRecord] {
        &self.records
    }

    /// For each of those epochs one record a layer.
    pub fn health(&self) -> &[HealthRecord] {
        &self.health
    }

    /// Puts the state into a freshly built model and optimiser.
    pub(crate) fn restore<M: Module>(
        self,
        model: M,
        optimizer: Optimizer,
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

/// Writes a model's tensors as safetensors, whole or not at all, with `note` as its metadata. Pass
/// the model in its [`valid`](Module::valid) form.
///
/// # Errors
/// [`TrainError::Io`], and [`TrainError::Device`] if the device cannot hand over a tensor.
pub fn save_weights<M: Module>(path: &Path, model: &M, note: &str) -> Result<(), TrainError> {
    write_weights(path, &collect(model).map_err(TrainError::Device)?, note)
}

/// Writes tensors as [`save_weights`] does.
///
/// # Errors
/// [`TrainError::Io`].
pub fn write_weights(path: &Path, tensors: &[NamedTensor], note: &str) -> Result<(), TrainError> {
    write_hashed(path, tensors, note).map(drop)
}

/// Writes tensors as [`write_weights`] does; returns the hash that the file holds.
pub(crate) fn write_hashed(
    path: &Path,
    tensors: &[NamedTensor],
    note: &str,
) -> Result<String, TrainError> {
    let tensors: Vec<Entry<'_>> =
        tensors.iter().map(|t| (t.name.clone(), &*t.shape, &*t.values)).collect();
    write_file(path, &tensors, note)
}

/// Puts the tensors of a safetensors file into a model of the same structure; returns it with the
/// file's note.
///
/// # Errors
/// [`TrainError::Io`], and [`TrainError::BadCheckpoint`] for a damaged file, a missing or
/// superfluous tensor, or another shape.
pub fn load_weights<M: Module>(path: &Path, model: M) -> Result<(M, String), TrainError> {
    load_weights_but(path, model, &|_| false)
}

/// The same, but for the tensors that `keep` names: those stay as the model has them, whatever the
/// file holds of that name.
///
/// # Errors
/// As [`load_weights`].
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

/// The tensors of a file that [`save_weights`] wrote, by their names.
///
/// # Errors
/// [`TrainError::Io`], and [`TrainError::BadCheckpoint`] for a damaged file.
pub fn read_weights(path: &Path) -> Result<Vec<NamedTensor>, TrainError> {
    Ok(read_file(path, &|_| false)?.0.tensors)
}

/// The tensors of a safetensors file that any program wrote: see [`read_weights_file`], which says
/// more of it.
///
/// # Errors
/// Those of [`read_weights_file`].
pub fn read_foreign_weights(
    path: &Path,
    skip: &dyn Fn(&str) -> bool,
) -> Result<Vec<NamedTensor>, TrainError> {
    Ok(read_weights_file(path, skip)?.tensors)
}

/// Every float tensor of a model, as a file of its weights has it.
///
/// # Errors
/// [`TrainError::Device`].
pub fn tensors<M: Module>(model: &M) -> Result<Vec<NamedTensor>, TrainError> {
    collect(model).map_err(TrainError::Device)
}

/// How the name of a file begins that is still being written. A process that is killed may leave
/// one.
pub const UNFINISHED: &str = ".writing-";

/// Writes a file beside its place and renames it into it: a reader, and a process that is killed,
/// leaves or sees the old file or the new one, never a part.
///
/// # Errors
/// [`TrainError::Io`] with the path.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<(), TrainError> {
    let io = |source| TrainError::Io { action: "write", path: path.to_owned(), source };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    // Temporary files are the owner's alone by default; this one becomes an ordinary file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder).map_err(io)?;
    let (first, rest) = content.split_at(content.len() / 2);
    file.write_all(first).map_err(io)?;
    stop_point("half", path);
    file.write_all(rest).and_then(|()| file.as_file().sync_all()).map_err(io)?;
    stop_point("written", path);
    file.persist(path).map_err(|e| io(e.error))?;
    stop_point("renamed", path);
    // The new name must outlive a power cut too.
    #[cfg(unix)]
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
    Ok(())
}

/// Appends to a file that is there. A process that is killed may leave a part of it, so it is for
/// what is written whole once more when the process ends or the next one begins.
///
/// # Errors
/// [`TrainError::Io`] with the path.
pub fn append(path: &Path, content: &[u8]) -> Result<(), TrainError> {
    let io = |source| TrainError::Io { action: "write", path: path.to_owned(), source };
    #[allow(clippy::disallowed_methods, reason = "the file is written whole once more")]
    let mut file = std::fs::File::options().append(true).open(path).map_err(io)?;
    let (first, rest) = content.split_at(content.len() / 2);
    file.write_all(first).map_err(io)?;
    stop_point("half", path);
    file.write_all(rest).map_err(io)?;
    stop_point("written", path);
    Ok(())
}
