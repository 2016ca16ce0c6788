//! Standard error. A failure to write to it is ignored, since there is no way to report it.

use std::io::Write;

use zunder::report::text::{visible, visible_lines};

use super::heartbeat::printing;

/// Prints one line.
pub fn line(text: &str) {
    printing(false, || raw(&format!("{}\n", visible(text))));
}

/// Prints text with intended line breaks.
pub fn text(text: &str) {
    printing(false, || raw(&format!("{}\n", visible_lines(text.trim_end_matches('\n')))));
}

/// Overwrites the current line with `text`, which must not be wider than the terminal.
pub fn overwrite(text: &str) {
    printing(!text.is_empty(), || raw(&format!("\r{}\x1b[K", visible(text))));
}

/// Ends a line that was overwritten.
pub fn end_line() {
    printing(false, || raw("\n"));
}

/// Writes text of the program with control codes.
pub(super) fn raw(text: &str) {
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that standard error is written from"
    )]
    let mut stderr = std::io::stderr();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
