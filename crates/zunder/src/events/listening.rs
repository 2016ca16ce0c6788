//! A run's listener and its interrupt as one value, for the code that reads data.

use std::path::Path;

use zunder_data::DataError;
use zunder_eval::{EpochRecord, HealthRecord, HealthWarning};
use zunder_train::{Evaluation, Events, Interrupt, Rollback, SourceError, StepReport};

use crate::remote::pause;
use crate::{BenchmarkPart, Loading, Plan, RunError, RunEvents, RunOptions};

/// Passes events to a listener, and reports whether an interrupt was requested.
pub(crate) struct Listening<'a> {
    events: &'a mut dyn RunEvents,
    pub interrupt: Interrupt,
}

impl<'a> Listening<'a> {
    pub(crate) fn new(options: RunOptions<'a>) -> Self {
        // A `()` takes no memory, so nothing is leaked.
        let events = options.events.unwrap_or_else(|| Box::leak(Box::new(())));
        Self { events, interrupt: options.interrupt }
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
        let _pause = pause();
        self.events.step_finished(step);
    }

    fn epoch_validated(&mut self, epoch: usize, evaluation: &Evaluation) {
        let _pause = pause();
        self.events.epoch_validated(epoch, evaluation);
    }

    fn epoch_finished(&mut self, record: &EpochRecord, best: bool) -> Result<(), SourceError> {
        let _pause = pause();
        self.events.epoch_finished(record, best)
    }

    fn layers_measured(
        &mut self,
        layers: &[HealthRecord],
        warnings: &[HealthWarning],
    ) -> Result<(), SourceError> {
        let _pause = pause();
        self.events.layers_measured(layers, warnings)
    }

    fn rolled_back(&mut self, rollback: &Rollback) {
        let _pause = pause();
        self.events.rolled_back(rollback);
    }
}

impl RunEvents for Listening<'_> {
    fn loading(&mut self, stage: Loading, done: usize, total: usize) {
        self.events.loading(stage, done, total);
    }

    fn stops(&self) -> bool {
        self.interrupt.requested() || self.events.stops()
    }

    fn started(&mut self, folder: &Path) {
        let _pause = pause();
        self.events.started(folder);
    }

    fn planned(&mut self, plan: &Plan) {
        let _pause = pause();
        self.events.planned(plan);
    }

    fn testing(&mut self) {
        let _pause = pause();
        self.events.testing();
    }

    fn measuring(&mut self, part: BenchmarkPart, done: usize, total: usize) {
        let _pause = pause();
        self.events.measuring(part, done, total);
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
        assert!(benchmark(&config, &BenchmarkConfig::default(), options()).unwrap().is_none());
        assert!(find_lr(&config, &RangeTestConfig::default(), options()).unwrap().is_none());
        assert!(doctor(&config, options(), &mut |_| ()).unwrap().is_none());
    }
}
