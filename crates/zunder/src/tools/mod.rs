//! What helps before a run: checks, the choice of a learning rate, previews, benchmarks.

pub(crate) mod benchmark;
pub(crate) mod doctor;
mod find_lr;
pub(crate) mod preview;

pub use benchmark::{
    Benchmark, BenchmarkConfig, BenchmarkPart, BenchmarkProgress, FixedBatch, ProductSize,
    Products, Rounds, Throughput, benchmark, time_steps,
};
pub use doctor::{Check, DoctorReport, Verdict, doctor};
pub use find_lr::{LearningRateRange, find_lr};
pub use preview::{Preview, PreviewConfig, preview};
