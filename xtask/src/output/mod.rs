//! What the user sees while a run goes on, and after it.

pub mod brief;
mod dashboard;
pub mod folds;
mod lines;
pub mod plan;
pub mod progress;
mod quiet;
pub mod result;
mod schedule;
mod screen;

use std::io::{IsTerminal, stdout};

use zunder::RunEvents;
use zunder::train::Interrupt;

use crate::args::OutputArgs;

/// Leaves the dashboard's screen, if it is on.
pub fn give_back_terminal() {
    if stdout().is_terminal() {
        ratatui::restore();
    }
}

/// The dashboard in a terminal, lines elsewhere, nothing if so wished.
pub fn listener(args: &OutputArgs, interrupt: Interrupt) -> Box<dyn RunEvents> {
    if args.quiet || args.json {
        Box::new(quiet::Quiet)
    } else if args.plain || !stdout().is_terminal() {
        Box::new(lines::Lines::new())
    } else {
        Box::new(dashboard::Dashboard::new(interrupt))
    }
}
