//! Measures how long a run takes from the program's start to its first training step, phase by
//! phase.
//!
//! `cargo run --release -p zunder --example first_step -- DATA_DIR`
//!
//! It trains the default configuration on the data in `DATA_DIR`, stops after the first step, and
//! removes the run.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::path::Path;
use std::time::{Duration, Instant};

use zunder::train::{Events, Interrupt, StepReport};
use zunder::{Loading, Run, RunConfig, RunEvents, RunOptions};

/// The phases in their order; each ends when the next one begins.
const PHASES: [&str; 5] = [
    "read the data",
    "hash them",
    "split, measure mean and deviation",
    "build the model, write files",
    "draw the schedule, first step",
];

/// Records the end of each phase.
struct Stopwatch {
    start: Instant,
    ends: [Option<Duration>; PHASES.len()],
    interrupt: Interrupt,
}

impl Stopwatch {
    /// Records the end of a phase. Later calls replace it unless `first` is true.
    fn end(&mut self, phase: usize, first: bool) {
        if !first || self.ends[phase].is_none() {
            self.ends[phase] = Some(self.start.elapsed());
        }
    }
}

impl Events for Stopwatch {
    fn step_finished(&mut self, _: &StepReport) {
        self.end(4, true);
        self.interrupt.request();
    }
}

impl RunEvents for Stopwatch {
    fn loading(&mut self, stage: Loading, _: usize, _: usize) {
        match stage {
            Loading::Hashing => {
                self.end(0, true);
                self.end(1, false);
            }
            Loading::Measuring => self.end(2, false),
            _ => {}
        }
    }

    fn started(&mut self, _: &Path) {
        self.end(3, true);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let interrupt = Interrupt::new();
    let (start, ends) = (Instant::now(), [None; PHASES.len()]);
    let mut watch = Stopwatch { start, ends, interrupt: interrupt.clone() };
    let mut config = RunConfig::default();
    if let Some(folder) = std::env::args_os().nth(1) {
        config.data.dir = folder.into();
    }
    let folder = std::env::temp_dir().join(format!("zunder-first-step-{}", std::process::id()));
    let run = Run::train_in(&folder, &config, RunOptions { events: Some(&mut watch), interrupt })?;
    let mut before = Duration::ZERO;
    for (phase, end) in PHASES.iter().zip(watch.ends) {
        let end = end.unwrap_or(before);
        println!("{phase:34} {:6.1} ms", 1e3 * end.saturating_sub(before).as_secs_f64());
        before = end;
    }
    println!("{:34} {:6.1} ms", "from start to the first step", 1e3 * before.as_secs_f64());
    std::fs::remove_dir_all(run.path())?;
    Ok(())
}
