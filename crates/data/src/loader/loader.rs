//! The loader of batches.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zunder_random::Key;

use crate::loader::order::Order;
use crate::loader::prefetch::Prefetch;
use crate::{DataError, ImageShape, Images, Pipeline, Sampler, Sampling};

/// Settings of a loader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoaderConfig {
    /// The number of images per batch, at least 1. Default: 128.
    pub batch_size: usize,
    /// The images of an epoch, and their order. Default: each once, shuffled.
    pub sampling: Sampling,
    /// The number of successive images that stay close when they are shuffled, at least 1; above 1
    /// only with [`Sampling::Shuffled`]. With 1, all orders are equally likely. With n, blocks of n
    /// images are shuffled, and then the images within every 256 blocks, so a disk reads whole
    /// blocks. It is meant for mapped sets larger than memory; 64 suits images of 3 kB. Default: 1.
    pub shuffle_block: usize,
    /// Whether to leave out a last batch that is not full. Default: false.
    pub drop_last: bool,
    /// The smallest size of a batch, 1 to `batch_size`: a smaller last one is left out. Batch
    /// normalisation needs 2. Default: 1.
    pub smallest_batch: usize,
    /// The number of threads that make batches, 0 to 256; with 0 the caller waits for each. It
    /// changes no result. Default: 1.
    pub threads: usize,
    /// The number of batches that each thread keeps ready, 0 to 1,024. Default: 2.
    pub prefetch: usize,
}

impl Default for LoaderConfig {
    fn default() -> Self {
        Self {
            batch_size: 128,
            sampling: Sampling::Shuffled,
            shuffle_block: 1,
            drop_last: false,
            smallest_batch: 1,
            threads: 1,
            prefetch: 2,
        }
    }
}

impl LoaderConfig {
    /// Checks that all settings are in their ranges.
    ///
    /// # Errors
    ///
    /// Returns an error if `batch_size` or `shuffle_block` is 0, `smallest_batch` is not 1 to
    /// `batch_size`, `shuffle_block` is above 1 with another sampling than [`Sampling::Shuffled`],
    /// `threads` is above 256 or `prefetch` above 1,024.
    pub fn validate(&self) -> Result<(), DataError> {
        if self.batch_size == 0 {
            return Err(DataError::setting("batch_size", 0, "at least 1"));
        }
        if !(1..=self.batch_size).contains(&self.smallest_batch) {
            return Err(DataError::setting(
                "smallest_batch",
                self.smallest_batch,
                format!("1 to the batch_size of {}", self.batch_size),
            ));
        }
        let shuffled = self.sampling == Sampling::Shuffled;
        if self.shuffle_block == 0 || (self.shuffle_block > 1 && !shuffled) {
            let expected = if shuffled {
                "at least 1".to_owned()
            } else {
                format!("1 with the sampling {}", self.sampling.name())
            };
            return Err(DataError::setting("shuffle_block", self.shuffle_block, expected));
        }
        for (name, got, most) in [("threads", self.threads, 256), ("prefetch", self.prefetch, 1024)]
        {
            if got > most {
                return Err(DataError::setting(name, got, format!("0 to {most}")));
            }
        }
        Ok(())
    }

    /// Returns the number of images of an epoch, of `n`.
    fn taken(&self, n: usize) -> usize {
        let left = n % self.batch_size;
        if self.drop_last || left < self.smallest_batch { n - left } else { n }
    }
}

/// A batch of images as input of a network.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Batch {
    /// Augmented and standardised values, \[images, channels * height * width\].
    pub pixels: Vec<f32>,
    /// The class of each image; of a mixed image, the one with the larger share.
    pub labels: Vec<u32>,
    /// For mixed images, the share of each class in each image: \[images, classes\], with the sum 1
    /// per row.
    pub soft_labels: Option<Vec<f32>>,
    /// The numbers of the images.
    pub indices: Vec<u32>,
}

impl Batch {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Returns whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

/// Delivers images of a data set epoch by epoch, in batches.
///
/// Epoch e draws its images, and their order, from `key.named("shuffle").at(e)`: see [`Sampling`].
/// Image i is augmented with `key.named("augment").at(e).at(i)`; if an epoch may contain an image
/// more than once, i is the position in the epoch. Batch size and threads therefore change no
/// pixel. If the pipeline mixes images, batch b is mixed with `key.named("mix").at(e).at(b)`.
///
/// ```
/// use std::sync::Arc;
/// use zunder_data::{AugmentConfig, Loader, LoaderConfig, Standardisation, shapes::ShapesConfig};
/// use zunder_random::Key;
///
/// let images = Arc::new(ShapesConfig { train: 10, test: 10, seed: 1 }.generate()?.train);
/// let indices: Vec<u32> = (0..10).collect();
/// let pipeline =
///     AugmentConfig::default().init(images.shape(), &Standardisation::fit(&images, &indices)?)?;
/// let config = LoaderConfig { batch_size: 4, ..Default::default() };
/// let loader = Loader::new(images, indices, pipeline, config, Key::new(1))?;
/// let sizes: Vec<usize> = loader
///     .epoch(0)
///     .map(|batch| Ok(batch?.len()))
///     .collect::<Result<_, zunder_data::DataError>>()?;
/// assert_eq!(sizes, [4, 4, 2]);
/// # Ok::<(), zunder_data::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Loader(Arc<Source>);

/// The data that every epoch and every worker reads.
#[derive(Debug)]
struct Source {
    images: Arc<Images>,
    sampler: Sampler,
    pipeline: Pipeline,
    config: LoaderConfig,
    key: Key,
}

impl Loader {
    /// Creates a loader of the images at `indices`, which may be empty.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`LoaderConfig::validate`], and an error if an index is out of range,
    /// the pipeline is for another shape, or `drop_last` or `smallest_batch` would leave nothing.
    pub fn new(
        images: Arc<Images>,
        indices: Vec<u32>,
        pipeline: Pipeline,
        config: LoaderConfig,
        key: Key,
    ) -> Result<Self, DataError> {
        config.validate()?;
        images.check_indices(&indices)?;
        if images.shape() != pipeline.shape() {
            return Err(DataError::Shape { got: images.shape(), expected: pipeline.shape() });
        }
        if config.drop_last && indices.len() < config.batch_size {
            let expected = format!(
                "at most the {} images, since the last batch is dropped unless it is full",
                indices.len()
            );
            return Err(DataError::setting("batch_size", config.batch_size, expected));
        }
        if !indices.is_empty() && config.taken(indices.len()) == 0 {
            let expected = format!(
                "at most the {} images, since a smaller last batch is left out",
                indices.len()
            );
            return Err(DataError::setting("smallest_batch", config.smallest_batch, expected));
        }
        let sampler = Sampler::new(config.sampling, indices, |i| images.label(i as usize));
        Ok(Self(Arc::new(Source { images, sampler, pipeline, config, key })))
    }

    /// Returns the number of batches in an epoch.
    pub fn batches(&self) -> usize {
        self.images().div_ceil(self.batch_size())
    }

    /// Returns the number of images in an epoch.
    pub fn images(&self) -> usize {
        let Source { sampler, config, .. } = &*self.0;
        config.taken(sampler.indices().len())
    }

    /// Returns the number of images in a full batch.
    pub fn batch_size(&self) -> usize {
        self.0.config.batch_size
    }

    /// The shape of each image in a batch.
    pub fn shape(&self) -> ImageShape {
        self.0.images.shape()
    }

    /// Starts epoch `epoch`: any number, in any order, any number of times.
    pub fn epoch(&self, epoch: u64) -> BatchIter {
        let source = Arc::clone(&self.0);
        let order = source.order(epoch);
        let [augment, mix] = ["augment", "mix"].map(|name| source.key.named(name).at(epoch));
        let Source { config: LoaderConfig { threads, prefetch, .. }, .. } = *self.0;
        source.images.will_need(order.first_read());
        BatchIter(Prefetch::new(self.batches(), threads, prefetch, move |batch| {
            source.batch(&order, batch, augment, mix)
        }))
    }
}

impl Source {
    fn order(&self, epoch: u64) -> Order {
        let LoaderConfig { batch_size, shuffle_block, threads, .. } = self.config;
        // While a thread makes a batch, its next one is read.
        let lead = batch_size.saturating_mul(threads.max(1));
        let key = self.key.named("shuffle").at(epoch);
        match shuffle_block {
            1 => Order::plain(self.sampler.order(key), lead),
            block => Order::in_blocks(self.sampler.indices(), block, lead, key),
        }
    }

    fn batch(&self, order: &Order, batch: usize, augment: Key, mix: Key) -> Batch {
        let start = batch * self.config.batch_size;
        let end = start.saturating_add(self.config.batch_size);
        self.images.will_need(order.read_ahead(start, end));
        let indices = order.images(start, end);
        let size = self.pipeline.shape().len();
        let mut pixels = vec![0.0; indices.len() * size];
        let repeats = self.config.sampling.repeats();
        for ((position, &i), out) in (start..).zip(indices).zip(pixels.chunks_exact_mut(size)) {
            let key = augment.at(u64::from(i));
            self.pipeline.apply(
                self.images.image(i as usize),
                if repeats { key.at(position as u64) } else { key },
                out,
            );
        }
        let mut labels: Vec<u32> = indices.iter().map(|&i| self.images.label(i as usize)).collect();
        let soft_labels = self.pipeline.mixing().map(|mixing| {
            mixing.apply(
                &mut pixels,
                self.pipeline.shape(),
                &mut labels,
                self.images.n_classes(),
                mix.at(batch as u64),
            )
        });
        Batch { pixels, labels, soft_labels, indices: indices.to_vec() }
    }
}

/// The batches of one epoch, in order. After an error it ends. Dropping it stops its threads.
pub struct BatchIter(Prefetch<Batch>);

impl Iterator for BatchIter {
    type Item = Result<Batch, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}
