//! The names of data sets.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zunder_data::idx::{FASHION_MNIST, Family, KMNIST, MNIST};
use zunder_data::{cifar10, cifar100, idx};

/// The name of a data set on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DatasetName {
    /// CIFAR-10 if its files are present, otherwise the synthetic data set.
    Auto,
    /// CIFAR-10: photographs of 10 classes, 3x32x32.
    Cifar10,
    /// CIFAR-100: photographs of 100 classes, 3x32x32.
    Cifar100,
    /// CIFAR-100 with its 20 superclasses as labels.
    #[serde(rename = "cifar100-coarse")]
    Cifar100Coarse,
    /// MNIST: handwritten digits, 1x28x28.
    Mnist,
    /// Fashion-MNIST: clothes, 1x28x28.
    FashionMnist,
    /// Kuzushiji-MNIST: Japanese characters, 1x28x28.
    Kmnist,
    /// The user's own image files, in one subfolder per class.
    Folder,
    /// A folder of any number of files in the binary layout of CIFAR-10.
    Records,
    /// The synthetic data set.
    Shapes,
}

impl DatasetName {
    /// All data sets.
    pub const ALL: [Self; 10] = [
        Self::Auto,
        Self::Cifar10,
        Self::Cifar100,
        Self::Cifar100Coarse,
        Self::Mnist,
        Self::FashionMnist,
        Self::Kmnist,
        Self::Folder,
        Self::Records,
        Self::Shapes,
    ];

    /// Returns the name in configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cifar10 => "cifar10",
            Self::Cifar100 => "cifar100",
            Self::Cifar100Coarse => "cifar100-coarse",
            Self::Mnist => "mnist",
            Self::FashionMnist => "fashion-mnist",
            Self::Kmnist => "kmnist",
            Self::Folder => "folder",
            Self::Records => "records",
            Self::Shapes => "shapes",
        }
    }

    /// Returns the name in the catalogue of downloads, if the data set can be downloaded; for
    /// `auto` that of CIFAR-10.
    pub const fn download(self) -> Option<&'static str> {
        match self {
            Self::Auto | Self::Cifar10 => Some("cifar10"),
            Self::Cifar100 | Self::Cifar100Coarse => Some("cifar100"),
            Self::Mnist => Some("mnist"),
            Self::FashionMnist => Some("fashion-mnist"),
            Self::Kmnist | Self::Folder | Self::Records | Self::Shapes => None,
        }
    }

    /// Returns the folder of its files under `dir`; `None` if there are none, or if the data set
    /// has no files.
    pub fn find(self, dir: &Path) -> Option<PathBuf> {
        match self {
            Self::Auto | Self::Cifar10 => cifar10::find(dir),
            Self::Cifar100 | Self::Cifar100Coarse => cifar100::find(dir),
            Self::Mnist | Self::FashionMnist | Self::Kmnist => idx::find(dir, self.family()?),
            Self::Folder | Self::Records => dir.is_dir().then(|| dir.to_owned()),
            Self::Shapes => None,
        }
    }

    /// Returns the variant of MNIST's format, if the data set has that format.
    pub(crate) const fn family(self) -> Option<&'static Family> {
        match self {
            Self::Mnist => Some(&MNIST),
            Self::FashionMnist => Some(&FASHION_MNIST),
            Self::Kmnist => Some(&KMNIST),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_configurations() {
        for name in DatasetName::ALL {
            assert_eq!(serde_json::to_value(name).unwrap(), name.name());
        }
    }
}
