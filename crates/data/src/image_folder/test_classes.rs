//! Matches the classes of an official test part with those of the training part, in the same
//! spelling or one that looks alike.

use std::path::Path;

use crate::{DataError, names};

/// Returns the label of each class of the test part. Classes in another spelling are added to
/// `respelt`, with the name in the training part.
///
/// # Errors
///
/// Returns [`DataError::ClassOnlyInTest`] for a class that the training part does not have, with
/// the most similar name.
pub(super) fn labels(
    tested: &[String],
    trained: &[String],
    train: &Path,
    test: &Path,
    respelt: &mut Vec<(String, String)>,
) -> Result<Vec<u32>, DataError> {
    let label = |class: &String| {
        let Some(label) = names::find(class, trained) else {
            let nearest =
                names::nearest(class, trained.iter().map(String::as_str)).map(names::quoted);
            return Err(DataError::ClassOnlyInTest {
                path: test.join(class),
                train: train.to_path_buf(),
                nearest,
            });
        };
        if trained[label] != *class {
            respelt.push((class.clone(), trained[label].clone()));
        }
        Ok(label as u32)
    };
    tested.iter().map(label).collect()
}
