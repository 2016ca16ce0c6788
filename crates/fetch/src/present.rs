//! Which files of a data set are present.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{DatasetSource, RemoteFile};

/// Returns the files of a data set that are missing in the data folder `dir` or have another size.
/// Only sizes are compared; no file is read.
///
/// ```
/// let source = zunder_fetch::by_name("mnist")?;
/// assert_eq!(zunder_fetch::missing(&source, "no/such/folder".as_ref()).len(), 4);
/// # Ok::<(), zunder_fetch::FetchError>(())
/// ```
pub fn missing(source: &DatasetSource, dir: &Path) -> Vec<PathBuf> {
    source.files.iter().flat_map(|file| missing_of(source, file, dir)).collect()
}

/// Returns the missing files of one download: the file itself, or the members of the archive.
pub fn missing_of(source: &DatasetSource, file: &RemoteFile, dir: &Path) -> Vec<PathBuf> {
    let folder = dir.join(&source.folder);
    let files = match &file.archive {
        Some(archive) => archive.members.iter().map(|member| (&member.name, member.size)).collect(),
        None => vec![(&file.name, file.size)],
    };
    files
        .into_iter()
        .map(|(name, size)| (folder.join(name), size))
        .filter(|(path, size)| !has_size(path, *size))
        .map(|(path, _)| path)
        .collect()
}

/// Returns whether `path` is a regular file of `size` bytes, or a link to one.
pub fn has_size(path: &Path, size: u64) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() == size)
}
