//! Zunder in Burn's own training, in both directions.
//!
//! Zunder's parts in [`SupervisedTraining`](burn::train::SupervisedTraining):
//!
//! - [`ImageLoader`]: the loader of `zunder_data`, with augmentation, mixing and soft labels, as a
//!   Burn [`DataLoader`](burn::data::dataloader::DataLoader), for models of your own too.
//! - [`Learnable`]: any [`Classifier`](zunder_train::Classifier) as a model for Burn's learner.
//! - [`ExactMetric`] and [`ConfusionMetric`]: scores of `zunder_eval` over the whole set as Burn
//!   metrics.
//! - [`burn_optimizer`] and [`UpdateRates`]: an optimiser and a schedule of Zunder's configuration
//!   for Burn's learner.
//!
//! Zunder's training in Burn's program:
//!
//! - [`FitStrategy`]: a training strategy that runs [`zunder_train::fit`], with whole checkpoints,
//!   resuming bit for bit, the weights of the best epoch, and early stopping. The program keeps its
//!   learner, its dashboard and its metrics.
//!
//! With the feature `run`, `train_run` trains a run of `zunder` by Burn's learner.
//!
//! `examples/cifar10_learner.rs` and `examples/cifar10_strategy.rs` show both.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod batch;
mod confusion;
mod error;
mod learnable;
mod loader;
mod metric;
mod optimizer;
mod predictions;
mod progress;
#[cfg(feature = "run")]
mod run;
mod source;
mod strategy;
mod tape;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The Burn whose types stand in this crate's signatures, with its module `train`.
pub use burn;

pub use batch::LearnerBatch;
pub use confusion::ConfusionMetric;
pub use error::BurnTrainError;
pub use learnable::Learnable;
pub use loader::ImageLoader;
pub use metric::ExactMetric;
pub use optimizer::{UpdateRates, burn_optimizer};
pub use predictions::{Outputs, PredictionsInput};
#[cfg(feature = "run")]
pub use run::{LearnerEpoch, train_run};
pub use strategy::{FitStrategy, FitSummary};
pub use zunder_data::Loader;
pub use zunder_random::Key;
pub use zunder_train as train;
