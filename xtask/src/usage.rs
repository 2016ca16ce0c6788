//! The results of the argument parser: help, version and errors.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::FromArgMatches;
use clap::error::{Error, ErrorKind};

use crate::output::{stderr, stdout, terminal};
use crate::{Cli, command, start};

/// Returns the parsed command, or the exit code after help or an error was printed.
pub fn parse() -> Result<Cli, ExitCode> {
    let parsed = command().try_get_matches_from(arguments());
    parsed.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|error| answer(&error))
}

/// Returns the arguments; `help COMMAND` becomes `COMMAND --help`.
fn arguments() -> Vec<OsString> {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    if words.len() == 3 && words[1] == "help" {
        words.swap(1, 2);
        words[2] = "--help".into();
    }
    words
}

/// Prints help and version to standard output, and errors to standard error.
fn answer(error: &Error) -> ExitCode {
    if error.use_stderr() {
        let text = match error.kind() {
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => start::text(),
            _ => with_visible_arguments().unwrap_or_else(|| error.to_string()),
        };
        stderr::text(&text);
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    // Help contains no text of the user, so its only control codes are those for bold.
    if terminal::stdout_has_styles() {
        stdout::styled(&error.render().ansi().to_string());
    } else {
        stdout::text(&error.to_string());
    }
    ExitCode::SUCCESS
}

/// Parses again with escaped arguments: the parser repeats them in its message, and a line break in
/// one would forge a line.
fn with_visible_arguments() -> Option<String> {
    let visible = |argument: OsString| zunder::report::text::visible_path(argument.as_ref());
    let again = command().try_get_matches_from(arguments().into_iter().map(visible));
    again.and_then(|matches| Cli::from_arg_matches(&matches)).err().map(|error| error.to_string())
}
