//! The loader of `zunder_data` as a Burn data loader.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::tensor::{Device, Tensor, TensorData};
use zunder_data::{Batch, BatchIter, ImageShape, Loader};
use zunder_random::Key;

use crate::batch::WholeBatch;
use crate::{BurnTrainError, LearnerBatch};

/// The images of a [`Loader`] as a Burn [`DataLoader`]: augmented, mixed, with soft labels, and
/// prepared ahead on threads.
///
/// The k-th call of [`iter`](DataLoader::iter) gives pass k of the loader, counted from 1, whatever
/// was read of the passes before. So a training that starts at epoch 1 has the same batches each
/// time, and one that [resumes](Self::from_epoch) goes on with those that the first had not seen.
/// Step s of epoch e draws with the key `key.named("step").at(e).at(s)`, as
/// [`fit`](zunder_train::fit) does.
///
/// Burn divides a loader among several devices by [`slice`](DataLoader::slice). A slice of the
/// images from a to b of N has the rows from `n a / N` to `n b / N` of each batch of n images, so
/// that all devices together take the batches of one device; see [`LearnerBatch::share`]. Each
/// slice prepares whole batches and keeps its rows, since mixing needs the other images: n devices
/// do the work of preparing n times.
///
/// ```
/// use std::sync::Arc;
/// use burn::data::dataloader::DataLoader;
/// use burn::tensor::Device;
/// use zunder_burn_train::{ImageLoader, Key, Loader};
/// use zunder_data::{AugmentConfig, LoaderConfig, Standardisation, shapes::ShapesConfig};
///
/// let images = ShapesConfig { train: 100, test: 10, seed: 1 }.generate()?.train;
/// let standardisation = Standardisation::fit(&images, &Vec::from_iter(0..100))?;
/// let pipeline = AugmentConfig::preset("light")?.init(images.shape(), &standardisation)?;
/// let config = LoaderConfig { batch_size: 32, ..LoaderConfig::default() };
/// let loader = Loader::new(Arc::new(images), (0..100).collect(), pipeline, config, Key::new(1))?;
///
/// let loader = ImageLoader::images(loader, Key::new(1), &Device::flex());
/// let batch = loader.iter().next().expect("three batches and a rest")?;
/// assert_eq!(batch.input.dims(), [32, 3, 32, 32]);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub struct ImageLoader<const D: usize, O = LearnerBatch<Tensor<D>>> {
    loader: Loader,
    dims: fn(usize, ImageShape) -> [usize; D],
    key: Key,
    device: Device,
    /// Images of an epoch whose share this loader has: all of them, unless it is a slice.
    share: Range<usize>,
    convert: Convert<D, O>,
    /// Number of passes that have begun.
    begun: AtomicU64,
}

/// Makes an item for Burn's training from a batch.
type Convert<const D: usize, O> = Arc<dyn Fn(LearnerBatch<Tensor<D>>) -> O + Send + Sync>;

impl ImageLoader<2> {
    /// Creates a loader for models that take each image as one row. The draws of the training steps
    /// are named by `key`.
    ///
    /// # Shapes
    /// `[N, channels * height * width]`.
    pub fn flat(loader: Loader, key: Key, device: &Device) -> Self {
        Self::new(loader, |n, shape| [n, shape.len()], key, device)
    }
}

impl ImageLoader<4> {
    /// Creates a loader for convolutional networks. The draws of the training steps are named by
    /// `key`.
    ///
    /// # Shapes
    /// `[N, channels, height, width]`.
    pub fn images(loader: Loader, key: Key, device: &Device) -> Self {
        let dims = |n, ImageShape { channels, height, width }| -> [usize; 4] {
            [n, channels, height, width]
        };
        Self::new(loader, dims, key, device)
    }
}

impl<const D: usize> ImageLoader<D> {
    fn new(
        loader: Loader,
        dims: fn(usize, ImageShape) -> [usize; D],
        key: Key,
        device: &Device,
    ) -> Self {
        let share = 0..loader.images();
        let device = device.clone();
        let convert = Arc::new(|batch| batch);
        Self { loader, dims, key, device, share, convert, begun: AtomicU64::new(0) }
    }
}

impl<const D: usize, O> ImageLoader<D, O> {
    /// Converts each batch to the item that your own model's
    /// [`TrainStep`](burn::train::TrainStep) takes.
    #[must_use]
    pub fn map<P>(self, convert: impl Fn(O) -> P + Send + Sync + 'static) -> ImageLoader<D, P>
    where
        O: 'static,
    {
        let Self { loader, dims, key, device, share, convert: first, begun } = self;
        let convert: Convert<D, P> = Arc::new(move |batch| convert(first(batch)));
        ImageLoader { loader, dims, key, device, share, convert, begun }
    }

    /// Sets the epoch, counted from 1, that the next call of [`iter`](DataLoader::iter) gives.
    /// Burn's own strategies need it in a resumed training: the epoch of the checkpoint plus 1.
    /// [`FitStrategy`](crate::FitStrategy) counts by itself. Default: 1.
    #[must_use]
    pub fn from_epoch(self, epoch: usize) -> Self {
        Self { begun: AtomicU64::new((epoch as u64).saturating_sub(1)), ..self }
    }

    /// Returns a copy for another device and share. It continues with the same epoch.
    fn copy(&self, device: &Device, share: Range<usize>) -> Self {
        Self {
            loader: self.loader.clone(),
            dims: self.dims,
            key: self.key,
            device: device.clone(),
            share,
            convert: Arc::clone(&self.convert),
            begun: AtomicU64::new(self.begun.load(Ordering::Relaxed)),
        }
    }

    /// Returns the rows that this loader has of a batch of `n` images.
    fn rows(&self, n: usize) -> Range<usize> {
        let images = self.loader.images().max(1) as u128;
        let row = |image: usize| (n as u128 * image as u128 / images) as usize;
        row(self.share.start)..row(self.share.end)
    }

    /// Returns the number of images of an epoch in this loader's share.
    fn items(&self) -> usize {
        let (images, full) = (self.loader.images(), self.loader.batch_size());
        images / full * self.rows(full).len() + self.rows(images % full).len()
    }

    fn is_whole(&self) -> bool {
        self.share == (0..self.loader.images())
    }

    /// Makes an item from the rows of a batch that this loader has.
    fn item(&self, batch: Batch, key: Key) -> O {
        let (rows, shape) = (self.rows(batch.len()), self.loader.shape());
        let Batch { mut pixels, mut labels, mut soft_labels, .. } = batch;
        let (mut whole, mut key) = (None, key);
        if !self.is_whole() {
            let classes = soft_labels.as_ref().map_or(0, |soft| soft.len() / labels.len().max(1));
            whole = Some(Arc::new(WholeBatch {
                labels: labels.clone(),
                soft_labels: soft_labels.clone(),
            }));
            // Each device draws masks of its own.
            key = key.named("rows").at(self.share.start as u64);
            keep(&mut pixels, &rows, shape.len());
            keep(&mut labels, &rows, 1);
            if let Some(soft) = &mut soft_labels {
                keep(soft, &rows, classes);
            }
        }
        let dims = (self.dims)(labels.len(), shape);
        let input = Tensor::from_data(TensorData::new(pixels, dims), &self.device);
        (self.convert)(
            LearnerBatch::new(input, labels, key).with_soft_labels(soft_labels).with_whole(whole),
        )
    }
}

/// Keeps the given rows, each of which has `width` values.
fn keep<T>(values: &mut Vec<T>, rows: &Range<usize>, width: usize) {
    values.truncate(rows.end * width);
    values.drain(..rows.start * width);
}

impl<const D: usize, O: 'static> DataLoader<O> for ImageLoader<D, O> {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<O> + 'a> {
        let epoch = self.begun.fetch_add(1, Ordering::Relaxed) + 1;
        Box::new(ItemIter { loader: self, epoch, batches: None, step: 0, items: 0, failed: false })
    }

    fn num_items(&self) -> usize {
        self.items()
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<O>> {
        Arc::new(self.copy(device, self.share.clone()))
    }

    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<O>> {
        let (items, images) = (self.num_items().max(1) as u128, self.share.len() as u128);
        let image = |item: usize| {
            self.share.start + (item.min(items as usize) as u128 * images / items) as usize
        };
        Arc::new(self.copy(&self.device, image(start)..image(end)))
    }
}

/// The items of an epoch. Nothing is prepared before the first is asked for.
struct ItemIter<'a, const D: usize, O> {
    loader: &'a ImageLoader<D, O>,
    epoch: u64,
    batches: Option<BatchIter>,
    step: usize,
    items: usize,
    failed: bool,
}

impl<const D: usize, O> Iterator for ItemIter<'_, D, O> {
    type Item = Result<O, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let (loader, epoch) = (self.loader, self.epoch);
        let batches = self.batches.get_or_insert_with(|| loader.loader.epoch(epoch));
        let batch = match batches.next()? {
            Ok(batch) => batch,
            Err(error) => {
                self.failed = true;
                return Some(Err(DatasetError::new(error)));
            }
        };
        self.step += 1;
        let rows = loader.rows(batch.len()).len();
        if rows == 0 {
            // Only a short last batch may leave a device without rows.
            self.failed = true;
            let (step, images) = (self.step, batch.len());
            let error = BurnTrainError::TooFewRows { batch: step, images };
            return (step < loader.loader.batches()).then(|| Err(DatasetError::new(error)));
        }
        self.items += rows;
        let key = loader.key.named("step").at(epoch).at(self.step as u64);
        Some(Ok(loader.item(batch, key)))
    }
}

impl<const D: usize, O> DataLoaderIterator<O> for ItemIter<'_, D, O> {
    fn progress(&self) -> Progress {
        Progress::new(self.items, self.loader.items(), Some("images".to_owned()))
    }
}
