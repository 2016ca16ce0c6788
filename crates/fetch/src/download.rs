//! One file on its way from its places to the disk.

use std::env;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::connection::{Connection, Failure, Message};
use crate::part::{Part, part_path};
use crate::progress::{Callback, tell};
use crate::proxy::{self, Route};
use crate::{Attempt, FetchConfig, FetchError, Problem, Progress, RemoteFile, Stage};

/// A try after which the file is longer by this many bytes than after any before does not count.
const WORTH_A_TRY: u64 = 1024 * 1024;
/// Tries at one place, whether they count or not.
const MOST_TRIES: u32 = 1_000;

/// One file on its way from its places to the disk.
pub struct Download<'a> {
    pub file: &'a RemoteFile,
    pub config: &'a FetchConfig,
    /// Bytes that the whole data set takes.
    pub needed: u64,
    /// How to get the file without this crate.
    pub by_hand: String,
}

impl Download<'_> {
    /// Downloads the file to `path`, from the first place that gives it, and returns the bytes that
    /// came.
    ///
    /// There is no `If-Range`: the SHA-256 is known from the start, so a part is either of the
    /// right file or of none, whichever place it came from.
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
            match self.try_places(&mut part, &mut received, callback) {
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

    fn try_places(
        &self,
        part: &mut Part,
        received: &mut u64,
        callback: Callback,
    ) -> Result<(), FetchError> {
        let mut attempts = Vec::new();
        let mut used_proxy = None;
        for place in self.places() {
            let route = self.route(&place)?;
            used_proxy = used_proxy.or(route.shown);
            match self.try_place(&place, part, received, callback) {
                Ok(()) => return Ok(()),
                Err(Failure::Fatal(error)) => return Err(error),
                Err(Failure::Place(problem)) => attempts.push(Attempt { place, problem }),
            }
        }
        Err(FetchError::Unavailable {
            file: self.file.name.clone(),
            attempts,
            proxy: used_proxy,
            by_hand: self.by_hand.clone(),
        })
    }

    /// Tries one place until it gave the file or is not worth another try. What is wrong does not
    /// stay in the part.
    fn try_place(
        &self,
        place: &str,
        part: &mut Part,
        received: &mut u64,
        callback: Callback,
    ) -> Result<(), Failure> {
        // What came is not what counts: a server that knows no parts brings the same bytes again
        // and again.
        let (mut tries, mut furthest) = (0, part.len());
        for number in 1.. {
            let problem = match self.attempt(place, part, received, callback) {
                Ok(()) => return Ok(()),
                Err(Failure::Fatal(error)) => return Err(error.into()),
                Err(Failure::Place(problem)) => problem,
            };
            let got = part.len();
            if matches!(
                problem,
                Problem::Hash { .. } | Problem::Range { .. } | Problem::TooLong { .. }
            ) {
                part.restart()?;
            }
            let attempt = Attempt { place: place.to_owned(), problem };
            let failed = Progress {
                failure: Some(&attempt),
                ..self.progress(Stage::Failed, part).at(place)
            };
            tell(callback, &failed)?;
            tries = if got >= furthest + WORTH_A_TRY { 1 } else { tries + 1 };
            furthest = furthest.max(got);
            if !attempt.problem.is_passing() || tries >= self.config.tries || number >= MOST_TRIES {
                return Err(attempt.problem.into());
            }
            self.pause(place, part, callback)?;
        }
        Err(Problem::NoAnswer.into())
    }

    /// One request: the rest of the file, or the whole of it where the server knows no parts.
    fn attempt(
        &self,
        place: &str,
        part: &mut Part,
        received: &mut u64,
        callback: Callback,
    ) -> Result<(), Failure> {
        let size = self.file.size;
        let mut connection = Connection::open(place, part.len(), self.route(place)?, self.config)?;
        let head = match connection
            .next(|| tell(callback, &self.progress(Stage::Connecting, part).at(place)))?
        {
            Message::Head(head) => head,
            Message::Bytes(_) | Message::End => return Err(Problem::NoAnswer.into()),
        };
        let resumed = head.first_byte(part.len(), size)? > 0;
        if !resumed {
            part.restart()?;
        }
        while let Message::Bytes(bytes) = connection
            .next(|| tell(callback, &self.progress(Stage::Downloading, part).at(place)))?
        {
            part.write(&bytes)??;
            *received += bytes.len() as u64;
            tell(callback, &self.progress(Stage::Downloading, part).at(place))?;
        }
        if !part.is_full() {
            return Err(Problem::Cut { got: part.len(), expected: size }.into());
        }
        Ok(part.check(resumed)?)
    }

    fn pause(&self, place: &str, part: &Part, callback: Callback) -> Result<(), FetchError> {
        let start = Instant::now();
        while start.elapsed() < self.config.retry_pause {
            tell(callback, &self.progress(Stage::Connecting, part).at(place))?;
            thread::sleep(Duration::from_millis(50).min(self.config.retry_pause));
        }
        Ok(())
    }

    fn places(&self) -> Vec<String> {
        let mirrors = self
            .config
            .mirrors
            .iter()
            .map(|base| format!("{}/{}", base.trim_end_matches('/'), self.file.name));
        if self.config.mirrors.is_empty() { self.file.places.clone() } else { mirrors.collect() }
    }

    fn route(&self, place: &str) -> Result<Route, FetchError> {
        proxy::route(place, self.config.proxy.as_deref(), |name| env::var(name).ok())
    }

    fn progress(&self, stage: Stage, part: &Part) -> Progress<'_> {
        Progress::new(stage, &self.file.name, part.len(), self.file.size)
    }
}
