//! Ctrl-C, SIGTERM and SIGHUP: what they end, and what the user hears of it.
//!
//! The first asks the work in progress to stop. If it has not stopped within a moment, because it
//! is in a phase that cannot look up, the process ends there: every file is written beside its
//! place and renamed into it, so that is as safe as a kill. The second ends the process at once.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use zunder::train::Interrupt;

use crate::output::give_back_terminal;

/// Interrupted, as a shell counts it: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

/// Time for the work in progress to stop by itself.
const GRACE: Duration = Duration::from_millis(600);

/// Time to leave after the answer was printed.
const LEAVE: Duration = Duration::from_millis(250);

static INTERRUPT: LazyLock<Interrupt> = LazyLock::new(Interrupt::new);
/// Whether the command looks at the interrupt.
static LOOKS: AtomicBool = AtomicBool::new(false);
static ANSWERED: AtomicBool = AtomicBool::new(false);
/// What stands on the disk, and how to go on.
static KEPT: Mutex<Option<String>> = Mutex::new(None);

/// Listens from now on. Until [`interrupt`] is called, the first signal ends the process.
pub fn install() -> Result<(), ctrlc::Error> {
    let ignores_hang_up = hang_up::is_ignored();
    ctrlc::set_handler(arrived)?;
    if ignores_hang_up {
        hang_up::ignore();
    }
    Ok(())
}

/// The request to stop, for a command that looks at it and answers with [`interrupted`].
pub fn interrupt() -> Interrupt {
    LOOKS.store(true, Ordering::Relaxed);
    INTERRUPT.clone()
}

/// Says what an interruption would leave from now on.
pub fn keep(what: impl Into<String>) {
    *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = Some(what.into());
}

/// The same unless something larger, such as a sweep, has said it before.
pub fn keep_unless_said(what: impl Into<String>) {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| what.into());
}

/// Says that the command was interrupted, with what is kept, and gives the exit code.
pub fn interrupted() -> ExitCode {
    answer(|kept| complain!("interrupted; {kept}"))
}

/// The same in words of the command's own.
pub fn interrupted_with(tell: impl FnOnce()) -> ExitCode {
    answer(|_| tell())
}

/// Requests an interrupt: called for a signal, or a key in the dashboard.
pub fn arrived() {
    if INTERRUPT.requested() {
        end();
    }
    INTERRUPT.request();
    if !LOOKS.load(Ordering::Relaxed) {
        end();
    }
    let wait = || {
        thread::sleep(GRACE);
        if ANSWERED.load(Ordering::Relaxed) {
            thread::sleep(LEAVE);
        }
        end();
    };
    if thread::Builder::new().spawn(wait).is_err() {
        end();
    }
}

fn answer(tell: impl FnOnce(&str)) -> ExitCode {
    if !ANSWERED.swap(true, Ordering::Relaxed) {
        give_back_terminal();
        let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        tell(kept.as_deref().unwrap_or("nothing was written"));
    }
    ExitCode::from(INTERRUPTED)
}

/// Ends the process without a look at what the other threads do.
fn end() -> ! {
    interrupted();
    #[cfg(unix)]
    #[allow(unsafe_code, reason = "`exit` would run destructors beside threads that still work")]
    unsafe {
        libc::_exit(i32::from(INTERRUPTED))
    }
    #[cfg(not(unix))]
    #[allow(clippy::exit, reason = "the user asked to stop, and the work in progress did not")]
    std::process::exit(i32::from(INTERRUPTED))
}

/// A process that was started to outlive its terminal (`nohup`) ignores its hang-up.
#[cfg(unix)]
#[allow(unsafe_code, reason = "the disposition of a signal is asked for and set by C alone")]
mod hang_up {
    pub fn is_ignored() -> bool {
        unsafe {
            let mut now: libc::sigaction = std::mem::zeroed();
            libc::sigaction(libc::SIGHUP, std::ptr::null(), &raw mut now) == 0
                && now.sa_sigaction == libc::SIG_IGN
        }
    }

    pub fn ignore() {
        unsafe {
            libc::signal(libc::SIGHUP, libc::SIG_IGN);
        }
    }
}

#[cfg(not(unix))]
mod hang_up {
    pub fn is_ignored() -> bool {
        false
    }

    pub fn ignore() {}
}
