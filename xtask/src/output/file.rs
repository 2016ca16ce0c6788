//! Files of `--out`: checked before the work, and written completely or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use zunder::RunError;
use zunder::train::{TrainError, write_atomically};

/// Returns an error if no file can be written at `path`, before anything is computed.
pub fn check(path: &Path) -> Result<(), RunError> {
    let failure = |source| RunError::Io { action: "write", path: path.to_owned(), source };
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            return Err(failure(io::ErrorKind::IsADirectory.into()));
        }
        Ok(metadata) if !metadata.is_file() => return Ok(()), // a pipe or a device
        _ => {}
    }
    let target = target(path);
    let folder =
        target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    check_folder(folder).map_err(failure)
}

/// Returns an error if a folder, existing or new, cannot be written to.
pub fn check_new_folder(path: &Path) -> Result<(), RunError> {
    let failure =
        |source| RunError::Io { action: "write into the folder", path: path.to_owned(), source };
    let absolute = std::path::absolute(path).map_err(failure)?;
    let there = absolute.ancestors().find(|ancestor| fs::symlink_metadata(ancestor).is_ok());
    check_folder(there.unwrap_or(&absolute)).map_err(failure)
}

/// As [`check_new_folder`] for a folder that must be new. The code that creates it checks an
/// existing one.
pub fn check_folder_to_make(path: &Path) -> Result<(), RunError> {
    if path.exists() { Ok(()) } else { check_new_folder(path) }
}

/// Writes the file completely or not at all, following links. Pipes and devices, such as
/// `/dev/stdout`, are written directly.
pub fn write(path: &Path, content: &[u8]) -> Result<(), RunError> {
    let failure = |source| RunError::Io { action: "write", path: path.to_owned(), source };
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        #[allow(
            clippy::disallowed_methods,
            reason = "a pipe or a device has no other name to be renamed from"
        )]
        let opened = fs::File::options().write(true).open(path);
        return opened.and_then(|mut file| file.write_all(content)).map_err(failure);
    }
    write_atomically(&target(path), content).map_err(|error| match error {
        TrainError::Io { source, .. } => failure(source),
        error => error.into(),
    })
}

/// Resolves a link, so that its target is replaced and the link is kept.
fn target(path: &Path) -> PathBuf {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => {
            fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
        }
        _ => path.to_owned(),
    }
}

/// Whether a file can be created in a folder. The test file has no name, so nothing is left.
fn check_folder(folder: &Path) -> io::Result<()> {
    if !fs::metadata(folder)?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    tempfile::tempfile_in(folder).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_looked_at_before_the_work() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "x").unwrap();
        assert!(check(&at("new.png")).is_ok() && check(&at("file")).is_ok());
        assert!(check_new_folder(&at("a/b/c")).is_ok() && !at("a").exists());
        for (result, words) in [
            (check(folder.path()), "is a directory"),
            (check(&at("none/new.png")), "No such file or directory"),
            (check(&at("file/new.png")), "ot a directory"),
            (check_new_folder(&at("file")), "not a directory"),
            (check_new_folder(&at("file/a")), "ot a directory"),
        ] {
            let error = result.unwrap_err();
            assert!(error.to_string().contains(words) && error.is_input(), "{error}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_and_devices_are_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "old").unwrap();
        std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
        write(&at("link"), b"new").unwrap();
        assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
        assert_eq!(fs::read(at("file")).unwrap(), b"new");
        std::os::unix::fs::symlink("/dev/null", at("null")).unwrap();
        write(&at("null"), b"gone").unwrap();
        assert!(!fs::metadata(at("null")).unwrap().is_file());
    }
}
