use std::path::Path;

/// The environment variable that says where to stop: `STAGE FILE NUMBER MARKER`, such as
/// `half last.safetensors 2 /tmp/here`.
#[cfg(debug_assertions)]
const VARIABLE: &str = "ZUNDER_TEST_STOP_AT";

/// Where a test stops a process for good in the middle of a write, to kill it there: at a stage of
/// the NUMBER-th write (from 1) of a file of that name. It makes the file MARKER first. The marker
/// `panic` is no file: the process panics there instead.
///
/// In builds with debug assertions only; elsewhere there is nothing here.
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
    assert!(marker != "panic", "a test asked for this panic");
    #[allow(
        clippy::disallowed_methods,
        reason = "an empty file says to a test that this place was reached"
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
