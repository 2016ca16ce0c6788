//! Which files are for training and which for the test: official parts, or parts made by seed; groups stay whole in both.

use std::path::Path;

use zunder_random::Key;

use super::ImageFolderConfig;
use super::listing::ImageFile;
use crate::{DataError, GroupTable, Split};

/// A path in the folder, as a table of groups writes it.
pub(super) fn inside(dir: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(dir).unwrap_or(path).components();
    parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The group of each file.
pub(super) fn groups<'a>(table: &GroupTable, dir: &Path, files: impl IntoIterator<Item = &'a Path>) -> Result<Vec<u32>, DataError> {
    let names: Vec<String> = files.into_iter().map(|path| inside(dir, path)).collect();
    table.groups(&names)
}

/// The files of both parts, each in their order; an official test part must not share a group with the training part.
pub(super) fn parts(
    config: &ImageFolderConfig,
    classes: &[String],
    train: Vec<ImageFile>,
    official_test: Option<Vec<ImageFile>>,
    table: Option<&GroupTable>,
) -> Result<(Vec<ImageFile>, Vec<ImageFile>), DataError> {
    let of = |files: &[ImageFile]| table.map(|table| groups(table, &config.dir, files.iter().map(|file| file.path.as_path()))).transpose();
    let Some(test) = official_test else {
        let groups = of(&train)?;
        return take_test_part(config, classes, &train, groups.as_deref());
    };
    if let (Some(table), Some(train), Some(test)) = (table, of(&train)?, of(&test)?) {
        table.check_apart(&train, &test)?;
    }
    Ok((train, test))
}

/// Chooses the test part by seed, stratified, and at least one image.
fn take_test_part(
    config: &ImageFolderConfig,
    classes: &[String],
    files: &[ImageFile],
    groups: Option<&[u32]>,
) -> Result<(Vec<ImageFile>, Vec<ImageFile>), DataError> {
    let labels: Vec<u32> = files.iter().map(|file| file.label).collect();
    let mut counts = vec![0; classes.len()];
    for &label in &labels {
        counts[label as usize] += 1;
    }
    if let Some(class) = counts.iter().position(|&count| count == 1) {
        return Err(DataError::OneImage { path: config.dir.join(&classes[class]) });
    }
    let n = ((files.len() as f64 * config.test_share).round() as usize).max(1);
    let key = Key::new(config.seed).named("image_folder").named("test");
    let split = match groups {
        None => Split::stratified(&labels, classes.len(), n, key),
        Some(groups) => Split::grouped(&labels, groups, classes.len(), n, key),
    };
    let split = split.map_err(|error| match error {
        DataError::Setting { expected, .. } => DataError::setting("test_share", config.test_share, expected),
        error => error,
    })?;
    let pick = |indices: &[u32]| indices.iter().map(|&i| files[i as usize].clone()).collect();
    Ok((pick(&split.train), pick(&split.validation)))
}
