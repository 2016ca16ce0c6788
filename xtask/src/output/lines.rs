//! The progress of a training as lines.

use std::path::Path;
use std::time::Duration;

use zunder::eval::{EpochRecord, HealthRecord, HealthWarning};
use zunder::train::{Events, Rollback, SourceError};
use zunder::{Loading, Plan, RunEvents};

use crate::format::{duration, mark, thousands};
use crate::output::progress::LoadingLine;
use crate::output::{keep_run, plan};

/// Prints one aligned line per epoch.
pub struct Lines {
    epochs: usize,
    done: usize,
    seconds: f64,
    loading: LoadingLine,
    /// The mark beside validation metrics that are affected by leakage.
    mark: &'static str,
}

impl Lines {
    pub fn new() -> Self {
        Self { epochs: 0, done: 0, seconds: 0.0, loading: LoadingLine::default(), mark: "" }
    }
}

impl RunEvents for Lines {
    fn loading(&mut self, stage: Loading, done: usize, total: usize) {
        self.loading.update(stage, done, total);
    }

    fn planned(&mut self, plan: &Plan) {
        self.loading = LoadingLine::default();
        plan::print(plan);
        self.epochs = plan.config.epochs;
        self.mark = mark(plan.leakage.as_ref());
        say!("          train             validation");
        say!("  epoch    loss  accuracy    loss  accuracy      rate  images/s      left");
    }

    fn started(&mut self, folder: &Path) {
        keep_run(folder);
    }

    fn testing(&mut self) {
        say!("");
        say!("testing the best epoch ...");
    }
}

impl Events for Lines {
    fn epoch_finished(&mut self, record: &EpochRecord, best: bool) -> Result<(), SourceError> {
        self.done += 1;
        self.seconds += record.seconds + record.validation_seconds;
        let left =
            self.seconds / self.done as f64 * (self.epochs - record.epoch.min(self.epochs)) as f64;
        say!(
            "{}  {:>8}",
            row(record, self.epochs, best, self.mark),
            duration(Duration::try_from_secs_f64(left).unwrap_or(Duration::MAX))
        );
        Ok(())
    }

    fn layers_measured(
        &mut self,
        _: &[HealthRecord],
        warnings: &[HealthWarning],
    ) -> Result<(), SourceError> {
        for warning in warnings {
            say!("  warning: {warning}");
        }
        Ok(())
    }

    fn rolled_back(&mut self, rollback: &Rollback) {
        say!("  {rollback}");
    }
}

/// Formats the metrics of an epoch, aligned. A star marks the best epoch so far.
fn row(r: &EpochRecord, epochs: usize, best: bool, mark: &str) -> String {
    let width = epochs.to_string().len();
    let epoch = format!("{:>width$}/{epochs}", r.epoch);
    let star = if best { '*' } else { ' ' };
    let average = r
        .ema_accuracy
        .map_or_else(String::new, |accuracy| format!("  average {:.2} %", 100.0 * accuracy));
    format!(
        "{epoch:>7} {:>7.4} {:>7.2} % {:>7.4} {:>7.2} %{star}{mark} {:>8.2e} {:>9}{average}",
        r.train_loss,
        100.0 * r.train_accuracy,
        r.validation_loss,
        100.0 * r.validation_accuracy,
        r.learning_rate,
        thousands(r.images_per_second as u64),
    )
}
