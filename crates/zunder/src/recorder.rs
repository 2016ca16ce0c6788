use std::path::PathBuf;

use zunder_eval::{EpochRecord, write_metrics_csv};
use zunder_train::{Events, Rollback, SourceError, StepReport, write_atomically};

use crate::{RunError, RunEvents};

/// Keeps `metrics.csv` up to date, and passes everything on to the user's listener.
pub(crate) struct Recorder<'a> {
    pub file: PathBuf,
    pub records: Vec<EpochRecord>,
    pub listener: &'a mut dyn RunEvents,
}

impl Recorder<'_> {
    /// Writes the file as it should be now.
    pub(crate) fn write(&self) -> Result<(), RunError> {
        let mut text = Vec::new();
        write_metrics_csv(&self.records, &mut text)?;
        Ok(write_atomically(&self.file, &text)?)
    }
}

impl Events for Recorder<'_> {
    fn step_finished(&mut self, step: &StepReport) {
        self.listener.step_finished(step);
    }

    fn epoch_finished(&mut self, record: &EpochRecord, best: bool) -> Result<(), SourceError> {
        self.records.push(record.clone());
        self.write()?;
        self.listener.epoch_finished(record, best)
    }

    fn rolled_back(&mut self, rollback: &Rollback) {
        self.listener.rolled_back(rollback);
    }
}
