use std::io;
use std::path::PathBuf;

use crate::Attempt;

/// What can go wrong with a fetch: one sentence a case, and a [`hint`](FetchError::hint) where one
/// helps.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No data set of the catalogue has this name.
    #[error("{name:?} is no data set to fetch, expected one of {}", known.join(", "))]
    Unknown {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// A setting is out of its range.
    #[error("{name} is {got}, expected {expected}")]
    Setting {
        /// The setting or the variable of the environment.
        name: &'static str,
        /// Its value.
        got: String,
        /// Its range, in words.
        expected: &'static str,
    },
    /// A source of one's own is not what
    /// [`DatasetSource::validate`](crate::DatasetSource::validate) expects.
    #[error("the source of {dataset} is wrong: {problem}")]
    Source {
        /// The data set.
        dataset: String,
        /// What is wrong.
        problem: String,
    },
    /// The data set is not complete, and no network may be used.
    #[error(
        "{title} is not complete ({path} is missing or has another size), and offline forbids to \
         fetch it"
    )]
    Offline {
        /// The data set.
        title: String,
        /// The first file that is missing or has another size.
        path: PathBuf,
        /// How to get it without this crate.
        by_hand: String,
    },
    /// No place gave a file.
    #[error("{file} could not be fetched: \
        {}", attempts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unavailable {
        /// The file.
        file: String,
        /// Each place in turn with the last thing that happened there.
        attempts: Vec<Attempt>,
        /// The proxy that was used, without its password.
        proxy: Option<String>,
        /// How to get it without this crate.
        by_hand: String,
    },
    /// The callback said stop.
    #[error("fetching {file} was interrupted after {done} of {total} bytes")]
    Interrupted {
        /// The file.
        file: String,
        /// Its bytes that are there.
        done: u64,
        /// Its bytes in all.
        total: u64,
    },
    /// An archive is not what its source says.
    #[error("{path} is not the archive expected: {problem}")]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The disk, or the share of it that the user may have, is full.
    #[error("the disk is full: {path} could not be written, and {needed} bytes are needed in all")]
    DiskFull {
        /// What could not be written.
        path: PathBuf,
        /// The bytes of all archives and files of the data set.
        needed: u64,
    },
    /// The system refused something on the disk.
    #[error("{path} could not be {action}: {reason}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What was to be done, as a participle.
        action: &'static str,
        /// What the system said.
        reason: io::Error,
    },
    /// A thread for the connection could not be started.
    #[error("the system refused to start the thread of a connection: {reason}")]
    Thread {
        /// What the system said.
        reason: io::Error,
    },
}

impl FetchError {
    /// What the user can do about it, where that is known. It may have several lines.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Offline { by_hand, .. } => Some(format!("allow the network, or {by_hand}")),
            Self::Unavailable { by_hand, proxy: Some(proxy), .. } => Some(format!(
                "check the network and the proxy that was used, {proxy}; or {by_hand}"
            )),
            Self::Unavailable { by_hand, proxy: None, .. } => Some(format!(
                "check the network; behind a proxy, set HTTPS_PROXY=http://HOST:PORT; or {by_hand}"
            )),
            Self::Interrupted { .. } => Some("the same command goes on from there".to_owned()),
            Self::Archive { path, .. } => Some(format!("remove {} and try again", path.display())),
            Self::DiskFull { path, .. } => Some(format!(
                "free some space on the disk of {}, or choose another data folder",
                path.display()
            )),
            Self::File { .. } => {
                Some("check that the data folder may be written, or choose another one".to_owned())
            }
            Self::Thread { .. } => {
                Some("end other programs, or raise the limits on processes and memory".to_owned())
            }
            _ => None,
        }
    }
}
