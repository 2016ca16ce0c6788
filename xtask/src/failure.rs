use std::process::ExitCode;

use zunder::RunError;

/// Wrong usage or input.
const INPUT: u8 = 2;
/// Failure on the way.
const FAILURE: u8 = 1;
/// Interrupted, as a shell counts it: 128 + SIGINT.
pub const INTERRUPTED: u8 = 130;

/// Prints an error as one sentence with a hint, and gives the exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    complain!("error: {error}");
    let run_error = error.downcast_ref::<RunError>();
    let unexpected = || "if it comes again, please report it with the command".to_owned();
    complain!("hint: {}", run_error.map_or_else(unexpected, RunError::hint));
    ExitCode::from(if run_error.is_some_and(RunError::is_input) { INPUT } else { FAILURE })
}
