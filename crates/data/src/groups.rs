use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::DataError;

/// Which images belong together, such as the repeated measurements of one patient: a CSV file with the columns `image` and `group`.
///
/// A split must not tear a group apart: what was learnt from one photograph of a patient would be tested on another one of the same (lecture 6a.1, "Vorsicht auch bei wiederholten Messungen desselben Patienten").
///
/// An image of a folder is named by its path in the folder, with `/` between its parts; one of another data set by `train/` or `test/` and its number from 0 in that part (the number alone
/// is one of `train/`). Group names are any text.
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
    /// The number of each image's group.
    images: HashMap<String, u32>,
    names: Vec<String>,
}

impl GroupTable {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// [`DataError::Read`] and [`DataError::Groups`]: a file that is no CSV, lacks a column or an entry, or names an image twice.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        let refuse = |problem: String| DataError::Groups { path: path.to_owned(), problem };
        let text = std::fs::read(path).map_err(|reason| DataError::Read { path: path.to_owned(), reason })?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_slice());
        let headers = reader.headers().map_err(|e| refuse(e.to_string()))?.clone();
        let column = |name: &str| headers.iter().position(|header| header.trim_start_matches('\u{feff}') == name);
        let (Some(image), Some(group)) = (column("image"), column("group")) else {
            let got = headers.iter().collect::<Vec<_>>().join(", ");
            return Err(refuse(format!("has the columns {got}, expected image and group")));
        };
        let (mut images, mut numbers, mut names) = (HashMap::new(), HashMap::new(), Vec::new());
        for row in reader.records() {
            let row = row.map_err(|e| refuse(e.to_string()))?;
            let line = row.position().map_or(0, csv::Position::line);
            let (image, group) = (row.get(image).unwrap_or(""), row.get(group).unwrap_or(""));
            if image.is_empty() || group.is_empty() {
                return Err(refuse(format!("has no {} in line {line}", if image.is_empty() { "image" } else { "group" })));
            }
            let number = *numbers.entry(group.to_owned()).or_insert_with(|| {
                names.push(group.to_owned());
                names.len() as u32 - 1
            });
            let image = if image.bytes().all(|byte| byte.is_ascii_digit()) { format!("train/{image}") } else { image.to_owned() };
            if images.insert(image.clone(), number).is_some() {
                return Err(refuse(format!("names the image {image} twice, the second time in line {line}")));
            }
        }
        Ok(Self { path: path.to_owned(), images, names })
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
        self.images.get(image).copied()
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
                problem: format!("does not name the image {image}, expected a row for each image"),
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
                    "has the group {} in the training part and in the test part, expected each group in one of them",
                    self.names.get(group as usize).map_or("", String::as_str)
                ),
            }),
        }
    }
}

/// Groups by their rank in the order of their first images: what is left of them when names do not matter.
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
        GroupTable::read(file.path()).map_err(|e| e.to_string().replace(&file.path().display().to_string(), "FILE"))
    }

    #[test]
    fn columns_may_stand_in_any_order_beside_others() {
        let table = read("\u{feff}group,age,image\n b , 3, cat/1.jpg\n\"a,\"\"x\",4,cat/2.jpg\nb,5,dog/1.jpg\n").unwrap();
        assert_eq!(table.names(), ["b", "a,\"x"]);
        assert_eq!(table.groups(&["dog/1.jpg", "cat/2.jpg"]).unwrap(), [0, 1]);
        assert_eq!(table.len(), 3);
    }

    #[test]
    fn what_is_no_table_of_groups_is_refused() {
        let refusal = |text| read(text).unwrap_err();
        assert_eq!(refusal("a,b\n1,2\n"), "FILE has the columns a, b, expected image and group");
        assert_eq!(refusal(""), "FILE has the columns , expected image and group");
        assert_eq!(refusal("image,group\n0,\n"), "FILE has no group in line 2");
        assert_eq!(refusal("image,group\n,a\n"), "FILE has no image in line 2");
        assert_eq!(refusal("image,group\n0,a\ntrain/0,b\n"), "FILE names the image train/0 twice, the second time in line 3");
        assert!(refusal("image,group\n0\n").contains("found record with 1 fields"));
        let table = read("image,group\n0,a\n1,b\n").unwrap();
        assert!(
            table.groups(&["train/7"]).unwrap_err().to_string().ends_with("does not name the image train/7, expected a row for each image")
        );
        assert!(table.check_apart(&[0], &[1]).is_ok());
        let error = table.check_apart(&[0, 1], &[1]).unwrap_err().to_string();
        assert!(
            error.ends_with("has the group b in the training part and in the test part, expected each group in one of them"),
            "{error}"
        );
    }
}
