use std::path::PathBuf;

use zunder_eval::{EpochRecord, HealthRecord, HealthWarning, write_health_csv, write_metrics_csv};
use zunder_train::{Events, Rollback, SourceError, StepReport, write_atomically};

use crate::{RunError, RunEvents};

/// Keeps `metrics.csv` and `health.csv` up to date, and passes everything on to the user's listener.
pub(crate) struct Recorder<'a> {
    pub metrics: PathBuf,
    pub records: Vec<EpochRecord>,
    pub health: PathBuf,
    pub layers: Vec<HealthRecord>,
    pub listener: &'a mut dyn RunEvents,
}

impl Recorder<'_> {
    /// Writes the files as they should be now.
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
        self.listener.step_finished(step);
    }

    fn epoch_finished(&mut self, record: &EpochRecord, best: bool) -> Result<(), SourceError> {
        self.records.push(record.clone());
        self.write_metrics()?;
        self.listener.epoch_finished(record, best)
    }

    fn layers_measured(&mut self, layers: &[HealthRecord], warnings: &[HealthWarning]) -> Result<(), SourceError> {
        self.layers.extend_from_slice(layers);
        self.write_health()?;
        self.listener.layers_measured(layers, warnings)
    }

    fn rolled_back(&mut self, rollback: &Rollback) {
        self.listener.rolled_back(rollback);
    }
}
