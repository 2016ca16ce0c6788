//! Training for any [Burn](burn) module that maps a batch to class scores: losses, optimisers,
//! schedules, the loop, early stopping and checkpoints.
//!
//! Implement [`Classifier`] for the module and [`BatchSource`] for the data, then call [`fit`]. The
//! loop owns the model, tells an [`Events`] listener what happens, keeps the weights of the best
//! validation epoch, writes a whole [checkpoint](Checkpoint) after each epoch, and goes on from one
//! bit for bit. `examples/own_model.rs` shows it with a module and data of one's own.
//!
//! Why not Burn's `SupervisedTraining`: its learner shares the parameters (so each update copies
//! them), its checkpoints are several files and lack half of the state, and it returns the last
//! epoch's weights.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod batch;
mod batch_devices;
mod best;
mod checkpoint;
mod classifier;
mod computed_batch;
mod context;
mod devices;
mod divergence;
mod early_stopping;
mod epoch_progress;
mod error;
mod evaluate;
mod events;
mod file_kind;
mod fit;
mod gradient_accumulator;
mod gradient_check;
mod gradients;
mod health;
mod host_memory;
mod interrupt;
mod journal;
mod loss;
mod metric;
mod optimizer;
mod parameters;
mod range_test;
mod schedule;
mod scored_batch;
mod stagnation;
mod stop_point;
mod targets;
mod train_epoch;
mod validate_epoch;
mod weights_file;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The Burn whose tensors, devices and modules stand in this crate's signatures. Its derive macros
/// need a dependency of one's own on the same version.
pub use burn;

pub use batch::{BatchSource, Batches, LabelledBatch, SourceError};
pub use batch_devices::BatchDevices;
pub use checkpoint::{
    Checkpoint, UNFINISHED, append, load_weights, load_weights_but, read_foreign_weights,
    read_weights, save_weights, tensors, with_tensors, write_atomically, write_weights,
};
pub use classifier::Classifier;
pub use context::FitContext;
pub use divergence::{Divergence, OnNan, Rollback, RollbackConfig};
pub use early_stopping::{BestEpoch, EarlyStoppingConfig, Monitor};
pub use error::TrainError;
pub use evaluate::{Evaluation, evaluate, softmax};
pub use events::{Events, StepReport};
pub use file_kind::FileKind;
pub use fit::{FitConfig, Fitted, Outcome, fit};
pub use gradient_check::{GradientError, gradient_errors};
pub use gradients::GradientsConfig;
pub use health::{ActivationHealth, LayerActivations};
pub use interrupt::Interrupt;
pub use loss::{ClassWeights, CrossEntropyConfig, Loss, LossFunction};
pub use metric::Metric;
pub use optimizer::{
    AdaGradConfig, AdamConfig, AdamWConfig, BurnOptimizer, FitOptimizer, LassoConfig, LionConfig,
    OptimizerConfig, RmsPropConfig, SgdConfig, UpdateNorms,
};
pub use parameters::{NamedTensor, named_tensors};
pub use range_test::{RangePoint, RangeTest, RangeTestConfig, range_test};
pub use schedule::{
    CosineConfig, CosineRestartsConfig, ExponentialConfig, LearningRate, LinearConfig,
    MultiStepConfig, OneCycleConfig, PlateauConfig, Schedule, ScheduleKind, StepConfig,
};
pub use scored_batch::ScoredBatch;
pub use targets::Targets;
pub use weights_file::{WeightsFile, read_note, read_shapes, read_weights_file};
pub use zunder_eval::{EpochRecord, HealthProblem, HealthRecord, HealthWarning};
pub use zunder_random::Key;
