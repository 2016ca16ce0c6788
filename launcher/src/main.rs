//! The launcher behind `cargo xtask`: builds the program `zunder` if necessary and runs it.
//!
//! The first build of the program takes minutes. Cargo's progress is shown meanwhile, and nothing
//! is printed if there is nothing to build. On Unix the program then replaces the process of the
//! launcher, so signals and exit codes are the program's own.

mod backend;
mod cargo;
mod quiet;
mod start;
mod width;

use std::ffi::OsString;
use std::process::ExitCode;

use backend::Backend;

/// The exit code for wrong usage, as in the program.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next().as_deref().map(Backend::named) {
        Some(Ok(backend)) => launch(backend, &arguments.collect::<Vec<_>>()),
        Some(Err(got)) => {
            quiet::say(&format!(
                "error: the backend is {got}, expected one of {}",
                Backend::names()
            ));
            ExitCode::from(USAGE)
        }
        None => {
            quiet::say("error: no backend is given, expected an alias such as `cargo xtask`");
            ExitCode::from(USAGE)
        }
    }
}

fn launch(backend: Backend, arguments: &[OsString]) -> ExitCode {
    let program = match start::program(backend.profile()) {
        Ok(program) => program,
        Err(problem) => return failed(&problem),
    };
    match cargo::build(backend, &program) {
        Ok(cargo::Built::Done) => {}
        Ok(cargo::Built::Failed(code)) => return ExitCode::from(code),
        Err(problem) => return failed(&problem),
    }
    match start::become_program(&program, arguments) {
        Ok(code) => code,
        Err(problem) => failed(&problem),
    }
}

fn failed(problem: &str) -> ExitCode {
    quiet::say(&format!("error: {problem}"));
    ExitCode::FAILURE
}
