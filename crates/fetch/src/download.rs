//! The download of one file: addresses, attempts and resumption.

use std::env;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::connection::{Connection, Failure, Message};
use crate::part::{Part, part_path};
use crate::progress::{Callback, tell};
use crate::proxy::{self, Route};
use crate::{Attempt, FetchConfig, FetchError, Problem, Progress, RemoteFile, Stage};

/// An attempt after which the file is longer by this many bytes than after any earlier one does not
/// count.
const WORTH_A_TRY: u64 = 1024 * 1024;
/// The largest number of attempts at one address, whether they count or not.
const MOST_TRIES: u32 = 1_000;

/// The download of one file.
pub struct Download<'a> {
    pub file: &'a RemoteFile,
    pub config: &'a FetchConfig,
    /// The size of the whole data set in bytes.
    pub needed: u64,
    /// How to download the file without this crate.
    pub by_hand: String,
}

impl Download<'_> {
    /// Downloads the file to `path` from the first address that provides it, and returns the number
    /// of bytes received.
    ///
    /// `If-Range` is not needed: the SHA-256 is known from the start, so a partial file is a part
    /// of the right file or is discarded, whichever address it came from.
    pub fn run(self, path: &Path, callback: Callback) -> Result<u64, FetchError> {
        let (name, size) = (&self.file.name, self.file.size);
        let mut part = Part::open(part_path(path), self.file, self.needed, |done| {
            tell(callback, &Progress::new(Stage::Checking, name, done, size))
        })?;
        let mut received = 0;
        if part.is_full() && part.check(true).is_err() {
            part.restart()?;
        }
        if !part.is_full() {
            match self.try_urls(&mut part, &mut received, callback) {
                Ok(()) => {}
                Err(error) => {
                    part.leave()?;
                    return Err(error);
                }
            }
        }
        part.finish(path)?;
        Ok(received)
    }

    fn try_urls(
        &self,
        part: &mut Part,
        received: &mut u64,
        callback: Callback,
    ) -> Result<(), FetchError> {
        let mut attempts = Vec::new();
        let mut used_proxy = None;
        for url in self.urls() {
            let route = self.route(&url)?;
            used_proxy = used_proxy.or(route.shown);
            match self.try_url(&url, part, received, callback) {
                Ok(()) => return Ok(()),
                Err(Failure::Fatal(error)) => return Err(error),
                Err(Failure::Address(problem)) => attempts.push(Attempt { url, problem }),
            }
        }
        Err(FetchError::Unavailable {
            file: self.file.name.clone(),
            attempts,
            proxy: used_proxy,
            by_hand: self.by_hand.clone(),
        })
    }

    /// Tries one address until it has provided the file or has failed too often. Wrong bytes are
    /// removed from the partial file.
    fn try_url(
        &self,
        url: &str,
        part: &mut Part,
        received: &mut u64,
        callback: Callback,
    ) -> Result<(), Failure> {
        // The length of the file counts, not the bytes received: a server without range support
        // sends the same bytes again and again.
        let (mut tries, mut furthest) = (0, part.len());
        for number in 1.. {
            let problem = match self.attempt(url, part, received, callback) {
                Ok(()) => return Ok(()),
                Err(Failure::Fatal(error)) => return Err(error.into()),
                Err(Failure::Address(problem)) => problem,
            };
            let got = part.len();
            if matches!(
                problem,
                Problem::Hash { .. } | Problem::Range { .. } | Problem::TooLong { .. }
            ) {
                part.restart()?;
            }
            let attempt = Attempt { url: url.to_owned(), problem };
            let failed =
                Progress { failure: Some(&attempt), ..self.progress(Stage::Failed, part).at(url) };
            tell(callback, &failed)?;
            tries = if got >= furthest + WORTH_A_TRY { 1 } else { tries + 1 };
            furthest = furthest.max(got);
            if !attempt.problem.is_passing() || tries >= self.config.tries || number >= MOST_TRIES {
                return Err(attempt.problem.into());
            }
            self.pause(url, part, callback)?;
        }
        Err(Problem::NoAnswer.into())
    }

    /// One request: for the rest of the file, or for all of it if the server does not support
    /// ranges.
    fn attempt(
        &self,
        url: &str,
        part: &mut Part,
        received: &mut u64,
        callback: Callback,
    ) -> Result<(), Failure> {
        let size = self.file.size;
        let mut connection = Connection::open(url, part.len(), self.route(url)?, self.config)?;
        let head = match connection
            .next(|| tell(callback, &self.progress(Stage::Connecting, part).at(url)))?
        {
            Message::Head(head) => head,
            Message::Bytes(_) | Message::End => return Err(Problem::NoAnswer.into()),
        };
        let resumed = head.first_byte(part.len(), size)? > 0;
        if !resumed {
            part.restart()?;
        }
        while let Message::Bytes(bytes) =
            connection.next(|| tell(callback, &self.progress(Stage::Downloading, part).at(url)))?
        {
            part.write(&bytes)??;
            *received += bytes.len() as u64;
            tell(callback, &self.progress(Stage::Downloading, part).at(url))?;
        }
        if !part.is_full() {
            return Err(Problem::Cut { got: part.len(), expected: size }.into());
        }
        Ok(part.check(resumed)?)
    }

    fn pause(&self, url: &str, part: &Part, callback: Callback) -> Result<(), FetchError> {
        let start = Instant::now();
        while start.elapsed() < self.config.retry_pause {
            tell(callback, &self.progress(Stage::Connecting, part).at(url))?;
            thread::sleep(Duration::from_millis(50).min(self.config.retry_pause));
        }
        Ok(())
    }

    fn urls(&self) -> Vec<String> {
        let mirrors = self
            .config
            .mirrors
            .iter()
            .map(|base| format!("{}/{}", base.trim_end_matches('/'), self.file.name));
        if self.config.mirrors.is_empty() { self.file.urls.clone() } else { mirrors.collect() }
    }

    fn route(&self, url: &str) -> Result<Route, FetchError> {
        proxy::route(url, self.config.proxy.as_deref(), |name| env::var(name).ok())
    }

    fn progress(&self, stage: Stage, part: &Part) -> Progress<'_> {
        Progress::new(stage, &self.file.name, part.len(), self.file.size)
    }
}
