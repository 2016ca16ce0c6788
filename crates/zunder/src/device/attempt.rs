//! Runs code of other libraries that may panic.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::{Device, Tensor};

/// Runs code of a library that may panic, and returns the message of a panic as the error.
///
/// Threads of the drivers panic too, and the calling thread then sees only that they ended: the
/// first message of any thread shows the cause. Nothing is printed meanwhile. `work` must not call
/// this function.
pub(super) fn attempt<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    // The panic hook is global to the process, so only one attempt runs at a time.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let message = Arc::new(Mutex::new(None));
    let listener = Arc::clone(&message);
    let before = take_hook();
    set_hook(Box::new(move |panic| {
        listener.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| text(panic));
    }));
    // A panic can only leave the library's own device inconsistent, which is not used again.
    let result = catch_unwind(AssertUnwindSafe(work));
    set_hook(before);
    result.unwrap_or_else(|_| {
        let message = message.lock().unwrap_or_else(PoisonError::into_inner).take();
        Err(message.unwrap_or_else(|| "it failed without a message".to_owned()))
    })
}

/// Returns the message of a panic on one line.
fn text(panic: &PanicHookInfo<'_>) -> String {
    panic
        .payload_as_str()
        .unwrap_or("it failed without a message")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Checks that the device can compute: compiles a sum for it and runs it there.
pub(super) fn compute(device: &Device) -> Result<(), String> {
    let sum = Tensor::<1>::from_floats([1.0, 2.0], device).add_scalar(0.5);
    match sum.try_into_vec_as::<f32>() {
        Ok(sum) if sum == [1.5, 2.5] => Ok(()),
        Ok(sum) => Err(format!("it computes 1 + 0.5 and 2 + 0.5 as {sum:?}")),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_message() {
        let gone = attempt::<()>(|| {
            let driver = std::thread::spawn(|| panic!("no\n  driver"));
            driver.join().expect("the driver's thread is gone");
            Ok(())
        });
        assert_eq!(gone.unwrap_err(), "no driver");
        assert_eq!(attempt(|| Ok(7)), Ok(7));
        assert_eq!(attempt::<()>(|| Err("no".to_owned())), Err("no".to_owned()));
    }
}
