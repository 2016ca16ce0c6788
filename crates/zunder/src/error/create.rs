//! Creates common errors.

use std::io;
use std::path::Path;

use super::RunError;

impl RunError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    pub(crate) fn config(origin: impl Into<String>, problem: impl std::fmt::Display) -> Self {
        Self::Config { origin: origin.into(), problem: problem.to_string() }
    }
}
