//! What the user sees while a run goes on, and after it.

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

/// Whether the dashboard's screen is on.
static SCREEN: AtomicBool = AtomicBool::new(false);

/// Leaves the dashboard's screen, if it is on. A terminal that went away needs nothing back.
pub fn give_back_terminal() {
    if SCREEN.swap(false, Ordering::Relaxed) {
        let _ = ratatui::try_restore();
    }
}

/// A run's folder stands: what is kept of it from now on, whatever happens.
fn keep_run(folder: &Path) {
    let folder = shell::path(folder);
    signals::keep_unless_said(format!("`{} train --resume {folder}` goes on", program()));
}

/// The dashboard in a terminal, lines elsewhere, nothing if so wished.
pub fn listener(args: &OutputArgs, interrupt: Interrupt) -> Box<dyn RunEvents> {
    if args.quiet || args.json {
        Box::new(quiet::Quiet)
    } else if args.plain || !terminal::takes_dashboard() {
        Box::new(lines::Lines::new())
    } else {
        Box::new(dashboard::Dashboard::new(interrupt))
    }
}
