use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zunder_random::Key;

use crate::prefetch::Prefetch;
use crate::{DataError, Images, Pipeline, Sampler, Sampling};

/// How batches are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoaderConfig {
    /// Images in a batch, at least 1. Default: 128.
    pub batch_size: usize,
    /// Which images an epoch takes, and in which order. Default: each once, shuffled.
    pub sampling: Sampling,
    /// Whether to leave out a last batch that is not full. Default: false.
    pub drop_last: bool,
    /// Threads that make batches, 0 to 256; with 0 the caller waits for each. Never changes a result. Default: 1.
    pub threads: usize,
    /// Batches that each thread keeps ready, 0 to 1,024. Default: 2.
    pub prefetch: usize,
}

impl Default for LoaderConfig {
    fn default() -> Self {
        Self { batch_size: 128, sampling: Sampling::Shuffled, drop_last: false, threads: 1, prefetch: 2 }
    }
}

impl LoaderConfig {
    /// Checks every setting against its range.
    ///
    /// # Errors
    ///
    /// If `batch_size` is 0, `threads` above 256 or `prefetch` above 1,024.
    pub fn validate(&self) -> Result<(), DataError> {
        if self.batch_size == 0 {
            return Err(DataError::setting("batch_size", 0, "at least 1"));
        }
        for (name, got, most) in [("threads", self.threads, 256), ("prefetch", self.prefetch, 1024)] {
            if got > most {
                return Err(DataError::setting(name, got, format!("0 to {most}")));
            }
        }
        Ok(())
    }
}

/// Some images as a network takes them.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Augmented and standardised values, \[images, channels * height * width\].
    pub pixels: Vec<f32>,
    /// The class of each image; of a mixed one, that with the larger share.
    pub labels: Vec<u32>,
    /// Where images are mixed, the share of each class in each image: \[images, classes\], each row with the sum 1.
    pub soft_labels: Option<Vec<f32>>,
    /// Which images these are.
    pub indices: Vec<u32>,
}

impl Batch {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

/// Delivers some images of a data set epoch by epoch, in batches.
///
/// Epoch e draws its images, and their order, from `key.named("shuffle").at(e)`: see [`Sampling`]. Image i is augmented by `key.named("augment").at(e).at(i)`; where an epoch may take an image more
/// than once, that key at the position in the epoch. So batch size and threads change no pixel. Where the pipeline mixes images, batch b does so by `key.named("mix").at(e).at(b)`.
///
/// ```
/// use std::sync::Arc;
/// use zunder_data::{AugmentConfig, Loader, LoaderConfig, Standardisation, shapes::ShapesConfig};
/// use zunder_random::Key;
///
/// let images = Arc::new(ShapesConfig { train: 10, test: 10, seed: 1 }.generate()?.train);
/// let indices: Vec<u32> = (0..10).collect();
/// let pipeline = AugmentConfig::default().init(images.shape(), &Standardisation::fit(&images, &indices)?)?;
/// let config = LoaderConfig { batch_size: 4, ..Default::default() };
/// let loader = Loader::new(images, indices, pipeline, config, Key::new(1))?;
/// let sizes: Vec<usize> = loader.epoch(0).map(|batch| Ok(batch?.len())).collect::<Result<_, zunder_data::DataError>>()?;
/// assert_eq!(sizes, [4, 4, 2]);
/// # Ok::<(), zunder_data::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Loader(Arc<Source>);

/// What every epoch and every worker reads.
#[derive(Debug)]
struct Source {
    images: Arc<Images>,
    sampler: Sampler,
    pipeline: Pipeline,
    config: LoaderConfig,
    key: Key,
}

impl Loader {
    /// A loader of the images at `indices`, which may be none.
    ///
    /// # Errors
    ///
    /// Those of [`LoaderConfig::validate`]; or if an index names no image, the pipeline is for another shape, or `drop_last` would leave nothing.
    pub fn new(images: Arc<Images>, indices: Vec<u32>, pipeline: Pipeline, config: LoaderConfig, key: Key) -> Result<Self, DataError> {
        config.validate()?;
        images.check_indices(&indices)?;
        if images.shape() != pipeline.shape() {
            return Err(DataError::Shape { got: images.shape(), expected: pipeline.shape() });
        }
        if config.drop_last && indices.len() < config.batch_size {
            let expected = format!("at most the {} images, since the last batch is dropped unless it is full", indices.len());
            return Err(DataError::setting("batch_size", config.batch_size, expected));
        }
        let sampler = Sampler::new(config.sampling, indices, |i| images.label(i as usize));
        Ok(Self(Arc::new(Source { images, sampler, pipeline, config, key })))
    }

    /// Batches in an epoch.
    pub fn batches(&self) -> usize {
        let Source { sampler, config, .. } = &*self.0;
        let n = sampler.indices().len();
        if config.drop_last { n / config.batch_size } else { n.div_ceil(config.batch_size) }
    }

    /// Images in an epoch.
    pub fn images(&self) -> usize {
        let Source { sampler, config, .. } = &*self.0;
        if config.drop_last { self.batches() * config.batch_size } else { sampler.indices().len() }
    }

    /// Starts epoch `epoch`: any number, in any order, as often as wanted.
    pub fn epoch(&self, epoch: u64) -> BatchIter {
        let source = Arc::clone(&self.0);
        let order = source.sampler.order(source.key.named("shuffle").at(epoch));
        let [augment, mix] = ["augment", "mix"].map(|name| source.key.named(name).at(epoch));
        let Source { config: LoaderConfig { threads, prefetch, .. }, .. } = *self.0;
        BatchIter(Prefetch::new(self.batches(), threads, prefetch, move |batch| source.batch(&order, batch, augment, mix)))
    }
}

impl Source {
    fn batch(&self, order: &[u32], batch: usize, augment: Key, mix: Key) -> Batch {
        let start = batch * self.config.batch_size;
        let indices = &order[start..order.len().min(start.saturating_add(self.config.batch_size))];
        let size = self.pipeline.shape().len();
        let mut pixels = vec![0.0; indices.len() * size];
        let repeats = self.config.sampling.repeats();
        for ((position, &i), out) in (start..).zip(indices).zip(pixels.chunks_exact_mut(size)) {
            let key = augment.at(u64::from(i));
            self.pipeline.apply(self.images.image(i as usize), if repeats { key.at(position as u64) } else { key }, out);
        }
        let mut labels: Vec<u32> = indices.iter().map(|&i| self.images.label(i as usize)).collect();
        let soft_labels = self
            .pipeline
            .mixing()
            .map(|mixing| mixing.apply(&mut pixels, self.pipeline.shape(), &mut labels, self.images.n_classes(), mix.at(batch as u64)));
        Batch { pixels, labels, soft_labels, indices: indices.to_vec() }
    }
}

/// The batches of one epoch, in order. After an error nothing more comes; dropping it stops its threads.
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
