//! The learning-rate range test.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::epoch_progress::report_interval;
use crate::schedule::ExponentialConfig;
use crate::train_epoch::{EpochContext, EpochEnd, train_epoch};
use crate::{
    BatchSource, Classifier, Events, FitConfig, FitContext, Interrupt, LearningRate, Schedule,
    ScheduleKind, StepReport, TrainError,
};

/// The ends of a learning-rate range test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RangeTestConfig {
    /// The first learning rate, above 0. Default: 1e-6.
    pub from: f64,
    /// The last learning rate, above the first, at most 1e6. Default: 10.
    pub to: f64,
    /// The number of updates, 20 to 100000. The rate grows by the same factor at each. Default:
    /// 300, which is 43 for each power of ten.
    pub steps: usize,
}

impl Default for RangeTestConfig {
    fn default() -> Self {
        Self { from: 1e-6, to: 10.0, steps: 300 }
    }
}

impl RangeTestConfig {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// Returns [`TrainError::Setting`] with the setting's name, its value and its range.
    pub fn validate(&self) -> Result<(), TrainError> {
        let Self { from, to, steps } = *self;
        for (key, got, good, expected) in [
            ("from", from.to_string(), from > 0.0 && from as f32 > 0.0, "a learning rate above 0"),
            (
                "to",
                to.to_string(),
                to > from && to <= 1e6,
                "a learning rate above from, at most 1000000",
            ),
            ("steps", steps.to_string(), (20..=100_000).contains(&steps), "20 to 100000 updates"),
        ] {
            if !good {
                return Err(TrainError::Setting { key, got, expected });
            }
        }
        Ok(())
    }

    /// Returns the rates `from (to / from)^(k / (steps - 1))` for k = 0, 1, ...
    fn rates(&self) -> LearningRate {
        let gamma = -(self.to / self.from).ln() / (self.steps - 1) as f64;
        let schedule = Schedule::from(ScheduleKind::Exponential(ExponentialConfig {
            gamma: Some(gamma),
            end_factor: None,
        }));
        schedule.learning_rate(self.from, self.steps, 1)
    }
}

/// An update of a range test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RangePoint {
    /// Learning rate of the update.
    pub learning_rate: f64,
    /// Loss of the batch before the update, in training mode.
    pub loss: f64,
    /// Mean of the losses around it, weighted by a Gaussian over the logarithm of the rate.
    pub smoothed: f64,
}

/// The result of a learning-rate range test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RangeTest {
    /// The updates, from the lowest rate on.
    pub points: Vec<RangePoint>,
    /// Whether the test ended before its last rate because the loss exploded.
    pub exploded: bool,
    /// The rate at which the smoothed loss falls fastest, by the logarithm of the rate; `None` if
    /// it never falls.
    pub steepest: Option<f64>,
    /// The rate at which the smoothed loss is lowest; `None` if it never falls.
    pub lowest: Option<f64>,
}

/// The loss exploded if its running mean is above this multiple of its lowest value, and above its
/// first one.
const EXPLODED: f64 = 4.0;
/// Weight of the earlier losses in that running mean.
const MEMORY: f64 = 0.8;
/// Deviation of the Gaussian, as a share of all updates.
const WIDTH: f64 = 0.02;
/// A loss falls if its smoothed value decreases by more than this share of the first one.
const FALL: f64 = 0.01;
/// It must also decrease by this many standard errors of the difference of two smoothed values.
const STANDARD_ERRORS: f64 = 3.5;

/// The learning-rate range test (Smith 2015, "Cyclical Learning Rates for Training Neural
/// Networks", section 3.3): one short training whose rate grows geometrically at each update, on
/// the source's own batches, with the configuration's loss, optimiser, clipping and accumulation
/// (and without its schedule, its warm-up and its moving average). `train` must give `steps`
/// updates per epoch.
///
/// The test ends before the last rate if the loss is infinite or NaN, or if its running mean
/// `m := 0.8 m + 0.2 loss` (corrected for its start) is above 4 times its lowest value and above
/// its first one. Returns `None` if a stop was requested.
///
/// # Errors
/// Returns the errors of a training, except for a loss that diverges, and those of
/// [`RangeTestConfig::validate`].
pub fn range_test<M: Classifier>(
    model: M,
    train: &impl BatchSource<Input = M::Input>,
    config: &FitConfig,
    range: &RangeTestConfig,
    context: FitContext<'_>,
) -> Result<Option<RangeTest>, TrainError> {
    config.validate()?;
    range.validate()?;
    context.check_devices(config.gradients.accumulate)?;
    let optimizer = config.optimizer.init()?.with_clipping(&config.gradients)?;
    let mut optimizer = optimizer.with_lasso(&config.lasso)?;
    let report_interval =
        context.report_interval.unwrap_or_else(|| report_interval(context.device, &model));
    let FitContext { device, devices, key, events, interrupt: asked, loss, .. } = context;
    let end = Interrupt::new();
    let mut watch = Watch {
        events,
        asked: &asked,
        end: &end,
        losses: Vec::new(),
        mean: 0.0,
        ends: None,
        exploded: false,
    };
    let mut context = FitContext {
        devices,
        loss,
        ..FitContext::new(device, key).with_events(&mut watch).with_interrupt(&end)
    };
    let at = EpochContext { epoch: 1, rollbacks: 0, rates: &range.rates(), report_interval };
    let (_, result) = train_epoch(model.train(), train, config, &at, &mut optimizer, &mut context)?;
    let Watch { losses, exploded, .. } = watch;
    if asked.requested() {
        return Ok(None);
    }
    let losses: Vec<(f64, f64)> =
        losses.into_iter().map(|(rate, sum, batches)| (rate, sum / batches)).collect();
    let exploded = exploded || matches!(result, EpochEnd::Diverged(_));
    Ok(Some(RangeTest::of(&losses, exploded, WIDTH * range.steps as f64)))
}

impl RangeTest {
    /// Creates the result from the rates and losses of the updates. `width` is the standard
    /// deviation of the Gaussian, in updates.
    fn of(losses: &[(f64, f64)], exploded: bool, width: f64) -> Self {
        let smoothed: Vec<f64> = (0..losses.len()).map(|i| around(losses, i, width)).collect();
        let point = |(&(learning_rate, loss), &smoothed): (&(f64, f64), &f64)| RangePoint {
            learning_rate,
            loss,
            smoothed,
        };
        let points: Vec<RangePoint> = losses.iter().zip(&smoothed).map(point).collect();
        let lowest = (0..points.len()).min_by(|&a, &b| smoothed[a].total_cmp(&smoothed[b]));
        // The random choice of the batches changes a mean too, nearly always by less than this.
        let chance = |end: usize| {
            let squares = points
                .iter()
                .take(end + 1)
                .map(|point| (point.loss - point.smoothed).powi(2))
                .sum::<f64>();
            // The mean at the end of the curve is over about this many losses.
            let losses = (PI.sqrt() * width).max(1.0);
            STANDARD_ERRORS * (squares / (end + 1) as f64 * 2.0 / losses).sqrt()
        };
        let lowest = lowest
            .filter(|&i| smoothed[i] < smoothed[0] - (FALL * smoothed[0].abs()).max(chance(i)));
        // Rates are evenly spaced in their logarithm, so differences are slopes.
        let slope = |i: usize| smoothed[i + 1] - smoothed[i - 1];
        let steepest =
            lowest.and_then(|end| (1..end).min_by(|&a, &b| slope(a).total_cmp(&slope(b))));
        let rate = |i: usize| points[i].learning_rate;
        Self { steepest: steepest.or(lowest).map(rate), lowest: lowest.map(rate), exploded, points }
    }
}

/// Returns the mean of the losses around one, weighted by a Gaussian.
fn around(losses: &[(f64, f64)], i: usize, width: f64) -> f64 {
    let reach = (3.0 * width).ceil() as usize;
    let (mut sum, mut weights) = (0.0, 0.0);
    for (j, (_, loss)) in
        losses.iter().enumerate().take(i + reach + 1).skip(i.saturating_sub(reach))
    {
        let weight = (-0.5 * ((j as f64 - i as f64) / width).powi(2)).exp();
        sum += weight * loss;
        weights += weight;
    }
    sum / weights
}

/// Records the losses, and ends the test if they explode.
struct Watch<'a> {
    events: &'a mut dyn Events,
    /// The caller's request to stop.
    asked: &'a Interrupt,
    end: &'a Interrupt,
    /// The rate, the sum of the losses of its batches and their number, for each update.
    losses: Vec<(f64, f64, f64)>,
    mean: f64,
    /// The first and the lowest value of the running mean.
    ends: Option<(f64, f64)>,
    exploded: bool,
}

impl Events for Watch<'_> {
    fn step_finished(&mut self, step: &StepReport) {
        self.events.step_finished(step);
        match self.losses.last_mut() {
            // Another batch of the same update.
            Some((rate, sum, batches)) if *rate == step.learning_rate => {
                (*sum, *batches) = (*sum + step.batch_loss, *batches + 1.0);
            }
            _ => self.losses.push((step.learning_rate, step.batch_loss, 1.0)),
        }
        self.mean = MEMORY * self.mean + (1.0 - MEMORY) * step.batch_loss;
        let mean = self.mean / (1.0 - MEMORY.powi(step.step.min(1000) as i32));
        let (first, lowest) =
            self.ends.map_or((mean, mean), |(first, lowest)| (first, lowest.min(mean)));
        self.ends = Some((first, lowest));
        self.exploded = mean > EXPLODED * lowest && mean > first;
        if self.exploded || self.asked.requested() {
            self.end.request();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loss that falls most at 1e-2, is lowest at 1e-1 and rises from there.
    fn curve() -> Vec<(f64, f64)> {
        let loss = |log: f64| 2.3 - 1.5 / (1.0 + (-4.0 * (log + 2.0)).exp()) + (4.0 * log).exp();
        (0..300)
            .map(|k| -6.0 + 7.0 * f64::from(k) / 299.0)
            .map(|log| (10_f64.powf(log), loss(log)))
            .collect()
    }

    #[test]
    fn the_steepest_and_the_lowest_place_are_found() {
        let noisy: Vec<(f64, f64)> = curve()
            .into_iter()
            .enumerate()
            .map(|(i, (r, l))| (r, l + 0.05 * (i as f64 * 12.9898).sin()))
            .collect();
        for losses in [curve(), noisy] {
            let test = RangeTest::of(&losses, false, 6.0);
            let (steepest, lowest) = (test.steepest.unwrap().log10(), test.lowest.unwrap().log10());
            assert!(
                (steepest + 2.0).abs() < 0.15 && (-1.2..-0.5).contains(&lowest),
                "{steepest} {lowest}"
            );
            assert_eq!(test.points.len(), 300);
        }
    }

    #[test]
    fn a_loss_that_does_not_fall_has_no_best_rate() {
        for losses in [
            vec![(0.1, 2.0); 50],
            (0..50).map(|k| (0.1, 2.0 + f64::from(k))).collect(),
            vec![],
            vec![(0.1, 1.0)],
        ] {
            let test = RangeTest::of(&losses, true, 1.0);
            assert_eq!((test.steepest, test.lowest), (None, None));
        }
    }

    /// Losses that vary at random around a constant: of 200 such tests, at most 15 suggest a rate.
    #[test]
    fn random_changes_are_no_fall() {
        let mut rng = zunder_random::Key::new(1).named("changes").rng();
        let fallen = (0..200).filter(|_| {
            let losses: Vec<(f64, f64)> =
                (0..60).map(|k| (10_f64.powi(k - 60), 2.3 + 0.2 * (rng.f64() - 0.5))).collect();
            RangeTest::of(&losses, false, 1.2).lowest.is_some()
        });
        let fallen = fallen.count();
        assert!(fallen <= 15, "{fallen} of 200");
    }

    #[test]
    fn rates_grow_from_end_to_end() {
        let range = RangeTestConfig { from: 1e-4, to: 1.0, steps: 41 };
        let rates = range.rates();
        for (k, expected) in [(0, 1e-4), (10, 1e-3), (20, 1e-2), (40, 1.0)] {
            assert!((rates.at(k) / expected - 1.0).abs() < 1e-12, "{k}");
        }
        let message = |range: RangeTestConfig| range.validate().unwrap_err().to_string();
        assert_eq!(
            message(RangeTestConfig { from: 0.0, ..range }),
            "from is 0, expected a learning rate above 0"
        );
        assert_eq!(
            message(RangeTestConfig { to: 1e-5, ..range }),
            "to is 0.00001, expected a learning rate above from, at most 1000000"
        );
        assert_eq!(
            message(RangeTestConfig { steps: 3, ..range }),
            "steps is 3, expected 20 to 100000 updates"
        );
    }
}
