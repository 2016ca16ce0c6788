//! The same functions in a build without remote devices, where they do nothing.

use crate::RunError;

/// Runs work on devices of this process.
pub(crate) fn guard<T>(work: impl FnOnce() -> Result<T, RunError>) -> Result<T, RunError> {
    work()
}

/// Marks time that is spent on a device, or is not, until it is dropped.
pub(crate) struct Mark;

impl Mark {
    /// Ends the mark before the end of its scope.
    pub(crate) fn end(self) {
        let Self = self;
    }
}

/// Marks work on devices.
pub(crate) fn busy() -> Mark {
    Mark
}

/// Marks other work.
pub(crate) fn pause() -> Mark {
    Mark
}

/// Returns the batches unchanged.
pub(crate) fn steps<I: Iterator>(batches: I) -> I {
    batches
}
