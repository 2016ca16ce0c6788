//! What the terminal can do.
#![allow(clippy::disallowed_methods, reason = "the streams are only asked what they are")]

use std::env::var_os;
use std::io::{IsTerminal, stderr, stdout};

use ratatui::crossterm::terminal::{disable_raw_mode, enable_raw_mode, size};

/// The least columns and rows in which the dashboard says anything.
const SMALLEST: (u16, u16) = (40, 10);

/// Values of `TERM` whose cursor only goes on, as on paper.
const FIXED: [&str; 8] = ["", "dumb", "emacs", "unknown", "network", "dialup", "lpr", "printer"];

/// Whether standard output can show the dashboard.
pub fn takes_dashboard() -> bool {
    let fits = |(columns, rows)| columns >= SMALLEST.0 && rows >= SMALLEST.1;
    stdout().is_terminal()
        && moves_cursor()
        && size().is_ok_and(fits)
        // A process without a terminal of its own cannot read its keys.
        && enable_raw_mode().and_then(|()| disable_raw_mode()).is_ok()
}

/// Whether standard output is a terminal at all.
pub fn stdout_is_one() -> bool {
    stdout().is_terminal()
}

/// Whether a line on standard error can be written over.
pub fn overwrites_stderr() -> bool {
    stderr().is_terminal() && moves_cursor()
}

/// Whether standard output shows bold and colours.
pub fn stdout_has_styles() -> bool {
    stdout().is_terminal()
        && moves_cursor()
        && var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Columns of a line, without the last: writing there makes some terminals begin a new one.
pub fn columns() -> usize {
    let columns = size().map_or(0, |(columns, _)| usize::from(columns));
    if columns < 2 { 79 } else { columns - 1 }
}

/// Windows has no `TERM`, and its terminals move their cursors.
fn moves_cursor() -> bool {
    match var_os("TERM") {
        Some(term) => FIXED.iter().all(|fixed| term != *fixed),
        None => cfg!(windows),
    }
}
