//! Measures training steps on one constant batch, with the training loop itself.

use std::time::{Duration, Instant};

use burn::tensor::{Device, Tensor, TensorData};
use zunder_models::Key;
use zunder_train::{
    BatchSource, Events, FitConfig, FitContext, Interrupt, LabelledBatch, SourceError, StepReport,
    TrainError, fit,
};

use super::Meter;
use super::rounds::{Rounds, Throughput};
use crate::{BenchmarkPart, Model, RunError};

/// Number of updates before the measurement; they also take at least `WARM_UP_SHARE` of the time.
const WARM_UP: usize = 5;
const WARM_UP_SHARE: f64 = 0.1;

/// A batch in memory that is used for every step, so no step waits for a loader.
#[derive(Clone, Debug)]
pub struct FixedBatch {
    /// Standardised pixels, \[images, features\].
    pub pixels: Vec<f32>,
    /// Number of values of an image.
    pub features: usize,
    /// Class of each image.
    pub labels: Vec<u32>,
    /// Share of each class in each image, if images are mixed.
    pub soft_labels: Option<Vec<f32>>,
}

/// A source that repeats a batch: often enough, in training, that the epoch never ends by itself.
struct Repeated<'a>(&'a FixedBatch, usize);

impl BatchSource for Repeated<'_> {
    type Input = Tensor<2>;

    fn epoch<'a>(
        &'a self,
        _: usize,
        device: &'a Device,
    ) -> Box<dyn Iterator<Item = Result<LabelledBatch<Tensor<2>>, SourceError>> + 'a> {
        let FixedBatch { pixels, features, labels, soft_labels } = self.0;
        let input =
            Tensor::from_data(TensorData::new(pixels.clone(), [labels.len(), *features]), device);
        let batch = move |_| {
            Ok(LabelledBatch {
                input: input.clone(),
                labels: labels.clone(),
                soft_labels: soft_labels.clone(),
            })
        };
        Box::new((0..self.1).map(batch))
    }

    fn batches(&self) -> usize {
        self.1
    }
}

/// Records the times of the updates, and stops the training when there are enough.
struct Stopwatch<'a> {
    /// Number of batches in an update.
    accumulate: usize,
    least: usize,
    time: Duration,
    start: Instant,
    stamps: Vec<Instant>,
    tell: &'a mut dyn FnMut(Duration) -> bool,
    end: Interrupt,
}

impl Events for Stopwatch<'_> {
    fn step_finished(&mut self, step: &StepReport) {
        if step.step.is_multiple_of(self.accumulate) {
            self.stamps.push(Instant::now());
        }
        let elapsed = self.start.elapsed();
        if !(self.tell)(elapsed) || (elapsed >= self.time && self.stamps.len() > self.least) {
            self.end.request();
        }
    }
}

/// Returns the seconds of each training step on one batch: forward, backward and update. Measures
/// for about `time`, and at least `least` updates after a warm-up. If gradients are accumulated,
/// the time of an update is divided by its number of batches. `tell` receives the elapsed time and
/// returns whether to continue; if it returns false, there may be fewer steps than `least`.
///
/// Each step reads its loss and scores back, so the times include the work of a device that
/// computes asynchronously.
///
/// # Errors
/// Returns the errors of a training.
pub fn time_steps(
    model: Model,
    batch: &FixedBatch,
    config: &FitConfig,
    device: &Device,
    (time, least): (Duration, usize),
    tell: &mut dyn FnMut(Duration) -> bool,
) -> Result<Vec<f64>, RunError> {
    let accumulate = config.gradients.accumulate.max(1);
    let end = Interrupt::new();
    let least = least.max(1) + WARM_UP;
    let mut watch = Stopwatch {
        accumulate,
        least,
        time,
        start: Instant::now(),
        stamps: Vec::new(),
        tell,
        end: end.clone(),
    };
    let context = FitContext::new(device, Key::new(1).named("time steps"))
        .with_report_interval(1)
        .with_events(&mut watch)
        .with_interrupt(&end);
    let config = FitConfig { epochs: 1, ..config.clone() };
    fit(model, &Repeated(batch, u32::MAX as usize), &Repeated(batch, 1), &config, None, context)?;
    let times: Vec<f64> = watch
        .stamps
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).as_secs_f64().max(1e-10) / accumulate as f64)
        .collect();
    let warm_up = ((WARM_UP_SHARE * times.len() as f64) as usize).max(WARM_UP - 1);
    Ok(times.get(warm_up..).unwrap_or_default().to_vec())
}

/// Measures the speed of a training step.
pub(super) fn measure(
    meter: &mut Meter<'_>,
    time: Duration,
) -> Result<Option<Throughput>, RunError> {
    let session = meter.session;
    let batch = session
        .training
        .epoch(1, &session.device)
        .next()
        .ok_or(TrainError::NoBatches { part: "training" })?;
    let batch = batch.map_err(|source| TrainError::Source { part: "training", source })?;
    let pixels = batch.input.try_into_vec_as().map_err(|e| TrainError::Device(e.to_string()))?;
    let features = session.plan.shape.len();
    let batch =
        FixedBatch { pixels, features, labels: batch.labels, soft_labels: batch.soft_labels };
    let (rounds, model, config) = (meter.rounds, meter.fresh()?, meter.fit_config());
    let milliseconds = |time: Duration| time.as_millis() as usize;
    let mut tell = |elapsed| {
        meter.goes_on(
            BenchmarkPart::Steps,
            milliseconds(elapsed).min(milliseconds(time)),
            milliseconds(time),
        )
    };
    let times = time_steps(model, &batch, &config, &session.device, (time, rounds), &mut tell)?;
    if meter.interrupt.requested() {
        return Ok(None);
    }
    let each = (times.len() / rounds).max(1);
    let means =
        times.chunks_exact(each).take(rounds).map(|round| round.iter().sum::<f64>() / each as f64);
    Ok(Rounds::of(means.collect()).map(|rounds| Throughput::new(batch.labels.len(), rounds)))
}
