//! Which existing files a command may overwrite.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use zunder_report::{OWN_START, is_own};

use crate::RunError;

/// Checks that an existing file is a page or a figure that Zunder wrote, before a command that
/// replaces its earlier output computes anything. Follows links; accepts anything but regular
/// files, such as pipes, since they have no content to lose.
///
/// # Errors
/// Returns [`RunError::FileExists`] for any other file.
pub fn check_replaceable(path: &Path) -> Result<(), RunError> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(RunError::io("look at the file to write", path)(error)),
    };
    if !metadata.is_file() {
        return Ok(());
    }
    let mut start = Vec::new();
    let file = File::open(path).map_err(RunError::io("look at the file to write", path))?;
    let read = file.take(OWN_START as u64).read_to_end(&mut start);
    read.map_err(RunError::io("look at the file to write", path))?;
    if is_own(&start) { Ok(()) } else { Err(RunError::FileExists(path.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_pages_are_replaced_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.html");
        assert!(check_replaceable(&path).is_ok());
        for (content, own) in [
            (zunder_report::study_index("index", &[]), true),
            ("<!DOCTYPE html><p>mine".to_owned(), false),
            (String::new(), false),
        ] {
            fs::write(&path, &content).unwrap();
            assert_eq!(check_replaceable(&path).is_ok(), own, "{content}");
        }
        assert!(check_replaceable(Path::new("/dev/null")).is_ok());
        assert!(check_replaceable(&path.join("below")).is_err());
    }
}
