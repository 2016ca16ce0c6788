use std::ops::ControlFlow;

use crate::{Attempt, FetchError};

/// How far a fetch is.
///
/// The callback hears it after every piece of at most 64 KiB and at least ten times a second, and
/// answers whether to go on: `ControlFlow::Break(())` ends the fetch with
/// [`FetchError::Interrupted`]; what was downloaded stays for the next one.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// What is being done.
    pub stage: Stage,
    /// The file that it is done to.
    pub file: &'a str,
    /// The URL, while one is in use.
    pub place: Option<&'a str>,
    /// Bytes of this file that are done; after a broken connection it can fall.
    pub done: u64,
    /// Bytes of this file in all.
    pub total: u64,
    /// What went wrong, in the stage [`Stage::Failed`].
    pub failure: Option<&'a Attempt>,
}

/// What a fetch is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Another process fetches the same data set; this one waits for it.
    Waiting,
    /// Bytes that are on the disk already are hashed.
    Checking,
    /// Waiting for a place to answer.
    Connecting,
    /// Bytes come in.
    Downloading,
    /// A try at a place failed; another one, or another place, may follow.
    Failed,
    /// An archive is unpacked; bytes are those of the unpacked files.
    Unpacking,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(stage: Stage, file: &'a str, done: u64, total: u64) -> Self {
        Self { stage, file, place: None, done, total, failure: None }
    }

    pub(crate) fn at(mut self, place: &'a str) -> Self {
        self.place = Some(place);
        self
    }
}

/// Who hears the progress.
pub(crate) type Callback<'a> = &'a mut dyn FnMut(&Progress) -> ControlFlow<()>;

/// Tells `callback`, and is an error if it says stop.
pub(crate) fn tell(callback: Callback, progress: &Progress) -> Result<(), FetchError> {
    match callback(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(FetchError::Interrupted {
            file: progress.file.to_owned(),
            done: progress.done,
            total: progress.total,
        }),
    }
}
