//! Ctrl-C, SIGTERM and SIGHUP: interrupts of the work in progress.
//!
//! The first signal asks the work in progress to stop. If it has not stopped after a moment,
//! because it is in a phase that cannot check for interrupts, the process ends: every file is
//! written to a temporary name and renamed, so that is as safe as a kill. The second signal ends
//! the process at once.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use zunder::train::Interrupt;

use crate::output::give_back_terminal;

/// The exit code of an interrupted command: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

/// The time for the work in progress to stop by itself.
const GRACE: Duration = Duration::from_millis(600);

/// The time to end after the message is printed.
const LEAVE: Duration = Duration::from_millis(250);

static INTERRUPT: LazyLock<Interrupt> = LazyLock::new(Interrupt::new);
/// Whether the command checks for interrupts.
static LOOKS: AtomicBool = AtomicBool::new(false);
static ANSWERED: AtomicBool = AtomicBool::new(false);
/// The message about what is kept and how to continue.
static KEPT: Mutex<Option<String>> = Mutex::new(None);

/// Starts listening. Until [`interrupt`] is called, the first signal ends the process.
pub fn install() -> Result<(), ctrlc::Error> {
    let ignores_hang_up = hang_up::is_ignored();
    ctrlc::set_handler(arrived)?;
    if ignores_hang_up {
        hang_up::ignore();
    }
    Ok(())
}

/// Returns the interrupt flag, for a command that checks it and ends with [`interrupted`].
pub fn interrupt() -> Interrupt {
    LOOKS.store(true, Ordering::Relaxed);
    INTERRUPT.clone()
}

/// Sets the message about what an interrupt would leave from now on.
pub fn keep(what: impl Into<String>) {
    *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = Some(what.into());
}

/// [`keep`] unless a message is set already, such as that of a sweep.
pub fn keep_unless_said(what: impl Into<String>) {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| what.into());
}

/// Reports the interrupt with the message of [`keep`], and returns the exit code.
pub fn interrupted() -> ExitCode {
    answer(|kept| complain!("interrupted; {kept}"))
}

/// [`interrupted`] with a message of the command.
pub fn interrupted_with(tell: impl FnOnce()) -> ExitCode {
    answer(|_| tell())
}

/// Requests an interrupt, for a signal or a key in the dashboard.
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

/// Ends the process independent of what the other threads do.
fn end() -> ! {
    interrupted();
    #[cfg(unix)]
    #[allow(unsafe_code, reason = "`exit` would run destructors while other threads still work")]
    unsafe {
        libc::_exit(i32::from(INTERRUPTED))
    }
    #[cfg(not(unix))]
    #[allow(clippy::exit, reason = "the user asked to stop, and the work in progress did not")]
    std::process::exit(i32::from(INTERRUPTED))
}

/// A process that was started to outlive its terminal (`nohup`) ignores SIGHUP.
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
