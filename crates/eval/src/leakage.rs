//! Leakage: validation and test images that the initial weights were trained on.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The mark beside each figure of a run that has a [`Leakage`].
pub const LEAKAGE_MARK: &str = "†";

/// The validation and test images of a run that its initial weights were trained on, by an earlier
/// run. [`Display`](fmt::Display) describes it in one sentence.
///
/// ```
/// use zunder_eval::Leakage;
///
/// let mut leakage = Leakage::default();
/// assert!(leakage.is_none());
/// (leakage.test, leakage.test_images, leakage.validation_images) = (12, 100, 50);
/// leakage.learnt_by = vec!["runs/a".to_owned()];
/// assert_eq!(
///     leakage.to_string(),
///     "leakage: 0 of 50 validation images and 12 of 100 test images were trained on before, \
///      by runs/a"
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Leakage {
    /// The number of validation images that an earlier run trained on.
    pub validation: usize,
    /// The number of all validation images.
    pub validation_images: usize,
    /// The number of test images that an earlier run trained on.
    pub test: usize,
    /// The number of all test images.
    pub test_images: usize,
    /// The earlier runs that trained on these images.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub learnt_by: Vec<String>,
    /// Earlier runs and imports whose training images are unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
}

impl Leakage {
    /// Returns whether there is no known or possible leakage.
    pub fn is_none(&self) -> bool {
        self.validation == 0 && self.test == 0 && self.unknown.is_empty()
    }
}

impl fmt::Display for Leakage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { validation, validation_images, test, test_images, learnt_by, unknown } = self;
        if *validation > 0 || *test > 0 {
            write!(
                f,
                "leakage: {validation} of {validation_images} validation images and {test} of \
                 {test_images} test images were trained on before, by {}",
                learnt_by.join(", ")
            )?;
            if !unknown.is_empty() {
                f.write_str("; ")?;
            }
        }
        if !unknown.is_empty() {
            let runs = unknown.join(", ");
            write!(f, "possible leakage: the training images of {runs} are unknown")?;
        }
        Ok(())
    }
}
