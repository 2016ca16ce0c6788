//! What long work tells on its way, and how it is stopped.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use crate::DataError;

/// Hears how many of how many images are done, and says whether to go on. It is called often, from
/// any thread, and so not always in order.
pub type Watch<'a> = dyn Fn(usize, usize) -> ControlFlow<()> + Sync + 'a;

/// Counts what several threads have done, tells it, and remembers a stop.
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

    /// `n` more are done.
    pub(crate) fn add(&self, n: usize) {
        let done = self.done.fetch_add(n, Relaxed) + n;
        if (self.watch)(done, self.total).is_break() {
            self.stopped.store(true, Relaxed);
        }
    }

    /// [`DataError::Interrupted`] if the progress callback asks to stop.
    pub(crate) fn check(&self) -> Result<(), DataError> {
        if self.stopped.load(Relaxed) { Err(DataError::Interrupted) } else { Ok(()) }
    }
}

/// Watches nothing.
pub(crate) fn unwatched(_done: usize, _total: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
