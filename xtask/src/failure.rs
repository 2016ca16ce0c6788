//! The message and the exit code of a command that fails.

use std::process::ExitCode;

use zunder::RunError;
use zunder_experiments::ExperimentError;

/// The exit code for wrong usage or input.
const INPUT: u8 = 2;
/// The exit code for a failure during the work.
const FAILURE: u8 = 1;

/// Prints an error as one sentence with a hint, and returns the exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(ctrlc::Error::System(reason)) = error.downcast_ref() {
        return report_threads(&reason.to_string());
    }
    complain!("error: {error}");
    let (hint, is_input) =
        match (error.downcast_ref::<RunError>(), error.downcast_ref::<ExperimentError>()) {
            (Some(error), _) => (error.hint(), error.is_input()),
            (_, Some(error)) => (error.hint(), error.is_input()),
            _ => ("if it occurs again, please report it with the command".to_owned(), false),
        };
    complain_of(&hint, matches!(error.downcast_ref(), Some(RunError::Fetch(_))));
    ExitCode::from(if is_input { INPUT } else { FAILURE })
}

/// Prints a hint. Only one with `commands` is printed in several lines, to be copied; other hints
/// may contain a name with a line break.
fn complain_of(hint: &str, commands: bool) {
    let (first, others) =
        if commands { hint.split_once('\n').unwrap_or((hint, "")) } else { (hint, "") };
    complain!("hint: {first}");
    others.lines().for_each(|line| complain!("{line}"));
}

/// Reports that a command panicked. This is a defect of the program or, in a thread pool, a refusal
/// of the operating system.
pub fn report_panic(words: &str) -> ExitCode {
    if words.contains("ThreadPoolBuildError") {
        // The error of the operating system is within the text: `kind: IOError(Os { code: 11, ..,
        // message: "..." })`.
        let reason = words.split_once("message: \"").and_then(|(_, rest)| rest.split_once('"'));
        return report_threads(reason.map_or(words, |(reason, _)| reason));
    }
    complain!("error: a defect of this program stopped it: {words}");
    complain!(
        "hint: please report this message with the command; an unfinished run can be continued \
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
