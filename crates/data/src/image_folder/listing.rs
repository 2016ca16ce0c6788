//! Lists the classes and files of a folder. Files in folders inside a class are not used.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::left_out::{LeftOut, LeftOutKind};
use super::{OnUnread, own, test_classes};
use crate::DataError;

/// The extensions of image files, in lower case.
pub(super) const EXTENSIONS: [&str; 9] =
    ["bmp", "gif", "jfif", "jpeg", "jpg", "png", "tif", "tiff", "webp"];
/// The names of a training part, in order of preference.
const TRAIN: [&str; 2] = ["train", "training"];
/// The names of a test part, in order of preference.
const TEST: [&str; 5] = ["test", "testing", "val", "valid", "validation"];

/// An image file and its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ImageFile {
    pub path: PathBuf,
    pub label: u32,
}

/// The classes and files of a folder. Files are sorted by class and then by the bytes of their
/// names.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub classes: Vec<String>,
    pub train: Vec<ImageFile>,
    /// The official test part: its folder and its files.
    pub test: Option<(PathBuf, Vec<ImageFile>)>,
    /// Classes of the test part that the training part has in another spelling: the name in the
    /// test part, then that in the training part.
    pub respelt: Vec<(String, String)>,
    pub left_out: LeftOut,
}

impl Listing {
    /// Lists `dir`: `train` and one of `test`, `val`, `valid`, `validation` if both exist, in any
    /// capitalisation, otherwise its subfolders as classes.
    pub(super) fn of(dir: &Path, on_unread: OnUnread) -> Result<Self, DataError> {
        let mut listing = Self::default();
        let top = Entries::of(dir, &mut listing.left_out)?;
        if let (Some(train), Some(test)) = (part(&top, &TRAIN), part(&top, &TEST)) {
            listing.parts(top, &train, test, on_unread)?;
        } else {
            let found = listing.classes(dir, top)?;
            listing.finish(dir, &[&found], on_unread)?;
            (listing.classes, listing.train) = found.into_files()?;
        }
        Ok(listing)
    }

    /// Lists an official training and test part.
    fn parts(
        &mut self,
        top: Entries,
        train: &Path,
        test: PathBuf,
        on_unread: OnUnread,
    ) -> Result<(), DataError> {
        let dir = train.parent().unwrap_or(train).to_path_buf();
        self.in_no_class(&top.files);
        let others = top
            .folders
            .into_iter()
            .map(|(_, path)| path)
            .filter(|path| path != train && *path != test);
        self.left_out.folders.extend(others);
        let inside = Entries::of(train, &mut self.left_out)?;
        let trained = self.classes(train, inside)?;
        let inside = Entries::of(&test, &mut self.left_out)?;
        let tested = self.classes(&test, inside)?;
        self.finish(&dir, &[&trained, &tested], on_unread)?;
        (self.classes, self.train) = trained.into_files()?;
        let (names, mut files) = tested.into_files()?;
        let labels = test_classes::labels(&names, &self.classes, train, &test, &mut self.respelt)?;
        for file in &mut files {
            file.label = labels[file.label as usize];
        }
        // Another spelling may have another position in the order of the names.
        files.sort_by_key(|file| file.label);
        self.test = Some((test, files));
        Ok(())
    }

    /// Lists the classes in `dir`, with their files.
    fn classes(&mut self, dir: &Path, entries: Entries) -> Result<Classes, DataError> {
        self.in_no_class(&entries.files);
        let mut classes = Vec::new();
        for (name, path) in entries.folders {
            let mut left_out = LeftOut::default();
            let Entries { files, folders } = Entries::of(&path, &mut left_out)?;
            let images: Vec<PathBuf> =
                files.into_iter().filter(|path| left_out.takes(path)).collect();
            for (_, folder) in folders {
                let (count, first) = images_inside(&folder);
                if let Some(first) = first {
                    left_out.add(LeftOutKind::NoClass, &first, count);
                }
                left_out.folders.push(folder);
            }
            let name =
                name.into_string().map_err(|_| DataError::ClassName { path: path.clone() })?;
            classes.push(Class { name, path, images, left_out });
        }
        if classes.len() < 2 {
            return Err(DataError::FewClasses { path: dir.to_path_buf(), got: classes.len() });
        }
        Ok(Classes(classes))
    }

    /// Counts files beside the folders of the classes.
    fn in_no_class(&mut self, files: &[PathBuf]) {
        for path in files {
            if self.left_out.takes(path) {
                self.left_out.add(LeftOutKind::NoClass, path, 1);
            }
        }
    }

    /// Merges what all classes left out.
    ///
    /// # Errors
    ///
    /// Returns [`DataError::MostLeftOut`] if that is more images than were used, and not allowed.
    fn finish(
        &mut self,
        dir: &Path,
        parts: &[&Classes],
        on_unread: OnUnread,
    ) -> Result<(), DataError> {
        let classes = || parts.iter().flat_map(|classes| &classes.0);
        classes().for_each(|class| self.left_out.extend(class.left_out.clone()));
        self.left_out.sort();
        let taken = classes().map(|class| class.images.len()).sum();
        check_most(dir, &self.left_out, taken, on_unread)
    }
}

/// Returns an error if more images are left out than used, unless that is allowed.
pub(super) fn check_most(
    dir: &Path,
    left_out: &LeftOut,
    taken: usize,
    on_unread: OnUnread,
) -> Result<(), DataError> {
    if on_unread == OnUnread::Skip || left_out.images() <= taken {
        return Ok(());
    }
    Err(DataError::MostLeftOut {
        path: dir.to_path_buf(),
        taken,
        left_out: left_out.images(),
        what: left_out.summary(),
        remedy: left_out.remedies().join("; "),
    })
}

/// A class: its folder and the entries in it.
struct Class {
    name: String,
    path: PathBuf,
    images: Vec<PathBuf>,
    left_out: LeftOut,
}

/// The classes of a part.
struct Classes(Vec<Class>);

impl Classes {
    /// Returns the names of the classes and their files, if no class is empty.
    fn into_files(self) -> Result<(Vec<String>, Vec<ImageFile>), DataError> {
        let (mut names, mut files) = (Vec::new(), Vec::new());
        for (class, label) in self.0.into_iter().zip(0..) {
            if class.images.is_empty() {
                let (what, remedy) =
                    (class.left_out.summary(), class.left_out.remedies().join("; "));
                return Err(DataError::EmptyClass { path: class.path, what, remedy });
            }
            names.push(class.name);
            files.extend(class.images.into_iter().map(|path| ImageFile { path, label }));
        }
        Ok((names, files))
    }
}

/// Returns the folder of a part: one with one of these names, or with one in other capitalisation
/// that contains folders and no images.
fn part(top: &Entries, names: &[&str]) -> Option<PathBuf> {
    // "training" and "testing" are also common class names: they count only if they contain
    // folders.
    let named = |name: &str, path: &Path| !name.ends_with("ing") || holds_folders_alone(path);
    let exact = names.iter().find_map(|name| {
        top.folders.iter().find(|(found, path)| found == name && named(name, path))
    });
    let alike = |name: &str| {
        top.folders.iter().find(|(found, path)| {
            found.to_string_lossy().to_lowercase() == name && holds_folders_alone(path)
        })
    };
    exact.or_else(|| names.iter().find_map(|name| alike(name))).map(|(_, path)| path.clone())
}

fn holds_folders_alone(path: &Path) -> bool {
    Entries::of(path, &mut LeftOut::default()).is_ok_and(|entries| {
        !entries.folders.is_empty() && !entries.files.iter().any(|path| is_image(path))
    })
}

/// Returns the number of image files in a folder and its subfolders, by their extensions, and the
/// first of them. Links are not followed, so there are no cycles.
fn images_inside(folder: &Path) -> (usize, Option<PathBuf>) {
    /// The number at which counting stops, since it is only needed for a message.
    const MOST: usize = 1_000_000;
    let (mut count, mut first, mut folders) = (0, None, vec![folder.to_path_buf()]);
    if fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_symlink()) {
        return (0, None);
    }
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten().take(MOST - seen) {
            seen += 1;
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                _ if is_image(&entry.path()) => {
                    found.insert(entry.file_name(), entry.path());
                }
                _ => {}
            }
        }
        count += found.len();
        first = first.or_else(|| found.into_values().next());
    }
    (count, first)
}

/// The entries of a folder that are used, each list sorted by the bytes of the names.
#[derive(Default)]
pub(super) struct Entries {
    pub folders: Vec<(OsString, PathBuf)>,
    /// Regular files, and broken links.
    pub files: Vec<PathBuf>,
}

impl Entries {
    /// Reads a folder. Hidden entries, special files, and folders that are not data are added to
    /// `left_out`.
    pub(super) fn of(dir: &Path, left_out: &mut LeftOut) -> Result<Self, DataError> {
        let path = || dir.to_path_buf();
        let unreadable = |reason: io::Error| match reason.kind() {
            io::ErrorKind::NotFound => DataError::NoImageFolder { path: path() },
            io::ErrorKind::NotADirectory => DataError::ImageFolderIsFile { path: path() },
            _ => DataError::Read { path: path(), reason },
        };
        let mut entries = Self::default();
        for entry in fs::read_dir(dir).map_err(unreadable)? {
            let (name, path) =
                entry.map(|entry| (entry.file_name(), entry.path())).map_err(unreadable)?;
            // Links are followed. A broken link counts as a file, so that reading the image reports
            // it.
            let metadata = fs::metadata(&path);
            let (is_dir, is_file) =
                metadata.map_or((false, true), |metadata| (metadata.is_dir(), metadata.is_file()));
            let hidden = name.as_encoded_bytes().starts_with(b".");
            match (is_dir, hidden) {
                // The cache of Zunder always exists.
                (true, true) if name == ".zunder-cache" => {}
                (true, hidden) if hidden || own::is_system(&name) => left_out.system.push(path),
                (true, _) if own::is_output(&path) || own::is_collection(&path) => {
                    left_out.outputs.push(path);
                }
                (true, _) => entries.folders.push((name, path)),
                // macOS stores metadata of NAME in "._NAME" on other file systems.
                (false, true)
                    if is_file
                        && is_image(&path)
                        && !name.as_encoded_bytes().starts_with(b"._") =>
                {
                    left_out.add(LeftOutKind::Hidden, &path, 1);
                }
                (false, true) => {}
                (false, false) if is_file && own::is_picture(&path) => left_out.outputs.push(path),
                (false, false) if is_file => entries.files.push(path),
                (false, false) => left_out.add(LeftOutKind::Special, &path, 1),
            }
        }
        entries.folders.sort_by(|(a, _), (b, _)| a.as_encoded_bytes().cmp(b.as_encoded_bytes()));
        entries
            .files
            .sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
        Ok(entries)
    }
}

/// Returns whether the extension of a file is that of an image, in any capitalisation.
pub(super) fn is_image(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| EXTENSIONS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}
