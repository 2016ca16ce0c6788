//! The command line of Zunder: parses arguments, calls the library, prints results.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

/// Prints one line to standard output. Line breaks and invisible characters in it are escaped.
macro_rules! say {
    ($($text:tt)*) => { $crate::output::stdout::line(&format!($($text)*)) };
}

/// Prints one line to standard error, as `say!` does.
macro_rules! complain {
    ($($text:tt)*) => { $crate::output::stderr::line(&format!($($text)*)) };
}

mod allocator;
mod args;
mod boundary;
mod commands;
mod failure;
mod format;
mod help;
mod output;
mod overview;
#[cfg(test)]
mod pages;
mod settings;
mod shell;
mod signals;
mod start;
mod usage;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use zunder::RunError;
use zunder::data::DataError;

use crate::commands::Command;

/// Trains image classifiers: the linear classifier and the multilayer perceptron.
#[derive(Parser)]
#[command(
    name = "zunder",
    bin_name = zunder::program(),
    version,
    subcommand_required = true,
    arg_required_else_help = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Returns the parser, with the help grouped by themes and short helps for the commands.
fn command() -> clap::Command {
    help::with_short_help(overview::by_theme(Cli::command()))
}

fn main() -> ExitCode {
    allocator::keep_memory();
    let code = match usage::parse() {
        Ok(Cli { command }) => boundary::guard(|| run(command)),
        Err(code) => code,
    };
    output::stdout::finish(code)
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    signals::install()?;
    output::heartbeat::start();
    command.run().or_else(unless_interrupted)
}

/// Turns an interrupt while reading data, which has written nothing, into the exit code of an
/// interrupt.
fn unless_interrupted(error: anyhow::Error) -> anyhow::Result<ExitCode> {
    match error.downcast_ref() {
        Some(RunError::Data(DataError::Interrupted)) => Ok(signals::interrupted()),
        _ => Err(error),
    }
}
