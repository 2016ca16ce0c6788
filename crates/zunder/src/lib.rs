//! A training run as a library: configure, train, resume, evaluate, predict.
//!
//! ```no_run
//! use zunder::{ModelKind, Run, RunConfig, RunOptions};
//!
//! let mut config = RunConfig::preset(ModelKind::Mlp);
//! config.epochs = 10;
//! let run = Run::train(&config, RunOptions::default())?;
//! if let Some(test) = run.test()? {
//!     println!("{}: test accuracy {:.1} %", run.path().display(), 100.0 * test.accuracy);
//! }
//! # Ok::<(), zunder::RunError>(())
//! ```
//!
//! A run lives in a folder of its own (see [`RunFolder`]); [`Run::open`] takes one up again. The
//! layers beneath are re-exported: [`data`], [`fetch`], [`models`], [`train`], [`eval`],
//! [`report`], [`random`].

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod batches;
mod benchmark;
mod changes;
mod checksums;
mod claim;
mod compare;
mod config;
mod coverage;
mod cross_validation;
mod data_config;
mod data_hash;
mod dataset;
mod dataset_name;
mod description;
mod device;
mod divergence;
mod doctor;
mod download;
mod environment;
mod error;
mod evaluation;
mod export;
mod find_lr;
mod folder;
mod folder_kind;
mod foreign;
mod holdout;
mod import;
mod init_from;
mod layers;
mod lineage;
mod listening;
mod loaded;
mod model;
mod page;
mod parts;
mod plan;
mod predict;
mod preset;
mod preview;
mod recorder;
mod replaceable;
mod run;
mod sealed;
mod session;
mod settings;
mod stored;
mod sweep;
mod trial;
mod tta;
mod without_effect;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use benchmark::{
    Benchmark, BenchmarkConfig, BenchmarkPart, FixedBatch, ProductSize, Products, Rounds,
    Throughput, benchmark, time_steps,
};
pub use changes::Change;
pub use claim::FolderLock;
pub use compare::{Comparison, compare};
pub use config::RunConfig;
pub use cross_validation::{CrossValidation, CrossValidationRecord};
pub use data_config::DataConfig;
pub use dataset_name::DatasetName;
pub use device::{
    Adapter, AdapterKind, Backend, DeviceEntry, compiled_in, device, devices, program,
};
pub use doctor::{Check, Diagnosis, Verdict, doctor};
pub use download::download;
pub use error::RunError;
pub use evaluation::{ChosenThreshold, Evaluation, Threshold};
pub use find_lr::{LearningRateRange, find_lr};
pub use folder::{Preprocessing, RunFolder};
pub use folder_kind::page_of;
pub use import::ImportRecord;
pub use layers::parse_setting;
pub use model::{Model, ModelConfig, ModelKind};
pub use plan::Plan;
pub use predict::{Answers, Prediction};
pub use preset::Preset;
pub use preview::{Preview, PreviewConfig, preview};
pub use replaceable::check_replaceable;
pub use run::{Run, RunOptions};
pub use session::{Loading, RunEvents};
pub use settings::expected_one_of;
pub use sweep::{Axis, AxisValues, Sweep, SweepConfig, SweepPoint, TrialRecord};
pub use trial::{Trial, Trials};
pub use tta::TestTimeAugmentation;

/// The Burn whose [`Device`](burn::tensor::Device) and tensors stand in the signatures here and
/// beneath.
pub use burn;
/// The TOML whose [`Value`](toml::Value) a single setting has: see [`parse_setting`].
pub use toml;

pub use zunder_data as data;
pub use zunder_eval as eval;
pub use zunder_fetch as fetch;
pub use zunder_models as models;
pub use zunder_random as random;
pub use zunder_report as report;
pub use zunder_train as train;
