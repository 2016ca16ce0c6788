//! The environment of a run: machine, version and data set.

use serde::{Deserialize, Deserializer, Serialize};

use crate::Leakage;

/// The environment of a run: the content of `environment.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentRecord {
    /// Zunder's version, such as `0.1.0`.
    pub zunder_version: String,
    /// The commit that Zunder was built from, if it is known.
    pub commit: Option<String>,
    /// The device in the words of `--device`, such as `flex` or `cuda:0`.
    pub device: String,
    /// The devices that computed the batches of an update, in the words of `--devices`; empty for
    /// `device` alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<String>,
    /// The graphics processors and their drivers, if the devices are such.
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
    /// The hash of the data set's content: the algorithm's name, a colon and hexadecimal digits.
    /// Records of earlier versions have a SHA-256 without this prefix in the field
    /// `dataset_sha256`; reading adds `sha256:`.
    #[serde(alias = "dataset_sha256", deserialize_with = "named_hash")]
    pub dataset_hash: String,
    /// Whether the data set is synthetic. Its accuracy then says nothing about a real one.
    pub synthetic: bool,
    /// The number of training images.
    pub train_images: usize,
    /// The number of validation images, by which the best epoch is chosen.
    pub validation_images: usize,
    /// The number of test images.
    pub test_images: usize,
    /// The number of trainable parameters.
    pub parameters: usize,
    /// Validation and test images that the initial weights were trained on, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leakage: Option<Leakage>,
}

/// Reads a hash and adds the prefix `sha256:` if it has none.
fn named_hash<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let hash = String::deserialize(deserializer)?;
    let is_named = hash.is_empty() || hash.contains(':');
    Ok(if is_named { hash } else { format!("sha256:{hash}") })
}
