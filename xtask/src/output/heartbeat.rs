//! A message in a terminal while a command works without output.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use zunder::report::text::{cut, visible};

use super::{SCREEN, stderr, terminal};
use crate::format::duration;

/// The time without output before the message, and the interval between two checks.
const SILENCE: Duration = Duration::from_millis(900);
const LOOK: Duration = Duration::from_millis(200);

static START: LazyLock<Instant> = LazyLock::new(Instant::now);
/// The time of the last output, in milliseconds after the start.
static LAST: AtomicU64 = AtomicU64::new(0);
/// Whether a progress line is on the screen, which makes the message unnecessary.
static LINE: AtomicBool = AtomicBool::new(false);
/// The current work of the command, if it is known.
static WORK: Mutex<Option<String>> = Mutex::new(None);
/// Whether the message is on the screen.
static SHOWN: Mutex<bool> = Mutex::new(false);

/// Starts the display, unless there is no terminal or only the result is wanted.
pub fn start() {
    LazyLock::force(&START);
    let quiet = std::env::args_os().any(|word| word == "--quiet");
    #[allow(clippy::disallowed_methods, reason = "it is only asked what it is")]
    let seen = std::io::stdout().is_terminal() && terminal::overwrites_stderr();
    if seen && !quiet {
        // Without the thread, the message is missing.
        let _ = thread::Builder::new().spawn(|| {
            loop {
                thread::sleep(LOOK);
                beat();
            }
        });
    }
}

/// Sets the work that the message names; with `None` it says only that the command works.
pub fn work_on(what: Option<String>) {
    *WORK.lock().unwrap_or_else(PoisonError::into_inner) = what;
}

/// Removes the message and calls `print`. `leaves_line` says whether `print` leaves a line open
/// that is overwritten later.
pub fn printing(leaves_line: bool, print: impl FnOnce()) {
    let now = || START.elapsed().as_millis() as u64;
    LAST.store(now(), Relaxed); // no message appears before it is printed
    if wait_briefly().is_some_and(|mut shown| std::mem::take(&mut *shown)) {
        stderr::raw("\r\x1b[K");
    }
    print();
    LINE.store(leaves_line, Relaxed);
    LAST.store(now(), Relaxed);
}

/// Returns the lock, unless another thread holds it for long because its terminal is blocked. The
/// response to Ctrl-C must not wait for that.
fn wait_briefly() -> Option<MutexGuard<'static, bool>> {
    for _ in 0..20 {
        match SHOWN.try_lock() {
            Ok(shown) => return Some(shown),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(2)),
        }
    }
    None
}

fn beat() {
    let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let silence = START.elapsed().saturating_sub(Duration::from_millis(LAST.load(Relaxed)));
    if silence >= SILENCE && !LINE.load(Relaxed) && !SCREEN.load(Relaxed) {
        *shown = true;
        let what = WORK.lock().unwrap_or_else(PoisonError::into_inner);
        let text = format!("{} ... {}", what.as_deref().unwrap_or("working"), duration(silence));
        stderr::raw(&format!("\r{}\x1b[K", visible(&cut(&text, terminal::columns()))));
    }
}
