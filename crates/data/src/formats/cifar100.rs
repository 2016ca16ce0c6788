//! CIFAR-100: 60,000 photographs of a hundred classes in twenty superclasses, 32x32 RGB (A.
//! Krizhevsky 2009, "Learning multiple layers of features from tiny images"), in its binary
//! version.
//!
//! A file of 50,000 records and one of 10,000: one byte for the coarse label, one for the fine
//! label, then 1,024 for red, 1,024 for green and 1,024 for blue, row by row.

mod classes;

use std::path::{Path, PathBuf};

pub use self::classes::{CLASSES, SUPERCLASS_OF, SUPERCLASSES};
use crate::formats::cifar::{Format, Part};
use crate::formats::source::Source;
use crate::{DataError, Dataset, Storage};

/// The official archive of the binary version.
pub const URL: &str = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz";

/// The folder that the archive contains.
pub const FOLDER: &str = "cifar-100-binary";

/// The label of an image to learn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Labels {
    /// One of 100 classes, such as `maple_tree`: 500 training and 100 test images each. The
    /// default.
    #[default]
    Fine,
    /// One of 20 superclasses, such as `trees`: 2,500 training and 500 test images each.
    Coarse,
}

const FORMAT: Format = Format {
    source: Source {
        dataset: "CIFAR-100",
        url: URL,
        format: "a file of the binary version of CIFAR-100",
        pickle: "this is the version for Python: get cifar-100-binary.tar.gz instead",
    },
    folder: FOLDER,
    train: Part { files: &["train.bin"], records: 50_000 },
    test: Part { files: &["test.bin"], records: 10_000 },
    labels: &[("coarse label", SUPERCLASSES.len()), ("fine label", CLASSES.len())],
    close_misses: &[
        "cifar-100-binary.tar.gz",
        "cifar-100-python.tar.gz",
        "train",
        "cifar-100-python/train",
    ],
};

/// Returns the folder with the files: `cifar-100-binary` inside `dir`, or `dir`; `None` if neither
/// contains any of them.
///
/// ```
/// assert_eq!(zunder_data::cifar100::find("no/such/folder".as_ref()), None);
/// ```
pub fn find(dir: &Path) -> Option<PathBuf> {
    FORMAT.find(dir)
}

/// Reads the training part (50,000 images) and the test part (10,000), from `cifar-100-binary`
/// inside `dir` or from `dir`, as the data set `cifar100` or `cifar100-coarse`.
///
/// # Errors
///
/// Returns an error if the folder or a file is missing or is not what its name says, does not have
/// exactly 153,700,000 or 30,740,000 bytes, cannot be read, or has a coarse label above 19 or a
/// fine one above 99, independent of `labels`.
///
/// ```no_run
/// use zunder_data::cifar100::{self, Labels};
///
/// let data = cifar100::load("datasets".as_ref(), Labels::Fine)?;
/// assert_eq!((data.train.len(), data.classes.len()), (50_000, 100));
/// # Ok::<(), zunder_data::DataError>(())
/// ```
pub fn load(dir: &Path, labels: Labels) -> Result<Dataset, DataError> {
    load_with(dir, labels, Storage::Memory)
}

/// As [`load`], with the pixels in the given storage.
///
/// # Errors
///
/// Returns the errors of [`load`], and an error if the system cannot map a file.
pub fn load_with(dir: &Path, labels: Labels, storage: Storage) -> Result<Dataset, DataError> {
    load_format(dir, labels, storage, &FORMAT)
}

/// As [`load_with`], with other numbers of records, for tests.
fn load_format(
    dir: &Path,
    labels: Labels,
    storage: Storage,
    format: &Format,
) -> Result<Dataset, DataError> {
    match labels {
        Labels::Coarse => format.load(dir, "cifar100-coarse", 0, &SUPERCLASSES, storage),
        Labels::Fine => format.load(dir, "cifar100", 1, &CLASSES, storage),
    }
}

#[cfg(test)]
mod tests;
