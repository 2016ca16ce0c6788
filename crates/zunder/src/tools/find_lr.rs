//! Suggests a learning rate for a run, by a range test with its data, model, augmentation and
//! optimiser.

use serde::Serialize;
use zunder_train::{RangeTest, RangeTestConfig, range_test};

use crate::events::listening::{Listening, unless_interrupted};
use crate::remote::busy;
use crate::run::divergence::two_digits;
use crate::run::session::Session;
use crate::threads::in_pool;
use crate::{Plan, RunConfig, RunError, RunEvents, RunOptions};

/// The result of a learning-rate range test of a run, and the suggestion.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LearningRateRange {
    /// Learning rate to try first, rounded to two digits; `None` if no rate lowered the loss.
    ///
    /// It is the rate at which the smoothed loss is lowest. Each rate is used only briefly in the
    /// test, so the loss turns a decade or more below the rate at which it diverges, and a training
    /// tolerates the suggested rate. A tenth of it is often recommended instead. The table compares
    /// both: the validation accuracy on CIFAR-10 after 2 epochs of 20,000 images, seed 1, at the
    /// rates nearest to the suggestion and to a tenth of it, in a grid with factors of 3, and at
    /// the best rate of the grid:
    ///
    /// | run | suggestion | at the suggestion | best of the grid | at a tenth |
    /// |---|---|---|---|---|
    /// | `--model mlp` (SGD) | 0.031 | 45.7 % | 45.7 % at 0.03 | 41.4 % |
    /// | `--model mlp --optimizer adam` | 0.0031 | 45.2 % | 46.7 % at 0.001 | 45.1 % |
    /// | `--model linear` | 0.0028 | 38.2 % | 38.6 % at 0.01 | 33.6 % |
    /// | `--model residual-mlp` | 0.0036 | 43.1 % | 44.8 % at 0.01 | below 39.3 % |
    ///
    /// The rate of the steepest descent was lower still.
    pub suggestion: Option<f64>,
    /// Whether the loss was still falling at the last rate, so that higher rates should be tried.
    pub open: bool,
    /// Result of the range test.
    #[serde(flatten)]
    pub test: RangeTest,
    /// Plan of the run.
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

    /// Returns the curve as an SVG document.
    #[cfg(feature = "report")]
    pub fn svg(&self) -> String {
        let points: Vec<_> =
            self.test.points.iter().map(|p| (p.learning_rate, p.loss, p.smoothed)).collect();
        zunder_report::learning_rate_range(&points, self.suggestion)
    }

    /// Returns the curve in plain characters.
    #[cfg(feature = "report")]
    pub fn text(&self) -> String {
        let points: Vec<_> =
            self.test.points.iter().map(|p| (p.learning_rate, p.smoothed)).collect();
        let top = points.first().map_or(1.0, |(_, first)| 2.0 * first.abs());
        zunder_report::text::plot(&points, self.suggestion, top)
    }
}

/// Tries increasing learning rates on the training of a configuration
/// ([`range_test`](zunder_train::range_test)) and suggests one. On a CPU device the same seed gives
/// the same suggestion. Ignores the schedule, the epochs and the rate of the configuration. Writes
/// nothing and discards the model. Returns `None` if a stop was requested.
///
/// # Errors
/// Returns the errors of a new run, and [`TrainError::Setting`](zunder_train::TrainError::Setting)
/// for an invalid range.
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
        let context = session
            .fit_context(session.training_key())
            .with_events(listener)
            .with_interrupt(&interrupt);
        let _busy = busy();
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
