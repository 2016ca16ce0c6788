//! The cargo build of the program.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::backend::Backend;
use crate::quiet::Quiet;
use crate::width;

/// The result of a build.
pub enum Built {
    /// The program is up to date.
    Done,
    /// Cargo failed with this exit code and has printed the reason.
    Failed(u8),
}

/// Builds the program, and shows cargo's progress if there is something to build.
///
/// # Errors
/// Returns a message if cargo cannot be run.
pub fn build(backend: Backend, program: &Path) -> Result<Built, String> {
    let mut command = command(backend);
    let name = command.get_program().display().to_string();
    let failed = |error: &io::Error| format!("cannot run {name}: {error}");
    // Before cargo runs, which creates the program.
    let announcement = announcement(program);
    let mut child = command.spawn().map_err(|error| failed(&error))?;
    let mut quiet = Quiet::new(announcement);
    if let Some(output) = child.stderr.take() {
        quiet.pass_on(output);
    }
    let status = child.wait().map_err(|error| failed(&error))?;
    if status.success() {
        return Ok(Built::Done);
    }
    quiet.release();
    // A status without a code means that a signal ended cargo.
    Ok(Built::Failed(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

/// Returns the `cargo build` command for the program with one backend.
fn command(backend: Backend) -> Command {
    // Cargo passes its own path to the programs that it runs.
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--package", "xtask", "--bin", "zunder"]);
    if !backend.is_default() {
        command.arg("--no-default-features");
    }
    command.args(["--features", backend.feature(), "--profile", backend.profile()]);
    if let Some(folder) = std::env::var_os("CARGO_MANIFEST_DIR") {
        command.arg("--manifest-path").arg(Path::new(&folder).join("../Cargo.toml"));
    }
    if io::stderr().is_terminal() {
        // Cargo writes into a pipe here, in which it would show neither colours nor progress.
        let width = width::of_terminal();
        command.args(["--color", "always", "--config", "term.progress.when='always'"]);
        command.args(["--config", &format!("term.progress.width={width}")]);
    }
    // These variables describe the launcher, not the program to build.
    for (name, _) in std::env::vars_os() {
        let own = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if own {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Returns the message before cargo's first line.
fn announcement(program: &Path) -> &'static str {
    if program.exists() {
        "Building zunder again: its source has changed."
    } else {
        "Building zunder. The first time takes some minutes; later calls start at once."
    }
}
