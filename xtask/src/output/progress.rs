//! One line that counts up, while something takes long.

use std::time::{Duration, Instant};

use zunder::Loading;
use zunder::fetch::{Progress, Stage};
use zunder::report::text::cut;

use crate::format::{duration, thousands};
use crate::output::{stderr, terminal};

/// Between two versions of the line in a terminal.
const REDRAW: Duration = Duration::from_millis(100);

/// What takes less needs no line in a terminal.
const PATIENCE: Duration = Duration::from_millis(300);

/// What takes less needs no lines in a file.
const SHORT: Duration = Duration::from_secs(1);

/// The line: written over and over in a terminal once it takes a moment, else once every tenth of
/// the way, after a second.
pub struct ProgressLine {
    what: String,
    began: Instant,
    drawn: Option<Instant>,
    tenth: u64,
    terminal: bool,
    /// Whether it goes when it is done, and is in no file.
    passing: bool,
}

impl ProgressLine {
    /// A line that begins with `what`.
    pub fn new(what: impl Into<String>) -> Self {
        let terminal = terminal::overwrites_stderr();
        Self {
            what: what.into(),
            began: Instant::now(),
            drawn: None,
            tenth: 0,
            terminal,
            passing: false,
        }
    }

    /// One that is there in a terminal only, until it is done: something better says then what came
    /// out.
    pub fn passing(what: impl Into<String>) -> Self {
        let mut line = Self::new(what);
        line.passing = true;
        line
    }

    /// `done` of `total`; `amount` says it in the unit of the thing.
    pub fn update(&mut self, done: u64, total: u64, amount: impl Fn(u64) -> String) {
        let tenth = (10 * done).checked_div(total).unwrap_or(0);
        let due = if self.terminal {
            self.drawn.map_or(self.began.elapsed() >= PATIENCE, |drawn| {
                done >= total || drawn.elapsed() >= REDRAW
            })
        } else {
            tenth != self.tenth && self.began.elapsed() >= SHORT
        };
        if !due || (self.passing && !self.terminal) {
            return;
        }
        (self.drawn, self.tenth) = (Some(Instant::now()), tenth);
        let percent = (100 * done).checked_div(total).unwrap_or(100);
        let text = format!(
            "{}  {} of {} ({percent} %){}",
            self.what,
            amount(done),
            amount(total),
            self.left(done, total)
        );
        if self.terminal {
            // A line that is too long would go on in the next, where nothing erases it.
            stderr::overwrite(&cut(&text, terminal::columns()));
        } else {
            stderr::line(&text);
        }
    }

    /// The time that is left at the pace so far.
    fn left(&self, done: u64, total: u64) -> String {
        let elapsed = self.began.elapsed().as_secs_f64();
        if elapsed < 1.0 || done == 0 || done >= total {
            return String::new();
        }
        let seconds = elapsed / done as f64 * (total - done) as f64;
        format!(
            ", {} left",
            duration(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
        )
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if self.terminal && self.drawn.is_some() {
            if self.passing { stderr::overwrite("") } else { stderr::end_line() }
        }
    }
}

/// What becomes of the images before a training: a line a stage.
#[derive(Default)]
pub struct LoadingLine(Option<(Loading, ProgressLine)>);

impl LoadingLine {
    /// `done` of `total` images of a stage.
    pub fn update(&mut self, stage: Loading, done: usize, total: usize) {
        if self.0.as_ref().is_none_or(|(shown, _)| *shown != stage) {
            let what = match stage {
                Loading::Surveying => "measure files ",
                Loading::Keeping => "keep    images",
                Loading::Decoding => "decode  images",
                Loading::Hashing => "hash    images",
                Loading::Measuring => "measure images",
                _ => "read    images",
            };
            self.0 = Some((stage, ProgressLine::new(what)));
        }
        if let Some((_, line)) = &mut self.0 {
            line.update(done as u64, total as u64, thousands);
        }
    }
}

/// The lines of a download: one a file and stage.
#[derive(Default)]
pub struct DownloadLines {
    /// The stage, the file and the place where it failed, if it did: a new one begins a new line.
    shown: Option<(Stage, String, Option<String>)>,
    line: Option<ProgressLine>,
}

impl DownloadLines {
    /// Shows how far it is.
    pub fn show(&mut self, now: &Progress) {
        let failed = now.failure.map(|failure| failure.place.clone());
        let shown = Some((now.stage, now.file.to_owned(), failed));
        if self.shown != shown {
            self.shown = shown;
            self.line = None; // ends the line before
            match (now.stage, now.failure, now.place) {
                (Stage::Failed, Some(failure), _) => complain!("failed  {failure}"),
                (Stage::Connecting, _, Some(place)) => complain!("connect {place}"),
                (Stage::Waiting, ..) => {
                    complain!("wait    for another process that fetches {}", now.file)
                }
                _ => {}
            }
        }
        if matches!(now.stage, Stage::Checking | Stage::Downloading | Stage::Unpacking) {
            let line = self.line.get_or_insert_with(|| {
                ProgressLine::new(format!("{} {}", verb(now.stage), now.file))
            });
            line.update(now.done, now.total, |bytes| format!("{:.1} MB", bytes as f64 / 1e6));
        }
    }
}

fn verb(stage: Stage) -> &'static str {
    match stage {
        Stage::Checking => "check  ",
        Stage::Unpacking => "unpack ",
        _ => "fetch  ",
    }
}
