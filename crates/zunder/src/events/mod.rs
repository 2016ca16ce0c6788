//! The events of a run, and its options besides the configuration.

pub(crate) mod listening;
mod log;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;

use zunder_train::{Events, Interrupt};

use crate::Plan;

pub use log::EventLog;

/// The options of a run besides its configuration.
#[derive(Default)]
pub struct RunOptions<'a> {
    /// Receives progress events. Default: none.
    pub events: Option<&'a mut dyn RunEvents>,
    /// Flag that requests a stop. Default: never requested.
    pub interrupt: Interrupt,
}

/// A stage of the preparation of images before training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loading {
    /// Labels of mapped files are read, or whole files into memory; image files are read for their
    /// hash.
    Reading,
    /// The sizes of image files are read.
    Surveying,
    /// Image files are decoded.
    Decoding,
    /// Decoded images are written to their cache.
    Keeping,
    /// All images are read for the hash that identifies the data of a resumed run.
    Hashing,
    /// Mean and standard deviation of the training images are computed.
    Measuring,
}

/// The parts of a benchmark, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BenchmarkPart {
    /// Batches without training.
    Batches,
    /// Training steps on a batch that is ready.
    Steps,
    /// The matrix products of a step alone.
    Products,
    /// Whole epochs.
    Epochs,
}

/// Receives the events of a run: those of its training, and those before and after it.
pub trait RunEvents: Events + Send {
    /// Called often while images are prepared: `done` of `total` of a stage.
    fn loading(&mut self, stage: Loading, done: usize, total: usize) {
        let _ = (stage, done, total);
    }

    /// Returns true to stop while the data are read. The run also checks its [`Interrupt`].
    fn stops(&self) -> bool {
        false
    }

    /// Called when the folder of the run exists: from now on the run can be resumed.
    fn started(&mut self, folder: &Path) {
        let _ = folder;
    }

    /// Called when data and model are ready; `plan` describes the run.
    fn planned(&mut self, plan: &Plan) {
        let _ = plan;
    }

    /// Called when the training is finished and the test begins.
    fn testing(&mut self) {}

    /// Called often while a benchmark measures: `done` of `total` of a part.
    fn measuring(&mut self, part: BenchmarkPart, done: usize, total: usize) {
        let _ = (part, done, total);
    }
}

impl RunEvents for () {}

/// Adapts a listener to a thread-safe progress callback of one stage, `(done, total)`.
pub(crate) fn progress_callback(
    listener: &mut dyn RunEvents,
    stage: Loading,
) -> impl Fn(usize, usize) -> ControlFlow<()> + Sync {
    let report = stage_callback(listener);
    move |done, total| report(stage, done, total)
}

/// Adapts a listener to a thread-safe progress callback of several stages, `(stage, done, total)`.
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
