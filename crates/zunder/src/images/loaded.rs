//! The data of a run: reads them, splits them, and provides their batches.

use std::sync::Arc;

use zunder_data::image_folder::ImageDecoder;
use zunder_data::{
    AugmentConfig, DatasetHash, ImageShape, Images, LabelInvariance, Loader, LoaderConfig,
    Sampling, Split, Standardisation, Variation, names,
};
use zunder_eval::Leakage;
use zunder_random::Key;

use crate::events::progress_callback;
use crate::images::batches::TensorBatches;
use crate::images::divide::{DividedData, divide};
use crate::images::lineage::{ImagesRecord, Past};
use crate::images::preprocessing::Preprocessing;
use crate::images::read::Source;
use crate::{DataConfig, DatasetName, Loading, RunConfig, RunError, RunEvents};

/// Number of images in a batch without gradients: enough for efficient matrix products, and few
/// enough for the activations to need little memory.
const EVALUATION_BATCH: usize = 500;

/// The data of a run, split into parts.
pub(crate) struct LoadedData {
    pub name: DatasetName,
    pub synthetic: bool,
    /// Hash of the data set, in its official parts.
    pub hash: String,
    pub note: Option<String>,
    pub remarks: Vec<String>,
    /// Validation and test images that the initial weights were trained on, if any.
    pub leakage: Option<Leakage>,
    /// Record of the images, which the run keeps.
    pub record: ImagesRecord,
    pub classes: Vec<String>,
    /// Positive class, if there are two classes.
    pub positive: Option<usize>,
    pub shape: ImageShape,
    pub split: Split,
    pub train: Arc<Images>,
    pub test: Arc<Images>,
    invariance: LabelInvariance,
    decoder: Option<ImageDecoder>,
    /// Number of each test image in the data set's test part.
    pub test_numbers: Vec<u32>,
    /// File of each image of the whole test part, if the images have files.
    test_files: Option<Vec<String>>,
    key: Key,
}

/// A data set before it is split.
#[derive(Clone)]
pub(crate) struct UnsplitData {
    pub source: Source,
    pub hash: String,
    /// Digest of the pixels of each training image and of each test image.
    pub pixels: [Vec<u64>; 2],
}

impl UnsplitData {
    /// Reads the data set, or generates a synthetic one.
    pub(crate) fn read(
        config: &DataConfig,
        listener: &mut dyn RunEvents,
    ) -> Result<Self, RunError> {
        let source = Source::read(config, listener)?;
        // Other groups give other splits.
        let hashing = progress_callback(listener, Loading::Hashing);
        let groups = source.groups.as_deref();
        let DatasetHash { hash, train, test, .. } =
            source.dataset.hash_with(config.hash, groups, &hashing)?;
        Ok(Self { source, hash, pixels: [train, test] })
    }
}

impl LoadedData {
    /// Reads the data set, or generates a synthetic one, and splits it.
    pub(crate) fn load(
        config: &RunConfig,
        listener: &mut dyn RunEvents,
        past: Past,
    ) -> Result<Self, RunError> {
        Self::split(UnsplitData::read(&config.data, listener)?, config, past)
    }

    /// Splits the data set into its parts. An image stays in the part in which the runs that this
    /// one starts from put it, as far as the data allow.
    pub(crate) fn split(
        whole: UnsplitData,
        config: &RunConfig,
        past: Past,
    ) -> Result<Self, RunError> {
        let positive = positive(&config.data, &whole.source.dataset.classes)?;
        let DividedData { source, hash, split, mut remarks, leakage, record } =
            divide(whole, config, past)?;
        let Source { name, dataset, note, decoder, test_numbers, test_files, .. } = source;
        remarks.extend(Variation::of(&dataset.train, &split.train).remarks());
        Ok(Self {
            name,
            synthetic: dataset.synthetic,
            hash,
            note,
            remarks,
            leakage,
            record,
            decoder,
            positive,
            test_numbers,
            test_files,
            shape: dataset.train.shape(),
            classes: dataset.classes,
            split,
            train: Arc::new(dataset.train),
            test: Arc::new(dataset.test),
            invariance: dataset.invariance,
            key: Key::new(config.seed),
        })
    }

    /// Returns the preprocessing that turns an image into the network's input, measured on the
    /// training part only.
    pub(crate) fn preprocessing(
        &self,
        listener: &mut dyn RunEvents,
    ) -> Result<Preprocessing, RunError> {
        let progress = progress_callback(listener, Loading::Measuring);
        let standardisation = Standardisation::fit_with(&self.train, &self.split.train, &progress)?;
        Ok(Preprocessing {
            shape: self.shape,
            classes: self.classes.clone(),
            standardisation,
            decoder: self.decoder,
        })
    }

    /// Returns the augmentation for these images. Of a preset, leaves out the steps that do not
    /// suit the images and returns their names. Any other augmentation must suit them as a whole.
    pub(crate) fn suit(
        &self,
        augment: &AugmentConfig,
    ) -> Result<(AugmentConfig, Vec<&'static str>), RunError> {
        if augment.preset_name().is_some() {
            return Ok(augment.clone().suited(self.invariance, self.shape));
        }
        let active = augment.active();
        active.check_labels(self.invariance)?;
        Ok((active, Vec::new()))
    }

    pub(crate) fn invariance(&self) -> LabelInvariance {
        self.invariance
    }

    pub(crate) fn test_images(&self) -> usize {
        self.test.len()
    }

    /// Returns the number of images of each class in the training part.
    pub(crate) fn training_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        for &i in &self.split.train {
            counts[self.train.label(i as usize) as usize] += 1;
        }
        counts
    }

    /// Returns the first images of the training part, from each class in turn.
    pub(crate) fn of_each_class(&self, n: usize) -> Vec<u32> {
        let mut seen = vec![0_usize; self.classes.len()];
        let mut order: Vec<(usize, u32, u32)> = Vec::with_capacity(self.split.train.len());
        for &i in &self.split.train {
            let label = self.train.label(i as usize);
            order.push((seen[label as usize], label, i));
            seen[label as usize] += 1;
        }
        order.sort_unstable();
        order.into_iter().take(n).map(|(_, _, i)| i).collect()
    }

    /// Returns an image of the training part and its label.
    pub(crate) fn training_image(&self, i: u32) -> (&[u8], u32) {
        (self.train.image(i as usize), self.train.label(i as usize))
    }

    /// Returns the name and the pixels of a test image, given its number in the data set's test
    /// part.
    pub(crate) fn test_image(&self, number: u32) -> Option<(String, &[u8])> {
        let position = self.test_numbers.binary_search(&number).ok()?;
        let file = self.test_files.as_ref().and_then(|files| files.get(number as usize).cloned());
        Some((file.unwrap_or_else(|| format!("test image {number}")), self.test.image(position)))
    }

    /// Returns the files of the test images, if they have files.
    pub(crate) fn test_names(&self) -> Option<Vec<String>> {
        let files = self.test_files.as_ref()?;
        self.test_numbers.iter().map(|&number| files.get(number as usize).cloned()).collect()
    }

    /// Returns the key of the random draws for training batches.
    pub(crate) fn training_key(&self) -> Key {
        self.key.named("train")
    }

    /// Returns the training batches, shuffled and augmented. Leaves out an incomplete last batch if
    /// `data.drop_last` is set, and a single image if the model has batch normalisation.
    pub(crate) fn training(
        &self,
        config: &RunConfig,
        preprocessing: &Preprocessing,
    ) -> Result<TensorBatches<2>, RunError> {
        let pipeline = config.augment.init(self.shape, &preprocessing.standardisation)?;
        let batch_size = config.batch_size.min(self.split.train.len()).max(1);
        let smallest_batch = if config.model.batch_norm().is_some() { 2 } else { 1 };
        if batch_size < smallest_batch {
            let problem = format!(
                "the training part has {batch_size} image, expected at least 2 for batch \
                 normalisation"
            );
            return Err(RunError::config("configuration", problem));
        }
        let DataConfig { sampling, shuffle_block, drop_last, .. } = config.data;
        let loader = LoaderConfig {
            batch_size,
            sampling,
            shuffle_block,
            drop_last,
            smallest_batch,
            ..LoaderConfig::default()
        };
        let loader = Loader::new(
            Arc::clone(&self.train),
            self.split.train.clone(),
            pipeline,
            loader,
            self.training_key(),
        )?;
        Ok(TensorBatches::flat(loader).with_steps(
            config.steps_per_epoch.map(|updates| updates * config.gradients.accumulate),
        ))
    }

    /// Returns the validation images in order, without augmentation.
    pub(crate) fn validation(
        &self,
        preprocessing: &Preprocessing,
    ) -> Result<TensorBatches<2>, RunError> {
        in_order(Arc::clone(&self.train), self.split.validation.clone(), preprocessing)
    }

    /// Returns the test images in order, without augmentation.
    pub(crate) fn test(&self, preprocessing: &Preprocessing) -> Result<TensorBatches<2>, RunError> {
        in_order(Arc::clone(&self.test), (0..self.test.len() as u32).collect(), preprocessing)
    }
}

/// Returns the positive class of a binary task; `None` if there are not two classes.
fn positive(config: &DataConfig, classes: &[String]) -> Result<Option<usize>, RunError> {
    let found = config.positive.as_ref().map(|name| (name, names::find(name, classes)));
    match (found, classes.len()) {
        (None, 2) => Ok(Some(1)),
        (None, _) => Ok(None),
        (Some((_, Some(class))), 2) => Ok(Some(class)),
        (Some((name, _)), 2) => {
            let got = classes.join(" and ");
            let nearest = names::nearest(name, classes.iter().map(String::as_str));
            let meant = nearest.map_or_else(String::new, |name| {
                format!(" (did you mean {}?)", names::quoted(name))
            });
            let got_name = names::quoted(name);
            let problem = format!(
                "data.positive is {got_name}, expected one of the two classes, {got}{meant}"
            );
            Err(RunError::config("configuration", problem))
        }
        (Some((name, _)), n) => {
            let problem = format!(
                "data.positive is {name:?}, expected one of exactly two classes, and the data set \
                 has {n} classes: choose two with --classes"
            );
            Err(RunError::config("configuration", problem))
        }
    }
}

/// Returns images in a given order, without augmentation.
pub(crate) fn in_order(
    images: Arc<Images>,
    indices: Vec<u32>,
    preprocessing: &Preprocessing,
) -> Result<TensorBatches<2>, RunError> {
    let pipeline = AugmentConfig::default().init(images.shape(), &preprocessing.standardisation)?;
    let config = LoaderConfig {
        batch_size: EVALUATION_BATCH,
        sampling: Sampling::Sequential,
        drop_last: false,
        ..LoaderConfig::default()
    };
    Ok(TensorBatches::flat(Loader::new(images, indices, pipeline, config, Key::new(0))?))
}

/// Returns at most `most` of the indices, evenly spaced.
pub(crate) fn spread(indices: &[u32], most: usize) -> Vec<u32> {
    let n = indices.len().min(most);
    (0..n).map(|i| indices[i * indices.len() / n]).collect()
}
