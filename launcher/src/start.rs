//! Finds the built program and runs it in place of the launcher.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Returns the path of the program that cargo builds with a profile, in the target folder of the
/// launcher.
///
/// # Errors
/// Returns a message if the path of the launcher is unknown.
pub fn program(profile: &str) -> Result<PathBuf, String> {
    let launcher = std::env::current_exe()
        .map_err(|error| format!("cannot find the folder of the launcher: {error}"))?;
    let target = launcher
        .ancestors()
        .nth(2)
        .ok_or_else(|| format!("{} lies in no target folder", launcher.display()))?;
    // Only the folder of the profile `dev` has another name.
    let folder = if profile == "dev" { "debug" } else { profile };
    Ok(target.join(folder).join("zunder").with_extension(std::env::consts::EXE_EXTENSION))
}

/// Replaces this process with the program.
///
/// # Errors
/// Returns a message if the program cannot be run.
#[cfg(unix)]
pub fn become_program(program: &Path, arguments: &[OsString]) -> Result<ExitCode, String> {
    use std::os::unix::process::CommandExt;

    let error = Command::new(program).args(arguments).exec();
    Err(format!("cannot run {}: {error}", program.display()))
}

/// Runs the program and returns its exit code.
///
/// # Errors
/// Returns a message if the program cannot be run.
#[cfg(not(unix))]
pub fn become_program(program: &Path, arguments: &[OsString]) -> Result<ExitCode, String> {
    let status = Command::new(program)
        .args(arguments)
        .status()
        .map_err(|error| format!("cannot run {}: {error}", program.display()))?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}
