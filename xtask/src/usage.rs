//! The command line's own answers: help, version, and what is wrong with the arguments.

use std::process::ExitCode;

use clap::FromArgMatches;
use clap::error::Error;

use crate::output::{stderr, stdout, terminal};
use crate::{Cli, command};

/// What was asked for, or the exit code after the answer was printed.
pub fn parse() -> Result<Cli, ExitCode> {
    let parsed = command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    parsed.map_err(|error| answer(&error))
}

/// Prints help and version to standard output, and errors to standard error.
fn answer(error: &Error) -> ExitCode {
    if error.use_stderr() {
        stderr::text(&with_visible_arguments().unwrap_or_else(|| error.to_string()));
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    // Help holds no word of the user's, so its own codes for bold are all that is in it.
    if terminal::stdout_has_styles() {
        stdout::styled(&error.render().ansi().to_string());
    } else {
        stdout::text(&error.to_string());
    }
    ExitCode::SUCCESS
}

/// The error once more with arguments in which nothing is hidden: the parser repeats them as they
/// are, and a line break in one would forge a line.
fn with_visible_arguments() -> Option<String> {
    let visible = |argument: std::ffi::OsString| zunder::report::text::visible_path(argument.as_ref());
    let again = command().try_get_matches_from(std::env::args_os().map(visible));
    again.and_then(|matches| Cli::from_arg_matches(&matches)).err().map(|error| error.to_string())
}
