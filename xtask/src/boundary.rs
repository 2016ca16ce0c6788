//! The panic handler: a panic of any thread ends the program with a message.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use crate::failure;

/// The last panics: the message and the location of each. A library may have recovered from some of
/// them.
static PANICS: Mutex<VecDeque<(String, String)>> = Mutex::new(VecDeque::new());

/// The number of panics that are remembered.
const MOST: usize = 16;

/// Runs a command. A panic within it is reported like an error, after the command's own values are
/// dropped: the terminal is restored, locks are released, and files are as after a kill.
///
/// With `RUST_BACKTRACE` set, each panic is also printed as usual.
pub fn guard(command: impl FnOnce() -> anyhow::Result<ExitCode>) -> ExitCode {
    let before = take_hook();
    let told = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
    set_hook(Box::new(move |panic| {
        remember(panic);
        if told {
            before(panic);
        }
    }));
    // Values that the panic left incomplete are dropped with the command.
    match catch_unwind(AssertUnwindSafe(command)) {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => failure::report(&error),
        Err(panic) => failure::report_panic(&words(&*panic)),
    }
}

fn remember(panic: &PanicHookInfo<'_>) {
    let place = panic
        .location()
        .map_or_else(String::new, |place| format!(" ({}:{})", place.file(), place.line()));
    let mut panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
    panics.push_back((one_line(panic.payload_as_str()), place));
    if panics.len() > MOST {
        panics.pop_front();
    }
}

/// Returns the message and the location of a panic. A task of a thread pool panics on another
/// thread than the one that receives the panic.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let text = one_line(text);
    let panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
    let place =
        panics.iter().rev().find(|(words, _)| *words == text).map_or("", |(_, place)| place);
    text + place
}

fn one_line(text: Option<&str>) -> String {
    text.unwrap_or("a panic without a message").split_whitespace().collect::<Vec<_>>().join(" ")
}
