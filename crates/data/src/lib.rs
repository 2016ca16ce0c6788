//! Image data sets, splits, standardisation, augmentation and batches for training classifiers.
//!
//! The way from files or a seed to the batches of an epoch has five steps, each of which can be
//! used alone:
//!
//! 1. [`cifar10::load`], [`cifar100::load`] or [`idx::load`] (MNIST, Fashion-MNIST,
//!    Kuzushiji-MNIST) reads a [`Dataset`], or [`shapes::ShapesConfig::generate`] draws one. Its
//!    images are 8-bit, in one buffer ([`Images`]), or in mapped files if the set is larger than
//!    memory ([`Storage`]; [`records`] reads folders of any number of records in CIFAR's layout).
//!    Folders of image files are read by `image_folder`, behind the feature `image-folder`.
//! 2. [`Split::stratified`] takes validation images from the training part. The test part stays
//!    whole, and is used at the end.
//! 3. [`Standardisation::fit`] measures mean and deviation of the training images.
//! 4. [`AugmentConfig::init`] makes the [`Pipeline`] that converts an image to floats, randomly
//!    changed in training.
//! 5. A [`Loader`] delivers an epoch as [`Batch`]es, prepared ahead on its own threads.
//!
//! Everything random comes from a [`zunder_random::Key`]: the same key gives the same bytes on
//! every machine, at any number of threads.
//!
//! ```
//! use std::sync::Arc;
//! use zunder_data::{
//!     AugmentConfig, Loader, LoaderConfig, Split, Standardisation, shapes::ShapesConfig,
//! };
//! use zunder_random::Key;
//!
//! let data = ShapesConfig { train: 200, test: 50, seed: 1 }.generate()?;
//! let split =
//!     Split::stratified(data.train.labels(), data.classes.len(), 40, Key::new(1).named("split"))?;
//! let standardisation = Standardisation::fit(&data.train, &split.train)?;
//! let pipeline = AugmentConfig::preset("light")?.init(data.train.shape(), &standardisation)?;
//! let config = LoaderConfig { batch_size: 64, ..Default::default() };
//! let loader = Loader::new(
//!     Arc::new(data.train),
//!     split.train,
//!     pipeline,
//!     config,
//!     Key::new(1).named("train"),
//! )?;
//! for batch in loader.epoch(0) {
//!     let batch = batch?;
//!     assert_eq!(batch.pixels.len(), batch.len() * 3 * 32 * 32);
//! }
//! assert_eq!(loader.batches(), 3); // 64 + 64 + 32 images
//! # Ok::<(), zunder_data::DataError>(())
//! ```

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod augment;
mod error;
mod formats;
mod hash;
#[cfg(feature = "image-folder")]
pub mod image_folder;
mod images;
mod loader;
pub mod names;
mod pipeline;
mod render;
mod shape;
pub mod shapes;
mod split;
#[cfg(test)]
mod testing;
pub mod text;
mod watch;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use augment::{
    AugmentConfig, AutoContrast, Blur, Crop, CutMix, Cutout, Elastic, Equalise, Erasing, Flip,
    Gamma, Grayscale, Hue, Jitter, MixUp, Mixing, Noise, Perspective, Posterise, RandAugment,
    ResizedCrop, Rotation, Scale, Shear, Shift, Solarise, TrivialAugment,
};
pub use error::DataError;
pub use formats::{cifar10, cifar100, idx, records};
pub use hash::{
    DatasetHash, HashAlgorithm, content_digest, contradictory_labels, distinct_digests,
    pixel_digest,
};
pub use images::{Dataset, Images, LabelInvariance, Standardisation, Storage, Variation};
pub use loader::{Batch, BatchIter, Loader, LoaderConfig, Sampler, Sampling};
pub use pipeline::Pipeline;
pub use render::sample::{Border, Interpolation};
pub use shape::ImageShape;
pub use split::{Folds, GroupTable, Selection, Split, units};
pub use watch::Watch;
pub use zunder_random::Key;
