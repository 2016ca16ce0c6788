//! What the user reads when a command fails, and the exit code.

use std::process::ExitCode;

use zunder::RunError;
use zunder_experiments::ExperimentError;

/// Wrong usage or input.
const INPUT: u8 = 2;
/// Failure on the way.
const FAILURE: u8 = 1;

/// Prints an error as one sentence with a hint, and gives the exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(ctrlc::Error::System(reason)) = error.downcast_ref() {
        return report_threads(&reason.to_string());
    }
    complain!("error: {error}");
    let (hint, is_input) =
        match (error.downcast_ref::<RunError>(), error.downcast_ref::<ExperimentError>()) {
            (Some(error), _) => (error.hint(), error.is_input()),
            (_, Some(error)) => (error.hint(), error.is_input()),
            _ => ("if it comes again, please report it with the command".to_owned(), false),
        };
    complain_of(&hint, matches!(error.downcast_ref(), Some(RunError::Fetch(_))));
    ExitCode::from(if is_input { INPUT } else { FAILURE })
}

/// Prints a hint: in several lines, to be copied, only where it has `commands`. Other hints may
/// repeat a name with a line break in it.
fn complain_of(hint: &str, commands: bool) {
    let (first, others) =
        if commands { hint.split_once('\n').unwrap_or((hint, "")) } else { (hint, "") };
    complain!("hint: {first}");
    others.lines().for_each(|line| complain!("{line}"));
}

/// Prints that a command panicked, which is a defect or, of a thread pool, the system's refusal.
pub fn report_panic(words: &str) -> ExitCode {
    if words.contains("ThreadPoolBuildError") {
        // The system's answer stands within: `kind: IOError(Os { code: 11, .., message: "..." })`.
        let reason = words.split_once("message: \"").and_then(|(_, rest)| rest.split_once('"'));
        return report_threads(reason.map_or(words, |(reason, _)| reason));
    }
    complain!("error: a defect of this program stopped it: {words}");
    complain!(
        "hint: please report this sentence with the command; a run that was going on continues \
         with --resume"
    );
    ExitCode::from(FAILURE)
}

fn report_threads(reason: &str) -> ExitCode {
    let error = RunError::Threads { threads: 1, problem: reason.to_owned() };
    complain!("error: {error}");
    complain!("hint: {}", error.hint());
    ExitCode::from(FAILURE)
}
