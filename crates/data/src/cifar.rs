//! The binary version that CIFAR-10 and CIFAR-100 share: records of one or two label bytes, then 1,024 bytes for red, 1,024 for green and 1,024 for blue, row by row.

mod layout;
mod part;

use std::path::{Path, PathBuf};

pub(crate) use self::layout::Layout;
pub(crate) use self::part::read_part;
use crate::source::{Source, expected_folder};
use crate::watch::unwatched;
use crate::{DataError, Dataset, ImageShape, LabelInvariance, Storage};

/// The shape of every image.
pub(crate) const SHAPE: ImageShape = ImageShape { channels: 3, height: 32, width: 32 };

/// What tells one of the data sets from the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    pub source: Source,
    /// The folder that the archive unpacks to.
    pub folder: &'static str,
    pub train: Part,
    pub test: Part,
    /// The label bytes at the beginning of a record: what each is called, and its number of classes.
    pub labels: &'static [(&'static str, usize)],
    /// What people have instead: the archive as it was downloaded, and the version for Python.
    pub close_misses: &'static [&'static str],
}

/// A part of a data set, in files of equal length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// The files, in order.
    pub files: &'static [&'static str],
    /// Records in each file.
    pub records: usize,
}

impl Format {
    /// The folder with the files: the archive's folder inside `dir`, or `dir`; `None` if neither holds any of them.
    pub fn find(&self, dir: &Path) -> Option<PathBuf> {
        let holds_any = |folder: &PathBuf| self.train.files.iter().chain(self.test.files).any(|name| folder.join(name).exists());
        [dir.join(self.folder), dir.to_path_buf()].into_iter().find(holds_any)
    }

    /// Reads both parts, with the labels of the byte at `kept`, whose classes are `classes`.
    pub fn load(&self, dir: &Path, name: &str, kept: usize, classes: &[&str], storage: Storage) -> Result<Dataset, DataError> {
        let folder = self.locate(dir)?;
        let layout = self.layout(kept);
        let files = |part: Part| part.files.iter().map(|name| (folder.join(name), part.records)).collect::<Vec<_>>();
        let (train, test) = (files(self.train), files(self.test));
        train.iter().chain(&test).try_for_each(|(path, records)| self.check_file(path, *records))?;
        Ok(Dataset {
            name: name.to_owned(),
            classes: classes.iter().map(|&class| class.to_owned()).collect(),
            train: read_part(&layout, &train, storage, &unwatched)?,
            test: read_part(&layout, &test, storage, &unwatched)?,
            invariance: LabelInvariance::OBJECTS,
            synthetic: false,
        })
    }

    /// The layout of the records, of whose labels the one at `kept` is read.
    pub const fn layout(&self, kept: usize) -> Layout<'static> {
        Layout { labels: self.labels, kept, shape: SHAPE }
    }

    /// Says no unless `path` is a regular file of exactly `records` records, by its metadata.
    fn check_file(&self, path: &Path, records: usize) -> Result<(), DataError> {
        let (got, expected) = (self.source.file(path)?.len(), (records * self.layout(0).record()) as u64);
        if got == expected {
            return Ok(());
        }
        self.source.refuse_other_kinds(path)?;
        let path = path.to_path_buf();
        Err(if got < expected { DataError::Truncated { path, got, expected } } else { DataError::Oversized { path, got, expected } })
    }

    /// Like [`find`](Self::find), with a reason if there is nothing.
    fn locate(&self, dir: &Path) -> Result<PathBuf, DataError> {
        if let Some(folder) = self.find(dir) {
            return Ok(folder);
        }
        let close_misses = self.close_misses.iter().map(|name| dir.join(name));
        for path in close_misses.chain([dir.to_path_buf()]).filter(|path| path.is_file()) {
            self.source.refuse_other_kinds(&path)?;
        }
        self.source.check_folder(dir)?;
        Err(self.source.missing(&expected_folder(dir, self.folder).join(self.train.files[0])))
    }
}
