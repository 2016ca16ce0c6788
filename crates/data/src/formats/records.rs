//! A folder of files in the binary layout of CIFAR-10, with any number of files and records: a
//! custom data set, possibly larger than memory.
//!
//! ```text
//! batches.meta.txt       the name of each class, one per line; at most 256
//! *.bin                  records: one byte for the label, then [channels, height, width]
//! ```
//!
//! Files whose names begin with `test` are the test part, all others the training part. Each part
//! is in the order of the names by their bytes, so write `data_batch_007.bin` rather than
//! `data_batch_7.bin`.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::unreadable;
use crate::formats::cifar::{self, Layout, read_part};
use crate::formats::source::folder_name;
use crate::images::check_shape;
use crate::watch::{Watch, unwatched};
use crate::{DataError, Dataset, ImageShape, LabelInvariance, Storage, text};

/// The file with the class names.
const CLASSES: &str = "batches.meta.txt";

/// The largest size of the file of class names in bytes.
const MOST_TEXT: u64 = 1 << 20;

/// The largest number of classes that a byte can distinguish.
const MOST_CLASSES: usize = 256;

/// A folder of records, and how to read it.
///
/// ```
/// use zunder_data::{ImageShape, Storage, records::RecordsConfig};
///
/// let dir = tempfile::tempdir()?;
/// std::fs::write(dir.path().join("batches.meta.txt"), "day\nnight\n")?;
/// // Two records: the label, then two pixels.
/// std::fs::write(dir.path().join("data_batch_1.bin"), [1, 7, 8, 0, 250, 251])?;
/// std::fs::write(dir.path().join("test_batch.bin"), [0, 240, 241])?;
///
/// let shape = ImageShape { channels: 1, height: 1, width: 2 };
/// let data = RecordsConfig { shape, storage: Storage::Mapped, ..RecordsConfig::new(dir.path()) }
///     .load()?;
/// assert_eq!(data.classes, ["day", "night"]);
/// assert_eq!((data.train.image(1), data.train.label(0)), (&[250, 251][..], 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecordsConfig {
    /// The folder. Default: the current one.
    pub dir: PathBuf,
    /// The shape of all images. Default: 3x32x32, that of CIFAR-10.
    pub shape: ImageShape,
    /// The storage of the pixels. Default: [`Storage::Memory`].
    pub storage: Storage,
    /// The changes of an image that preserve its label. Default: [`LabelInvariance::OBJECTS`].
    pub invariance: LabelInvariance,
}

impl Default for RecordsConfig {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("."),
            shape: cifar::SHAPE,
            storage: Storage::default(),
            invariance: LabelInvariance::OBJECTS,
        }
    }
}

impl RecordsConfig {
    /// Returns the defaults for the folder `dir`.
    pub fn new(dir: impl AsRef<Path>) -> Self {
        Self { dir: dir.as_ref().to_path_buf(), ..Self::default() }
    }

    /// Checks that all settings are in their ranges; reads no file.
    ///
    /// # Errors
    ///
    /// Returns [`DataError::Setting`] if `shape` has no pixel.
    pub fn validate(&self) -> Result<(), DataError> {
        check_shape(self.shape)
    }

    /// Reads the labels of all files and, unless they are to be mapped, the pixels, file by file in
    /// parallel. The data set has the folder's name.
    ///
    /// A mapped set is also read once, for its labels: at the speed of the disk, and in the memory
    /// of 64 records per thread.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`validate`](Self::validate), and an error if the folder cannot be
    /// read, or has no list of classes, no training or no test file; if the list is empty or longer
    /// than 256; if a file is empty, does not end with a record, cannot be read or mapped, or has a
    /// label that is not in the list.
    pub fn load(&self) -> Result<Dataset, DataError> {
        self.load_with(&unwatched)
    }

    /// As [`load`](Self::load). `watch` receives after each file the number of images of its part
    /// that are done, and returns whether to go on.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`load`](Self::load).
    pub fn load_with(&self, watch: &Watch<'_>) -> Result<Dataset, DataError> {
        self.validate()?;
        let classes = self.classes()?;
        let labels = [("label", classes.len())];
        let layout = Layout { labels: &labels, kept: 0, shape: self.shape };
        let (test, train): (Vec<_>, Vec<_>) =
            self.files()?.into_iter().partition(|path| name(path).starts_with("test"));
        let part = |files: Vec<PathBuf>, what| {
            if files.is_empty() {
                return Err(self.lacks(what));
            }
            let files =
                files.into_iter().map(|path| count(&layout, &path).map(|records| (path, records)));
            read_part(&layout, &files.collect::<Result<Vec<_>, _>>()?, self.storage, watch)
        };
        Ok(Dataset {
            name: folder_name(&self.dir),
            train: part(train, "training file (*.bin)")?,
            test: part(test, "test file (test*.bin)")?,
            classes,
            invariance: self.invariance,
            synthetic: false,
        })
    }

    fn classes(&self) -> Result<Vec<String>, DataError> {
        let path = self.dir.join(CLASSES);
        let text = text::read(&path, MOST_TEXT).map_err(|error| match error {
            DataError::Read { reason, .. }
                if reason.kind() == ErrorKind::NotFound && self.dir.is_dir() =>
            {
                self.lacks(CLASSES)
            }
            other => other,
        })?;
        let classes: Vec<String> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect();
        if (1..=MOST_CLASSES).contains(&classes.len()) {
            return Ok(classes);
        }
        let (got, expected) =
            (classes.len().to_string(), format!("1 to {MOST_CLASSES}, one a line"));
        let hint = "a label is one byte, and its class is the line of that number, from 0";
        Err(DataError::Content { what: "number of classes".to_owned(), path, got, expected, hint })
    }

    /// Returns the files of records, sorted by name.
    fn files(&self) -> Result<Vec<PathBuf>, DataError> {
        let failed = |reason: io::Error| unreadable(&self.dir, reason);
        let entries = fs::read_dir(&self.dir)
            .map_err(failed)?
            .map(|entry| entry.map(|entry| entry.path()).map_err(failed));
        let mut files = entries.collect::<Result<Vec<_>, _>>()?;
        files.retain(|path| path.extension().is_some_and(|ending| ending == "bin"));
        files.sort_unstable();
        Ok(files)
    }

    fn lacks(&self, what: &'static str) -> DataError {
        DataError::NoRecords { path: self.dir.clone(), what }
    }
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Returns the number of records in a file, by its size.
fn count(layout: &Layout, path: &Path) -> Result<usize, DataError> {
    let metadata = fs::metadata(path).map_err(|reason| unreadable(path, reason))?;
    let (length, record) = (metadata.len(), layout.record());
    // Opening a pipe would block for ever.
    if metadata.is_file() && length > 0 && length % record as u64 == 0 {
        return usize::try_from(length / record as u64)
            .map_err(|_| unreadable(path, ErrorKind::OutOfMemory.into()));
    }
    let got = if metadata.is_file() {
        format!("{length} bytes")
    } else {
        "that of no regular file".to_owned()
    };
    let expected =
        format!("a multiple of {record}: a byte for the label, then an image of {}", layout.shape);
    let hint = "the file is cut short, or its images have another shape";
    Err(DataError::Content {
        what: "length".to_owned(),
        path: path.to_path_buf(),
        got,
        expected,
        hint,
    })
}

#[cfg(test)]
mod tests;
