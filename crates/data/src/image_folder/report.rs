//! The result of loading a folder.

use std::path::PathBuf;

use serde::Serialize;

use super::{Findings, ImageDecoder, LeftOut};
use crate::Dataset;

/// A data set read from a folder, with a report and the decoder for further images.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ImageFolder {
    /// The data set; its name is the folder's.
    pub dataset: Dataset,
    /// The decoder of its images, with the shape that was chosen. Use it for images to be
    /// classified later.
    pub decoder: ImageDecoder,
    /// The file of each training image, in the images' order.
    pub train_files: Vec<PathBuf>,
    /// The file of each test image, in the images' order.
    pub test_files: Vec<PathBuf>,
    /// The group of each training image, if groups were given.
    pub train_groups: Option<Vec<u32>>,
    /// The group of each test image, if groups were given.
    pub test_groups: Option<Vec<u32>>,
    /// The identities of the training files.
    pub train_identities: FileIdentities,
    /// The identities of the test files.
    pub test_identities: FileIdentities,
    /// What was left out, and where the images came from.
    pub report: FolderReport,
}

/// The identities of the files of a part, independent of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileIdentities {
    /// The first 64 bits, little-endian, of the SHA-256 of each file's bytes.
    pub digests: Vec<u64>,
    /// The unit of each file, by its content and its group: see [`units`](crate::units).
    pub units: Vec<u64>,
}

/// Events while loading a folder that the user should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FolderReport {
    /// The folder of the official test part; `None` if the test part was chosen by the seed.
    pub official_test: Option<PathBuf>,
    /// Classes without a test image.
    pub classes_without_test: Vec<String>,
    /// Files and folders that were left out, and why.
    pub left_out: LeftOut,
    /// Names of classes that look alike ([`look_alikes`](crate::names::look_alikes)).
    pub alike: Vec<Vec<String>>,
    /// Classes of the official test part that the training part has in another spelling: the name
    /// in the test part, then that in the training part.
    pub respelt: Vec<(String, String)>,
    /// Image files left out because they are broken ([`OnBroken::Skip`](super::OnBroken::Skip)),
    /// training part first.
    pub broken: Vec<BrokenImage>,
    /// The findings of decoding, for both parts together.
    pub findings: Findings,
    /// The use of the cache.
    pub cache: CacheUse,
}

/// An image file that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BrokenImage {
    /// The file.
    pub path: PathBuf,
    /// The error, a sentence that names the file.
    pub reason: String,
}

/// The use of the cache of decoded images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "use")]
pub enum CacheUse {
    /// There is no cache: no folder was set for it.
    Off,
    /// The images came from the cache.
    Hit {
        /// The cache file.
        path: PathBuf,
    },
    /// The images were decoded and written to the cache.
    Written {
        /// The cache file.
        path: PathBuf,
        /// The problem of the existing file, if it was damaged.
        damaged: Option<String>,
    },
    /// The images were decoded, but could not be written to the cache.
    NotWritten {
        /// The cache file.
        path: PathBuf,
        /// The error of the operating system.
        reason: String,
    },
}
