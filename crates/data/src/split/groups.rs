//! Groups of images that belong together, from a table.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::{DataError, text};

/// The largest size of a table in bytes: enough for tens of millions of rows.
const MOST: u64 = 2 << 30;

/// The groups of images that belong together, such as the repeated measurements of one patient: a
/// CSV file with the columns `image` and `group`.
///
/// A split must not divide a group: knowledge from one photograph of a patient would be tested on
/// another one of the same patient (lecture 6a.1, "Vorsicht auch bei wiederholten Messungen
/// desselben Patienten").
///
/// An image of a folder is named by its path in the folder, with `/` or `\` between its parts,
/// optionally preceded by `./`, the folder itself or its whole path; an image of another data set
/// by `train/` or `test/` and its number from 0 in that part (a number alone means `train/`). Group
/// names are any text. Columns are separated by commas, semicolons, tabs or bars, according to the
/// header or a first line `sep=;`. Other columns are allowed, and capitalisation of the header does
/// not matter.
///
/// ```
/// use zunder_data::GroupTable;
///
/// let file = tempfile::NamedTempFile::new()?;
/// std::fs::write(&file, "image,group\ntrain/0,anna\ntrain/1,bert\n2,anna\n")?;
/// let table = GroupTable::read(file.path())?;
/// assert_eq!(table.groups(&["train/0", "train/1", "train/2"])?, [0, 1, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct GroupTable {
    path: PathBuf,
    /// The number of each image's group, by the image's normalised path.
    images: HashMap<String, u32>,
    /// The same for names with decomposed accents, by the composed name; `None` if two images of
    /// different groups have it.
    composed: HashMap<String, Option<u32>>,
    names: Vec<String>,
    /// The image of the first row.
    first: String,
}

impl GroupTable {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`text::read`], and [`DataError::Groups`] for a file that is not a CSV
    /// file, lacks a column or an entry, or has an image twice.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        Self::read_within(path, &[])
    }

    /// As [`read`](Self::read), for the images of a folder, whose paths may begin with the folder.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`read`](Self::read).
    pub fn read_for(path: &Path, dir: &Path) -> Result<Self, DataError> {
        let whole = [
            Some(dir.to_path_buf()),
            std::path::absolute(dir).ok(),
            std::fs::canonicalize(dir).ok(),
        ];
        let mut folders: Vec<String> =
            whole.into_iter().flatten().map(|dir| plain(&dir.to_string_lossy())).collect();
        folders.retain(|folder| !folder.is_empty());
        Self::read_within(path, &folders)
    }

    fn read_within(path: &Path, folders: &[String]) -> Result<Self, DataError> {
        let refuse = |problem: String| DataError::Groups { path: path.to_owned(), problem };
        let text = text::read(path, MOST)?;
        let Dialect { separator, skipped } = Dialect::of(&text);
        let body = text.split_inclusive('\n').skip(skipped).map(str::len).sum::<usize>();
        let rows = &text.as_bytes()[text.len() - body..];
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).delimiter(separator).from_reader(rows);
        let headers = reader.headers().map_err(|e| refuse(e.to_string()))?.clone();
        let Some((image, group)) = columns(&headers) else {
            let got = headers.iter().collect::<Vec<_>>().join(", ");
            return Err(refuse(format!("has the columns {got}, expected image and group")));
        };
        let mut table = Self {
            path: path.to_owned(),
            images: HashMap::new(),
            composed: HashMap::new(),
            names: Vec::new(),
            first: String::new(),
        };
        let mut numbers = HashMap::new();
        for row in reader.records() {
            let row = row.map_err(|e| refuse(e.to_string()))?;
            // Spreadsheets may write empty rows.
            if row.iter().all(str::is_empty) {
                continue;
            }
            let line = row.position().map_or(0, csv::Position::line) + skipped as u64;
            let (image, group) = (row.get(image).unwrap_or(""), row.get(group).unwrap_or(""));
            if image.is_empty() || group.is_empty() {
                return Err(refuse(format!(
                    "has no {} in line {line}",
                    if image.is_empty() { "image" } else { "group" }
                )));
            }
            let number = *numbers.entry(group.to_owned()).or_insert_with(|| {
                table.names.push(group.to_owned());
                table.names.len() as u32 - 1
            });
            let name = within(&plain(image), folders);
            let name = if name.bytes().all(|byte| byte.is_ascii_digit()) {
                format!("train/{name}")
            } else {
                name
            };
            if table.images.is_empty() {
                image.clone_into(&mut table.first);
            }
            if table.images.contains_key(&name) {
                return Err(refuse(format!(
                    "names the image {name} twice, the second time in line {line}"
                )));
            }
            table.insert(name, number);
        }
        Ok(table)
    }

    fn insert(&mut self, name: String, group: u32) {
        if !is_nfc(&name) {
            let one = self.composed.entry(name.nfc().collect()).or_insert(Some(group));
            *one = one.filter(|before| *before == group);
        }
        self.images.insert(name, group);
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the names of the groups. A group's number is its position.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the number of images that have a group.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Returns whether no image has a group.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// Returns the number of an image's group, if it has one.
    pub fn group(&self, image: &str) -> Option<u32> {
        if let Some(group) = self.images.get(image) {
            return Some(*group);
        }
        let composed: String = plain(image).nfc().collect();
        self.images
            .get(&composed)
            .copied()
            .or_else(|| self.composed.get(&composed).copied().flatten())
    }

    /// Returns the number of each image's group.
    ///
    /// # Errors
    ///
    /// Returns [`DataError::Groups`] if an image has no group.
    pub fn groups<S: AsRef<str>>(&self, images: &[S]) -> Result<Vec<u32>, DataError> {
        let find = |image: &S| {
            let image = image.as_ref();
            self.group(image).ok_or_else(|| DataError::Groups {
                path: self.path.clone(),
                problem: format!(
                    "does not name the image {image} (its first row names {}), \
                    expected a row for each image",
                    self.first
                ),
            })
        };
        images.iter().map(find).collect()
    }

    /// Returns an error if a group has images on both sides of an official split.
    ///
    /// # Errors
    ///
    /// Returns [`DataError::Groups`] with the first such group.
    pub fn check_apart(&self, train: &[u32], test: &[u32]) -> Result<(), DataError> {
        let train: std::collections::HashSet<u32> = train.iter().copied().collect();
        match test.iter().find(|group| train.contains(group)) {
            None => Ok(()),
            Some(&group) => Err(DataError::Groups {
                path: self.path.clone(),
                problem: format!(
                    "has the group {} in the training part and in the test part, expected each \
                     group in one of them",
                    self.names.get(group as usize).map_or("", String::as_str)
                ),
            }),
        }
    }
}

/// The notation of a table.
struct Dialect {
    separator: u8,
    /// The number of lines before the header.
    skipped: usize,
}

impl Dialect {
    /// Determines the notation: by a first line such as `sep=;`, which spreadsheets write, or by
    /// the separator of `image` and `group` in the header.
    fn of(text: &str) -> Self {
        let (number, first) =
            text.lines().enumerate().find(|(_, line)| !line.trim().is_empty()).unwrap_or_default();
        let first = first.trim();
        if let Some((name, [separator])) =
            first.split_once('=').map(|(name, separator)| (name, separator.as_bytes()))
            && name.eq_ignore_ascii_case("sep")
        {
            return Self { separator: *separator, skipped: number + 1 };
        }
        let fits = |separator: &u8| {
            let mut reader = csv::ReaderBuilder::new()
                .trim(csv::Trim::All)
                .delimiter(*separator)
                .from_reader(first.as_bytes());
            reader.headers().is_ok_and(|headers| columns(headers).is_some())
        };
        Self {
            separator: [b',', b';', b'\t', b'|'].into_iter().find(fits).unwrap_or(b','),
            skipped: 0,
        }
    }
}

/// Returns the positions of the two columns.
fn columns(headers: &csv::StringRecord) -> Option<(usize, usize)> {
    let column =
        |name: &str| headers.iter().position(|header| header.trim().eq_ignore_ascii_case(name));
    Some((column("image")?, column("group")?))
}

/// Returns a path with `/` between its parts, without `.`.
fn plain(path: &str) -> String {
    let slashes = path.replace('\\', "/");
    let parts: Vec<&str> =
        slashes.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    format!("{}{}", if slashes.starts_with('/') { "/" } else { "" }, parts.join("/"))
}

/// Returns the rest of a path after the first of these folders that it begins with.
fn within(path: &str, folders: &[String]) -> String {
    let inside =
        |folder: &String| path.strip_prefix(folder.as_str())?.strip_prefix('/').map(str::to_owned);
    folders.iter().find_map(inside).unwrap_or_else(|| path.to_owned())
}

/// Returns the groups by their rank in the order of their first images, independent of their names.
pub(crate) fn ranked(groups: &[u32]) -> Vec<u32> {
    let mut ranks = HashMap::new();
    groups
        .iter()
        .map(|group| {
            let next = ranks.len() as u32;
            *ranks.entry(group).or_insert(next)
        })
        .collect()
}

#[cfg(test)]
mod tests;
