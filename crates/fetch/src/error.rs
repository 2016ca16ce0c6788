//! Errors of a fetch.

use std::io;
use std::path::PathBuf;

use crate::Attempt;

/// The error of a fetch. Each case is one sentence, some with a [`hint`](FetchError::hint).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No data set of the catalogue has this name.
    #[error("{name:?} is not a data set of the catalogue, expected one of {}", known.join(", "))]
    Unknown {
        /// The name.
        name: String,
        /// The known names.
        known: Vec<String>,
    },
    /// A setting is out of its range.
    #[error("{name} is {got}, expected {expected}")]
    Setting {
        /// The name of the setting or of the environment variable.
        name: &'static str,
        /// Its value.
        got: String,
        /// The values allowed.
        expected: &'static str,
    },
    /// A source does not satisfy [`DatasetSource::validate`](crate::DatasetSource::validate).
    #[error("the source of {dataset} is wrong: {problem}")]
    Source {
        /// The data set.
        dataset: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The data set is incomplete, and the network may not be used.
    #[error(
        "{title} is not complete ({path} is missing or has another size), and offline forbids to \
         fetch it"
    )]
    Offline {
        /// The data set.
        title: String,
        /// The first file that is missing or has another size.
        path: PathBuf,
        /// How to download it without this crate.
        by_hand: String,
    },
    /// No address provided a file.
    #[error("{file} could not be fetched: \
        {}", attempts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unavailable {
        /// The file.
        file: String,
        /// The addresses in order, each with the last problem there.
        attempts: Vec<Attempt>,
        /// The proxy that was used, without its password.
        proxy: Option<String>,
        /// How to download it without this crate.
        by_hand: String,
    },
    /// The callback stopped the fetch.
    #[error("fetching {file} was interrupted after {done} of {total} bytes")]
    Interrupted {
        /// The file.
        file: String,
        /// The number of bytes downloaded.
        done: u64,
        /// The size of the file in bytes.
        total: u64,
    },
    /// An archive is not what its source describes.
    #[error("{path} is not the archive expected: {problem}")]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The disk or the user's quota is full.
    #[error("the disk is full: {path} could not be written, and {needed} bytes are needed in all")]
    DiskFull {
        /// The file that could not be written.
        path: PathBuf,
        /// The size of all archives and files of the data set in bytes.
        needed: u64,
    },
    /// An operation on the file system failed.
    #[error("{path} could not be {action}: {reason}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The operation, as a participle.
        action: &'static str,
        /// The error of the operating system.
        reason: io::Error,
    },
    /// A thread for the connection could not be started.
    #[error("the system refused to start the thread of a connection: {reason}")]
    Thread {
        /// The error of the operating system.
        reason: io::Error,
    },
}

impl FetchError {
    /// Returns advice on how to correct the error, if there is any. It may have several lines.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Offline { by_hand, .. } => Some(format!("allow the network, or {by_hand}")),
            Self::Unavailable { by_hand, proxy: Some(proxy), .. } => {
                Some(format!("check the network and the proxy {proxy}; or {by_hand}"))
            }
            Self::Unavailable { by_hand, proxy: None, .. } => Some(format!(
                "check the network; behind a proxy, set HTTPS_PROXY=http://HOST:PORT; or {by_hand}"
            )),
            Self::Interrupted { .. } => {
                Some("run the same command again to continue from there".to_owned())
            }
            Self::Archive { path, .. } => Some(format!("remove {} and try again", path.display())),
            Self::DiskFull { path, .. } => Some(format!(
                "free space on the disk of {}, or choose another data folder",
                path.display()
            )),
            Self::File { .. } => {
                Some("check that the data folder is writable, or choose another one".to_owned())
            }
            Self::Thread { .. } => {
                Some("stop other programs, or raise the limits on processes and memory".to_owned())
            }
            _ => None,
        }
    }
}
