//! Divides files into training and test part: official parts, or parts by content. Groups stay
//! whole in both.

use std::path::Path;

use zunder_random::Key;

use super::ImageFolderConfig;
use super::listing::ImageFile;
use crate::hash::digest::{content_digest, first_word};
use crate::{DataError, GroupTable, Split, units};

/// A file with the properties on which its part depends.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub file: ImageFile,
    /// The SHA-256 of its bytes.
    pub content: [u8; 32],
    /// The unit of files that stay together: see [`units`].
    pub unit: u64,
}

impl Candidate {
    /// Returns the digest of its content.
    pub(super) fn digest(&self) -> u64 {
        first_word(&self.content)
    }
}

/// Returns a path relative to the folder, in the notation of a table of groups.
pub(super) fn inside(dir: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(dir).unwrap_or(path).components();
    parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Returns the group of each file.
pub(super) fn groups<'a>(
    table: &GroupTable,
    dir: &Path,
    files: impl IntoIterator<Item = &'a Path>,
) -> Result<Vec<u32>, DataError> {
    let names: Vec<String> = files.into_iter().map(|path| inside(dir, path)).collect();
    table.groups(&names)
}

/// Returns the files of both parts, each in order. An official test part must not share a group
/// with the training part. `contents` has the hashes of the training files, then those of the test
/// files.
pub(super) fn parts(
    config: &ImageFolderConfig,
    classes: &[String],
    [train, test]: [Vec<ImageFile>; 2],
    has_official_test: bool,
    contents: &[[u8; 32]],
    table: Option<&GroupTable>,
) -> Result<[Vec<Candidate>; 2], DataError> {
    let of = |files: &[ImageFile]| {
        table
            .map(|table| groups(table, &config.dir, files.iter().map(|file| file.path.as_path())))
            .transpose()
    };
    let (of_train, of_test) = (of(&train)?, of(&test)?);
    if let (Some(table), Some(train), Some(test)) = (table, &of_train, &of_test) {
        table.check_apart(train, test)?;
    }
    let names: Vec<u64> = table
        .map(|table| table.names().iter().map(|name| content_digest(name.as_bytes())).collect())
        .unwrap_or_default();
    let candidates = |files: Vec<ImageFile>, contents: &[[u8; 32]], groups: Option<&[u32]>| {
        let digests: Vec<u64> = contents.iter().map(first_word).collect();
        let groups: Option<Vec<u64>> =
            groups.map(|groups| groups.iter().map(|&group| names[group as usize]).collect());
        let units = units(&digests, groups.as_deref());
        let all = files.into_iter().zip(contents).zip(units);
        all.map(|((file, &content), unit)| Candidate { file, content, unit }).collect::<Vec<_>>()
    };
    let (first, second) = contents.split_at(train.len());
    let train = candidates(train, first, of_train.as_deref());
    if has_official_test {
        return Ok([train, candidates(test, second, of_test.as_deref())]);
    }
    take_test_part(config, classes, &train, of_train.as_deref())
}

/// Chooses the test part by content and seed, with at least one image.
fn take_test_part(
    config: &ImageFolderConfig,
    classes: &[String],
    files: &[Candidate],
    groups: Option<&[u32]>,
) -> Result<[Vec<Candidate>; 2], DataError> {
    let labels: Vec<u32> = files.iter().map(|known| known.file.label).collect();
    let mut counts = vec![0; classes.len()];
    for &label in &labels {
        counts[label as usize] += 1;
    }
    if let Some(class) = counts.iter().position(|&count| count == 1) {
        return Err(DataError::OneImage { path: config.dir.join(&classes[class]) });
    }
    let key = Key::new(config.seed).named("image_folder").named("test");
    let split = if config.by_position {
        by_position(config, &labels, classes.len(), groups, key)
    } else {
        let units: Vec<u64> = files.iter().map(|known| known.unit).collect();
        match Split::by_content(&labels, &units, classes.len(), config.test_share, key) {
            // All files of each class have the same content, so they cannot stay together.
            Err(DataError::Setting { .. }) if groups.is_none() => {
                by_position(config, &labels, classes.len(), None, key)
            }
            split => split,
        }
    };
    let split = split.map_err(|error| match error {
        DataError::Setting { expected, .. } => DataError::setting(
            "test_share",
            config.test_share,
            expected.replace("validation", "the test"),
        ),
        error => error,
    })?;
    let pick = |indices: &[u32]| indices.iter().map(|&i| files[i as usize].clone()).collect();
    Ok([pick(&split.train), pick(&split.validation)])
}

/// Returns the test part of earlier versions: exactly the share, of the files in the order of their
/// names.
fn by_position(
    config: &ImageFolderConfig,
    labels: &[u32],
    n_classes: usize,
    groups: Option<&[u32]>,
    key: Key,
) -> Result<Split, DataError> {
    let n = ((labels.len() as f64 * config.test_share).round() as usize).max(1);
    match groups {
        None => Split::stratified(labels, n_classes, n, key),
        Some(groups) => Split::grouped(labels, groups, n_classes, n, key),
    }
}
