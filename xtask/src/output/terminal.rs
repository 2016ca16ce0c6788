//! The capabilities of the terminal.
#![allow(clippy::disallowed_methods, reason = "the streams are only asked what they are")]

use std::env::var_os;
use std::io::{IsTerminal, stderr, stdout};

use ratatui::crossterm::terminal::{disable_raw_mode, enable_raw_mode, size};

/// The smallest number of columns and rows for the dashboard.
const SMALLEST: (u16, u16) = (40, 10);

/// Values of `TERM` for terminals whose cursor cannot move back.
const FIXED: [&str; 8] = ["", "dumb", "emacs", "unknown", "network", "dialup", "lpr", "printer"];

/// Returns whether standard output can show the dashboard.
pub fn takes_dashboard() -> bool {
    let fits = |(columns, rows)| columns >= SMALLEST.0 && rows >= SMALLEST.1;
    stdout().is_terminal()
        && moves_cursor()
        && size().is_ok_and(fits)
        // A process without a controlling terminal cannot read its keys.
        && enable_raw_mode().and_then(|()| disable_raw_mode()).is_ok()
}

/// Returns whether standard output is a terminal.
pub fn stdout_is_one() -> bool {
    stdout().is_terminal()
}

/// Returns whether a line on standard error can be overwritten.
pub fn overwrites_stderr() -> bool {
    stderr().is_terminal() && moves_cursor()
}

/// Returns whether standard output shows bold and colours.
pub fn stdout_has_styles() -> bool {
    stdout().is_terminal()
        && moves_cursor()
        && var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Returns the number of columns of a line without the last one, since some terminals begin a new
/// line after writing it.
pub fn columns() -> usize {
    let columns = size().map_or(0, |(columns, _)| usize::from(columns));
    if columns < 2 { 79 } else { columns - 1 }
}

/// Windows has no `TERM`, and its terminals can move their cursor.
fn moves_cursor() -> bool {
    match var_os("TERM") {
        Some(term) => FIXED.iter().all(|fixed| term != *fixed),
        None => cfg!(windows),
    }
}
