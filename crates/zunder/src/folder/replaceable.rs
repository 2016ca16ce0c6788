//! Which files a command may write over.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use zunder_report::{OWN_START, is_own};

use crate::RunError;

/// Refuses to write over anything but a page or a picture that Zunder made: what a command that
/// replaces its earlier output asks before it computes anything. A link is followed; what is no
/// regular file, such as a pipe, has nothing to lose.
///
/// # Errors
/// [`RunError::FileExists`] for any other file.
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
