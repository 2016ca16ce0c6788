//! Which images belong together, by a table that people write.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::{DataError, text};

/// Bytes of a table: enough for tens of millions of rows.
const MOST: u64 = 2 << 30;

/// Which images belong together, such as the repeated measurements of one patient: a CSV file with
/// the columns `image` and `group`.
///
/// A split must not tear a group apart: what was learnt from one photograph of a patient would be
/// tested on another one of the same (lecture 6a.1, "Vorsicht auch bei wiederholten Messungen
/// desselben Patienten").
///
/// An image of a folder is named by its path in the folder, with `/` or `\` between its parts, also
/// with `./`, the folder itself or its whole path before it; one of another data set by `train/` or
/// `test/` and its number from 0 in that part (the number alone is one of `train/`). Group names
/// are any text. Columns are separated by commas, semicolons, tabs or bars, as the header shows or
/// a first line `sep=;` says; other columns may stand beside the two, and capitals in the header do
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
    /// The number of each image's group, by the image's plain name.
    images: HashMap<String, u32>,
    /// The same for names with decomposed accents, by the name with composed ones; none if two
    /// images of different groups have it.
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
    /// Those of [`text::read`], and [`DataError::Groups`]: a file that is no CSV, lacks a column or
    /// an entry, or names an image twice.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        Self::read_within(path, &[])
    }

    /// The same for the images of a folder: their paths may begin with it.
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read).
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
            // A spreadsheet may leave rows of nothing.
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

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the groups; a group's number is its position.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Number of images that have a group.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether no image has a group.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// The number of an image's group, if it has one.
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

    /// The number of each image's group.
    ///
    /// # Errors
    ///
    /// [`DataError::Groups`] if an image has none.
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

    /// Says no if a group has images on both sides of a split that was made by others.
    ///
    /// # Errors
    ///
    /// [`DataError::Groups`] with the first such group.
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

/// How the columns of a table are separated.
struct Dialect {
    separator: u8,
    /// Lines before the header.
    skipped: usize,
}

impl Dialect {
    /// As a first line such as `sep=;` says, which spreadsheets write; else by what separates
    /// `image` from `group` in the header.
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

/// The places of the two columns.
fn columns(headers: &csv::StringRecord) -> Option<(usize, usize)> {
    let column =
        |name: &str| headers.iter().position(|header| header.trim().eq_ignore_ascii_case(name));
    Some((column("image")?, column("group")?))
}

/// A path with `/` between its parts, without `.` among them.
fn plain(path: &str) -> String {
    let slashes = path.replace('\\', "/");
    let parts: Vec<&str> =
        slashes.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    format!("{}{}", if slashes.starts_with('/') { "/" } else { "" }, parts.join("/"))
}

/// What is left of a path behind the first of these folders that it begins with.
fn within(path: &str, folders: &[String]) -> String {
    let inside =
        |folder: &String| path.strip_prefix(folder.as_str())?.strip_prefix('/').map(str::to_owned);
    folders.iter().find_map(inside).unwrap_or_else(|| path.to_owned())
}

/// Groups by their rank in the order of their first images: what is left of them when names do not
/// matter.
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
mod tests {
    use super::*;

    fn read(text: &str) -> Result<GroupTable, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, text).unwrap();
        GroupTable::read(file.path())
            .map_err(|e| e.to_string().replace(&file.path().display().to_string(), "FILE"))
    }

    #[test]
    fn columns_may_stand_in_any_order_beside_others() {
        let table = read(
            "\u{feff}group,age,image\n b , 3, cat/1.jpg\n\"a,\"\"x\",4,cat/2.jpg\nb,5,dog/1.jpg\n",
        )
        .unwrap();
        assert_eq!(table.names(), ["b", "a,\"x"]);
        assert_eq!(table.groups(&["dog/1.jpg", "cat/2.jpg"]).unwrap(), [0, 1]);
        assert_eq!(table.len(), 3);
    }

    #[test]
    fn tables_of_other_programs_are_read() {
        let rows = [
            ["image", "group"],
            ["cat/1.jpg", "anna"],
            ["dog/2.jpg", "bert"],
            ["cat/3.jpg", "anna"],
        ];
        let text = |separator: &str, end: &str| rows.map(|row| row.join(separator)).join(end);
        let windows = text(",", "\n").replace('/', "\\");
        for table in [
            text(",", "\r\n"),
            text(";", "\n"),
            text("\t", "\r\n") + "\r\n",
            text("|", "\n"),
            text(" , ", "\n"),
            format!("sep=;\r\n{}", text(";", "\r\n")),
            format!("SEP=,\n{}\n,\n,\n", text(",", "\n")),
            format!("\u{feff}{}", text(";", "\n")),
            text("\",\"", "\"\n\"").replacen("image", "\"image", 1) + "\"",
            windows,
            text(",", "\n").replace("cat/", "./cat/"),
            text(",", "\n").replace("cat/", ".\\cat\\").replace("dog/", "dog//"),
            text(",", "\n").replace("image", "Image").replace("group", " GROUP "),
            format!("\n\n{}", text(",", "\n")),
        ] {
            let groups = read(&table).unwrap_or_else(|error| panic!("{table:?}: {error}"));
            assert_eq!(
                groups.groups(&["cat/1.jpg", "dog/2.jpg", "cat/3.jpg"]).unwrap(),
                [0, 1, 0],
                "{table:?}"
            );
        }
        assert_eq!(read("sep=;\nimage;group\n1;\n").unwrap_err(), "FILE has no group in line 3");
        assert!(
            read("image,group\ncat/1.jpg,a\n.\\cat\\1.jpg,b\n")
                .unwrap_err()
                .contains("cat/1.jpg twice")
        );
        assert!(
            read("image;name\n1;2\n")
                .unwrap_err()
                .contains("has the columns image;name, expected image and group")
        );
    }

    #[test]
    fn accents_may_be_composed_or_not() {
        let (composed, decomposed) = ("caf\u{e9}/1.jpg", "cafe\u{301}/1.jpg");
        for (table, image) in [
            (composed, decomposed),
            (decomposed, composed),
            (composed, composed),
            (decomposed, decomposed),
        ] {
            assert_eq!(read(&format!("image,group\n{table},a\n")).unwrap().group(image), Some(0));
        }
        let both = read(&format!("image,group\n{composed},a\n{decomposed},b\n")).unwrap();
        assert_eq!((both.group(composed), both.group(decomposed)), (Some(0), Some(1)));
    }

    #[test]
    fn paths_may_begin_with_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("groups.csv");
        for prefix in [
            dir.path().display().to_string(),
            format!("{}/.", dir.path().display()),
            ".".to_owned(),
        ] {
            std::fs::write(&file, format!("image,group\n{prefix}/cat/1.jpg,a\n")).unwrap();
            assert_eq!(
                GroupTable::read_for(&file, dir.path()).unwrap().group("cat/1.jpg"),
                Some(0),
                "{prefix}"
            );
        }
        std::fs::write(&file, "image,group\n/elsewhere/cat/1.jpg,a\n").unwrap();
        let table = GroupTable::read_for(&file, dir.path()).unwrap();
        let message = table.groups(&["cat/1.jpg"]).unwrap_err().to_string();
        assert!(
            message.contains("cat/1.jpg (its first row names /elsewhere/cat/1.jpg)"),
            "{message}"
        );
    }

    #[test]
    fn what_is_no_table_of_groups_is_refused() {
        let refusal = |text| read(text).unwrap_err();
        assert_eq!(refusal("a,b\n1,2\n"), "FILE has the columns a, b, expected image and group");
        assert_eq!(refusal(""), "FILE has the columns , expected image and group");
        assert_eq!(refusal("image,group\n0,\n"), "FILE has no group in line 2");
        assert_eq!(refusal("image,group\n,a\n"), "FILE has no image in line 2");
        assert_eq!(
            refusal("image,group\n0,a\ntrain/0,b\n"),
            "FILE names the image train/0 twice, the second time in line 3"
        );
        assert!(refusal("image,group\n0\n").contains("found record with 1 fields"));
        let table = read("image,group\n0,a\n1,b\n").unwrap();
        assert!(table.groups(&["train/7"]).unwrap_err().to_string().ends_with(
            "does not name the image train/7 (its first row names 0), expected a row for each image"
        ));
        assert!(table.check_apart(&[0], &[1]).is_ok());
        let error = table.check_apart(&[0, 1], &[1]).unwrap_err().to_string();
        assert!(
            error.ends_with(
                "has the group b in the training part and in the test part, expected \
                each group in one of them"
            ),
            "{error}"
        );
    }
}
