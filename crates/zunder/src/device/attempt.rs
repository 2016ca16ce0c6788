use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::{Device, Tensor};

/// Runs what may panic in a library beneath us, and gives the panic's message as the error.
///
/// The drivers' threads panic too, and what reaches this one is only that they are gone: the first
/// message of any thread tells the cause. Nothing is printed meanwhile. `work` must not attempt
/// anything itself.
pub(super) fn attempt<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    // The hook is the process's own: one attempt at a time.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let message = Arc::new(Mutex::new(None));
    let listener = Arc::clone(&message);
    let before = take_hook();
    set_hook(Box::new(move |panic| {
        listener.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| text(panic));
    }));
    // What a panic left half done is the library's own device, which is not used again.
    let result = catch_unwind(AssertUnwindSafe(work));
    set_hook(before);
    result.unwrap_or_else(|_| {
        let message = message.lock().unwrap_or_else(PoisonError::into_inner).take();
        Err(message.unwrap_or_else(|| "it failed without a word".to_owned()))
    })
}

/// A panic's words, on one line.
fn text(panic: &PanicHookInfo<'_>) -> String {
    panic
        .payload_as_str()
        .unwrap_or("it failed without a word")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Computes a sum, to see whether the device can: it is compiled for the device and run there.
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
