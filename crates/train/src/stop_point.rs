//! Points at which tests stop a process.

use std::path::Path;

/// Environment variable that chooses the stop point: `STAGE FILE NUMBER MARKER`, such as `half
/// last.safetensors 2 /tmp/here`.
#[cfg(debug_assertions)]
const VARIABLE: &str = "ZUNDER_TEST_STOP_AT";

/// Stops the process in the middle of a write, so that a test can kill it there: at a stage of the
/// NUMBER-th write (counted from 1) of a file with this name. Creates the file MARKER first. If the
/// marker is `panic`, the process panics instead.
///
/// Does nothing in builds without debug assertions.
#[cfg(debug_assertions)]
pub(crate) fn stop_point(stage: &str, path: &Path) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static PASSED: AtomicUsize = AtomicUsize::new(0);

    let Ok(wanted) = std::env::var(VARIABLE) else { return };
    let mut words = wanted.splitn(4, ' ');
    let [at, file, number, marker] = [(); 4].map(|()| words.next().unwrap_or_default());
    if at != stage || path.file_name().is_none_or(|name| name != file) {
        return;
    }
    let passed = PASSED.fetch_add(1, Ordering::Relaxed) + 1;
    if number.parse() != Ok(passed) {
        return;
    }
    assert!(marker != "panic", "a test requested this panic");
    #[allow(
        clippy::disallowed_methods,
        reason = "an empty file tells a test that this point was reached"
    )]
    let told = std::fs::write(marker, "").is_ok();
    if told {
        loop {
            std::thread::park();
        }
    }
}

#[cfg(not(debug_assertions))]
pub(crate) fn stop_point(_: &str, _: &Path) {}
