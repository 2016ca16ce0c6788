//! Which changes of an image leave its label true.

use serde::{Deserialize, Serialize};

/// Which changes leave the labels of a data set true. A mirrored cat is a cat; a mirrored 2 is no
/// digit, and a 6 upside down is a 9.
///
/// Shifts, scales, slight slants and bends, colours and covers are taken to keep every label.
///
/// ```
/// use zunder_data::{AugmentConfig, LabelInvariance};
///
/// let light = AugmentConfig::preset("light")?;
/// assert!(light.check_labels(LabelInvariance::OBJECTS).is_ok());
/// let error = light.check_labels(LabelInvariance::CHARACTERS).unwrap_err();
/// assert!(error.to_string().contains("horizontal_flip"));
/// # Ok::<(), zunder_data::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelInvariance {
    /// The mirror image from left to right.
    pub horizontal_flip: bool,
    /// The mirror image from top to bottom.
    pub vertical_flip: bool,
    /// A turn by up to this many degrees either way, 0 to 180.
    pub rotation: f32,
}

impl LabelInvariance {
    /// Things that are the same from every side, as in CIFAR-10.
    pub const OBJECTS: Self = Self { horizontal_flip: true, vertical_flip: true, rotation: 180.0 };

    /// Things that have a top and a bottom, as the clothes of Fashion-MNIST: mirrored from left to
    /// right, but not upside down, and turned by less than 45 degrees.
    pub const UPRIGHT: Self = Self { horizontal_flip: true, vertical_flip: false, rotation: 44.0 };

    /// Digits and letters, as in MNIST: not mirrored, and turned by less than 45 degrees.
    pub const CHARACTERS: Self =
        Self { horizontal_flip: false, vertical_flip: false, rotation: 44.0 };
}
