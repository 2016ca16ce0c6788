//! The error type of training.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::{Divergence, SourceError};

/// Why training cannot start or continue.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A setting is out of range.
    #[error("{key} is {got}, expected {expected}")]
    Setting {
        /// Name of the setting in the configuration.
        key: &'static str,
        /// Value that was given.
        got: String,
        /// Range of the setting.
        expected: &'static str,
    },
    /// The loss is infinite or NaN.
    #[error("{0}")]
    Diverged(Box<Divergence>),
    /// There is no batch to train or validate on.
    #[error("the {part} part has no batch, expected at least one")]
    NoBatches {
        /// "training" or "evaluation".
        part: &'static str,
    },
    /// The source of batches failed.
    #[error("the {part} batches failed: {source}")]
    Source {
        /// "training" or "evaluation".
        part: &'static str,
        /// Error of the source.
        source: SourceError,
    },
    /// A label is not a class of the model.
    #[error("a {part} image has the label {label}, expected one of the model's {classes} classes \
        (0 to {})", classes - 1)]
    Label {
        /// "training" or "evaluation".
        part: &'static str,
        /// Value of the label.
        label: u32,
        /// Number of scores of the model.
        classes: usize,
    },
    /// Soft labels are not distributions over the model's classes.
    #[error("the soft labels of a {part} batch have {problem}")]
    SoftLabels {
        /// "training" or "evaluation".
        part: &'static str,
        /// What is wrong, with the value got and the value expected.
        problem: String,
    },
    /// A listener failed, for example to write a file.
    #[error("{0}")]
    Listener(SourceError),
    /// A file cannot be read or written.
    #[error("{path}: cannot {action}: {source}", path = path.display())]
    Io {
        /// Operation that failed, such as "write the checkpoint".
        action: &'static str,
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// A path is a pipe, a device or a folder, or the file is too large.
    #[error("{path}: is {got}, expected a regular file of at most {most} \
        bytes", path = path.display())]
    NotAFile {
        /// Path of the file.
        path: PathBuf,
        /// What was found there.
        got: String,
        /// Limit on the size of such a file, in bytes.
        most: u64,
    },
    /// A file of weights or a checkpoint is invalid.
    #[error("{path}: {problem}", path = path.display())]
    BadCheckpoint {
        /// Path of the file.
        path: PathBuf,
        /// What is wrong, with the value got and the value expected.
        problem: String,
    },
    /// The device failed to return a tensor.
    #[error("the device failed: {0}")]
    Device(String),
}

impl TrainError {
    /// Returns a hint that says what to do about the error, if anything helps.
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
            Self::Device(_) => Some(
                "check the device and its driver; a run goes on from its last whole epoch with \
                 --resume, also with another --device",
            ),
            Self::Io { .. } => Some("check the folder's permissions and the free space"),
            _ => None,
        }
    }
}
