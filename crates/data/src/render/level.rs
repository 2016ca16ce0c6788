//! Rounds pixel values to whole levels.

/// Returns the nearest whole level of a value of 0 to 255.
#[inline]
pub(crate) fn level(value: f32) -> u8 {
    (value + 0.5) as u8
}
