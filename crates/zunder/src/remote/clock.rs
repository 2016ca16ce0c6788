//! The limit on the time that a run waits for its remote devices.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use zunder_data::DataError;

use super::Link;
use crate::RunError;

/// The least time without an answer after which a device counts as lost, in seconds.
const PATIENCE: f64 = 30.0;
/// The variable that sets another one.
const VARIABLE: &str = "ZUNDER_REMOTE_WAIT";
/// A step may take this multiple of the median step.
const MEDIANS: u32 = 20;
/// While fewer steps are known, [`FIRST`] times the patience is allowed.
const KNOWN: usize = 3;
const FIRST: u32 = 4;
/// A step during which bytes still arrive may take this multiple of its limit.
const SLOW: u32 = 10;
/// A thread that sleeps this much longer than it wanted was stopped with its process.
const ASLEEP: Duration = Duration::from_secs(1);
/// Number of steps whose median is taken.
const STEPS: usize = 99;

thread_local! {
    /// The clock of the work that this thread does.
    static CURRENT: RefCell<Option<Arc<Clock>>> = const { RefCell::new(None) };
}

/// Returns the least time without an answer after which a device counts as lost: 30 s, or what
/// `ZUNDER_REMOTE_WAIT` says.
pub(crate) fn patience() -> Result<Duration, RunError> {
    let Some(value) = std::env::var_os(VARIABLE) else {
        return Ok(Duration::from_secs_f64(PATIENCE));
    };
    let seconds = value.to_str().and_then(|text| text.trim().parse::<f64>().ok());
    seconds.filter(|s| (1.0..=86_400.0).contains(s)).map(Duration::from_secs_f64).ok_or_else(|| {
        RunError::Config {
            origin: VARIABLE.to_owned(),
            problem: format!(
                "it is {:?}, expected seconds from 1 to 86400",
                value.to_string_lossy()
            ),
        }
    })
}

/// Runs work that may use remote devices, in the calling thread. If one of them is lost meanwhile,
/// its loss is the error, in place of what Burn makes of it: an error or a panic.
pub(crate) fn guard<T>(work: impl FnOnce() -> Result<T, RunError>) -> Result<T, RunError> {
    let outer = CURRENT.with_borrow(Clone::clone);
    let clock = outer.clone().unwrap_or_default();
    CURRENT.set(Some(Arc::clone(&clock)));
    // A panic leaves Burn's device inconsistent, which is lost then and not used again.
    let result = catch_unwind(AssertUnwindSafe(work));
    CURRENT.set(outer);
    let lost = || {
        clock.links().iter().find_map(|link| {
            Some(RunError::DeviceLost {
                device: link.name.to_string(),
                problem: link.lost()?,
                run: None,
                epochs: 0,
            })
        })
    };
    match result {
        Ok(Err(error)) if is_own(&error) => Err(error),
        Ok(Err(error)) => Err(lost().unwrap_or(error)),
        Ok(done) => done,
        Err(panic) => match lost() {
            Some(lost) => Err(lost),
            None => resume_unwind(panic),
        },
    }
}

/// Returns true for errors that no device causes.
fn is_own(error: &RunError) -> bool {
    matches!(error, RunError::DeviceLost { .. } | RunError::Data(DataError::Interrupted))
}

/// Makes the work of this thread depend on a connection, which is cut if a step takes too long.
pub(crate) fn attach(link: &Arc<Link>) -> Result<(), RunError> {
    let patience = patience()?;
    let Some(clock) = CURRENT.with_borrow(Clone::clone) else { return Ok(()) };
    let mut links = clock.links();
    if links.iter().any(|known| Arc::ptr_eq(known, link)) {
        return Ok(());
    }
    // A new connection takes the place of lost ones.
    links.retain(|known| known.lost().is_none());
    links.push(Arc::clone(link));
    // A thread watches already if there was a live one.
    if links.len() == 1 {
        let clock = Arc::downgrade(&clock);
        let watch = move || watch(&clock, patience);
        let thread = thread::Builder::new().name("watch".to_owned()).spawn(watch);
        thread.map_err(|e| RunError::Threads { threads: 1, problem: e.to_string() })?;
    }
    Ok(())
}

/// Cuts the connections of a clock that waits too long, until the work is done or has none left.
fn watch(clock: &Weak<Clock>, patience: Duration) {
    let interval = patience / 50;
    loop {
        let began = Instant::now();
        thread::sleep(interval);
        let Some(clock) = clock.upgrade() else { return };
        if began.elapsed() > ASLEEP.max(interval * 10) {
            // This process was stopped itself, or the machine slept.
            clock.state().since = Instant::now();
        }
        let links: Vec<_> =
            clock.links().iter().filter(|link| link.lost().is_none()).cloned().collect();
        if links.is_empty() {
            return;
        }
        let silence = links.iter().map(|link| link.silence()).min().unwrap_or_default();
        let Some(waited) = clock.state().overdue(patience, silence) else { continue };
        // A server that still answers is not the one that all wait for, unless all answer.
        let (answering, silent): (Vec<_>, Vec<_>) = links.iter().partition(|link| link.answers());
        let reason = |what| format!("{what} for {:.0} s", waited.as_secs_f64());
        for link in &silent {
            link.cut(reason("the server has not answered"));
        }
        for link in answering.iter().filter(|_| silent.is_empty()) {
            link.cut(reason("the server answers, but has not finished a step"));
        }
    }
}

/// Marks work on devices until the value is dropped: the clock of this thread's work runs.
pub(crate) struct Busy(Option<Arc<Clock>>);

/// Starts the clock of this thread's work, unless it runs.
pub(crate) fn busy() -> Busy {
    let clock = CURRENT.with_borrow(Clone::clone);
    if let Some(clock) = &clock {
        let mut state = clock.state();
        if state.busy == 0 {
            state.since = Instant::now();
        }
        state.busy += 1;
    }
    Busy(clock)
}

impl Busy {
    /// Ends the mark before the end of its scope.
    pub(crate) fn end(self) {
        drop(self);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(clock) = &self.0 {
            clock.state().busy -= 1;
        }
    }
}

/// Marks other work within that on devices, such as that of a listener, until it is dropped.
pub(crate) struct Pause(Option<Arc<Clock>>);

/// Stops the clock of this thread's work until the value is dropped.
pub(crate) fn pause() -> Pause {
    let clock = CURRENT.with_borrow(Clone::clone);
    if let Some(clock) = &clock {
        clock.state().paused += 1;
    }
    Pause(clock)
}

impl Drop for Pause {
    fn drop(&mut self) {
        if let Some(clock) = &self.0 {
            let mut state = clock.state();
            state.paused -= 1;
            state.since = Instant::now();
        }
    }
}

/// Returns the batches of an epoch. The time between two of them is a step; the time that it takes
/// to make one is not.
pub(crate) fn steps<I: Iterator>(batches: I) -> Steps<I> {
    Steps { batches, step: None }
}

/// See [`steps`].
pub(crate) struct Steps<I> {
    batches: I,
    /// The step in progress, and when it began.
    step: Option<(Busy, Instant)>,
}

impl<I: Iterator> Iterator for Steps<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        if let Some((Busy(Some(clock)), began)) = &self.step {
            clock.state().finished(began.elapsed());
        }
        self.step = None;
        let pause = pause();
        let batch = self.batches.next()?;
        drop(pause);
        self.step = Some((busy(), Instant::now()));
        Some(batch)
    }
}

/// The time that some work waits for its devices.
#[derive(Default)]
struct Clock {
    state: Mutex<State>,
    links: Mutex<Vec<Arc<Link>>>,
}

impl Clock {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn links(&self) -> MutexGuard<'_, Vec<Arc<Link>>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct State {
    /// Number of parts of the work that are on devices, and of those within them that are not. The
    /// clock runs if there is one of the first and none of the second.
    busy: usize,
    paused: usize,
    /// Start of the step, or of other work on devices.
    since: Instant,
    /// The last steps.
    steps: VecDeque<Duration>,
}

impl Default for State {
    fn default() -> Self {
        Self { busy: 0, paused: 0, since: Instant::now(), steps: VecDeque::new() }
    }
}

impl State {
    fn finished(&mut self, step: Duration) {
        self.steps.push_back(step);
        if self.steps.len() > STEPS {
            self.steps.pop_front();
        }
    }

    /// Returns the time that a step may take without a byte on the connection.
    fn limit(&self, patience: Duration) -> Duration {
        let mut steps: Vec<_> = self.steps.iter().copied().collect();
        if steps.len() < KNOWN {
            return patience * FIRST;
        }
        steps.sort_unstable();
        patience.max(steps[steps.len() / 2] * MEDIANS)
    }

    /// Returns the time that the work has waited, if that is too long. `silence` is the time
    /// without a byte.
    fn overdue(&self, patience: Duration, silence: Duration) -> Option<Duration> {
        let (waited, limit) = (self.since.elapsed(), self.limit(patience));
        let is_over = (waited > limit && silence > patience) || waited > limit * SLOW;
        (self.busy > 0 && self.paused == 0 && is_over).then_some(waited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn waiting(seconds: u32, steps: &[u32]) -> State {
        State {
            busy: 1,
            paused: 0,
            since: Instant::now().checked_sub(SECOND * seconds).unwrap(),
            steps: steps.iter().map(|step| SECOND * *step).collect(),
        }
    }

    #[test]
    fn a_step_may_take_twenty_times_the_median_and_thirty_seconds() {
        let overdue = |state: &State, silence| state.overdue(SECOND * 30, SECOND * silence);
        // Few steps are known.
        assert!(overdue(&waiting(100, &[1, 1]), 100).is_none());
        assert!(overdue(&waiting(121, &[1, 1]), 121).is_some());
        assert!(overdue(&waiting(29, &[1, 1, 1]), 29).is_none());
        assert!(overdue(&waiting(31, &[1, 1, 1]), 31).is_some());
        assert!(overdue(&waiting(99, &[5, 1, 9]), 99).is_none());
        assert!(overdue(&waiting(101, &[5, 1, 9]), 101).is_some());
        // Bytes still arrive.
        assert!(overdue(&waiting(299, &[1, 1, 1]), 0).is_none());
        assert!(overdue(&waiting(301, &[1, 1, 1]), 0).is_some());
        let mut state = waiting(1000, &[1, 1, 1]);
        state.paused = 1;
        assert!(overdue(&state, 1000).is_none());
        (state.paused, state.busy) = (0, 0);
        assert!(overdue(&state, 1000).is_none());
    }

    #[test]
    fn the_time_of_a_step_is_that_between_two_batches() {
        let clock = Arc::new(Clock::default());
        CURRENT.set(Some(Arc::clone(&clock)));
        let slow = (0..3).inspect(|_| {
            assert_eq!(clock.state().paused, 1);
            thread::sleep(Duration::from_millis(300));
        });
        for _ in steps(slow) {
            let state = clock.state();
            assert_eq!((state.busy, state.paused), (1, 0));
            drop(state);
            thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(clock.state().busy, 0);
        CURRENT.set(None);
        let known = clock.state().steps.clone();
        assert_eq!(known.len(), 3);
        assert!(known.iter().all(|step| *step < Duration::from_millis(250)), "{known:?}");
        assert_eq!(clock.state().paused, 0);
    }

    #[test]
    fn without_a_lost_device_errors_and_panics_stay_what_they_are() {
        let own = || Err::<(), _>(RunError::config("test", "a problem".to_owned()));
        assert_eq!(guard(own).unwrap_err().to_string(), "test: a problem");
        let panic = catch_unwind(|| guard::<()>(|| panic!("a defect"))).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"a defect"));
        assert!(CURRENT.with_borrow(Option::is_none));
    }
}
