//! The listener of the flows: keeps what a run reports, and requests a stop.

use std::path::Path;

use zunder::train::{Events, Interrupt, Rollback, StepReport};
use zunder::{Loading, Plan, Run, RunConfig, RunError, RunEvents, RunOptions};

/// Keeps what a run reports, and requests a stop at a step.
#[derive(Default)]
pub struct Watch {
    pub plan: Option<Plan>,
    pub steps: Vec<StepReport>,
    pub rollbacks: usize,
    /// How often the run reported decoded images.
    pub decoded: usize,
    pub tested: bool,
    /// The epoch and the step at which to stop.
    stop: Option<(usize, usize)>,
    interrupt: Interrupt,
}

/// Stops after the training, before the test set is read.
pub const AT_THE_TEST: (usize, usize) = (0, 0);

impl Watch {
    pub fn stopping_at(stop: (usize, usize)) -> Self {
        Self { stop: Some(stop), ..Self::default() }
    }

    /// Returns the options of a run that reports to this listener.
    pub fn options(&mut self) -> RunOptions<'_> {
        let interrupt = self.interrupt.clone();
        RunOptions { events: Some(self), interrupt }
    }
}

impl Events for Watch {
    fn step_finished(&mut self, step: &StepReport) {
        self.steps.push(*step);
        if self.stop == Some((step.epoch, step.step)) {
            self.interrupt.request();
        }
    }

    fn rolled_back(&mut self, _: &Rollback) {
        self.rollbacks += 1;
    }
}

impl RunEvents for Watch {
    fn loading(&mut self, stage: Loading, _done: usize, _total: usize) {
        self.decoded += usize::from(stage == Loading::Decoding);
    }

    fn planned(&mut self, plan: &Plan) {
        self.plan = Some(plan.clone());
    }

    fn testing(&mut self) {
        self.tested = true;
        if self.stop == Some(AT_THE_TEST) {
            self.interrupt.request();
        }
    }
}

/// Trains in `folder`, with a listener.
pub fn train(folder: &Path, config: &RunConfig, watch: &mut Watch) -> Result<Run, RunError> {
    Run::train_in(folder, config, watch.options())
}
