//! The dashboard of a training in a terminal.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use zunder::eval::{EpochRecord, HealthRecord, HealthWarning};
use zunder::report::text::visible;
use zunder::train::{Events, Interrupt, Rollback, SourceError, StepReport};
use zunder::{Loading, Plan, RunEvents};

use crate::format::mark;
use crate::output::progress::LoadingLine;
use crate::output::{SCREEN, give_back_terminal, keep_run, plan, screen};
use crate::signals;

/// The interval at which the screen is drawn and the keyboard is read: short enough to feel
/// responsive, long enough to cost nothing.
const REFRESH: Duration = Duration::from_millis(100);

/// The training as a full screen: progress, curves and metrics.
///
/// Burn's own dashboard disables Ctrl-C and panics when it is left. This one treats Ctrl-C and q as
/// a request to stop, and always restores the terminal.
pub struct Dashboard {
    terminal: Option<DefaultTerminal>,
    interrupt: Interrupt,
    state: State,
    drawn: Instant,
    loading: LoadingLine,
    /// Whether the thread that reads the keyboard should end.
    keys_end: Arc<AtomicBool>,
    /// Warnings to print after the dashboard is closed.
    warnings: Vec<String>,
}

/// The content of the screen.
pub struct State {
    pub title: String,
    pub epochs: usize,
    pub records: Vec<EpochRecord>,
    pub best: Option<EpochRecord>,
    pub step: Option<StepReport>,
    pub started: Instant,
    pub epochs_before: usize,
    pub stopping: bool,
    pub testing: bool,
    /// The last event that the user should know of.
    pub notice: Option<String>,
    /// The mark beside validation metrics that are affected by leakage.
    pub mark: &'static str,
}

impl Dashboard {
    pub fn new(interrupt: Interrupt) -> Self {
        let now = Instant::now();
        let state = State {
            title: String::new(),
            epochs: 0,
            records: Vec::new(),
            best: None,
            step: None,
            started: now,
            epochs_before: 0,
            stopping: false,
            testing: false,
            notice: None,
            mark: "",
        };
        Self {
            terminal: None,
            interrupt,
            state,
            drawn: now,
            loading: LoadingLine::default(),
            keys_end: Arc::default(),
            warnings: Vec::new(),
        }
    }

    fn draw(&mut self) {
        self.drawn = Instant::now();
        self.state.stopping = self.interrupt.requested();
        if let Some(terminal) = &mut self.terminal {
            // Training continues if the terminal has gone away.
            let _ = terminal.draw(|frame| screen::draw(frame, &self.state));
        }
    }
}

impl RunEvents for Dashboard {
    fn loading(&mut self, stage: Loading, done: usize, total: usize) {
        self.loading.update(stage, done, total);
    }

    fn planned(&mut self, plan: &Plan) {
        self.loading = LoadingLine::default();
        // Printed first, so that it is visible in the terminal after the dashboard is closed.
        plan::print(plan);
        let kind = plan.config.model.kind().name();
        let title = format!(
            "{} · {kind} · {} · seed {}",
            plan.dataset,
            plan.config.device_names(),
            plan.config.seed
        );
        self.state.title = visible(&title).into_owned();
        self.state.epochs = plan.config.epochs;
        self.state.mark = mark(plan.leakage.as_ref());
        self.state.notice =
            plan.leakage.as_ref().map(|leakage| format!("{} {leakage}", self.state.mark));
        self.state.epochs_before = plan.epochs_done;
        self.state.started = Instant::now();
        SCREEN.store(true, Ordering::Relaxed);
        self.terminal = ratatui::try_init().ok();
        let keys_end = Arc::clone(&self.keys_end);
        // Without the thread, signals still stop the training.
        let _ = thread::Builder::new().spawn(move || read_keys(&keys_end));
        self.draw();
    }

    fn started(&mut self, folder: &Path) {
        keep_run(folder);
    }

    fn testing(&mut self) {
        self.state.testing = true;
        self.draw();
    }
}

impl Events for Dashboard {
    fn step_finished(&mut self, step: &StepReport) {
        self.state.step = Some(*step);
        if self.drawn.elapsed() >= REFRESH {
            self.draw();
        }
    }

    fn epoch_finished(&mut self, record: &EpochRecord, best: bool) -> Result<(), SourceError> {
        self.state.records.push(record.clone());
        if best {
            self.state.best = Some(record.clone());
        }
        self.draw();
        Ok(())
    }

    fn layers_measured(
        &mut self,
        _: &[HealthRecord],
        warnings: &[HealthWarning],
    ) -> Result<(), SourceError> {
        self.warnings
            .extend(warnings.iter().map(|warning| format!("epoch {}: {warning}", warning.epoch)));
        if let Some(newest) = self.warnings.last().filter(|_| !warnings.is_empty()) {
            self.state.notice = Some(visible(&format!("warning: {newest}")).into_owned());
            self.draw();
        }
        Ok(())
    }

    fn rolled_back(&mut self, rollback: &Rollback) {
        self.state.notice = Some(rollback.to_string());
        self.draw();
    }
}

/// Reads Ctrl-C and q, also during a long step or the test. In raw mode Ctrl-C is an ordinary key.
fn read_keys(end: &AtomicBool) {
    while !end.load(Ordering::Relaxed) {
        match event::poll(REFRESH) {
            Ok(false) => continue,
            Ok(true) => {}
            Err(_) => return, // the terminal went away
        }
        if let Ok(Event::Key(key)) = event::read() {
            let ctrl_c =
                key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
            if key.kind == KeyEventKind::Press && (ctrl_c || key.code == KeyCode::Char('q')) {
                signals::arrived();
            }
        }
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        self.keys_end.store(true, Ordering::Relaxed);
        if let Some(mut terminal) = self.terminal.take() {
            if terminal.show_cursor().is_err() {
                // Its own drop would report the missing terminal and panic.
                std::mem::forget(terminal);
            }
            give_back_terminal();
            for warning in &self.warnings {
                say!("warning: {warning}");
            }
        }
    }
}
