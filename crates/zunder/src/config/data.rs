//! The settings that choose the images of a run, and their ranges.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use zunder_data::image_folder::ImageFolderConfig;
use zunder_data::records::RecordsConfig;
use zunder_data::{HashAlgorithm, ImageShape, LoaderConfig, Sampling, Storage, names};

use crate::{DatasetName, RunError};

/// The settings that choose the images of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// Data set. Default: auto.
    pub dataset: DatasetName,
    /// Folder of all data sets, or of this one; for `folder` and `records`, the folder of the
    /// images themselves. Default: `datasets`.
    pub dir: PathBuf,
    /// Whether pixels are loaded into memory or mapped from their files, for data sets that are
    /// larger than memory. Both return the same images, bit for bit. Default: memory.
    #[serde(skip_serializing_if = "is_default")]
    pub storage: Storage,
    /// Uses only these classes, in this order: the first gets label 0. Two classes make a binary
    /// task. Default: all classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// Positive class of two classes, to which sensitivity and precision refer. Default: the second
    /// class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub positive: Option<String>,
    /// CSV file with the columns `image` and `group` ([`GroupTable`](zunder_data::GroupTable)). All
    /// images of a group, such as those of one patient, are in the same part of every split.
    /// Default: none, each image is a group of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<PathBuf>,
    /// Share of the official training part that is held out for validation, in 0 < v < 1.
    /// Default: 0.1.
    pub validation: f64,
    /// Number of folds of the official training part for cross-validation, at least 2: see
    /// [`CrossValidation`](crate::CrossValidation). `validation` is then 1 / folds. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folds: Option<usize>,
    /// Fold that is held out for validation, 1 to `folds`; set by
    /// [`CrossValidation`](crate::CrossValidation).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fold: Option<usize>,
    /// How an epoch draws its training images. Default: each image once, shuffled.
    #[serde(skip_serializing_if = "is_default")]
    pub sampling: Sampling,
    /// Number of neighbouring images that shuffling keeps together: see
    /// [`LoaderConfig::shuffle_block`]. Default: 1, fully shuffled; 64 lets a disk read whole
    /// blocks of a mapped data set.
    #[serde(skip_serializing_if = "is_one")]
    pub shuffle_block: usize,
    /// Whether the images that do not fill the last batch of a pass are left out of it. If not,
    /// they make a smaller batch; with batch normalisation a batch of a single image is left out.
    /// Default: true.
    #[serde(skip_serializing_if = "is_true")]
    pub drop_last: bool,
    /// Uses at most this many training images, spread evenly over the classes. Default: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Whether a run that starts from another one may be validated and tested on images that its
    /// weights were trained on; all its results are then marked. Default: false, such a run is an
    /// error.
    #[serde(skip_serializing_if = "is_false")]
    pub allow_leakage: bool,
    /// Whether the images are split by position, as in earlier versions. Only for reading files of
    /// those versions; not part of configuration files. Default: false.
    #[serde(skip)]
    pub by_position: bool,
    /// Algorithm of the data set's hash. Another one is only for comparing with files of earlier
    /// versions; not part of configuration files. Default: `sha256-list`.
    #[serde(skip)]
    pub hash: HashAlgorithm,
    /// How the data set `folder` is read; an error with any other. Its `dir` is the one above. Its
    /// `cache` is `.zunder-cache` in that folder by default; an empty path disables the cache.
    #[serde(skip_serializing_if = "is_default")]
    pub image_folder: ImageFolderConfig,
    /// Shape of the images of the data set `records`; an error with any other. Default: 3x32x32.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_shape: Option<ImageShape>,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            dataset: DatasetName::Auto,
            dir: PathBuf::from("datasets"),
            storage: Storage::default(),
            classes: Vec::new(),
            positive: None,
            groups: None,
            validation: 0.1,
            folds: None,
            fold: None,
            sampling: Sampling::default(),
            shuffle_block: 1,
            drop_last: true,
            limit: None,
            allow_leakage: false,
            by_position: false,
            hash: HashAlgorithm::default(),
            image_folder: ImageFolderConfig::default(),
            record_shape: None,
        }
    }
}

impl DataConfig {
    /// Checks every setting against its range. Reads no files.
    pub(crate) fn validate(&self) -> Result<(), RunError> {
        let refuse = |problem: String| Err(RunError::config("configuration", problem));
        let share = self.validation;
        if !(share > 0.0 && share < 1.0) {
            return refuse(format!(
                "data.validation is {share}, expected a share above 0 and below 1"
            ));
        }
        self.validate_folds()?;
        self.validate_place()?;
        let order = LoaderConfig {
            sampling: self.sampling,
            shuffle_block: self.shuffle_block,
            ..LoaderConfig::default()
        };
        order.validate().map_err(|e| RunError::config("configuration", format!("data.{e}")))?;
        if self.classes.len() == 1 {
            return refuse(format!(
                "data.classes has one class, {:?}, expected at least 2",
                self.classes[0]
            ));
        }
        if let (Some(positive), [_, ..]) = (&self.positive, &self.classes[..])
            && !(self.classes.len() == 2 && names::find(positive, &self.classes).is_some())
        {
            let classes = self.classes.join(", ");
            return refuse(format!(
                "data.positive is {positive:?}, expected one of exactly two classes, but \
                 data.classes is {classes}"
            ));
        }
        if self.limit.is_some_and(|limit| limit < 2) {
            return refuse(format!(
                "data.limit is {}, expected at least 2 images",
                self.limit.unwrap_or_default()
            ));
        }
        Ok(())
    }

    /// Checks the settings that belong to one kind of data set.
    fn validate_place(&self) -> Result<(), RunError> {
        let refuse = |problem: String| Err(RunError::config("configuration", problem));
        for (name, set, with) in [
            ("image_folder", !is_default(&self.image_folder), DatasetName::Folder),
            ("record_shape", self.record_shape.is_some(), DatasetName::Records),
        ] {
            if set && self.dataset != with {
                let got = self.dataset.name();
                return refuse(format!(
                    "data.{name} is set, expected that only with data.dataset {}, and it is {got}",
                    with.name()
                ));
            }
        }
        if self.storage == Storage::Mapped && self.dataset == DatasetName::Shapes {
            return refuse(
                "data.storage is mapped, expected memory for the synthetic set, which is \
                in no file"
                    .to_owned(),
            );
        }
        let (folder, default) = (&self.image_folder, ImageFolderConfig::default());
        if let Some(groups) = &folder.groups {
            return refuse(format!(
                "data.image_folder.groups is {}, expected the file in data.groups",
                groups.display()
            ));
        }
        if folder.dir != default.dir {
            return refuse(format!(
                "data.image_folder.dir is {}, expected the folder in data.dir",
                folder.dir.display()
            ));
        }
        if folder.storage != default.storage {
            return refuse(
                "data.image_folder.storage is set, expected it in data.storage".to_owned(),
            );
        }
        if self.dataset == DatasetName::Folder {
            self.folder()
                .validate()
                .map_err(|e| RunError::config("configuration", format!("data.image_folder.{e}")))?;
        }
        self.records()
            .validate()
            .map_err(|e| RunError::config("configuration", format!("data.record_shape: {e}")))
    }

    fn validate_folds(&self) -> Result<(), RunError> {
        let refuse = |problem: String| Err(RunError::config("configuration", problem));
        match (self.folds, self.fold) {
            (None, Some(fold)) => {
                refuse(format!("data.fold is {fold} without data.folds, expected both"))
            }
            (Some(k), _) if k < 2 => refuse(format!("data.folds is {k}, expected at least 2")),
            (Some(k), Some(fold)) if !(1..=k).contains(&fold) => {
                refuse(format!("data.fold is {fold}, expected 1 to the {k} of data.folds"))
            }
            (Some(k), _) if self.validation != Self::default().validation => {
                let share = self.validation;
                refuse(format!(
                    "data.validation is {share} beside data.folds {k}, expected one of them: a \
                     fold is the validation part"
                ))
            }
            _ => Ok(()),
        }
    }

    /// Returns all paths of these settings. An empty path of the cache, which disables it, is not
    /// among them.
    pub(crate) fn paths_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let cache = self.image_folder.cache.as_mut().filter(|path| !path.as_os_str().is_empty());
        std::iter::once(&mut self.dir).chain(&mut self.groups).chain(cache)
    }

    /// Returns the full configuration of the reader of image folders.
    pub(crate) fn folder(&self) -> ImageFolderConfig {
        let cache =
            self.image_folder.cache.clone().unwrap_or_else(|| self.dir.join(".zunder-cache"));
        let cache = Some(cache).filter(|path| !path.as_os_str().is_empty());
        ImageFolderConfig {
            dir: self.dir.clone(),
            groups: self.groups.clone(),
            cache,
            storage: self.storage,
            by_position: self.by_position,
            ..self.image_folder.clone()
        }
    }

    /// Returns the full configuration of the reader of records.
    pub(crate) fn records(&self) -> RecordsConfig {
        let default = RecordsConfig::new(&self.dir);
        RecordsConfig {
            shape: self.record_shape.unwrap_or(default.shape),
            storage: self.storage,
            ..default
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde requires a reference")]
fn is_one(value: &usize) -> bool {
    *value == 1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde requires a reference")]
fn is_true(value: &bool) -> bool {
    *value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde requires a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_ignored_is_refused() {
        let refusal = |data: DataConfig| data.validate().unwrap_err().to_string();
        let image_folder = ImageFolderConfig { test_share: 0.3, ..ImageFolderConfig::default() };
        assert_eq!(
            refusal(DataConfig { image_folder: image_folder.clone(), ..DataConfig::default() }),
            "configuration: data.image_folder is set, expected that only with data.dataset folder, \
             and it is auto"
        );
        let folder = |image_folder| DataConfig {
            dataset: DatasetName::Folder,
            image_folder,
            ..DataConfig::default()
        };
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
    fn what_contradicts_itself_is_refused() {
        let refusal = |data: DataConfig| data.validate().unwrap_err().to_string();
        let data = DataConfig::default;
        let names =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            refusal(DataConfig { classes: names(&["cat"]), ..data() }),
            "configuration: data.classes has one class, \"cat\", expected at least 2"
        );
        assert_eq!(
            refusal(DataConfig {
                classes: names(&["cat", "dog"]),
                positive: Some("horse".into()),
                ..data()
            }),
            "configuration: data.positive is \"horse\", expected one of exactly two classes, but \
             data.classes is cat, dog"
        );
        assert_eq!(
            refusal(DataConfig { fold: Some(1), ..data() }),
            "configuration: data.fold is 1 without data.folds, expected both"
        );
        assert_eq!(
            refusal(DataConfig { folds: Some(1), ..data() }),
            "configuration: data.folds is 1, expected at least 2"
        );
        assert_eq!(
            refusal(DataConfig { folds: Some(5), fold: Some(6), ..data() }),
            "configuration: data.fold is 6, expected 1 to the 5 of data.folds"
        );
        assert_eq!(
            refusal(DataConfig { folds: Some(5), validation: 0.2, ..data() }),
            "configuration: data.validation is 0.2 beside data.folds 5, expected one of them: a \
             fold is the validation part"
        );
        assert!(DataConfig { folds: Some(5), fold: Some(5), ..data() }.validate().is_ok());
    }

    #[test]
    fn a_folder_is_cached_beside_its_images_unless_told_otherwise() {
        let data = |cache: Option<&str>| DataConfig {
            dir: "pets".into(),
            image_folder: ImageFolderConfig {
                cache: cache.map(PathBuf::from),
                ..ImageFolderConfig::default()
            },
            ..DataConfig::default()
        };
        assert_eq!(data(None).folder().cache, Some(PathBuf::from("pets/.zunder-cache")));
        assert_eq!(data(Some("elsewhere")).folder().cache, Some(PathBuf::from("elsewhere")));
        assert_eq!(data(Some("")).folder().cache, None);
        assert_eq!(data(None).folder().dir, PathBuf::from("pets"));
    }
}
