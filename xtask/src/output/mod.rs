//! The output of the program during and after a run.

pub mod brief;
pub mod browser;
mod dashboard;
pub mod file;
pub mod folds;
pub mod heartbeat;
mod lines;
pub mod next;
pub mod plan;
pub mod progress;
mod quiet;
pub mod result;
mod schedule;
mod screen;
pub mod stderr;
pub mod stdout;
mod stream;
pub mod terminal;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use zunder::train::Interrupt;
use zunder::{RunEvents, program};

use crate::args::OutputArgs;
use crate::shell;
use crate::signals;

/// Whether the dashboard is shown.
static SCREEN: AtomicBool = AtomicBool::new(false);

/// Leaves the dashboard, if it is shown. Errors of a terminal that has gone away are ignored.
pub fn give_back_terminal() {
    if SCREEN.swap(false, Ordering::Relaxed) {
        let _ = ratatui::try_restore();
    }
}

/// Registers the run's folder as what remains after an interrupt.
fn keep_run(folder: &Path) {
    let folder = shell::path(folder);
    signals::keep_unless_said(format!("`{} train --resume {folder}` continues it", program()));
}

/// Returns the dashboard in a terminal, lines elsewhere, or no output if requested.
pub fn listener(args: &OutputArgs, interrupt: Interrupt) -> Box<dyn RunEvents> {
    if args.quiet || args.json {
        Box::new(quiet::Quiet)
    } else if args.plain || !terminal::takes_dashboard() {
        Box::new(lines::Lines::new())
    } else {
        Box::new(dashboard::Dashboard::new(interrupt))
    }
}
