//! Provides the images of the data layer as batches of tensors to the training layer.

use burn::tensor::{Device, Tensor, TensorData};
use zunder_data::{ImageShape, Loader};
use zunder_train::{BatchDevices, BatchSource, Batches, LabelledBatch};

use crate::remote::steps;

/// The batches of a [`Loader`] as tensors: the images of `zunder_data`, for any model that
/// [`fit`](zunder_train::fit) trains.
///
/// Epoch e of the training uses the loader's pass e over its images, so a repeated epoch has the
/// same batches.
///
/// ```
/// use std::sync::Arc;
/// use zunder::TensorBatches;
/// use zunder::data::{AugmentConfig, Loader, LoaderConfig, Standardisation, shapes::ShapesConfig};
/// use zunder::random::Key;
/// use zunder::train::BatchSource;
///
/// let images = ShapesConfig { train: 100, test: 10, seed: 1 }.generate()?.train;
/// let standardisation = Standardisation::fit(&images, &Vec::from_iter(0..100))?;
/// let pipeline = AugmentConfig::preset("light")?.init(images.shape(), &standardisation)?;
/// let config = LoaderConfig { batch_size: 32, ..LoaderConfig::default() };
/// let loader = Loader::new(Arc::new(images), (0..100).collect(), pipeline, config, Key::new(1))?;
///
/// let source = TensorBatches::images(loader);
/// let device = zunder::device("flex")?;
/// let batch = source.epoch(1, &device).next().expect("three batches and a rest")?;
/// assert_eq!(batch.input.dims(), [32, 3, 32, 32]);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TensorBatches<const D: usize> {
    loader: Loader,
    dims: fn(usize, ImageShape) -> [usize; D],
    steps: Option<usize>,
}

impl TensorBatches<2> {
    /// Creates batches for models that take each image as one row.
    ///
    /// # Shapes
    /// `[N, channels * height * width]`.
    pub fn flat(loader: Loader) -> Self {
        Self { loader, dims: |n, shape| [n, shape.len()], steps: None }
    }
}

impl TensorBatches<4> {
    /// Creates batches for convolutional networks.
    ///
    /// # Shapes
    /// `[N, channels, height, width]`.
    pub fn images(loader: Loader) -> Self {
        Self {
            loader,
            dims: |n, ImageShape { channels, height, width }| [n, channels, height, width],
            steps: None,
        }
    }
}

impl<const D: usize> TensorBatches<D> {
    /// Sets the number of batches in an epoch: part of a pass over the images, or several passes of
    /// which the last may be incomplete. Default: one pass.
    #[must_use]
    pub fn with_steps(self, steps: impl Into<Option<usize>>) -> Self {
        Self { steps: steps.into(), ..self }
    }

    /// Returns the loader of the images.
    pub fn loader(&self) -> &Loader {
        &self.loader
    }

    /// Returns the number of images in a full batch.
    pub fn batch_size(&self) -> usize {
        self.loader.batch_size()
    }

    /// Returns the batches of an epoch, each with its tensor on the device that `device` returns
    /// for its number, counted from 0.
    fn tensors<'a>(
        &'a self,
        epoch: usize,
        device: impl Fn(usize) -> Option<&'a Device> + 'a,
    ) -> Batches<'a, Tensor<D>> {
        let batches =
            self.passes(epoch).flat_map(|pass| self.loader.epoch(pass)).take(self.batches());
        Box::new(steps(batches).enumerate().map(move |(number, batch)| {
            let batch = batch?;
            let device = device(number).ok_or("there is no device")?;
            let dims = (self.dims)(batch.labels.len(), self.loader.shape());
            Ok(LabelledBatch {
                input: Tensor::from_data(TensorData::new(batch.pixels, dims), device),
                labels: batch.labels,
                soft_labels: batch.soft_labels,
            })
        }))
    }

    /// Returns the passes over the images in an epoch (counted from 1); each pass has its own
    /// order.
    fn passes(&self, epoch: usize) -> impl Iterator<Item = u64> {
        let each = self.batches().div_ceil(self.loader.batches().max(1)) as u64;
        let first = (epoch as u64).saturating_sub(1).saturating_mul(each);
        (1..=each).map(move |pass| first.saturating_add(pass))
    }
}

impl<const D: usize> BatchSource for TensorBatches<D> {
    type Input = Tensor<D>;

    fn epoch<'a>(&'a self, epoch: usize, device: &'a Device) -> Batches<'a, Tensor<D>> {
        self.tensors(epoch, move |_| Some(device))
    }

    fn epoch_on<'a>(&'a self, epoch: usize, devices: BatchDevices<'a>) -> Batches<'a, Tensor<D>> {
        self.tensors(epoch, move |batch| devices.device(batch))
    }

    fn batches(&self) -> usize {
        self.steps.unwrap_or_else(|| self.loader.batches())
    }
}
