use std::process::ExitCode;

use zunder::RunError;
use zunder_experiments::ExperimentError;

/// Wrong usage or input.
const INPUT: u8 = 2;
/// Failure on the way.
const FAILURE: u8 = 1;

/// Prints an error as one sentence with a hint, and gives the exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    complain!("error: {error}");
    let (hint, is_input) = match (error.downcast_ref::<RunError>(), error.downcast_ref::<ExperimentError>()) {
        (Some(error), _) => (error.hint(), error.is_input()),
        (_, Some(error)) => (error.hint(), error.is_input()),
        _ => ("if it comes again, please report it with the command".to_owned(), false),
    };
    complain!("hint: {hint}");
    ExitCode::from(if is_input { INPUT } else { FAILURE })
}
