//! Checks of settings against their ranges.

use crate::TrainError;

/// Whether a setting is a positive number where it is used, in 32 bits.
pub(super) fn positive(value: f64) -> bool {
    (value as f32).is_finite() && value as f32 > 0.0
}

/// Whether a setting is a share below 1 where it is used, in 32 bits.
pub(super) fn below_one(value: f64) -> bool {
    (0.0..1.0).contains(&(value as f32))
}

/// Whether a setting is a number of at least 0 where it is used, in 32 bits.
pub(super) fn not_negative(value: f64) -> bool {
    (value as f32).is_finite() && value >= 0.0
}

/// An error unless `good`.
pub(super) fn check(
    key: &'static str,
    got: f64,
    good: bool,
    expected: &'static str,
) -> Result<(), TrainError> {
    if good { Ok(()) } else { Err(TrainError::Setting { key, got: got.to_string(), expected }) }
}
