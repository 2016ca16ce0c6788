//! Constructors of errors, and parts of their messages.

use std::borrow::Cow;
use std::fmt::Display;
use std::io;
use std::path::Path;

use super::DataError;

impl DataError {
    /// Creates the error of a value out of its range.
    pub(crate) fn setting(
        name: impl Into<Cow<'static, str>>,
        got: impl Display,
        expected: impl Into<String>,
    ) -> Self {
        Self::Setting { name: name.into(), got: got.to_string(), expected: expected.into() }
    }
}

/// Puts `before` and `what` in brackets, unless `what` is empty.
pub(super) fn in_brackets(before: &str, what: &str) -> String {
    if what.is_empty() { String::new() } else { format!("{before} ({what})") }
}

/// Creates the error of a file that cannot be read.
pub(crate) fn unreadable(path: &Path, reason: io::Error) -> DataError {
    DataError::Read { path: path.to_path_buf(), reason }
}

/// Formats the suggestion of the most similar name.
pub(crate) fn meant(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean {name}?)"))
}
