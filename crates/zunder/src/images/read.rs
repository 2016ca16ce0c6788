//! Reads the data set of a configuration.

use std::path::{Path, PathBuf};

use zunder_data::image_folder::{
    CacheUse, FileIdentities, FolderStage, ImageDecoder, ImageFolder, ResizeMode,
};
use zunder_data::shapes::ShapesConfig;
use zunder_data::{
    DataError, Dataset, GroupTable, Selection, Storage, cifar10, cifar100, content_digest, idx,
    names, units,
};

use crate::events::{progress_callback, stage_callback};
use crate::images::lineage::Images;
use crate::{DataConfig, DatasetName, Loading, RunError, RunEvents};

/// A data set, with notes for the user.
#[derive(Clone)]
pub(crate) struct Source {
    pub name: DatasetName,
    pub dataset: Dataset,
    /// Note that the data set is not the one that the user may expect.
    pub note: Option<String>,
    /// Remarks on choices that were made while reading.
    pub remarks: Vec<String>,
    pub decoder: Option<ImageDecoder>,
    /// Group of each training image, if there are groups.
    pub groups: Option<Vec<u32>>,
    /// Index of each test image in the whole test part.
    pub test_numbers: Vec<u32>,
    /// Paths in the folder of the images of the whole test part, if each image has a file.
    pub test_files: Option<Vec<String>>,
    /// Paths in the folder of the training images, if each image has a file.
    pub train_files: Option<Vec<String>>,
    /// Identities of the files of the training and of the test images.
    pub files: Option<[FileIdentities; 2]>,
    /// Digest of the name of each training image's group, if there are groups and no files.
    pub group_names: Option<Vec<u64>>,
    /// Group of each test image, if there are groups and files.
    pub test_groups: Option<Vec<u32>>,
    /// Whether Zunder made the test part, and not the authors of the data set.
    pub made_test: bool,
}

impl DataConfig {
    /// Reads or generates the data set alone, with the chosen classes.
    ///
    /// # Errors
    /// Returns a [`RunError`] if a setting is out of range, or if files are missing or damaged.
    pub fn load(&self) -> Result<Dataset, RunError> {
        self.validate()?;
        Ok(Source::read(self, &mut ())?.dataset)
    }
}

impl Source {
    /// Reads the data set, finds its groups, and selects the classes.
    pub(crate) fn read(
        config: &DataConfig,
        listener: &mut dyn RunEvents,
    ) -> Result<Self, RunError> {
        let mut source = Self::whole(config, listener)?;
        if (config.storage, config.shuffle_block) == (Storage::Mapped, 1) {
            source.remarks.push(
                "pixels stay in their files; if those are larger than memory, --set \
                 data.shuffle_block=64 reads them in whole blocks"
                    .to_owned(),
            );
        }
        source.find_groups(config)?;
        if config.classes.is_empty() { Ok(source) } else { source.select(&config.classes) }
    }

    fn whole(config: &DataConfig, listener: &mut dyn RunEvents) -> Result<Self, RunError> {
        let DataConfig { dataset: name, ref dir, storage, .. } = *config;
        let dataset = match name {
            DatasetName::Auto => return Self::automatic(config),
            DatasetName::Cifar10 => cifar10::load_with(dir, storage)?,
            DatasetName::Cifar100 => cifar100::load_with(dir, cifar100::Labels::Fine, storage)?,
            DatasetName::Cifar100Coarse => {
                cifar100::load_with(dir, cifar100::Labels::Coarse, storage)?
            }
            DatasetName::Mnist => idx::load_with(dir, &idx::MNIST, storage)?,
            DatasetName::FashionMnist => idx::load_with(dir, &idx::FASHION_MNIST, storage)?,
            DatasetName::Kmnist => idx::load_with(dir, &idx::KMNIST, storage)?,
            DatasetName::Folder => return Self::folder(config, listener),
            DatasetName::Records => {
                config.records().load_with(&progress_callback(listener, Loading::Reading))?
            }
            DatasetName::Shapes => ShapesConfig::default().generate()?,
        };
        Ok(Self::plain(name, dataset))
    }

    fn plain(name: DatasetName, dataset: Dataset) -> Self {
        let test_numbers = (0..dataset.test.len() as u32).collect();
        Self {
            name,
            dataset,
            note: None,
            remarks: Vec::new(),
            decoder: None,
            groups: None,
            test_numbers,
            test_files: None,
            train_files: None,
            files: None,
            group_names: None,
            test_groups: None,
            made_test: false,
        }
    }

    /// Finds the groups of a data set whose images have indices and no names. The table may omit
    /// test images, since their part is fixed.
    fn find_groups(&mut self, config: &DataConfig) -> Result<(), RunError> {
        let Some(path) = &config.groups else { return Ok(()) };
        let train = if let Some(groups) = self.groups.take() {
            groups
        } else {
            let table = GroupTable::read(path)?;
            let names: Vec<String> =
                (0..self.dataset.train.len()).map(|i| format!("train/{i}")).collect();
            let train = table.groups(&names)?;
            let test: Vec<u32> = (0..self.dataset.test.len())
                .filter_map(|i| table.group(&format!("test/{i}")))
                .collect();
            table.check_apart(&train, &test)?;
            let digests: Vec<u64> =
                table.names().iter().map(|name| content_digest(name.as_bytes())).collect();
            self.group_names = Some(train.iter().map(|&group| digests[group as usize]).collect());
            train
        };
        let distinct: std::collections::HashSet<u32> = train.iter().copied().collect();
        self.remarks.push(format!(
            "{} groups of training images, each on one side of every split",
            distinct.len()
        ));
        self.groups = Some(train);
        Ok(())
    }

    fn select(self, classes: &[String]) -> Result<Self, RunError> {
        let Selection { dataset, train, test } = self.dataset.select_classes(classes)?;
        let files = self
            .files
            .map(|[of_train, of_test]| [chosen(&of_train, &train), chosen(&of_test, &test)]);
        Ok(Self {
            dataset,
            groups: self.groups.map(|groups| at(&groups, &train)),
            test_groups: self.test_groups.map(|groups| at(&groups, &test)),
            group_names: self.group_names.map(|names| at(&names, &train)),
            test_numbers: at(&self.test_numbers, &test),
            train_files: self.train_files.map(|files| at(&files, &train)),
            files,
            ..self
        })
    }

    /// Returns true if parts are made by the content of images. Data sets with a fixed order of
    /// images keep the exact split by position of published results.
    pub(crate) fn is_by_content(&self) -> bool {
        matches!(self.name, DatasetName::Folder | DatasetName::Records)
    }

    /// Returns what determines the placement of images; `pixels` are the digests of the training
    /// and of the test images.
    pub(crate) fn identities(&self, pixels: &[Vec<u64>; 2]) -> [Images; 2] {
        let labels = [self.dataset.train.labels(), self.dataset.test.labels()];
        let part = |i: usize| {
            let (pixels, files) = (&pixels[i], self.files.as_ref().map(|files| &files[i]));
            let file = files.map_or(&pixels[..], |files| &files.digests[..]);
            let groups = self.group_names.as_deref().filter(|_| i == 0);
            let own = || units(pixels, groups);
            Images {
                digests: pixels.iter().zip(file).map(|(&pixels, &file)| [pixels, file]).collect(),
                units: files.map_or_else(own, |files| files.units.clone()),
                labels: labels[i].to_vec(),
            }
        };
        [part(0), part(1)]
    }

    /// Moves the images to other parts. Indices count the training images first, then the test
    /// images.
    pub(crate) fn regroup(self, parts: &[Vec<u32>; 2]) -> Result<Self, RunError> {
        let [train, test] = parts;
        let files = self
            .train_files
            .zip(self.test_files)
            .map(|(train, test)| [train, at(&test, &self.test_numbers)].concat());
        let groups = self.groups.zip(self.test_groups).map(|(train, test)| [train, test].concat());
        let identities = self.files.map(|[a, b]| {
            let mut all = a;
            all.digests.extend(b.digests);
            all.units.extend(b.units);
            [chosen(&all, train), chosen(&all, test)]
        });
        Ok(Self {
            dataset: self.dataset.regroup(train, test)?,
            groups: groups.as_ref().map(|groups| at(groups, train)),
            test_groups: groups.as_ref().map(|groups| at(groups, test)),
            test_numbers: (0..test.len() as u32).collect(),
            train_files: files.as_ref().map(|files| at(files, train)),
            test_files: files.as_ref().map(|files| at(files, test)),
            files: identities,
            ..self
        })
    }

    /// Reads CIFAR-10 if its files are present, otherwise generates the synthetic data set.
    fn automatic(config: &DataConfig) -> Result<Self, RunError> {
        if DatasetName::Cifar10.find(&config.dir).is_some() {
            return Ok(Self::plain(
                DatasetName::Cifar10,
                cifar10::load_with(&config.dir, config.storage)?,
            ));
        }
        if config.storage == Storage::Mapped {
            let problem = format!(
                "data.storage is mapped, expected memory, since CIFAR-10 is not under {} and the \
                 synthetic set is in no file",
                config.dir.display()
            );
            return Err(RunError::config("configuration", problem));
        }
        let why = match cifar10::load_with(&config.dir, config.storage) {
            Err(error @ DataError::WrongKind { .. }) => {
                format!("{error}: {}", error.hint().unwrap_or_default())
            }
            _ => "datasets/README.md says how to get it".to_owned(),
        };
        let note = format!(
            "CIFAR-10 is not under {} ({why}), so this run uses the synthetic set `shapes`: its \
             accuracy says nothing about CIFAR-10",
            config.dir.display()
        );
        Ok(Self {
            note: Some(note),
            ..Self::plain(DatasetName::Shapes, ShapesConfig::default().generate()?)
        })
    }

    fn folder(config: &DataConfig, listener: &mut dyn RunEvents) -> Result<Self, RunError> {
        let folder = config.folder();
        let loaded = {
            let tell = stage_callback(listener);
            folder.load(&|stage, done, total| {
                let stage = match stage {
                    FolderStage::Reading => Loading::Reading,
                    FolderStage::Surveying => Loading::Surveying,
                    FolderStage::Keeping => Loading::Keeping,
                    _ => Loading::Decoding,
                };
                tell(stage, done, total)
            })?
        };
        let mut remarks = remarks(&loaded);
        if folder.image_size.is_none() {
            let shape = loaded.decoder.shape;
            let how = match loaded.decoder.resize {
                ResizeMode::Pad => ", padded",
                ResizeMode::Stretch => ", stretched",
                ResizeMode::Crop => ", cut to it where the proportions differ",
            };
            remarks.insert(
                0,
                format!(
                    "every image becomes {}x{} pixels{how}; choose another size with --image-size",
                    shape.height, shape.width
                ),
            );
        }
        if loaded.report.official_test.is_none() {
            let share = 100.0 * folder.test_share;
            remarks.push(format!(
                "the folder has no test part, so about {share} % of its images are kept for the \
                 test, each chosen by its own content and data.image_folder.seed"
            ));
        }
        let names =
            |files: &[PathBuf]| Some(files.iter().map(|file| inside(&folder.dir, file)).collect());
        Ok(Self {
            remarks,
            decoder: Some(loaded.decoder),
            groups: loaded.train_groups,
            test_groups: loaded.test_groups,
            test_files: names(&loaded.test_files),
            train_files: names(&loaded.train_files),
            files: Some([loaded.train_identities, loaded.test_identities]),
            made_test: loaded.report.official_test.is_none(),
            ..Self::plain(DatasetName::Folder, loaded.dataset)
        })
    }
}

/// Returns the path of a file relative to a folder, with `/` as separator on every system.
fn inside(folder: &Path, file: &Path) -> String {
    let path = file.strip_prefix(folder).unwrap_or(file);
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn at<T: Clone>(all: &[T], indices: &[u32]) -> Vec<T> {
    indices.iter().map(|&i| all[i as usize].clone()).collect()
}

fn chosen(of: &FileIdentities, indices: &[u32]) -> FileIdentities {
    let mut chosen = of.clone();
    (chosen.digests, chosen.units) = (at(&of.digests, indices), at(&of.units, indices));
    chosen
}

/// Returns remarks on images that were left out, and on the origin of the images.
fn remarks(loaded: &ImageFolder) -> Vec<String> {
    let report = &loaded.report;
    let mut remarks = Vec::new();
    if let Some(first) = report.broken.first() {
        remarks.push(format!(
            "left out: {} broken image files, the first because {}",
            report.broken.len(),
            first.reason
        ));
    }
    remarks.extend(report.left_out.sentences());
    for alike in report.alike.iter().take(3) {
        let names: Vec<String> = alike.iter().map(|name| names::quoted(name)).collect();
        remarks.push(format!("{} look similar but are different classes", names.join(" and ")));
    }
    if let Some((test, train)) = report.respelt.first() {
        let (n, test, train) = (report.respelt.len(), names::quoted(test), names::quoted(train));
        remarks.push(format!(
            "{n} classes of the test part are spelt otherwise than in training, \
            the first {test}, taken as {train}"
        ));
    }
    if !report.classes_without_test.is_empty() {
        remarks.push(format!("without a test image: {}", report.classes_without_test.join(", ")));
    }
    remarks.extend(report.findings.remarks(&loaded.decoder));
    match &report.cache {
        CacheUse::Off => {}
        CacheUse::Hit { path } => {
            remarks.push(format!("decoded before: read from {}", path.display()));
        }
        CacheUse::Written { path, damaged: None } => {
            remarks.push(format!("decoded images are kept in {}", path.display()));
        }
        CacheUse::Written { path, damaged: Some(problem) } => {
            remarks.push(format!("decoded anew, because {problem}; kept in {}", path.display()));
        }
        CacheUse::NotWritten { path, reason } => {
            remarks
                .push(format!("decoded images could not be kept in {}: {reason}", path.display()));
        }
    }
    remarks
}
