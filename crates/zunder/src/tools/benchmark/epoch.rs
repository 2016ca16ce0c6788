//! Measures the speed of whole epochs.

use std::time::{Duration, Instant};

use zunder_eval::EpochRecord;
use zunder_models::Key;
use zunder_train::{BatchSource, Events, FitConfig, Interrupt, SourceError, StepReport, fit};

use super::Meter;
use super::rounds::{Rounds, Throughput};
use crate::images::loaded::{in_order, spread};
use crate::{BenchmarkPart, RunError};

/// Records the times at which epochs end.
struct Stopwatch<'a, 'b> {
    meter: &'a mut Meter<'b>,
    epochs: usize,
    stamps: Vec<Instant>,
    /// Number of images in the current epoch so far.
    images: usize,
    end: Interrupt,
}

impl Events for Stopwatch<'_, '_> {
    fn step_finished(&mut self, step: &StepReport) {
        self.images = step.images;
        if !self.meter.goes_on(
            BenchmarkPart::Epochs,
            (step.epoch - 1) * step.steps + step.step,
            self.epochs * step.steps,
        ) {
            self.end.request();
        }
    }

    fn epoch_finished(&mut self, _: &EpochRecord, _: bool) -> Result<(), SourceError> {
        self.stamps.push(Instant::now());
        Ok(())
    }
}

/// Measures whole epochs without checkpoints: batches from the loader, steps and validation.
/// `batch` is the number of seconds per batch. If all epochs would take longer than `time`,
/// measures only the first part of each, with the same part of the validation images, and
/// extrapolates. Also returns that part, above 0 and at most 1.
pub(super) fn measure(
    meter: &mut Meter<'_>,
    batch: f64,
    time: Duration,
) -> Result<Option<(Throughput, f64)>, RunError> {
    let session = meter.session;
    let (plan, config) = (&session.plan, &session.plan.config);
    let accumulate = config.gradients.accumulate.max(1);
    // One more epoch for the warm-up.
    let epochs = meter.rounds + 1;
    let fitting = (time.as_secs_f64() / epochs as f64 / batch) as usize / accumulate * accumulate;
    let whole = session.training.batches();
    let batches = fitting.clamp(accumulate.min(whole), whole);
    let part = batches as f64 / whole as f64;
    let validated = spread(
        &session.loaded.split.validation,
        (part * plan.validation_images as f64).ceil() as usize,
    );
    let validation = in_order(session.loaded.train.clone(), validated, &session.preprocessing)?;
    let (model, fit_config) = (meter.fresh()?, FitConfig { epochs, ..meter.fit_config() });
    let (interrupt, end) = (meter.interrupt, Interrupt::new());
    let mut watch = Stopwatch { meter, epochs, stamps: Vec::new(), images: 0, end: end.clone() };
    let context = session
        .fit_context(Key::new(config.seed).named("benchmark"))
        .with_events(&mut watch)
        .with_interrupt(&end);
    let training = session.training.clone().with_steps(Some(batches));
    fit(model, &training, &validation, &fit_config, None, context)?;
    if interrupt.requested() {
        return Ok(None);
    }
    let images = (watch.images as f64 / part).round() as usize;
    let seconds = watch
        .stamps
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).as_secs_f64().max(1e-10) / part)
        .collect();
    Ok(Rounds::of(seconds).map(|rounds| (Throughput::new(images, rounds), part)))
}
