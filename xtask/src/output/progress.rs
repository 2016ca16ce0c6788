//! Progress lines for work that takes long.

use std::time::{Duration, Instant};

use zunder::Loading;
use zunder::fetch::{Progress, Stage};
use zunder::report::text::cut;

use crate::format::{duration, thousands};
use crate::output::{stderr, terminal};

/// The interval between two updates of the line in a terminal.
const REDRAW: Duration = Duration::from_millis(100);

/// The duration of work that gets no line in a terminal.
const PATIENCE: Duration = Duration::from_millis(300);

/// The duration of work that gets no lines in a file.
const SHORT: Duration = Duration::from_secs(1);

/// A progress line. In a terminal it appears after a moment and is overwritten; elsewhere a line is
/// printed for each tenth of the work, after one second.
pub struct ProgressLine {
    what: String,
    began: Instant,
    drawn: Option<Instant>,
    tenth: u64,
    terminal: bool,
    /// Whether the line disappears when the work is done, and is not printed into files.
    passing: bool,
}

impl ProgressLine {
    /// Creates a line that begins with `what`.
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

    /// Creates a line that is shown in a terminal only and removed when the work is done, because
    /// other output reports the result.
    pub fn passing(what: impl Into<String>) -> Self {
        let mut line = Self::new(what);
        line.passing = true;
        line
    }

    /// Reports `done` of `total`. `amount` formats a number in the unit of the work.
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
            // A line that is too long would wrap to the next line, which is not erased.
            stderr::overwrite(&cut(&text, terminal::columns()));
        } else {
            stderr::line(&text);
        }
    }

    /// Returns the remaining time at the average speed so far.
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

/// The progress of loading images, with one line per stage.
#[derive(Default)]
pub struct LoadingLine(Option<(Loading, ProgressLine)>);

impl LoadingLine {
    /// Reports `done` of `total` images of a stage.
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

/// The progress of a download, with one line per file and stage.
#[derive(Default)]
pub struct DownloadLines {
    /// The stage, the file and the URL that failed, if one did. A change begins a new line.
    shown: Option<(Stage, String, Option<String>)>,
    line: Option<ProgressLine>,
}

impl DownloadLines {
    /// Shows the progress.
    pub fn show(&mut self, now: &Progress) {
        let failed = now.failure.map(|failure| failure.url.clone());
        let shown = Some((now.stage, now.file.to_owned(), failed));
        if self.shown != shown {
            self.shown = shown;
            self.line = None; // ends the line before
            match (now.stage, now.failure, now.url) {
                (Stage::Failed, Some(failure), _) => complain!("failed  {failure}"),
                (Stage::Connecting, _, Some(url)) => complain!("connect {url}"),
                (Stage::Waiting, ..) => {
                    complain!("wait    for another process that fetches {}", now.file);
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
