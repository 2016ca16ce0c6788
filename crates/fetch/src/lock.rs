//! The lock that allows one process at a time to fetch a data set into a folder.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::{DatasetSource, FetchError, files};

/// The exclusive right to fetch one data set into one data folder. The system releases it when the
/// process ends, for any reason. The empty file remains.
pub struct Lock {
    /// Locked while the file is open.
    _file: File,
}

impl Lock {
    /// Waits until no other process fetches `source` into `dir`. `tick` is called ten times per
    /// second and may stop the wait.
    ///
    /// On file systems without locks no lock is taken: two processes then write the same bytes to
    /// the same files, and a wrong mixture has the wrong SHA-256.
    pub fn acquire(
        source: &DatasetSource,
        dir: &Path,
        mut tick: impl FnMut() -> Result<(), FetchError>,
    ) -> Result<Self, FetchError> {
        let path = path(source, dir);
        let failure = |reason| files::failure(&path, "locked", reason, 0);
        #[allow(clippy::disallowed_methods, reason = "a lock has no content")]
        let file = files::open_own(&path, File::options().create(true).append(true))?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(reason)) if reason.kind() == io::ErrorKind::Unsupported => {
                    return Ok(Self { _file: file });
                }
                Err(TryLockError::Error(reason)) => return Err(failure(reason)),
                Err(TryLockError::WouldBlock) => {
                    tick()?;
                    thread::sleep(Duration::from_millis(100));
                }
            }
        }
    }
}

fn path(source: &DatasetSource, dir: &Path) -> PathBuf {
    dir.join(format!(".{}.lock", source.name))
}
