//! What helps before a run: checks, the choice of a learning rate, previews, benchmarks.

pub(crate) mod benchmark;
#[cfg(feature = "report")]
pub(crate) mod doctor;
mod find_lr;
#[cfg(feature = "report")]
pub(crate) mod preview;

pub use benchmark::{
    Benchmark, BenchmarkConfig, FixedBatch, ProductSize, Products, Rounds, Throughput, benchmark,
    time_steps,
};
#[cfg(feature = "report")]
pub use doctor::{Check, DoctorReport, Verdict, doctor};
pub use find_lr::{LearningRateRange, find_lr};
#[cfg(feature = "report")]
pub use preview::{Preview, PreviewConfig, preview};
