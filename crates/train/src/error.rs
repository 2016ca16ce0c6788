//! Why training cannot start or go on.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::{Divergence, SourceError};

/// Why training cannot start or go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A setting outside of its range.
    #[error("{key} is {got}, expected {expected}")]
    Setting {
        /// The setting's name in the configuration.
        key: &'static str,
        /// The value given.
        got: String,
        /// The range, in words.
        expected: &'static str,
    },
    /// The loss is infinite or not a number.
    #[error("{0}")]
    Diverged(Box<Divergence>),
    /// No batch to train or validate on.
    #[error("the {part} part gives no batch, expected at least one")]
    NoBatches {
        /// "training" or "evaluation".
        part: &'static str,
    },
    /// The source of batches failed.
    #[error("the {part} batches failed: {source}")]
    Source {
        /// "training" or "evaluation".
        part: &'static str,
        /// What the source said.
        source: SourceError,
    },
    /// A label is not one of the classes that the model scores.
    #[error("a {part} image has the label {label}, expected one of the model's {classes} classes \
        (0 to {})", classes - 1)]
    Label {
        /// "training" or "evaluation".
        part: &'static str,
        /// The label.
        label: u32,
        /// The number of scores.
        classes: usize,
    },
    /// Soft labels are no distributions over the model's classes.
    #[error("the soft labels of a {part} batch have {problem}")]
    SoftLabels {
        /// "training" or "evaluation".
        part: &'static str,
        /// What is wrong, with the value got and the value expected.
        problem: String,
    },
    /// A listener failed, for instance to write a file.
    #[error("{0}")]
    Listener(SourceError),
    /// A file cannot be read or written.
    #[error("{path}: cannot {action}: {source}", path = path.display())]
    Io {
        /// What was tried, such as "write the checkpoint".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// What should be a file of a run is a pipe, a device or a folder, or is too large.
    #[error("{path}: is {got}, expected a regular file of at most {most} \
        bytes", path = path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
        /// What is there.
        got: String,
        /// The largest size of such a file, in bytes.
        most: u64,
    },
    /// A file of weights or a checkpoint does not hold what it should.
    #[error("{path}: {problem}", path = path.display())]
    BadCheckpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the value got and the value expected.
        problem: String,
    },
    /// The backend failed to hand over a tensor.
    #[error("the device failed: {0}")]
    Device(String),
}

impl TrainError {
    /// What to try, where something helps.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Diverged(divergence) => Some(divergence.hint()),
            Self::NoBatches { .. } => Some("use more images or a smaller batch size"),
            Self::BadCheckpoint { .. } => {
                Some("the file is damaged or belongs to another model; start a new run")
            }
            Self::NotAFile { .. } => {
                Some("put the run's own file back in its place, or name another run")
            }
            Self::Io { .. } => Some("check the folder's permissions and the free space"),
            _ => None,
        }
    }
}
