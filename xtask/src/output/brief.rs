//! The progress of a command that creates no run.

use zunder::train::{Events, StepReport};
use zunder::{BenchmarkPart, Loading, Plan, RunEvents};

use crate::args::OutputArgs;
use crate::format::thousands;
use crate::output::plan;
use crate::output::progress::{LoadingLine, ProgressLine};

/// Prints the progress of a command that creates no run: first of loading images, then of the
/// steps or of the parts of a benchmark.
pub struct Brief {
    loading: LoadingLine,
    steps: Option<ProgressLine>,
    part: Option<(BenchmarkPart, ProgressLine)>,
    quiet: bool,
    planned: fn(&Plan),
}

impl Brief {
    /// Creates the listener. `planned` prints the plan, unless only the result is wanted.
    pub fn new(output: &OutputArgs, planned: fn(&Plan)) -> Self {
        Self {
            loading: LoadingLine::default(),
            steps: None,
            part: None,
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
        plan::print_notes(plan);
        if !self.quiet {
            (self.planned)(plan);
        }
    }

    fn measuring(&mut self, part: BenchmarkPart, done: usize, total: usize) {
        if self.quiet {
            return;
        }
        if self.part.as_ref().is_none_or(|(shown, _)| *shown != part) {
            let what = match part {
                BenchmarkPart::Batches => "batches, round",
                BenchmarkPart::Steps => "training steps, ms",
                BenchmarkPart::Products => "matrix products, round",
                _ => "epochs, batch",
            };
            self.part = Some((part, ProgressLine::new(format!("measure {what}"))));
        }
        if let Some((_, line)) = &mut self.part {
            line.update(done as u64, total as u64, thousands);
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
