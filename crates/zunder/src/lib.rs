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
//! Each run has its own folder (see [`RunFolder`]); [`Run::open`] opens it again. The lower layers
//! are re-exported: [`data`], [`fetch`], [`models`], [`train`], [`eval`], [`report`], [`random`].
//!
//! # Features
//!
//! | feature | contents |
//! |---|---|
//! | `flex` (default), `ndarray`, `wgpu`, `vulkan`, `metal`, `cuda`, `rocm` | the backends: at least one is required |
//! | `remote` | devices of other processes and machines: client and server |
//! | `report` (default) | `report.html` and `pictures/` of a run, [`compare`], [`Sweep`], [`doctor`], [`preview`], the annotated configuration |
//! | `fetch` (default) | [`download`] |
//!
//! A program that only predicts needs neither `report` nor `fetch`:
//! `default-features = false, features = ["flex"]`. It loads a [`Predictor`].

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]
#![cfg_attr(not(feature = "report"), allow(dead_code, reason = "pages and pictures use it"))]

mod backend;
mod config;
mod device;
mod error;
mod events;
mod exchange;
mod folder;
mod images;
mod plan;
mod remote;
mod run;
mod threads;
mod tools;
mod trials;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use backend::{Backend, compiled_in, program};
pub use config::{
    DataConfig, DatasetName, ModelConfig, ModelKind, Preset, RunConfig, TestTimeAugmentation,
    expected_one_of, parse_setting,
};
pub use device::{Adapter, AdapterKind, DeviceEntry, device, devices};
#[cfg(feature = "remote")]
pub use device::{ServeConfig, ServeEvent, remote_devices, serve_device};
pub use error::{Change, RunError};
pub use events::{BenchmarkPart, EventLog, Loading, RunEvents, RunOptions};
pub use exchange::{ExportFormat, ImportRecord};
pub use folder::{FolderLock, RunFolder};
#[cfg(feature = "report")]
pub use folder::{check_replaceable, page_of};
#[cfg(feature = "fetch")]
pub use images::download;
pub use images::{Preprocessing, TensorBatches};
pub use plan::{Plan, Transfer};
#[cfg(feature = "remote")]
pub use remote::device_token;
pub use run::{
    Answers, ChosenThreshold, Model, Prediction, Predictor, PreparedRun, Run, RunEvaluation,
    Threshold,
};
pub use tools::{
    Benchmark, BenchmarkConfig, FixedBatch, LearningRateRange, ProductSize, Products, Rounds,
    Throughput, benchmark, find_lr, time_steps,
};
#[cfg(feature = "report")]
pub use tools::{Check, DoctorReport, Preview, PreviewConfig, Verdict, doctor, preview};
#[cfg(feature = "report")]
pub use trials::{
    Axis, AxisValues, HalvingConfig, PointEnd, RunComparison, Rung, RungRecord, Sweep, SweepConfig,
    SweepPoint, TrialRecord, compare,
};
pub use trials::{CrossValidation, CrossValidationRecord, Trial, Trials};

/// The version of Burn whose [`Device`](burn::tensor::Device) and tensors the public signatures
/// use.
pub use burn;
/// The version of TOML whose [`Value`](toml::Value) the settings use: see [`parse_setting`].
pub use toml;

pub use zunder_data as data;
pub use zunder_eval as eval;
#[cfg(feature = "fetch")]
pub use zunder_fetch as fetch;
pub use zunder_models as models;
pub use zunder_random as random;
#[cfg(feature = "report")]
pub use zunder_report as report;
pub use zunder_train as train;
