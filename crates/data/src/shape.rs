//! The size of an image.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The size of one image: channels, rows and columns.
///
/// ```
/// let shape = zunder_data::ImageShape { channels: 3, height: 32, width: 32 };
/// assert_eq!(shape.len(), 3072);
/// assert_eq!(shape.to_string(), "3x32x32");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageShape {
    /// Colour channels: 1 for grey, 3 for red, green, blue.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl ImageShape {
    /// Returns the number of values in one image: `channels * height * width`, capped at the
    /// largest `usize`.
    pub const fn len(self) -> usize {
        self.channels.saturating_mul(self.height).saturating_mul(self.width)
    }

    /// Returns whether an image of this shape has no pixel.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl fmt::Display for ImageShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.channels, self.height, self.width)
    }
}
