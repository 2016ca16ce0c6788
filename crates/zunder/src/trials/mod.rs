//! Several trainings: trials without a folder, cross-validation, sweeps, and comparisons of runs.

mod compare;
mod cross_validation;
mod sweep;
mod trial;

pub use compare::{RunComparison, compare};
pub use cross_validation::{CrossValidation, CrossValidationRecord};
pub use sweep::{Axis, AxisValues, Sweep, SweepConfig, SweepPoint, TrialRecord};
pub use trial::{Trial, Trials};
