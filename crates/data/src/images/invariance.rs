//! The changes of an image that preserve its label.

use serde::{Deserialize, Serialize};

/// The changes that preserve the labels of a data set. A mirrored cat is a cat; a mirrored 2 is no
/// digit, and a 6 upside down is a 9.
///
/// Shifts, scales, small shears and deformations, colours and covering are assumed to preserve
/// every label.
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
    /// Mirroring left and right.
    pub horizontal_flip: bool,
    /// Mirroring top and bottom.
    pub vertical_flip: bool,
    /// The largest rotation in either direction in degrees, 0 to 180.
    pub rotation: f32,
}

impl LabelInvariance {
    /// Objects that may be seen from any side, as in CIFAR-10.
    pub const OBJECTS: Self = Self { horizontal_flip: true, vertical_flip: true, rotation: 180.0 };

    /// Objects with a top and a bottom, such as the clothes of Fashion-MNIST: mirrored left and
    /// right but not upside down, and rotated by less than 45 degrees.
    pub const UPRIGHT: Self = Self { horizontal_flip: true, vertical_flip: false, rotation: 44.0 };

    /// Digits and letters, as in MNIST: not mirrored, and rotated by less than 45 degrees.
    pub const CHARACTERS: Self =
        Self { horizontal_flip: false, vertical_flip: false, rotation: 44.0 };
}
