//! Atomic writes of files.

use std::io::Write;
use std::path::Path;

use crate::TrainError;
use crate::stop_point::stop_point;

/// Prefix of the name of an unfinished file. A process that is killed may leave one.
pub const UNFINISHED: &str = ".writing-";

/// Writes a file atomically: writes a temporary file in the same folder and renames it. Readers see
/// the old file or the new one, even if the process is killed.
///
/// # Errors
/// Returns [`TrainError::Io`] with the path.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<(), TrainError> {
    let io = |source| TrainError::Io { action: "write", path: path.to_owned(), source };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    // Temporary files are readable by their owner only; this one gets the usual permissions.
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
    // Makes the new name survive a power failure.
    #[cfg(unix)]
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
    Ok(())
}

/// Appends to an existing file. A process that is killed may leave an incomplete append, so the
/// file must be rewritten when the process ends or the next one begins.
///
/// # Errors
/// Returns [`TrainError::Io`] with the path.
pub fn append(path: &Path, content: &[u8]) -> Result<(), TrainError> {
    let io = |source| TrainError::Io { action: "write", path: path.to_owned(), source };
    #[allow(clippy::disallowed_methods, reason = "the file is rewritten later")]
    let mut file = std::fs::File::options().append(true).open(path).map_err(io)?;
    let (first, rest) = content.split_at(content.len() / 2);
    file.write_all(first).map_err(io)?;
    stop_point("half", path);
    file.write_all(rest).map_err(io)?;
    stop_point("written", path);
    Ok(())
}
