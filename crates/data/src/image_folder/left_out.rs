//! Files of a folder that are not read: counted by kind and extension, and reported.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::format::{self, FileKind, Format};

/// The files and folders among the images of a folder that are not read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LeftOut {
    /// The files, by kind and extension.
    pub files: Vec<LeftOutFiles>,
    /// Folders that were not entered: those inside the folder of a class and those beside `train`
    /// and `test`.
    pub folders: Vec<PathBuf>,
    /// Folders and pictures that Zunder wrote, such as runs, recognised by their files and marks.
    pub outputs: Vec<PathBuf>,
    /// Folders of a system or a program, such as `__MACOSX`, and hidden ones.
    pub system: Vec<PathBuf>,
}

/// Files of one kind and one extension that are not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LeftOutFiles {
    /// The reason.
    pub kind: LeftOutKind,
    /// The extension with its dot, in lower case; empty for files without one.
    pub ending: String,
    /// The number of files.
    pub count: usize,
    /// The first of them, by name.
    pub first: PathBuf,
}

/// The reason why a file is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LeftOutKind {
    /// A picture, video or archive in an unsupported format.
    UnreadFormat,
    /// An image of a supported format with the extension of something else.
    Misnamed,
    /// An unknown extension.
    Unknown,
    /// An image beside the folders of the classes, or in a folder inside one of them.
    NoClass,
    /// An image whose name begins with a dot.
    Hidden,
    /// Not a picture: a text, a table, settings.
    NoPicture,
    /// A pipe, a socket or a device.
    Special,
}

impl LeftOutKind {
    /// Returns whether the user may intend such files as images.
    const fn is_image(self) -> bool {
        matches!(self, Self::UnreadFormat | Self::Misnamed | Self::Unknown | Self::NoClass)
    }
}

impl LeftOut {
    /// Counts the regular file at `path`. Returns whether it is an image to read.
    pub(super) fn takes(&mut self, path: &Path) -> bool {
        let kind = match format::kind(path) {
            FileKind::Image => return true,
            FileKind::Unread(_) => LeftOutKind::UnreadFormat,
            FileKind::Misnamed => LeftOutKind::Misnamed,
            FileKind::Unknown => LeftOutKind::Unknown,
            FileKind::NoPicture => LeftOutKind::NoPicture,
        };
        self.add(kind, path, 1);
        false
    }

    /// Adds files of one kind, the first of them at `path`.
    pub(super) fn add(&mut self, kind: LeftOutKind, path: &Path, count: usize) {
        let ending = match format::ending(path) {
            ending if ending.is_empty() => ending,
            ending => format!(".{ending}"),
        };
        match self.files.iter_mut().find(|files| files.kind == kind && files.ending == ending) {
            Some(files) => {
                files.count += count;
                if path < files.first {
                    files.first = path.to_path_buf();
                }
            }
            None => {
                self.files.push(LeftOutFiles { kind, ending, count, first: path.to_path_buf() });
            }
        }
    }

    /// Adds the files that were left out of another folder.
    pub(super) fn extend(&mut self, other: Self) {
        for files in other.files {
            self.add(files.kind, &files.first, files.count);
        }
        self.folders.extend(other.folders);
        self.outputs.extend(other.outputs);
        self.system.extend(other.system);
    }

    /// Sorts everything, so that the order of the directory listing does not matter.
    pub(super) fn sort(&mut self) {
        self.files.sort_by(|a, b| (a.kind, b.count, &a.ending).cmp(&(b.kind, a.count, &b.ending)));
        for paths in [&mut self.folders, &mut self.outputs, &mut self.system] {
            paths.sort();
        }
    }

    /// Returns the number of files that may be images: all except hidden ones, texts, tables and
    /// special files.
    pub fn images(&self) -> usize {
        self.files.iter().filter(|files| files.kind.is_image()).map(|files| files.count).sum()
    }

    /// Returns the number of files of one kind.
    pub fn count(&self, kind: LeftOutKind) -> usize {
        self.of(kind).map(|files| files.count).sum()
    }

    fn of(&self, kind: LeftOutKind) -> impl Iterator<Item = &LeftOutFiles> {
        self.files.iter().filter(move |files| files.kind == kind)
    }

    /// Returns a summary of the files that may be images, such as `160 .heic files, 3 images in no
    /// class`.
    pub(super) fn summary(&self) -> String {
        let by_ending = self
            .of(LeftOutKind::UnreadFormat)
            .chain(self.of(LeftOutKind::Misnamed))
            .chain(self.of(LeftOutKind::Unknown));
        let mut parts: Vec<String> =
            Some(list(by_ending)).into_iter().filter(|all| !all.is_empty()).collect();
        let in_no_class = self.count(LeftOutKind::NoClass);
        parts.extend(
            (in_no_class > 0).then(|| format!("{} in no class", counted(in_no_class, "image"))),
        );
        parts.join(", ")
    }

    /// Returns advice on how to convert them, as a part of a sentence for each format.
    pub(super) fn remedies(&self) -> Vec<String> {
        let mut remedies: Vec<String> =
            self.formats().into_iter().map(|(format, files)| remedy(format, &files)).collect();
        if let Some(files) = self.of(LeftOutKind::Misnamed).next() {
            remedies.push(format!(
                "rename what holds an image and ends otherwise, such as {}",
                files.first.display()
            ));
        }
        if let Some(files) = self.of(LeftOutKind::NoClass).next() {
            remedies.push(format!(
                "move images such as {} directly into the folder of their class",
                files.first.display()
            ));
        }
        remedies
    }

    /// Returns the unsupported formats, with their files.
    fn formats(&self) -> Vec<(&'static Format, Vec<&LeftOutFiles>)> {
        let mut formats: Vec<(&'static Format, Vec<&LeftOutFiles>)> = Vec::new();
        for files in self.of(LeftOutKind::UnreadFormat) {
            // The first file was examined when it was counted.
            let FileKind::Unread(format) = format::kind(&files.first) else { continue };
            match formats.iter_mut().find(|(known, _)| *known == format) {
                Some((_, all)) => all.push(files),
                None => formats.push((format, vec![files])),
            }
        }
        formats
    }

    /// Returns one sentence for each kind of files that were left out.
    pub fn sentences(&self) -> Vec<String> {
        let mut told = Vec::new();
        for (format, files) in self.formats() {
            let all = list(files.into_iter());
            told.push(format!(
                "left out: {all} ({}, which is not read): {}",
                format.name, format.convert
            ));
        }
        for (kind, what, rest) in [
            (
                LeftOutKind::Misnamed,
                "images under other endings",
                ": give them the ending of their format",
            ),
            (LeftOutKind::Unknown, "unknown formats", ""),
        ] {
            if let Some(files) = self.of(kind).next() {
                let first = files.first.display();
                told.push(format!(
                    "left out: {what} ({}), the first {first}{rest}",
                    list(self.of(kind))
                ));
            }
        }
        let by_kind = [
            (
                LeftOutKind::NoClass,
                "image",
                " in no class",
                ": images are read directly in the folder of their class",
            ),
            (LeftOutKind::Hidden, "hidden image", "", ""),
            (LeftOutKind::Special, "special file", " (pipe, socket or device)", ""),
        ];
        for (kind, what, which, rest) in by_kind {
            if let Some(files) = self.of(kind).next() {
                let n = counted(self.count(kind), what);
                told.push(format!(
                    "left out: {n}{which}, the first {}{rest}",
                    files.first.display()
                ));
            }
        }
        let others = self.count(LeftOutKind::NoPicture);
        if others > 0 {
            let all = list(self.of(LeftOutKind::NoPicture));
            told.push(format!("left out: {}, no images ({all})", counted(others, "other file")));
        }
        if let Some(first) = self.folders.first() {
            let n = counted(self.folders.len(), "folder");
            told.push(format!("left out: {n} of no class, the first {}", first.display()));
        }
        if let Some(first) = self.outputs.first() {
            let n = counted(self.outputs.len(), "output");
            told.push(format!("passed over: {n} of Zunder, the first {}", first.display()));
        }
        if !self.system.is_empty() {
            let names: BTreeSet<String> = self
                .system
                .iter()
                .map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned())
                .collect();
            let shown: Vec<String> = names.into_iter().take(5).collect();
            let n = counted(self.system.len(), "folder");
            told.push(format!("passed over: {n}, hidden or of the system ({})", shown.join(", ")));
        }
        told
    }
}

impl LeftOutFiles {
    /// Formats the files, such as `160 .heic files`.
    fn text(&self) -> String {
        match self.ending.as_str() {
            "" => format!("{} without an ending", counted(self.count, "file")),
            ending => counted(self.count, &format!("{ending} file")),
        }
    }
}

/// Formats a list, such as `150 .heic files, 10 .heif files`, with at most six extensions.
fn list<'a>(files: impl Iterator<Item = &'a LeftOutFiles>) -> String {
    const MOST: usize = 6;
    let all: Vec<&LeftOutFiles> = files.collect();
    let mut texts: Vec<String> = all.iter().take(MOST).map(|files| files.text()).collect();
    let others: usize = all.iter().skip(MOST).map(|files| files.count).sum();
    if others > 0 {
        texts.push(format!(
            "{} with {}",
            counted(others, "file"),
            counted(all.len() - MOST, "other ending")
        ));
    }
    texts.join(", ")
}

/// Formats a number of things.
fn counted(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}

/// Advice on how to convert files of one format.
fn remedy(format: &Format, files: &[&LeftOutFiles]) -> String {
    let endings: Vec<&str> = files
        .iter()
        .map(|files| if files.ending.is_empty() { "no ending" } else { &files.ending })
        .collect();
    format!("{} ({}): {}", endings.join(", "), format.name, format.convert)
}
