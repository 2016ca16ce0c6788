//! CIFAR-10: 60,000 photographs of ten classes, 32x32 RGB (A. Krizhevsky 2009, "Learning multiple
//! layers of features from tiny images"), in its binary version.
//!
//! Six files of 10,000 records each: one byte for the label, then 1,024 for red, 1,024 for green
//! and 1,024 for blue, row by row.

use std::path::{Path, PathBuf};

use crate::formats::cifar::{Format, Part};
use crate::formats::source::Source;
use crate::{DataError, Dataset, Storage};

/// The names of the classes, by label.
pub const CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// The official archive of the binary version.
pub const URL: &str = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz";

/// The folder that the archive contains.
pub const FOLDER: &str = "cifar-10-batches-bin";

const FORMAT: Format = Format {
    source: Source {
        dataset: "CIFAR-10",
        url: URL,
        format: "a file of the binary version of CIFAR-10",
        pickle: "this is the Python version: download cifar-10-binary.tar.gz instead",
    },
    folder: FOLDER,
    train: Part {
        files: &[
            "data_batch_1.bin",
            "data_batch_2.bin",
            "data_batch_3.bin",
            "data_batch_4.bin",
            "data_batch_5.bin",
        ],
        records: 10_000,
    },
    test: Part { files: &["test_batch.bin"], records: 10_000 },
    labels: &[("label", CLASSES.len())],
    close_misses: &[
        "cifar-10-binary.tar.gz",
        "cifar-10-python.tar.gz",
        "data_batch_1",
        "cifar-10-batches-py/data_batch_1",
    ],
};

/// Returns the folder with the files: `cifar-10-batches-bin` inside `dir`, or `dir`; `None` if
/// neither contains any of them.
///
/// ```
/// assert_eq!(zunder_data::cifar10::find("no/such/folder".as_ref()), None);
/// ```
pub fn find(dir: &Path) -> Option<PathBuf> {
    FORMAT.find(dir)
}

/// Reads the training part (50,000 images, in the files' order) and the test part (10,000), from
/// `cifar-10-batches-bin` inside `dir` or from `dir`.
///
/// Files are read in parallel, directly into the result: beyond the data it needs 200 kB per file.
///
/// # Errors
///
/// Returns an error if the folder or a file is missing or is not what its name says, does not have
/// exactly 30,730,000 bytes, cannot be read, or has a label above 9.
pub fn load(dir: &Path) -> Result<Dataset, DataError> {
    load_with(dir, Storage::Memory)
}

/// As [`load`], with the pixels in the given storage.
///
/// # Errors
///
/// Returns the errors of [`load`], and an error if the system cannot map a file.
///
/// ```no_run
/// use zunder_data::{Storage, cifar10};
///
/// let data = cifar10::load_with("datasets".as_ref(), Storage::Mapped)?;
/// assert_eq!(data.train.len(), 50_000);
/// # Ok::<(), zunder_data::DataError>(())
/// ```
pub fn load_with(dir: &Path, storage: Storage) -> Result<Dataset, DataError> {
    load_format(dir, storage, &FORMAT)
}

/// As [`load_with`], with other numbers of records, for tests.
fn load_format(dir: &Path, storage: Storage, format: &Format) -> Result<Dataset, DataError> {
    format.load(dir, "cifar10", 0, &CLASSES, storage)
}

#[cfg(test)]
mod tests;
