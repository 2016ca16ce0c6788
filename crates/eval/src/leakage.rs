//! What makes the figures of a run better than they are: images that its weights knew before.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Stands beside each figure of a run that has a [`Leakage`].
pub const LEAKAGE_MARK: &str = "†";

/// Which images a run was validated and tested on although its weights had learnt from them before
/// it began, in a run that it started from. [`Display`](fmt::Display) says it in a sentence.
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
///     "leakage: 0 of 50 validation images and 12 of 100 test images were learnt from before, by runs/a"
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Leakage {
    /// Validation images that a run of the chain had learnt from.
    pub validation: usize,
    /// All validation images.
    pub validation_images: usize,
    /// Test images that a run of the chain had learnt from.
    pub test: usize,
    /// All test images.
    pub test_images: usize,
    /// The runs that had learnt from these images.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub learnt_by: Vec<String>,
    /// Runs and imports of the chain whose training images are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
}

impl Leakage {
    /// Whether there is nothing to tell.
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
                 {test_images} test images were \
                 learnt from before, by {}",
                learnt_by.join(", ")
            )?;
            if !unknown.is_empty() {
                f.write_str("; ")?;
            }
        }
        if !unknown.is_empty() {
            let runs = unknown.join(", ");
            write!(
                f,
                "possible leakage: the images that the weights of {runs} learnt from are not known"
            )?;
        }
        Ok(())
    }
}
