//! Which learning rate suits a run: a range test on its own data, model, augmentation and
//! optimiser.

use serde::Serialize;
use zunder_models::Key;
use zunder_train::{FitContext, RangeTest, RangeTestConfig, range_test};

use crate::events::listening::{Listening, unless_interrupted};
use crate::run::divergence::two_digits;
use crate::run::session::Session;
use crate::threads::in_pool;
use crate::{Plan, RunConfig, RunError, RunEvents, RunOptions};

/// A learning-rate range test of a run, and what it suggests.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LearningRateRange {
    /// The rate to try first, in two digits; none if no rate lowered the loss.
    ///
    /// It is the rate at which the smoothed loss is lowest. Rates pass quickly here, so the loss
    /// turns a decade or more before it explodes, and a training bears that rate. Validation
    /// accuracy on CIFAR-10 after 2 epochs of 20,000 images, seed 1, at the rate of a grid of
    /// factors of 3 that is nearest to the suggestion, against the best and against that nearest to
    /// a tenth, which is often advised:
    ///
    /// | run | suggestion | there | best of the grid | at a tenth |
    /// |---|---|---|---|---|
    /// | `--model mlp` (SGD) | 0.031 | 45.7 % | 45.7 % at 0.03 | 41.4 % |
    /// | `--model mlp --optimizer adam` | 0.0031 | 45.2 % | 46.7 % at 0.001 | 45.1 % |
    /// | `--model linear` | 0.0028 | 38.2 % | 38.6 % at 0.01 | 33.6 % |
    /// | `--model residual-mlp` | 0.0036 | 43.1 % | 44.8 % at 0.01 | below 39.3 % |
    ///
    /// The place of the steepest descent lay lower still.
    pub suggestion: Option<f64>,
    /// Whether the loss still fell at the last rate, so that higher ones should be tried.
    pub open: bool,
    /// The test.
    #[serde(flatten)]
    pub test: RangeTest,
    /// What the run would be.
    #[serde(skip)]
    pub plan: Plan,
}

impl LearningRateRange {
    fn of(test: RangeTest, plan: Plan) -> Self {
        let suggestion = test.lowest.map(two_digits);
        let open = !test.exploded
            && test.lowest.is_some()
            && test.lowest == test.points.last().map(|point| point.learning_rate);
        Self { suggestion, open, test, plan }
    }

    /// The curve as an SVG document.
    #[cfg(feature = "report")]
    pub fn svg(&self) -> String {
        let points: Vec<_> =
            self.test.points.iter().map(|p| (p.learning_rate, p.loss, p.smoothed)).collect();
        zunder_report::learning_rate_range(&points, self.suggestion)
    }

    /// The curve in plain characters.
    #[cfg(feature = "report")]
    pub fn text(&self) -> String {
        let points: Vec<_> =
            self.test.points.iter().map(|p| (p.learning_rate, p.smoothed)).collect();
        let top = points.first().map_or(1.0, |(_, first)| 2.0 * first.abs());
        zunder_report::text::plot(&points, self.suggestion, top)
    }
}

/// Tries learning rates from low to high on what a configuration would train
/// ([`range_test`](zunder_train::range_test)) and suggests one. The same seed gives the same
/// suggestion on a CPU device. Writes nothing, and trains nothing that is kept: the configuration's
/// schedule, epochs and rate have no part in it. Returns none if asked to stop.
///
/// # Errors
/// Those of a run that begins, and [`TrainError::Setting`](zunder_train::TrainError::Setting) for a
/// range that is none.
pub fn find_lr(
    config: &RunConfig,
    range: &RangeTestConfig,
    options: RunOptions<'_>,
) -> Result<Option<LearningRateRange>, RunError> {
    range.validate()?;
    let tested = RunConfig { steps_per_epoch: Some(range.steps), ema: 0.0, ..config.clone() };
    let interrupt = options.interrupt.clone();
    unless_interrupted(in_pool(config.threads, || {
        let listener = &mut Listening::new(options);
        let (session, model) = Session::prepare(&tested, None, listener)?;
        listener.planned(&session.plan);
        let context = FitContext::new(&session.device, Key::new(config.seed).named("fit"))
            .with_events(listener)
            .with_interrupt(&interrupt);
        let test =
            range_test(model, &session.training, &session.plan.config.fit(), range, context)?;
        Ok(test.map(|test| LearningRateRange::of(test, session.plan)))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_easy_to_type() {
        assert_eq!(
            [two_digits(0.031_623), two_digits(1.0), two_digits(4.449e-5)],
            [0.032, 1.0, 4.4e-5]
        );
    }
}
