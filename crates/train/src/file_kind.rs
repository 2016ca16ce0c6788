//! Opens the files of a run: only regular files, and none larger than its kind allows.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use crate::TrainError;

/// The kind of a run's file, which limits its size.
///
/// Pipes, devices and files above the limit are errors before a byte is read: a pipe would block, a
/// device has no end, and a file is read into memory. Links to regular files are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// A configuration: at most 16 MiB.
    Settings,
    /// Records of epochs and layers, or a JSON document: at most 4 GiB.
    Records,
    /// Predictions, one row per test image: at most 64 GiB.
    Predictions,
    /// Weights or a checkpoint: at most 64 GiB.
    Weights,
}

impl FileKind {
    /// Returns the limit on the size of such a file, in bytes.
    pub const fn most(self) -> u64 {
        match self {
            Self::Settings => 16 << 20,
            Self::Records => 4 << 30,
            Self::Predictions | Self::Weights => 64 << 30,
        }
    }

    /// Opens a file for reading.
    ///
    /// # Errors
    /// Returns [`TrainError::NotAFile`] if it is not a regular file or is larger than
    /// [`most`](Self::most), and [`TrainError::Io`].
    pub fn open(self, path: &Path) -> Result<File, TrainError> {
        // Checked before it is opened, because opening a pipe blocks.
        self.check(path, &std::fs::metadata(path).map_err(read_error(path))?)?;
        let file = File::open(path).map_err(read_error(path))?;
        self.check(path, &file.metadata().map_err(read_error(path))?)?;
        Ok(file)
    }

    /// Reads a whole file.
    ///
    /// # Errors
    /// Returns the errors of [`open`](Self::open).
    pub fn read(self, path: &Path) -> Result<Vec<u8>, TrainError> {
        let mut file = self.open(path)?;
        let length = file.metadata().map_err(read_error(path))?.len();
        let mut bytes = Vec::new();
        let reserved = bytes.try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX));
        reserved.map_err(|_| read_error(path)(io::ErrorKind::OutOfMemory.into()))?;
        // Reads at most one byte more than the file had, in case it grows meanwhile.
        file.by_ref()
            .take(length.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(read_error(path))?;
        Ok(bytes)
    }

    /// Reads a whole text file.
    ///
    /// # Errors
    /// Returns the errors of [`open`](Self::open), and [`TrainError::Io`] if it is not UTF-8.
    pub fn read_text(self, path: &Path) -> Result<String, TrainError> {
        let no_text = |e| read_error(path)(io::Error::new(io::ErrorKind::InvalidData, e));
        String::from_utf8(self.read(path)?).map_err(no_text)
    }

    /// Reads a file that a user named, which may be a pipe such as `<(...)` of a shell: to its end,
    /// or to one byte more than the limit.
    ///
    /// # Errors
    /// Returns [`TrainError::NotAFile`] if it is larger than [`most`](Self::most), and
    /// [`TrainError::Io`].
    pub fn read_named(self, path: &Path) -> Result<Vec<u8>, TrainError> {
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(read_error(path))?;
        let most = self.most();
        file.take(most + 1).read_to_end(&mut bytes).map_err(read_error(path))?;
        if bytes.len() as u64 > most {
            let (path, got) = (path.to_owned(), format!("more than {most} bytes"));
            return Err(TrainError::NotAFile { path, got, most });
        }
        Ok(bytes)
    }

    /// Returns an error if a file is not regular or is too large.
    fn check(self, path: &Path, metadata: &Metadata) -> Result<(), TrainError> {
        let got = match kind(metadata) {
            Some(kind) => kind.to_owned(),
            None if metadata.len() > self.most() => format!("a file of {} bytes", metadata.len()),
            None => return Ok(()),
        };
        Err(TrainError::NotAFile { path: path.to_owned(), got, most: self.most() })
    }
}

fn read_error(path: &Path) -> impl FnOnce(io::Error) -> TrainError {
    let path = path.to_owned();
    move |source| TrainError::Io { action: "read", path, source }
}

/// Returns the kind of a file that is not regular; `None` for a regular file.
fn kind(metadata: &Metadata) -> Option<&'static str> {
    let kind = metadata.file_type();
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return Some("a named pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device");
        }
    }
    match (kind.is_file(), kind.is_dir()) {
        (true, _) => None,
        (_, true) => Some("a folder"),
        _ => Some("not a file"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_files_of_their_size_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, "epochs = 1\n").unwrap();
        assert_eq!(FileKind::Settings.read_text(&path).unwrap(), "epochs = 1\n");
        std::fs::write(&path, [0xFF, 0xFE]).unwrap();
        assert!(FileKind::Settings.read_text(&path).unwrap_err().to_string().contains("utf-8"));
        File::create(&path).unwrap().set_len(FileKind::Settings.most() + 1).unwrap();
        let error = FileKind::Settings.read(&path).unwrap_err().to_string();
        let expected =
            "is a file of 16777217 bytes, expected a regular file of at most 16777216 bytes";
        assert!(error.ends_with(expected), "{error}");
        assert!(FileKind::Records.open(&path).is_ok());
    }

    #[test]
    fn a_folder_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let error = FileKind::Weights.open(folder.path()).unwrap_err();
        assert!(error.to_string().contains("is a folder, expected a regular file"), "{error}");
        assert!(matches!(
            FileKind::Records.open(&folder.path().join("none")),
            Err(TrainError::Io { .. })
        ));
    }

    #[cfg(unix)]
    #[test]
    fn a_named_file_may_be_a_pipe_but_has_an_end() {
        let error = FileKind::Settings.read_named(Path::new("/dev/zero")).unwrap_err().to_string();
        assert!(error.starts_with("/dev/zero: is more than 16777216 bytes, expected"), "{error}");
        assert!(FileKind::Settings.read_named(Path::new("/dev/null")).unwrap().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn pipes_and_devices_are_refused_before_they_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        for (path, what) in [(&pipe, "a named pipe"), (&link, "a device")] {
            let error = FileKind::Weights.read(path).unwrap_err().to_string();
            assert!(error.contains(&format!("is {what}, expected a regular file")), "{error}");
        }
    }
}
