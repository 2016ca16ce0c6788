//! Zunder on the command line: parses, calls the library, prints.

/// Prints a line to the standard output. A reader that went away (a pager, `head`) is no reason to fail.
macro_rules! say {
    ($($text:tt)*) => {{
        let _ = std::io::Write::write_fmt(&mut std::io::stdout(), format_args!("{}\n", format_args!($($text)*)));
    }};
}

/// Prints a line to the standard error.
macro_rules! complain {
    ($($text:tt)*) => {{
        let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{}\n", format_args!($($text)*)));
    }};
}

mod allocator;
mod args;
mod commands;
mod failure;
mod format;
mod output;
mod overview;
mod settings;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser};

use crate::commands::Command;

/// Trains image classifiers: the linear classifier and the multilayer perceptron.
#[derive(Parser)]
#[command(name = "zunder", bin_name = zunder::program(), version, subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// The command line as the parser knows it, its help by themes.
fn command() -> clap::Command {
    overview::by_theme(Cli::command())
}

fn main() -> ExitCode {
    allocator::keep_memory();
    let Cli { command } = match Cli::from_arg_matches(&command().get_matches()) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    match command.run() {
        Ok(code) => code,
        Err(error) => failure::report(&error),
    }
}
