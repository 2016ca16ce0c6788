//! Atomic writes of text and JSON files, and numbered folders.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use zunder_train::{FileKind, write_atomically};

use crate::RunError;

/// Creates an empty folder `runs/STEM-N`, where N is the first free number.
pub(crate) fn numbered(stem: &str) -> Result<PathBuf, RunError> {
    numbered_in(Path::new("runs"), stem)
}

/// Creates an empty folder `STEM-N` in `parent`, where N is the first free number.
pub(crate) fn numbered_in(parent: &Path, stem: &str) -> Result<PathBuf, RunError> {
    fs::create_dir_all(parent).map_err(RunError::io("make the folder for runs", parent))?;
    for n in 1.. {
        let path = parent.join(format!("{stem}-{n}"));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(RunError::io("make the folder for the run", &path)(error)),
        }
    }
    Err(RunError::FolderExists(parent.join(stem)))
}

/// Writes a text file atomically.
pub(crate) fn write_text(path: &Path, text: &str) -> Result<(), RunError> {
    Ok(write_atomically(path, text.as_bytes())?)
}

/// Writes a JSON document atomically.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), RunError> {
    write_text(path, &json_text(path, value)?)
}

/// Returns the text that [`write_json`] writes.
pub(crate) fn json_text(path: &Path, value: &impl Serialize) -> Result<String, RunError> {
    let text = serde_json::to_string_pretty(value);
    let bad =
        |e: serde_json::Error| RunError::BadFile { path: path.to_owned(), problem: e.to_string() };
    Ok(text.map_err(bad)? + "\n")
}

/// Reads a JSON document.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, RunError> {
    let text = FileKind::Records.read_text(path)?;
    serde_json::from_str(&text).map_err(|e| RunError::BadFile {
        path: path.to_owned(),
        problem: format!("is not a valid file of a run: {e}"),
    })
}
