//! Range checks of the steps' settings. An error names the key, the value and the expected range.

use std::fmt::Display;

use crate::DataError;

/// The step and its setting.
type Key<'a> = (&'a str, &'a str);

pub(super) fn probability(step: &str, got: f32) -> Result<(), DataError> {
    check((0.0..=1.0).contains(&got), (step, "probability"), got, "a probability, 0 to 1")
}

/// Checks that a value is in 0 to `most`.
pub(super) fn fraction(key: Key, got: f32, most: f32) -> Result<(), DataError> {
    check((0.0..=most).contains(&got), key, got, &format!("0 to {most}"))
}

/// Checks that an angle is in 0 to `most` degrees.
pub(super) fn degrees(key: Key, got: f32, most: f32) -> Result<(), DataError> {
    check((0.0..=most).contains(&got), key, got, &format!("an angle of 0 to {most} degrees"))
}

/// Checks that a value is above 0 and at most `most`.
pub(super) fn positive(key: Key, got: f32, most: f32) -> Result<(), DataError> {
    check(got > 0.0 && got <= most, key, got, &format!("above 0 and at most {most}"))
}

/// Checks a range: two ascending numbers above 0 and at most `most`.
pub(super) fn positive_range(key: Key, got: [f32; 2], most: f32) -> Result<(), DataError> {
    let fits = got[0] > 0.0 && got[0] <= got[1] && got[1] <= most && got[1].is_finite();
    let end = if most < f32::MAX { format!(", at most {most}") } else { String::new() };
    let expected = format!("two numbers above 0{end}, the smaller first");
    if fits { Ok(()) } else { Err(refusal(key, format!("{got:?}"), expected)) }
}

/// Checks a range: two ascending numbers within bounds.
pub(super) fn range(key: Key, got: [f32; 2], [least, most]: [f32; 2]) -> Result<(), DataError> {
    let fits = least <= got[0] && got[0] <= got[1] && got[1] <= most;
    let expected = format!("two numbers of {least} to {most}, the smaller first");
    if fits { Ok(()) } else { Err(refusal(key, format!("{got:?}"), expected)) }
}

/// Checks that a whole number is within bounds.
pub(super) fn whole(key: Key, got: usize, [least, most]: [usize; 2]) -> Result<(), DataError> {
    if (least..=most).contains(&got) {
        Ok(())
    } else {
        Err(refusal(key, got, format!("{least} to {most}")))
    }
}

fn check(fits: bool, key: Key, got: f32, expected: &str) -> Result<(), DataError> {
    if fits { Ok(()) } else { Err(refusal(key, got, expected)) }
}

fn refusal((step, setting): Key, got: impl Display, expected: impl Into<String>) -> DataError {
    DataError::setting(format!("{step}.{setting}"), got, expected)
}
