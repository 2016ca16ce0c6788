//! What came of loading a folder.

use std::path::PathBuf;

use serde::Serialize;

use super::{Findings, ImageDecoder, LeftOut};
use crate::Dataset;

/// A data set read from a folder, with what is needed to explain it and to decode more images for
/// it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ImageFolder {
    /// The data set; its name is the folder's.
    pub dataset: Dataset,
    /// How its images were made, with the shape that was chosen: use it for images to be classified
    /// later.
    pub decoder: ImageDecoder,
    /// The file of each training image, in the images' order.
    pub train_files: Vec<PathBuf>,
    /// The file of each test image, in the images' order.
    pub test_files: Vec<PathBuf>,
    /// The group of each training image, if groups were given.
    pub train_groups: Option<Vec<u32>>,
    /// The group of each test image, if groups were given.
    pub test_groups: Option<Vec<u32>>,
    /// What identifies the file of each training image.
    pub train_identities: FileIdentities,
    /// What identifies the file of each test image.
    pub test_identities: FileIdentities,
    /// What was left out, and where the images came from.
    pub report: FolderReport,
}

/// What identifies the files of a part, whatever they are called, and what stays together with
/// them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileIdentities {
    /// The first 64 bits, little-endian, of the SHA-256 of each file's bytes.
    pub digests: Vec<u64>,
    /// The unit of each file, by its content and its group: see [`units`](crate::units).
    pub units: Vec<u64>,
}

/// What the loader of a folder did that its user should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FolderReport {
    /// The folder of the official test part; `None` if the test part was made by seed.
    pub official_test: Option<PathBuf>,
    /// Classes without a test image.
    pub classes_without_test: Vec<String>,
    /// Files and folders that were left out, and why.
    pub left_out: LeftOut,
    /// Names of classes that look alike ([`look_alikes`](crate::names::look_alikes)).
    pub alike: Vec<Vec<String>>,
    /// Classes of the official test part that are those of the training part in another spelling:
    /// the name in the test part, then that in the training part.
    pub respelt: Vec<(String, String)>,
    /// Image files left out because they are broken ([`OnBroken::Skip`](super::OnBroken::Skip)),
    /// training part first.
    pub broken: Vec<BrokenImage>,
    /// What decoding did to the images, both parts together.
    pub findings: Findings,
    /// What the cache did.
    pub cache: CacheUse,
}

/// An image file that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BrokenImage {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it, as a sentence that names it.
    pub reason: String,
}

/// What the cache of decoded images did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "use")]
pub enum CacheUse {
    /// There is none: no folder was given for it.
    Off,
    /// The images came from it.
    Hit {
        /// The cache file.
        path: PathBuf,
    },
    /// The images were decoded and kept in it.
    Written {
        /// The cache file.
        path: PathBuf,
        /// What was wrong with the file that was there, if it was damaged.
        damaged: Option<String>,
    },
    /// The images were decoded, and could not be kept.
    NotWritten {
        /// The cache file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
}
