//! File operations with errors that name the file.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use crate::FetchError;

/// Converts an I/O error; a full disk becomes [`FetchError::DiskFull`]. `needed` is the size of the
/// whole data set in bytes.
pub fn failure(path: &Path, action: &'static str, reason: io::Error, needed: u64) -> FetchError {
    let path = path.to_path_buf();
    match reason.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            FetchError::DiskFull { path, needed }
        }
        _ => FetchError::File { path, action, reason },
    }
}

/// Opens a file that belongs to this crate: a regular file or a new one. Links are refused since
/// they could lead to a file of another program, and pipes since opening one would wait for its
/// other end.
pub fn open_own(path: &Path, options: &OpenOptions) -> Result<File, FetchError> {
    let failure = |reason| failure(path, "opened", reason, 0);
    let check = || match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(metadata) => {
            let what = if metadata.is_symlink() {
                "a link"
            } else if metadata.is_dir() {
                "a folder"
            } else {
                "a pipe or a device"
            };
            Err(failure(io::Error::other(format!("it is {what}, expected a regular file"))))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failure(error)),
    };
    check()?;
    let file = options.open(path).map_err(failure)?;
    // Check again, in case a link was created in the meantime.
    check()?;
    Ok(file)
}

/// Creates a folder and its parents.
pub fn make_folder(path: &Path) -> Result<(), FetchError> {
    fs::create_dir_all(path).map_err(|reason| failure(path, "made", reason, 0))
}

/// Removes a file if it exists.
pub fn remove_file(path: &Path) -> Result<(), FetchError> {
    absent_is_fine(fs::remove_file(path)).map_err(|reason| failure(path, "removed", reason, 0))
}

/// Removes a folder if it exists, with the files of these names. A folder that contains anything
/// else is kept, which is an error.
pub fn remove_folder<'a>(
    path: &Path,
    names: impl IntoIterator<Item = &'a String>,
) -> Result<(), FetchError> {
    for name in names {
        remove_file(&path.join(name))?;
    }
    absent_is_fine(fs::remove_dir(path)).map_err(|reason| failure(path, "removed", reason, 0))
}

/// Renames a file, so that the new name survives a power failure.
#[allow(clippy::disallowed_methods, reason = "the writer has synchronised the file")]
pub fn rename(from: &Path, to: &Path) -> Result<(), FetchError> {
    fs::rename(from, to)
        .and_then(|()| to.parent().map_or(Ok(()), sync_folder))
        .map_err(|reason| failure(to, "renamed to its final name", reason, 0))
}

/// Writes a folder's entries to the disk, if the system supports it.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    // The parent of a bare name is the empty path, meaning the current folder.
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_regular_files_are_opened() {
        let dir = std::env::temp_dir().join(format!("zunder-open-own-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let (link, pipe, other) = (dir.join("link"), dir.join("pipe"), dir.join("other"));
        let _ = std::os::unix::fs::symlink(&other, &link);
        assert!(
            pipe.exists()
                || std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success()
        );
        let open = |path: &Path| {
            open_own(path, File::options().create(true).append(true))
                .map(drop)
                .map_err(|e| e.to_string())
        };
        for (path, what) in [(&link, "a link"), (&pipe, "a pipe or a device"), (&dir, "a folder")] {
            assert!(
                open(path).unwrap_err().ends_with(&format!(
                    "could not be opened: it is {what}, expected a regular file"
                ))
            );
        }
        assert!(!other.exists(), "the link's target must not be created");
        assert_eq!(open(&other), Ok(()));
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_full_disk_has_its_own_error() {
        let path = Path::new("datasets/x.part");
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded] {
            let error = failure(path, "written", kind.into(), 354);
            assert_eq!(
                error.to_string(),
                "the disk is full: datasets/x.part could not be written, and 354 bytes are needed \
                 in all"
            );
            assert!(error.hint().unwrap().starts_with("free space on the disk"));
        }
        let error = failure(path, "written", io::ErrorKind::PermissionDenied.into(), 354);
        assert_eq!(error.to_string(), "datasets/x.part could not be written: permission denied");
    }
}
