//! A listener of one's own: how long it takes from the program's start to the first training step.
//!
//! `cargo run --release -p zunder --example first_step -- DATA_DIR`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::{Duration, Instant};

use zunder::train::{Events, Interrupt, StepReport};
use zunder::{Plan, Run, RunConfig, RunEvents, RunOptions};

struct Stopwatch {
    start: Instant,
    planned: Duration,
    first_step: Option<Duration>,
    interrupt: Interrupt,
}

impl Events for Stopwatch {
    fn step_finished(&mut self, _: &StepReport) {
        self.first_step.get_or_insert(self.start.elapsed());
        self.interrupt.request();
    }
}

impl RunEvents for Stopwatch {
    fn planned(&mut self, _: &Plan) {
        self.planned = self.start.elapsed();
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let interrupt = Interrupt::new();
    let mut watch = Stopwatch { start: Instant::now(), planned: Duration::ZERO, first_step: None, interrupt: interrupt.clone() };
    let mut config = RunConfig::default();
    if let Some(folder) = std::env::args_os().nth(1) {
        config.data.dir = folder.into();
    }
    let folder = std::env::temp_dir().join(format!("zunder-first-step-{}", std::process::id()));
    let run = Run::train_in(&folder, &config, RunOptions { events: Some(&mut watch), interrupt })?;
    println!(
        "data and model ready after {:.2} s, first step done after {:.2} s",
        watch.planned.as_secs_f64(),
        watch.first_step.unwrap_or_default().as_secs_f64()
    );
    std::fs::remove_dir_all(run.path())?;
    Ok(())
}
