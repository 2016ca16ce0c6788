//! Errors of readers about files that are missing or of another kind.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::DataError;
use crate::error::unreadable;

/// The files that a reader expects, for its messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    /// The name of the data set.
    pub dataset: &'static str,
    /// The URL of an archive or, with a slash at its end, of a folder.
    pub url: &'static str,
    /// The expected format of each file.
    pub format: &'static str,
    /// Advice for users of the Python version.
    pub pickle: &'static str,
}

impl Source {
    /// Returns an error unless `path` is a folder.
    pub fn check_folder(&self, path: &Path) -> Result<(), DataError> {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Ok(()),
            Ok(_) => Err(DataError::NotAFolder { dataset: self.dataset, path: path.to_path_buf() }),
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => {
                Err(DataError::MissingFolder {
                    dataset: self.dataset,
                    url: self.url,
                    path: path.to_path_buf(),
                })
            }
            Err(reason) => Err(unreadable(path, reason)),
        }
    }

    /// Returns the metadata of `path`, if it is a regular file.
    pub fn file(&self, path: &Path) -> Result<Metadata, DataError> {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => Ok(metadata),
            Ok(_) => Err(DataError::NotAFile { dataset: self.dataset, path: path.to_path_buf() }),
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => Err(self.missing(path)),
            Err(reason) => Err(unreadable(path, reason)),
        }
    }

    /// Creates the error of a missing file.
    pub fn missing(&self, path: &Path) -> DataError {
        DataError::MissingFile { dataset: self.dataset, url: self.url, path: path.to_path_buf() }
    }

    /// Returns an error if the first bytes of `path` are those of another well-known kind of file
    /// that users may have instead.
    pub fn refuse_other_kinds(&self, path: &Path) -> Result<(), DataError> {
        // Opening a pipe would block for ever.
        self.file(path)?;
        let mut start = Vec::new();
        File::open(path)
            .and_then(|file| file.take(8).read_to_end(&mut start))
            .map_err(|reason| unreadable(path, reason))?;
        let (found, hint) = match start.as_slice() {
            [0x1F, 0x8B, ..]
                if path
                    .file_name()
                    .is_some_and(|name| name.to_string_lossy().contains("python")) =>
            {
                ("an archive of the version for Python", self.pickle)
            }
            [0x1F, 0x8B, ..] => {
                ("a gzip archive", "unpack it with `tar -xzf`, and name the folder that this makes")
            }
            [b'P', b'K', 3, 4, ..] => {
                ("a zip archive", "unpack it, and name the folder that this makes")
            }
            [0x80, 2..=5, ..] => ("a Python pickle", self.pickle),
            [b'<', b'!' | b'h' | b'H', ..] => {
                ("a web page", "the download went wrong: fetch it again and check its SHA-256")
            }
            _ => return Ok(()),
        };
        Err(DataError::WrongKind { path: path.to_path_buf(), found, expected: self.format, hint })
    }
}

/// Returns the folder in which missing files are expected: `folder` inside `dir`, unless `dir` is
/// that folder.
pub(crate) fn expected_folder(dir: &Path, folder: &str) -> PathBuf {
    if dir.ends_with(folder) { dir.to_path_buf() } else { dir.join(folder) }
}

/// Returns the folder's name, also if it is written as `.` or `..`.
pub(crate) fn folder_name(dir: &Path) -> String {
    let last = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    last(dir)
        .or_else(|| fs::canonicalize(dir).ok().as_deref().and_then(last))
        .unwrap_or_else(|| "images".to_owned())
}
