//! The progress of a command that creates no run.

use zunder::train::{Events, StepReport};
use zunder::{Loading, Plan, RunEvents};

use crate::args::OutputArgs;
use crate::format::thousands;
use crate::output::progress::{LoadingLine, ProgressLine};

/// Prints the progress of a command that creates no run: first of loading images, then of the
/// steps.
pub struct Brief {
    loading: LoadingLine,
    steps: Option<ProgressLine>,
    quiet: bool,
    planned: fn(&Plan),
}

impl Brief {
    /// Creates the listener. `planned` prints the plan, unless only the result is wanted.
    pub fn new(output: &OutputArgs, planned: fn(&Plan)) -> Self {
        Self {
            loading: LoadingLine::default(),
            steps: None,
            quiet: output.quiet || output.json,
            planned,
        }
    }
}

impl RunEvents for Brief {
    fn loading(&mut self, stage: Loading, done: usize, total: usize) {
        if !self.quiet {
            self.loading.update(stage, done, total);
        }
    }

    fn planned(&mut self, plan: &Plan) {
        self.loading = LoadingLine::default(); // ends its line
        if let Some(note) = &plan.note {
            complain!("note: {note}");
        }
        if let Some(leakage) = &plan.leakage {
            complain!("note: {leakage}");
        }
        for remark in plan.remarks.iter().filter(|remark| remark.starts_with("left out: ")) {
            complain!("note: {remark}");
        }
        if !self.quiet {
            (self.planned)(plan);
        }
    }
}

impl Events for Brief {
    fn step_finished(&mut self, step: &StepReport) {
        if !self.quiet {
            let line = self.steps.get_or_insert_with(|| ProgressLine::new("steps"));
            line.update(step.step as u64, step.steps as u64, thousands);
        }
    }
}

/// Prints one line each about data, model and training.
pub fn print_plan(plan: &Plan) {
    let config = &plan.config;
    say!("data    {}: {} training images", plan.dataset, thousands(plan.train_images as u64));
    let parameters = thousands(plan.summary.parameters() as u64);
    say!("model   {}: {parameters} parameters", config.model.kind().name());
    say!(
        "train   batches of {}, {}, {}, seed {}",
        plan.batch_size,
        config.loss.name(),
        config.optimizer.name(),
        config.seed
    );
}
