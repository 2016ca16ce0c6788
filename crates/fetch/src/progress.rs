//! The progress of a fetch, as its callback receives it.

use std::ops::ControlFlow;

use crate::{Attempt, FetchError};

/// The progress of a fetch.
///
/// The callback receives it after every piece of at most 64 KiB and at least ten times per second,
/// and returns whether to go on. `ControlFlow::Break(())` ends the fetch with
/// [`FetchError::Interrupted`]; downloaded bytes are kept for the next fetch.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// The current stage.
    pub stage: Stage,
    /// The file being processed.
    pub file: &'a str,
    /// The URL, while one is used.
    pub url: Option<&'a str>,
    /// The number of bytes of this file that are done. It may decrease after a broken connection.
    pub done: u64,
    /// The size of this file in bytes.
    pub total: u64,
    /// The failed attempt, in the stage [`Stage::Failed`].
    pub failure: Option<&'a Attempt>,
}

/// A stage of a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Waiting for another process that fetches the same data set.
    Waiting,
    /// Hashing bytes that are already on the disk.
    Checking,
    /// Waiting for the response of an address.
    Connecting,
    /// Receiving bytes.
    Downloading,
    /// An attempt at an address failed; another attempt or address may follow.
    Failed,
    /// Unpacking an archive; byte counts are those of the unpacked files.
    Unpacking,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(stage: Stage, file: &'a str, done: u64, total: u64) -> Self {
        Self { stage, file, url: None, done, total, failure: None }
    }

    pub(crate) fn at(mut self, url: &'a str) -> Self {
        self.url = Some(url);
        self
    }
}

/// The callback that receives the progress.
pub(crate) type Callback<'a> = &'a mut dyn FnMut(&Progress) -> ControlFlow<()>;

/// Calls `callback`, and returns an error if it stops the fetch.
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
