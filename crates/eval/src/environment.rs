//! Where and of what a run was made.

use serde::{Deserialize, Deserializer, Serialize};

use crate::Leakage;

/// What a run ran on: the content of `environment.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentRecord {
    /// Zunder's version, such as `0.1.0`.
    pub zunder_version: String,
    /// The commit that Zunder was built from, if it is known.
    pub commit: Option<String>,
    /// The device in the words of `--device`, such as `flex` or `cuda:0`.
    pub device: String,
    /// The graphics processor and its driver, if one computes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<String>,
    /// The number of CPU threads.
    pub threads: usize,
    /// The processor's name, if it is known.
    pub cpu: Option<String>,
    /// The operating system and architecture, such as `linux x86_64`.
    pub os: String,
    /// The data set's name, such as `cifar10`.
    pub dataset: String,
    /// The hash of the data set's content: its algorithm, a colon and hexadecimal digits. Records
    /// of earlier versions have SHA-256 without its name, as `dataset_sha256`; it is `sha256:`
    /// here.
    #[serde(alias = "dataset_sha256", deserialize_with = "named_hash")]
    pub dataset_hash: String,
    /// Whether the data set is drawn by a program: then its accuracy says nothing about a real one.
    pub synthetic: bool,
    /// The number of images to train on.
    pub train_images: usize,
    /// The number of images to choose the epoch by.
    pub validation_images: usize,
    /// The number of images in the test set.
    pub test_images: usize,
    /// The number of values that training adapts.
    pub parameters: usize,
    /// Images that the weights knew before the run began, if it is validated or tested on such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leakage: Option<Leakage>,
}

/// Reads a hash, and puts the name of SHA-256 before one without a name.
fn named_hash<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let hash = String::deserialize(deserializer)?;
    let is_named = hash.is_empty() || hash.contains(':');
    Ok(if is_named { hash } else { format!("sha256:{hash}") })
}
