//! Several trainings: trials without a folder, cross-validation, sweeps, and comparisons of runs.

#[cfg(feature = "report")]
mod compare;
mod cross_validation;
mod paused;
#[cfg(feature = "report")]
mod sweep;
mod trial;

#[cfg(feature = "report")]
pub use compare::{RunComparison, compare};
pub use cross_validation::{CrossValidation, CrossValidationRecord};
#[cfg(feature = "report")]
pub use sweep::{
    Axis, AxisValues, HalvingConfig, PointEnd, Rung, RungRecord, Sweep, SweepConfig, SweepPoint,
    TrialRecord,
};
pub use trial::{Trial, Trials};
