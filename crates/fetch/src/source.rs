use std::path::{Path, PathBuf};

use crate::FetchError;

/// A data set as files at places: what to download, how to know that it is right, and where it
/// belongs.
///
/// Names are plain file names; [`fetch`](crate::fetch()) refuses a source whose names could lead
/// out of the data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetSource {
    /// What it is called on the command line, such as `cifar10`.
    pub name: String,
    /// What it is called in prose, such as `CIFAR-10`.
    pub title: String,
    /// The page of its makers: what it is, and how to cite it.
    pub homepage: String,
    /// Its folder inside the data folder, such as `cifar-10-batches-bin`.
    pub folder: String,
    /// The files to download.
    pub files: Vec<RemoteFile>,
}

/// A file to download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFile {
    /// Its name on the disk, and below a mirror.
    pub name: String,
    /// Its bytes.
    pub size: u64,
    /// SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// The URLs where it lies, in the order to try them.
    pub places: Vec<String>,
    /// What is in it, if it is a `.tar.gz`; a file without stays as it is, in the folder of its
    /// data set.
    pub archive: Option<Archive>,
}

/// What to take from a `.tar.gz`. Its files lie in a folder that is called like the data set's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// The files that make the data set complete.
    pub members: Vec<Member>,
    /// Names of small text files, at most 64 KiB each, that are taken along where they are there.
    pub extras: Vec<String>,
}

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name in the folder.
    pub name: String,
    /// Its bytes.
    pub size: u64,
}

impl DatasetSource {
    /// Checks what [`fetch`](crate::fetch()) relies on.
    ///
    /// # Errors
    ///
    /// If a name is empty, starts with a dot, or has another character than ASCII letters, digits,
    /// `.`, `-` and `_`; if there is no file, a file without a place or of 0 bytes, or an archive
    /// without members; if a SHA-256 is not 64 lower-case hexadecimal digits; if a URL does not
    /// start with `https://` or `http://`.
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
                    "{name:?} is no plain file name, expected letters, digits, '.', '-' and '_', \
                     and no '.' in front"
                ));
            }
        }
        if self.files.is_empty() || archives().any(|archive| archive.members.is_empty()) {
            return wrong("it lists no files".to_owned());
        }
        for file in &self.files {
            if file.size == 0 || file.places.is_empty() {
                return wrong(format!(
                    "{} has {} bytes at {} places, expected at least 1 and 1",
                    file.name,
                    file.size,
                    file.places.len()
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
            if let Some(url) = file.places.iter().find(|url| !is_url(url)) {
                return wrong(format!(
                    "{} lies at {url:?}, expected a URL with https:// or http://",
                    file.name
                ));
            }
        }
        Ok(())
    }

    /// Where `file` is downloaded to: an archive in `dir`, another file in the data set's folder
    /// inside it.
    ///
    /// ```
    /// let source = zunder_fetch::by_name("cifar10")?;
    /// assert_eq!(source.path_of(&source.files[0], "datasets".as_ref()).to_str(), Some("datasets/cifar-10-binary.tar.gz"));
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

/// Whether `text` is an HTTP URL with a host.
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
    fn what_could_lead_out_of_the_folder_is_refused() {
        let good = crate::by_name("cifar10").unwrap();
        for name in ["", "..", ".hidden", "a/b", "/etc/passwd", "a\\b", "C:x", "a b", "nul\0"] {
            let mut source = good.clone();
            source.folder = name.to_owned();
            let message = source.validate().unwrap_err().to_string();
            assert!(
                message.starts_with(&format!(
                    "the source of cifar10 is wrong: {name:?} is no plain file name"
                )),
                "{message}"
            );
            let mut source = good.clone();
            source.files[0].archive.as_mut().unwrap().members[0].name = name.to_owned();
            assert!(source.validate().is_err());
        }
    }

    #[test]
    fn sizes_hashes_and_places_are_checked() {
        let broken = |change: fn(&mut DatasetSource)| {
            let mut source = crate::by_name("mnist").unwrap();
            change(&mut source);
            source.validate().unwrap_err().to_string()
        };
        assert!(broken(|s| s.files.clear()).ends_with("it lists no files"));
        assert!(broken(|s| s.files[0].size = 0).contains("has 0 bytes"));
        assert!(broken(|s| s.files[0].places.clear()).contains("at 0 places"));
        assert!(
            broken(|s| s.files[0].sha256 = "AB".repeat(32))
                .contains("expected 64 lower-case hexadecimal digits")
        );
        assert!(
            broken(|s| s.files[0].places[0] = "file:///etc/passwd".into())
                .contains("expected a URL")
        );
        assert!(broken(|s| s.files[0].places[0] = "https://a b".into()).contains("expected a URL"));
    }
}
