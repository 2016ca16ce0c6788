//! What a run reports while it goes on, and what it is given beside its configuration.

pub(crate) mod listening;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;

use zunder_train::{Events, Interrupt};

use crate::Plan;

/// What a run works with, beside its configuration.
#[derive(Default)]
pub struct RunOptions<'a> {
    /// Who is told. Default: nobody.
    pub events: Option<&'a mut dyn RunEvents>,
    /// Who may ask to stop.
    pub interrupt: Interrupt,
}

/// What happens to images before a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loading {
    /// The labels of mapped files are read, or all of files in memory; image files are read for
    /// their hash.
    Reading,
    /// The sizes of image files are looked up.
    Surveying,
    /// Image files are decoded.
    Decoding,
    /// Decoded images are written into their cache.
    Keeping,
    /// All are read through for their hash, by which a resumed run knows its data.
    Hashing,
    /// Mean and deviation of the training images are measured.
    Measuring,
}

/// A listener to a run: what the training tells, and what comes before and after it.
pub trait RunEvents: Events + Send {
    /// The images are being made ready: `done` of `total` of a stage. Called often.
    fn loading(&mut self, stage: Loading, done: usize, total: usize) {
        let _ = (stage, done, total);
    }

    /// Whether to stop while the data are read. A run asks its [`Interrupt`] as well.
    fn stops(&self) -> bool {
        false
    }

    /// The run's folder is made, so that the run can be resumed from now on.
    fn started(&mut self, folder: &Path) {
        let _ = folder;
    }

    /// Data and model are ready; `plan` says what is about to happen.
    fn planned(&mut self, plan: &Plan) {
        let _ = plan;
    }

    /// The training is over, and the test set is about to be read.
    fn testing(&mut self) {}
}

impl RunEvents for () {}

/// Adapts a listener to a thread-safe progress callback of one stage: `(done, total)`.
pub(crate) fn progress_callback(
    listener: &mut dyn RunEvents,
    stage: Loading,
) -> impl Fn(usize, usize) -> ControlFlow<()> + Sync {
    let report = stage_callback(listener);
    move |done, total| report(stage, done, total)
}

/// Adapts a listener to a thread-safe progress callback of several stages:
/// `(stage, done, total)`.
pub(crate) fn stage_callback(
    listener: &mut dyn RunEvents,
) -> impl Fn(Loading, usize, usize) -> ControlFlow<()> + Sync {
    let listener = Mutex::new(listener);
    move |stage, done, total| {
        let Ok(mut listener) = listener.lock() else { return ControlFlow::Break(()) };
        listener.loading(stage, done, total);
        if listener.stops() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
