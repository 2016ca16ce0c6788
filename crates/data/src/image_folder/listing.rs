//! Which classes and which files a folder has. Nothing is opened, and nothing deeper than the files of a class is looked at.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::DataError;

/// Endings of image files, in small letters.
pub(super) const EXTENSIONS: [&str; 9] = ["bmp", "gif", "jfif", "jpeg", "jpg", "png", "tif", "tiff", "webp"];
const TRAIN: &str = "train";
/// Names of a test part, the best first.
const TEST: [&str; 4] = ["test", "val", "valid", "validation"];

/// An image file and its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ImageFile {
    pub path: PathBuf,
    pub label: u32,
}

/// Everything of use in a folder; files by class and then by name, names in the order of their bytes.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub classes: Vec<String>,
    pub train: Vec<ImageFile>,
    /// The official test part: its folder and its files.
    pub test: Option<(PathBuf, Vec<ImageFile>)>,
    /// Files that are no images by their ending, or that lie beside the folders of the classes.
    pub other_files: usize,
    /// Folders that were not looked into.
    pub other_folders: Vec<PathBuf>,
}

impl Listing {
    /// Lists `dir`: `train` and one of `test`, `val`, `valid`, `validation` if both are there, otherwise its subfolders as classes.
    pub(super) fn of(dir: &Path) -> Result<Self, DataError> {
        let top = Entries::of(dir)?;
        let folder = |wanted: &str| top.folders.iter().find(|(name, _)| name == wanted).map(|(_, path)| path.clone());
        let (Some(train), Some(test)) = (folder(TRAIN), TEST.into_iter().find_map(folder)) else {
            let mut listing = Self::default();
            (listing.classes, listing.train) = listing.classes(dir, top)?;
            return Ok(listing);
        };
        let mut listing = Self { other_files: top.others + top.files.len(), ..Self::default() };
        listing.other_folders = top.folders.into_iter().map(|(_, path)| path).filter(|path| ![&train, &test].contains(&path)).collect();
        (listing.classes, listing.train) = listing.classes(&train, Entries::of(&train)?)?;
        let (names, mut files) = listing.classes(&test, Entries::of(&test)?)?;
        let labels = names.iter().map(|class| listing.label(class, &train, &test)).collect::<Result<Vec<_>, _>>()?;
        for file in &mut files {
            file.label = labels[file.label as usize];
        }
        listing.test = Some((test, files));
        Ok(listing)
    }

    /// The names of the classes in `dir`, and their files.
    fn classes(&mut self, dir: &Path, entries: Entries) -> Result<(Vec<String>, Vec<ImageFile>), DataError> {
        self.other_files += entries.others + entries.files.len();
        if entries.folders.len() < 2 {
            return Err(DataError::FewClasses { path: dir.to_path_buf(), got: entries.folders.len() });
        }
        let (mut classes, mut files) = (Vec::new(), Vec::new());
        for (label, (name, path)) in entries.folders.into_iter().enumerate() {
            classes.push(name.into_string().map_err(|_| DataError::ClassName { path: path.clone() })?);
            let Entries { files: inside, folders, others } = Entries::of(&path)?;
            self.other_folders.extend(folders.into_iter().map(|(_, path)| path));
            let (images, no_images): (Vec<_>, Vec<_>) = inside.into_iter().partition(|path| is_image(path));
            self.other_files += others + no_images.len();
            if images.is_empty() {
                return Err(DataError::EmptyClass { path });
            }
            files.extend(images.into_iter().map(|path| ImageFile { path, label: label as u32 }));
        }
        Ok((classes, files))
    }

    /// The label of a class of the test part.
    fn label(&self, class: &String, train: &Path, test: &Path) -> Result<u32, DataError> {
        let found = self.classes.binary_search(class);
        found.map(|label| label as u32).map_err(|_| DataError::ClassOnlyInTest { path: test.join(class), train: train.to_path_buf() })
    }
}

/// What lies in a folder, hidden things left out, each sorted by the bytes of its name.
#[derive(Default)]
struct Entries {
    folders: Vec<(OsString, PathBuf)>,
    files: Vec<PathBuf>,
    /// Pipes, sockets, devices.
    others: usize,
}

impl Entries {
    fn of(dir: &Path) -> Result<Self, DataError> {
        let path = || dir.to_path_buf();
        let unreadable = |reason: io::Error| match reason.kind() {
            io::ErrorKind::NotFound => DataError::NoImageFolder { path: path() },
            io::ErrorKind::NotADirectory => DataError::ImageFolderIsFile { path: path() },
            _ => DataError::Read { path: path(), reason },
        };
        let mut entries = Self::default();
        for entry in fs::read_dir(dir).map_err(unreadable)? {
            let (name, path) = entry.map(|entry| (entry.file_name(), entry.path())).map_err(unreadable)?;
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            // Links are followed. One that leads nowhere is taken for a file, so that reading an image says so.
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => entries.folders.push((name, path)),
                Ok(metadata) if !metadata.is_file() => entries.others += 1,
                _ => entries.files.push(path),
            }
        }
        entries.folders.sort_by(|(a, _), (b, _)| a.as_encoded_bytes().cmp(b.as_encoded_bytes()));
        entries.files.sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
        Ok(entries)
    }
}

/// Whether the ending of a file is that of an image, in small or capital letters.
pub(super) fn is_image(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| EXTENSIONS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}
