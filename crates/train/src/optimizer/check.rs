//! Checks of settings against their ranges.

use crate::TrainError;

/// Returns true if a setting is positive and finite in 32 bits, in which it is used.
pub(super) fn positive(value: f64) -> bool {
    (value as f32).is_finite() && value as f32 > 0.0
}

/// Returns true if a setting is at least 0 and below 1 in 32 bits, in which it is used.
pub(super) fn below_one(value: f64) -> bool {
    (0.0..1.0).contains(&(value as f32))
}

/// Returns true if a setting is finite and at least 0 in 32 bits, in which it is used.
pub(super) fn not_negative(value: f64) -> bool {
    (value as f32).is_finite() && value >= 0.0
}

/// Returns an error unless `good`.
pub(super) fn check(
    key: &'static str,
    got: f64,
    good: bool,
    expected: &'static str,
) -> Result<(), TrainError> {
    if good { Ok(()) } else { Err(TrainError::Setting { key, got: got.to_string(), expected }) }
}
