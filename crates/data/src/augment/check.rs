//! Ranges of the steps' settings, each refused with its key, its value and what was expected.

use crate::DataError;

pub(super) fn probability(key: &'static str, got: f32) -> Result<(), DataError> {
    check((0.0..=1.0).contains(&got), key, got, "a probability, 0 to 1")
}

/// From 0 to `most`.
pub(super) fn fraction(key: &'static str, got: f32, most: f32) -> Result<(), DataError> {
    check((0.0..=most).contains(&got), key, got, &format!("0 to {most}"))
}

/// From 0 to `most` degrees.
pub(super) fn degrees(key: &'static str, got: f32, most: f32) -> Result<(), DataError> {
    check((0.0..=most).contains(&got), key, got, &format!("an angle of 0 to {most} degrees"))
}

/// Above 0, to `most`.
pub(super) fn positive(key: &'static str, got: f32, most: f32) -> Result<(), DataError> {
    check(got > 0.0 && got <= most, key, got, &format!("above 0 and at most {most}"))
}

/// A least and a most, above 0 and at most `most`.
pub(super) fn positive_range(key: &'static str, got: [f32; 2], most: f32) -> Result<(), DataError> {
    let fits = got[0] > 0.0 && got[0] <= got[1] && got[1] <= most && got[1].is_finite();
    let end = if most < f32::MAX { format!(", at most {most}") } else { String::new() };
    let expected = format!("two numbers above 0{end}, the smaller first");
    if fits { Ok(()) } else { Err(DataError::setting(key, format!("{got:?}"), expected)) }
}

/// A least and a most, within bounds.
pub(super) fn range(key: &'static str, got: [f32; 2], [least, most]: [f32; 2]) -> Result<(), DataError> {
    let fits = least <= got[0] && got[0] <= got[1] && got[1] <= most;
    let expected = format!("two numbers of {least} to {most}, the smaller first");
    if fits { Ok(()) } else { Err(DataError::setting(key, format!("{got:?}"), expected)) }
}

fn check(fits: bool, key: &'static str, got: f32, expected: &str) -> Result<(), DataError> {
    if fits { Ok(()) } else { Err(DataError::setting(key, got, expected)) }
}
