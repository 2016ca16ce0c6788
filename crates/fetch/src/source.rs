//! The description of a data set to fetch: files, addresses, sizes and hashes.

use std::path::{Path, PathBuf};

use crate::FetchError;

/// The description of a data set to fetch: the files to download, their hashes, and their folder.
///
/// Names are plain file names. [`fetch`](crate::fetch()) refuses a source whose names could lead
/// out of the data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetSource {
    /// The name on the command line, such as `cifar10`.
    pub name: String,
    /// The name in prose, such as `CIFAR-10`.
    pub title: String,
    /// The web page of the authors, which describes the data set and how to cite it.
    pub homepage: String,
    /// The folder inside the data folder, such as `cifar-10-batches-bin`.
    pub folder: String,
    /// The files to download.
    pub files: Vec<RemoteFile>,
}

/// A file to download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFile {
    /// The name on the disk, and in the folder of a mirror.
    pub name: String,
    /// The size in bytes.
    pub size: u64,
    /// The SHA-256 of the file, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// The URLs of the file, in the order to try them.
    pub urls: Vec<String>,
    /// The content of the file, if it is a `.tar.gz`. Other files are not unpacked and are stored
    /// in the folder of their data set.
    pub archive: Option<Archive>,
}

/// The files to take from a `.tar.gz`. In the archive they are in a folder with the name of the
/// data set's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// The files that the data set needs.
    pub members: Vec<Member>,
    /// Names of small text files, at most 64 KiB each, that are taken if they exist.
    pub extras: Vec<String>,
}

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The name in the folder.
    pub name: String,
    /// The size in bytes.
    pub size: u64,
}

impl DatasetSource {
    /// Checks the conditions that [`fetch`](crate::fetch()) relies on.
    ///
    /// # Errors
    ///
    /// Returns [`FetchError::Source`] if a name is empty, starts with a dot, or has a character
    /// other than ASCII letters, digits, `.`, `-` and `_`; if there is no file, a file without an
    /// address or of 0 bytes, or an archive without members; if a SHA-256 is not 64 lower-case
    /// hexadecimal digits; if a URL does not start with `https://` or `http://`.
    ///
    /// ```
    /// for source in zunder_fetch::catalogue() {
    ///     source.validate()?;
    /// }
    /// # Ok::<(), zunder_fetch::FetchError>(())
    /// ```
    pub fn validate(&self) -> Result<(), FetchError> {
        let wrong =
            |problem: String| Err(FetchError::Source { dataset: self.name.clone(), problem });
        let archives = || self.files.iter().filter_map(|file| file.archive.as_ref());
        let members = archives().flat_map(|archive| {
            archive.members.iter().map(|member| &member.name).chain(&archive.extras)
        });
        for name in [&self.name, &self.folder]
            .into_iter()
            .chain(self.files.iter().map(|file| &file.name))
            .chain(members)
        {
            if !is_plain(name) {
                return wrong(format!(
                    "{name:?} is not a plain file name, expected letters, digits, '.', '-' and \
                     '_', not starting with '.'"
                ));
            }
        }
        if self.files.is_empty() || archives().any(|archive| archive.members.is_empty()) {
            return wrong("it lists no files".to_owned());
        }
        for file in &self.files {
            if file.size == 0 || file.urls.is_empty() {
                return wrong(format!(
                    "{} has {} bytes and {} URLs, expected at least 1 of each",
                    file.name,
                    file.size,
                    file.urls.len()
                ));
            }
            if !(file.sha256.len() == 64
                && file.sha256.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')))
            {
                return wrong(format!(
                    "the SHA-256 of {} is {:?}, expected 64 lower-case hexadecimal digits",
                    file.name, file.sha256
                ));
            }
            if let Some(url) = file.urls.iter().find(|url| !is_url(url)) {
                return wrong(format!(
                    "{} has the address {url:?}, expected a URL with https:// or http://",
                    file.name
                ));
            }
        }
        Ok(())
    }

    /// Returns the path to which `file` is downloaded: for an archive in `dir`, for another file in
    /// the data set's folder inside `dir`.
    ///
    /// ```
    /// let source = zunder_fetch::by_name("cifar10")?;
    /// assert_eq!(
    ///     source.path_of(&source.files[0], "datasets".as_ref()).to_str(),
    ///     Some("datasets/cifar-10-binary.tar.gz")
    /// );
    /// # Ok::<(), zunder_fetch::FetchError>(())
    /// ```
    pub fn path_of(&self, file: &RemoteFile, dir: &Path) -> PathBuf {
        if file.archive.is_some() {
            dir.join(&file.name)
        } else {
            dir.join(&self.folder).join(&file.name)
        }
    }
}

/// Returns whether `text` is an HTTP URL with a host.
pub fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_outside_of_the_folder_are_refused() {
        let good = crate::by_name("cifar10").unwrap();
        for name in ["", "..", ".hidden", "a/b", "/etc/passwd", "a\\b", "C:x", "a b", "nul\0"] {
            let mut source = good.clone();
            source.folder = name.to_owned();
            let message = source.validate().unwrap_err().to_string();
            assert!(
                message.starts_with(&format!(
                    "the source of cifar10 is wrong: {name:?} is not a plain file name"
                )),
                "{message}"
            );
            let mut source = good.clone();
            source.files[0].archive.as_mut().unwrap().members[0].name = name.to_owned();
            assert!(source.validate().is_err());
        }
    }

    #[test]
    fn sizes_hashes_and_urls_are_checked() {
        let broken = |change: fn(&mut DatasetSource)| {
            let mut source = crate::by_name("mnist").unwrap();
            change(&mut source);
            source.validate().unwrap_err().to_string()
        };
        assert!(broken(|s| s.files.clear()).ends_with("it lists no files"));
        assert!(broken(|s| s.files[0].size = 0).contains("has 0 bytes"));
        assert!(broken(|s| s.files[0].urls.clear()).contains("and 0 URLs"));
        assert!(
            broken(|s| s.files[0].sha256 = "AB".repeat(32))
                .contains("expected 64 lower-case hexadecimal digits")
        );
        assert!(
            broken(|s| s.files[0].urls[0] = "file:///etc/passwd".into()).contains("expected a URL")
        );
        assert!(broken(|s| s.files[0].urls[0] = "https://a b".into()).contains("expected a URL"));
    }
}
