//! The name of a cache file: a hash of everything that the decoded images depend on.

use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::listing::ImageFile;
use super::parts::Candidate;
use super::plan::Plan;
use super::{ImageFolderConfig, OnBroken, file};
use crate::DataError;
use crate::watch::Count;

/// The version of cache files. Increase it when the format or any decoded pixel changes, for
/// instance by a new version of the `image` crate.
pub(super) const VERSION: u32 = 3;

/// Returns the SHA-256 of the cache's version, the settings that change pixels, the classes, and
/// for each file its label, its path in the folder and the SHA-256 of its content.
pub(super) fn fingerprint(
    config: &ImageFolderConfig,
    plan: &Plan,
    parts: &[Vec<Candidate>; 2],
) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(VERSION.to_le_bytes());
    // `Debug` distinguishes all values of these types. The origin of the test part shows in the
    // files.
    let ImageFolderConfig { image_size, resize, channels, background, depth, on_broken, .. } =
        config;
    text(
        &mut hasher,
        format!("{image_size:?} {resize:?} {channels:?} {background:?} {depth} {on_broken:?}")
            .as_bytes(),
    );
    hasher.update((plan.classes.len() as u64).to_le_bytes());
    for class in &plan.classes {
        text(&mut hasher, class.as_bytes());
    }
    for files in parts {
        hasher.update((files.len() as u64).to_le_bytes());
        for Candidate { file, content, .. } in files {
            let inside = file.path.strip_prefix(&config.dir).unwrap_or(Path::new(""));
            hasher.update(file.label.to_le_bytes());
            text(&mut hasher, inside.as_os_str().as_encoded_bytes());
            hasher.update(content);
        }
    }
    hasher.finalize().into()
}

/// Returns the SHA-256 of each file's content; zeros for one that cannot be read and is to be
/// skipped. Files are read in parallel, once.
pub(super) fn contents(
    config: &ImageFolderConfig,
    files: &[ImageFile],
    count: &Count<'_>,
) -> Result<Vec<[u8; 32]>, DataError> {
    let hashes = files.par_iter().map(|image| {
        count.check()?;
        let read = file::read(&image.path);
        count.add(1);
        match read {
            Ok(bytes) => Ok(Sha256::digest(&bytes).into()),
            Err(_) if config.on_broken == OnBroken::Skip => Ok([0; 32]),
            Err(error) => Err(error),
        }
    });
    hashes.collect::<Vec<_>>().into_iter().collect()
}

/// The length precedes the text, so that no two lists of texts give the same bytes.
fn text(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}
