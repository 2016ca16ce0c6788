//! Appends the records of a run's epochs to files.

use std::path::PathBuf;

use zunder_eval::{
    EpochRecord, HealthRecord, HealthWarning, write_health_csv, write_health_rows,
    write_metrics_csv, write_metrics_rows,
};
use zunder_train::{Events, Rollback, SourceError, StepReport, append, write_atomically};

use crate::remote::pause;
use crate::{RunError, RunEvents};

/// Updates `metrics.csv` and `health.csv`, and passes all events to the user's listener.
///
/// Each epoch appends its rows to both files. They are rewritten when a process starts and when the
/// training ends, which removes incomplete rows of a killed process; the total amount of writing
/// stays linear in the number of epochs.
pub(crate) struct Recorder<'a> {
    pub metrics: PathBuf,
    pub records: Vec<EpochRecord>,
    pub health: PathBuf,
    pub layers: Vec<HealthRecord>,
    pub listener: &'a mut dyn RunEvents,
}

impl Recorder<'_> {
    /// Writes both files in full.
    pub(crate) fn write(&self) -> Result<(), RunError> {
        self.write_metrics()?;
        self.write_health()
    }

    fn write_metrics(&self) -> Result<(), RunError> {
        let mut text = Vec::new();
        write_metrics_csv(&self.records, &mut text)?;
        Ok(write_atomically(&self.metrics, &text)?)
    }

    fn write_health(&self) -> Result<(), RunError> {
        let mut text = Vec::new();
        write_health_csv(&self.layers, &mut text)?;
        Ok(write_atomically(&self.health, &text)?)
    }
}

impl Events for Recorder<'_> {
    fn step_finished(&mut self, step: &StepReport) {
        let _pause = pause();
        self.listener.step_finished(step);
    }

    fn epoch_finished(&mut self, record: &EpochRecord, best: bool) -> Result<(), SourceError> {
        let _pause = pause();
        self.records.push(record.clone());
        if self.metrics.exists() {
            let mut row = Vec::new();
            write_metrics_rows(std::slice::from_ref(record), &mut row)?;
            append(&self.metrics, &row)?;
        } else {
            self.write_metrics()?;
        }
        self.listener.epoch_finished(record, best)
    }

    fn layers_measured(
        &mut self,
        layers: &[HealthRecord],
        warnings: &[HealthWarning],
    ) -> Result<(), SourceError> {
        let _pause = pause();
        self.layers.extend_from_slice(layers);
        if self.health.exists() {
            let mut rows = Vec::new();
            write_health_rows(layers, warnings, &mut rows)?;
            append(&self.health, &rows)?;
        } else {
            self.write_health()?;
        }
        self.listener.layers_measured(layers, warnings)
    }

    fn rolled_back(&mut self, rollback: &Rollback) {
        let _pause = pause();
        self.listener.rolled_back(rollback);
    }
}
