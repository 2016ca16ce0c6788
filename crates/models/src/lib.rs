//! The linear classifier, the multilayer perceptron and the residual MLP as [Burn](burn) modules,
//! with activations, initialisation and a summary of their cost.
//!
//! A model maps a batch of standardised images, flattened to `[N, features]`, to one score per
//! class, `[N, classes]` (lecture 6a.2). The caller chooses the device; this crate enables no
//! backend.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use zunder_models::{Key, MlpConfig};
//!
//! let device = Device::flex(); // needs burn's feature `flex`
//! let mlp = MlpConfig { hidden: vec![64, 32], ..MlpConfig::default() }.init(
//!     3 * 8 * 8,
//!     10,
//!     Key::new(1),
//!     &device,
//! )?;
//! let scores = mlp.forward(Tensor::zeros([5, 192], &device));
//! assert_eq!(scores.dims(), [5, 10]);
//! # Ok::<(), zunder_models::ModelError>(())
//! ```

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]
#![allow(
    clippy::result_large_err,
    reason = "an operation without a kernel for its input returns it"
)]

mod activation;
#[cfg(feature = "flex")]
mod activation_flex;
mod activation_layer;
#[cfg(feature = "flex")]
mod batch_norm_flex;
#[cfg(feature = "flex")]
mod bf16;
#[cfg(feature = "flex")]
mod bias;
#[cfg(feature = "flex")]
mod blocks;
mod column_means;
#[cfg(feature = "flex")]
mod column_means_flex;
#[cfg(feature = "flex")]
mod columns;
mod dense;
#[cfg(feature = "flex")]
mod dense_flex;
mod dropout;
#[cfg(feature = "flex")]
mod elementary;
mod error;
#[cfg(feature = "flex")]
mod flex;
#[cfg(feature = "flex")]
mod function;
mod initializer;
#[cfg(feature = "flex")]
mod layer_norm_flex;
mod layer_product;
mod linear_classifier;
#[cfg(feature = "flex")]
mod matrix;
mod mlp;
#[cfg(feature = "flex")]
mod narrow_flex;
mod norm;
mod observer;
mod precision;
#[cfg(feature = "flex")]
mod prelu_flex;
mod product;
#[cfg(feature = "flex")]
mod product_flex;
mod residual_block;
mod residual_mlp;
#[cfg(feature = "flex")]
mod rows;
#[cfg(feature = "flex")]
mod shortcut_flex;
mod summary;
#[cfg(feature = "flex")]
mod tasks;
#[cfg(test)]
mod threads;
mod windows;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The version of Burn whose tensors, devices and modules are part of this crate's interface. To
/// use its derive macros, a program needs a dependency on the same version.
pub use burn;

pub use activation::Activation;
pub use activation_layer::ActivationLayer;
pub use column_means::ColumnMeans;
pub use dense::DenseLayer;
pub use dropout::dropout;
pub use error::ModelError;
pub use initializer::Initializer;
pub use layer_product::LayerProduct;
pub use linear_classifier::{LinearClassifier, LinearClassifierConfig};
pub use mlp::{Mlp, MlpConfig};
pub use norm::Norm;
pub use observer::Observer;
pub use precision::Precision;
pub use residual_block::ResidualBlock;
pub use residual_mlp::{ResidualMlp, ResidualMlpConfig};
pub use summary::{LayerSummary, Summary};
pub use windows::Windows;
pub use zunder_random::Key;
