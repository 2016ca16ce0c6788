//! Progress and interruption of long work.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use crate::DataError;

/// Receives the number of images done and of all images, and returns whether to go on. It is called
/// often, from any thread, and so not always in order.
pub type Watch<'a> = dyn Fn(usize, usize) -> ControlFlow<()> + Sync + 'a;

/// Counts the work of several threads, reports it, and remembers a stop.
pub(crate) struct Count<'a> {
    watch: &'a Watch<'a>,
    done: AtomicUsize,
    total: usize,
    stopped: AtomicBool,
}

impl<'a> Count<'a> {
    pub(crate) fn new(watch: &'a Watch<'a>, total: usize) -> Self {
        Self { watch, done: AtomicUsize::new(0), total, stopped: AtomicBool::new(false) }
    }

    /// Reports that `n` more are done.
    pub(crate) fn add(&self, n: usize) {
        let done = self.done.fetch_add(n, Relaxed) + n;
        if (self.watch)(done, self.total).is_break() {
            self.stopped.store(true, Relaxed);
        }
    }

    /// Returns [`DataError::Interrupted`] if the progress callback asked to stop.
    pub(crate) fn check(&self) -> Result<(), DataError> {
        if self.stopped.load(Relaxed) { Err(DataError::Interrupted) } else { Ok(()) }
    }
}

/// Ignores the progress.
pub(crate) fn unwatched(_done: usize, _total: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
