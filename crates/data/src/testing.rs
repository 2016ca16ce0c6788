//! Helpers of the tests.

use std::path::Path;

use crate::DataError;

/// Compares an error's message, in which `dir` is written as DIR, and searches its hint for `hint`.
#[track_caller]
pub(crate) fn check_error(error: &DataError, dir: &Path, message: &str, hint: &str) {
    assert_eq!(
        error.to_string().replace(&dir.display().to_string(), "DIR").replace('\\', "/"),
        message
    );
    assert!(error.hint().is_some_and(|text| text.contains(hint)), "{:?}", error.hint());
}
