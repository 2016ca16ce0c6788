//! A run's listener and its interrupt as one value, for the code that reads data.

use std::path::Path;

use zunder_data::DataError;
use zunder_eval::{EpochRecord, HealthRecord, HealthWarning};
use zunder_train::{Events, Interrupt, Rollback, SourceError, StepReport};

use crate::{Loading, Plan, RunError, RunEvents, RunOptions};

/// Passes events to a listener, if any, and reports whether an interrupt was requested.
pub(crate) struct Listening<'a> {
    events: Option<&'a mut dyn RunEvents>,
    pub interrupt: Interrupt,
}

impl<'a> Listening<'a> {
    pub(crate) fn new(options: RunOptions<'a>) -> Self {
        Self { events: options.events, interrupt: options.interrupt }
    }
}

/// Returns `None` if an interrupt was requested while the data were read.
pub(crate) fn unless_interrupted<T>(
    result: Result<Option<T>, RunError>,
) -> Result<Option<T>, RunError> {
    match result {
        Err(RunError::Data(DataError::Interrupted)) => Ok(None),
        result => result,
    }
}

impl Events for Listening<'_> {
    fn step_finished(&mut self, step: &StepReport) {
        if let Some(events) = &mut self.events {
            events.step_finished(step);
        }
    }

    fn epoch_finished(&mut self, record: &EpochRecord, best: bool) -> Result<(), SourceError> {
        self.events.as_mut().map_or(Ok(()), |events| events.epoch_finished(record, best))
    }

    fn layers_measured(
        &mut self,
        layers: &[HealthRecord],
        warnings: &[HealthWarning],
    ) -> Result<(), SourceError> {
        self.events.as_mut().map_or(Ok(()), |events| events.layers_measured(layers, warnings))
    }

    fn rolled_back(&mut self, rollback: &Rollback) {
        if let Some(events) = &mut self.events {
            events.rolled_back(rollback);
        }
    }
}

impl RunEvents for Listening<'_> {
    fn loading(&mut self, stage: Loading, done: usize, total: usize) {
        if let Some(events) = &mut self.events {
            events.loading(stage, done, total);
        }
    }

    fn stops(&self) -> bool {
        self.interrupt.requested() || self.events.as_ref().is_some_and(|events| events.stops())
    }

    fn started(&mut self, folder: &Path) {
        if let Some(events) = &mut self.events {
            events.started(folder);
        }
    }

    fn planned(&mut self, plan: &Plan) {
        if let Some(events) = &mut self.events {
            events.planned(plan);
        }
    }

    fn testing(&mut self) {
        if let Some(events) = &mut self.events {
            events.testing();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::doctor::bench::tests::small;
    use crate::{BenchmarkConfig, Run, benchmark, doctor, find_lr};
    use zunder_train::RangeTestConfig;

    /// An interrupt before the data are read creates no folder and returns at once.
    #[test]
    fn reading_data_hears_the_interrupt() {
        let options = || {
            let interrupt = Interrupt::new();
            interrupt.request();
            RunOptions { interrupt, ..RunOptions::default() }
        };
        let config = small();
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("run");
        let error = Run::train_in(&folder, &config, options()).unwrap_err();
        assert!(matches!(error, RunError::Data(DataError::Interrupted)), "{error}");
        assert!(!folder.exists());
        assert!(Run::plan(&config, options()).is_err());
        let measured =
            benchmark(&config, &BenchmarkConfig::default(), options(), &mut |_, _, _| ());
        assert!(measured.unwrap().is_none());
        assert!(find_lr(&config, &RangeTestConfig::default(), options()).unwrap().is_none());
        assert!(doctor(&config, options(), &mut |_| ()).unwrap().is_none());
    }
}
