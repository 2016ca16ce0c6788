//! The binary format that CIFAR-10 and CIFAR-100 share: records of one or two label bytes, then
//! 1,024 bytes for red, 1,024 for green and 1,024 for blue, row by row.

mod layout;
mod part;

use std::path::{Path, PathBuf};

pub(crate) use self::layout::Layout;
pub(crate) use self::part::read_part;
use crate::formats::source::{Source, expected_folder};
use crate::watch::unwatched;
use crate::{DataError, Dataset, ImageShape, LabelInvariance, Storage};

/// The shape of all images.
pub(crate) const SHAPE: ImageShape = ImageShape { channels: 3, height: 32, width: 32 };

/// The differences between the data sets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    pub source: Source,
    /// The folder that the archive contains.
    pub folder: &'static str,
    pub train: Part,
    pub test: Part,
    /// The label bytes at the beginning of a record: the name of each and its number of classes.
    pub labels: &'static [(&'static str, usize)],
    /// Files that users may have instead: the downloaded archive, and the Python version.
    pub close_misses: &'static [&'static str],
}

/// A part of a data set, in files of equal length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// The files, in order.
    pub files: &'static [&'static str],
    /// The number of records in each file.
    pub records: usize,
}

impl Format {
    /// Returns the folder with the files: the archive's folder inside `dir`, or `dir`, or a folder
    /// of such a name in other capitalisation, also nested; `None` if none contains any file.
    pub fn find(&self, dir: &Path) -> Option<PathBuf> {
        self.candidates(dir).into_iter().next()
    }

    /// Returns all candidate folders, the usual ones first, or only these if one of them contains
    /// the files.
    fn candidates(&self, dir: &Path) -> Vec<PathBuf> {
        let usual = [dir.join(self.folder), dir.to_path_buf()]
            .into_iter()
            .find(|folder| self.holds_any(folder));
        if let Some(folder) = usual {
            return vec![folder];
        }
        let mut found = Vec::new();
        for inside in self.named_folders(dir) {
            found.extend(
                self.named_folders(&inside).into_iter().filter(|folder| self.holds_any(folder)),
            );
            found.extend(Some(inside).filter(|folder| self.holds_any(folder)));
        }
        found
    }

    /// Returns the folders in `dir` with the name of the data set or of its archive's folder.
    fn named_folders(&self, dir: &Path) -> Vec<PathBuf> {
        let set = fold(self.source.dataset);
        let known =
            |name: &str| name == fold(self.folder) || name == set || name == format!("{set}binary");
        let mut folders: Vec<PathBuf> = entries(dir)
            .filter(|path| {
                known(&fold(&path.file_name().unwrap_or_default().to_string_lossy()))
                    && path.is_dir()
            })
            .collect();
        folders.sort();
        folders
    }

    fn holds_any(&self, folder: &Path) -> bool {
        self.train.files.iter().chain(self.test.files).any(|name| file(folder, name).exists())
    }

    /// Reads both parts, with the label at position `kept`, whose classes are `classes`.
    pub fn load(
        &self,
        dir: &Path,
        name: &str,
        kept: usize,
        classes: &[&str],
        storage: Storage,
    ) -> Result<Dataset, DataError> {
        let folder = self.locate(dir)?;
        let layout = self.layout(kept);
        let files = |part: Part| {
            part.files.iter().map(|name| (file(&folder, name), part.records)).collect::<Vec<_>>()
        };
        let (train, test) = (files(self.train), files(self.test));
        train
            .iter()
            .chain(&test)
            .try_for_each(|(path, records)| self.check_file(path, *records))?;
        let read = |files: &[(PathBuf, usize)]| read_part(&layout, files, storage, &unwatched);
        let (train, test) = rayon::join(|| read(&train), || read(&test));
        Ok(Dataset {
            name: name.to_owned(),
            classes: classes.iter().map(|&class| class.to_owned()).collect(),
            train: train?,
            test: test?,
            invariance: LabelInvariance::OBJECTS,
            synthetic: false,
        })
    }

    /// Returns the layout of the records, with the label at position `kept`.
    pub const fn layout(&self, kept: usize) -> Layout<'static> {
        Layout { labels: self.labels, kept, shape: SHAPE }
    }

    /// Returns an error unless `path` is a regular file with exactly `records` records, by its
    /// size.
    fn check_file(&self, path: &Path, records: usize) -> Result<(), DataError> {
        let (got, expected) =
            (self.source.file(path)?.len(), (records * self.layout(0).record()) as u64);
        if got == expected {
            return Ok(());
        }
        self.source.refuse_other_kinds(path)?;
        let path = path.to_path_buf();
        Err(if got < expected {
            DataError::Truncated { path, got, expected }
        } else {
            DataError::Oversized { path, got, expected }
        })
    }

    /// As [`find`](Self::find), with an error if there is no folder.
    fn locate(&self, dir: &Path) -> Result<PathBuf, DataError> {
        let mut found = self.candidates(dir).into_iter();
        match (found.next(), found.next()) {
            (Some(first), Some(second)) => {
                return Err(DataError::Ambiguous { dataset: self.source.dataset, first, second });
            }
            (Some(folder), None) => return Ok(folder),
            _ => {}
        }
        let close_misses = self.close_misses.iter().map(|name| dir.join(name));
        for path in close_misses.chain([dir.to_path_buf()]).filter(|path| path.is_file()) {
            self.source.refuse_other_kinds(&path)?;
        }
        self.source.check_folder(dir)?;
        Err(self.source.missing(&expected_folder(dir, self.folder).join(self.train.files[0])))
    }
}

/// Returns the file of this name in a folder, or else the one with the name in other
/// capitalisation.
fn file(folder: &Path, name: &str) -> PathBuf {
    let exact = folder.join(name);
    if exact.exists() {
        return exact;
    }
    let alike = entries(folder)
        .find(|path| path.file_name().is_some_and(|found| found.eq_ignore_ascii_case(name)));
    alike.unwrap_or(exact)
}

/// Returns the entries of a folder; none if it cannot be read.
fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// Returns the lower-case letters and digits of a name.
fn fold(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}
