//! Measures the speed of making batches.

use std::time::Duration;

use zunder_train::{BatchSource, TrainError};

use super::Meter;
use super::products::sync;
use super::rounds::{Rounds, Throughput, seconds, units};
use crate::{BenchmarkPart, RunError};

/// Measures batches without training: images are drawn, augmented, standardised and copied to the
/// device. Returns `None` if interrupted.
pub(super) fn measure(
    meter: &mut Meter<'_>,
    time: Duration,
) -> Result<Option<Throughput>, RunError> {
    let session = meter.session;
    let mut endless = (1..).flat_map(|epoch| session.training.epoch(epoch, &session.device));
    let mut work = |n: usize| {
        for batch in endless.by_ref().take(n) {
            batch.map_err(|source| TrainError::Source { part: "training", source })?;
        }
        sync(&session.device)
    };
    let n = units(time / meter.rounds as u32, &mut work)?;
    let mut all = Vec::with_capacity(meter.rounds);
    for _ in 0..meter.rounds {
        if !meter.goes_on(BenchmarkPart::Batches, all.len(), meter.rounds) {
            return Ok(None);
        }
        all.push(seconds(n, &mut work)? / n as f64);
    }
    Ok(Rounds::of(all).map(|rounds| Throughput::new(session.plan.batch_size, rounds)))
}
