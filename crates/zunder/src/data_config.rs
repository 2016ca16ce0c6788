use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zunder_data::idx::{FASHION_MNIST, Family, KMNIST, MNIST};
use zunder_data::image_folder::ImageFolderConfig;
use zunder_data::{cifar10, cifar100, idx};

use crate::RunError;

/// Which images a run uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// The data set. Default: auto.
    pub dataset: DatasetName,
    /// Where data sets lie: this folder, or a data set's own folder inside it. For `folder`, the folder of images itself. Default: `datasets`.
    pub dir: PathBuf,
    /// The share of the official training part that is held out for validation, above 0 and below 1. Default: 0.1.
    pub validation: f64,
    /// Use only this many training images, spread evenly over the classes. Default: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// How the data set `folder` is read; refused with any other. Its `dir` is the one above. Its `cache` is `.zunder-cache` in that folder if none is named; an empty path keeps nothing.
    #[serde(skip_serializing_if = "is_default")]
    pub image_folder: ImageFolderConfig,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            dataset: DatasetName::Auto,
            dir: PathBuf::from("datasets"),
            validation: 0.1,
            limit: None,
            image_folder: ImageFolderConfig::default(),
        }
    }
}

impl DataConfig {
    /// Checks every setting against its range; looks at no file.
    pub(crate) fn validate(&self) -> Result<(), RunError> {
        let refuse = |problem: String| Err(RunError::config("configuration", problem));
        let share = self.validation;
        if !(share > 0.0 && share < 1.0) {
            return refuse(format!("data.validation is {share}, expected a share above 0 and below 1"));
        }
        if self.limit.is_some_and(|limit| limit < 2) {
            return refuse(format!("data.limit is {}, expected at least 2 images", self.limit.unwrap_or_default()));
        }
        if self.dataset != DatasetName::Folder && !is_default(&self.image_folder) {
            return refuse(format!(
                "data.image_folder is set, expected that only with data.dataset folder, and it is {}",
                self.dataset.name()
            ));
        }
        if self.image_folder.dir != ImageFolderConfig::default().dir {
            return refuse(format!("data.image_folder.dir is {}, expected the folder in data.dir", self.image_folder.dir.display()));
        }
        self.image_folder.validate().map_err(|e| RunError::config("configuration", format!("data.image_folder.{e}")))
    }

    /// How to read the folder of images, all told.
    pub(crate) fn folder(&self) -> ImageFolderConfig {
        let cache = self.image_folder.cache.clone().unwrap_or_else(|| self.dir.join(".zunder-cache"));
        let cache = Some(cache).filter(|path| !path.as_os_str().is_empty());
        ImageFolderConfig { dir: self.dir.clone(), cache, ..self.image_folder.clone() }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A data set, by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DatasetName {
    /// CIFAR-10 if it is there, else the synthetic set.
    Auto,
    /// CIFAR-10: photographs of 10 classes, 3x32x32.
    Cifar10,
    /// CIFAR-100: photographs of 100 classes, 3x32x32.
    Cifar100,
    /// CIFAR-100 by its 20 superclasses.
    #[serde(rename = "cifar100-coarse")]
    Cifar100Coarse,
    /// MNIST: handwritten digits, 1x28x28.
    Mnist,
    /// Fashion-MNIST: clothes, 1x28x28.
    FashionMnist,
    /// Kuzushiji-MNIST: Japanese characters, 1x28x28.
    Kmnist,
    /// Image files of one's own, one subfolder a class.
    Folder,
    /// The synthetic set.
    Shapes,
}

impl DatasetName {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Auto,
        Self::Cifar10,
        Self::Cifar100,
        Self::Cifar100Coarse,
        Self::Mnist,
        Self::FashionMnist,
        Self::Kmnist,
        Self::Folder,
        Self::Shapes,
    ];

    /// The name in configurations.
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
            Self::Shapes => "shapes",
        }
    }

    /// What the catalogue of downloads calls it, if it can be downloaded; for `auto` that of CIFAR-10.
    pub const fn download(self) -> Option<&'static str> {
        match self {
            Self::Auto | Self::Cifar10 => Some("cifar10"),
            Self::Cifar100 | Self::Cifar100Coarse => Some("cifar100"),
            Self::Mnist => Some("mnist"),
            Self::FashionMnist => Some("fashion-mnist"),
            Self::Kmnist | Self::Folder | Self::Shapes => None,
        }
    }

    /// Where its files are under `dir`; `None` if there are none, or it has none.
    pub fn find(self, dir: &Path) -> Option<PathBuf> {
        match self {
            Self::Auto | Self::Cifar10 => cifar10::find(dir),
            Self::Cifar100 | Self::Cifar100Coarse => cifar100::find(dir),
            Self::Mnist | Self::FashionMnist | Self::Kmnist => idx::find(dir, self.family()?),
            Self::Folder => dir.is_dir().then(|| dir.to_owned()),
            Self::Shapes => None,
        }
    }

    /// Which set in the form of MNIST it is.
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

    #[test]
    fn what_would_be_ignored_is_refused() {
        let refusal = |data: DataConfig| data.validate().unwrap_err().to_string();
        let image_folder = ImageFolderConfig { test_share: 0.3, ..ImageFolderConfig::default() };
        assert_eq!(
            refusal(DataConfig { image_folder: image_folder.clone(), ..DataConfig::default() }),
            "configuration: data.image_folder is set, expected that only with data.dataset folder, and it is auto"
        );
        let folder = |image_folder| DataConfig { dataset: DatasetName::Folder, image_folder, ..DataConfig::default() };
        assert!(folder(image_folder.clone()).validate().is_ok());
        assert_eq!(
            refusal(folder(ImageFolderConfig { dir: "pets".into(), ..image_folder.clone() })),
            "configuration: data.image_folder.dir is pets, expected the folder in data.dir"
        );
        assert_eq!(
            refusal(folder(ImageFolderConfig { test_share: 0.7, ..image_folder })),
            "configuration: data.image_folder.test_share is 0.7, expected above 0 and at most 0.5"
        );
    }

    #[test]
    fn a_folder_is_cached_beside_its_images_unless_told_otherwise() {
        let data = |cache: Option<&str>| DataConfig {
            dir: "pets".into(),
            image_folder: ImageFolderConfig { cache: cache.map(PathBuf::from), ..ImageFolderConfig::default() },
            ..DataConfig::default()
        };
        assert_eq!(data(None).folder().cache, Some(PathBuf::from("pets/.zunder-cache")));
        assert_eq!(data(Some("elsewhere")).folder().cache, Some(PathBuf::from("elsewhere")));
        assert_eq!(data(Some("")).folder().cache, None);
        assert_eq!(data(None).folder().dir, PathBuf::from("pets"));
    }
}
