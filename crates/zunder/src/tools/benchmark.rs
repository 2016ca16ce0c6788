//! How fast a training is on this machine, and what its time goes into.

mod batches;
mod epoch;
mod products;
mod rounds;
mod steps;

use std::time::{Duration, Instant};

use serde::Serialize;
use zunder_models::Key;
use zunder_train::{EarlyStoppingConfig, FitConfig, Interrupt, Schedule, ScheduleKind};

use crate::events::listening::{Listening, unless_interrupted};
use crate::run::session::Session;
use crate::threads::in_pool;
use crate::{Adapter, Model, Plan, RunConfig, RunError, RunEvents, RunOptions};

pub use products::{ProductSize, Products};
pub use rounds::{Rounds, Throughput};
pub use steps::{FixedBatch, time_steps};

/// How long to measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BenchmarkConfig {
    /// About how many seconds in all, after the data are loaded, in 0 < s <= 3600. Default: 30.
    pub seconds: f64,
    /// Rounds of each measurement, 1 to 1000. Default: 5.
    pub rounds: usize,
}

impl Default for BenchmarkConfig {
    fn default() -> Self {
        Self { seconds: 30.0, rounds: 5 }
    }
}

impl BenchmarkConfig {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// [`RunError::Config`] with the setting's name, its value and its range.
    pub fn validate(&self) -> Result<(), RunError> {
        let refuse = |problem: String| Err(RunError::config("benchmark", problem));
        if !(self.seconds > 0.0 && self.seconds <= 3600.0) {
            return refuse(format!(
                "seconds is {}, expected a number in 0 < s <= 3600",
                self.seconds
            ));
        }
        if !(1..=1000).contains(&self.rounds) {
            return refuse(format!("rounds is {}, expected 1 to 1000", self.rounds));
        }
        Ok(())
    }

    fn share(&self, share: f64) -> Duration {
        Duration::from_secs_f64(self.seconds * share)
    }
}

/// What a benchmark measures, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BenchmarkPart {
    /// Batches alone.
    Batches,
    /// Training steps on a batch that is ready.
    Steps,
    /// The matrix products of a step alone.
    Products,
    /// Whole epochs.
    Epochs,
}

/// Receives `done` of `total` of a part. Called often.
pub type BenchmarkProgress<'a> = dyn FnMut(BenchmarkPart, usize, usize) + Send + 'a;

/// How fast a training is on this machine.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Benchmark {
    /// The data set's name.
    pub dataset: String,
    /// Whether a program drew it.
    pub synthetic: bool,
    /// The model's name.
    pub model: &'static str,
    /// Its trained numbers.
    pub parameters: usize,
    /// The optimiser's name.
    pub optimizer: &'static str,
    /// The device's name.
    pub device: String,
    /// What computes.
    pub adapter: Adapter,
    /// Threads of the matrix products.
    pub threads: usize,
    /// Seconds to make the data ready: read or decode, hash and measure them.
    pub preparation_seconds: f64,
    /// Batches from images in memory, augmented and standardised, on the device.
    pub batches: Throughput,
    /// A training step on a batch that is ready: forward, backward, update.
    pub step: Throughput,
    /// The matrix products of a step, alone.
    pub products: Products,
    /// A whole epoch: batches, steps and validation; of its images those that are trained on.
    pub epoch: Throughput,
    /// The part of an epoch that was measured, in 0 < p <= 1; below 1 the epoch's time is that of
    /// its part, multiplied.
    pub epoch_part: f64,
    /// 10^9 operations of matrix products a second in a training step, by the median.
    pub step_gflops: f64,
    /// The share of the products' own speed that a step reaches: `step_gflops` over the products'
    /// `gflops`.
    pub share_of_products: f64,
    /// What the run would be.
    #[serde(skip)]
    pub plan: Plan,
}

/// What all measurements need.
struct Meter<'a> {
    session: &'a Session,
    rounds: usize,
    interrupt: &'a Interrupt,
    progress: &'a mut BenchmarkProgress<'a>,
}

impl Meter<'_> {
    /// Tells how far it is. False if somebody asked to stop.
    fn goes_on(&mut self, part: BenchmarkPart, done: usize, total: usize) -> bool {
        (self.progress)(part, done, total);
        !self.interrupt.requested()
    }

    /// A model of its own for each measurement.
    fn fresh(&self) -> Result<Model, RunError> {
        let Plan { config, shape, classes, .. } = &self.session.plan;
        let model = config.model.init(
            *shape,
            classes.len(),
            Key::new(config.seed).named("benchmark"),
            &self.session.device,
        )?;
        Ok(model.with_tta(config.tta))
    }

    /// The run's training at a rate so low that no weight moves: what takes time stays the same,
    /// and no recipe diverges on the way.
    fn fit_config(&self) -> FitConfig {
        /// Above 0, as a rate must be.
        const STILL: f64 = 1e-12;
        let config = self.session.plan.config.fit();
        FitConfig {
            optimizer: config.optimizer.with_lr(STILL),
            schedule: Schedule::from(ScheduleKind::Constant {}),
            early_stopping: EarlyStoppingConfig::default(),
            ..config
        }
    }
}

/// Measures how fast a configuration trains on this machine: batches alone, training steps on a
/// batch that is ready, their matrix products alone, and whole epochs with validation. Each is
/// warmed up and measured in several rounds, of which the median counts. `progress` receives how
/// far the measurements are. Writes nothing. Returns none if asked to stop.
///
/// A step's speed is set against that of its matrix products, each by the faster of two ways: as
/// training computes it, and by Burn's own operation. [`Benchmark::share_of_products`] is the share
/// of a step's time that they take alone; it may exceed 1 by the noise of the measurement.
///
/// # Errors
/// Those of a run that begins, and of [`BenchmarkConfig::validate`].
pub fn benchmark(
    config: &RunConfig,
    how: &BenchmarkConfig,
    options: RunOptions<'_>,
    progress: &mut BenchmarkProgress<'_>,
) -> Result<Option<Benchmark>, RunError> {
    how.validate()?;
    let interrupt = options.interrupt.clone();
    unless_interrupted(in_pool(config.threads, || {
        let listener = &mut Listening::new(options);
        let start = Instant::now();
        let session = Session::prepare(config, None, listener)?.0;
        let preparation_seconds = start.elapsed().as_secs_f64();
        listener.planned(&session.plan);
        let mut meter =
            Meter { session: &session, rounds: how.rounds, interrupt: &interrupt, progress };
        let Some(batches) = batches::measure(&mut meter, how.share(0.1))? else { return Ok(None) };
        let Some(step) = steps::measure(&mut meter, how.share(0.25))? else { return Ok(None) };
        let Some(products) = products::measure(&mut meter, how.share(0.2))? else {
            return Ok(None);
        };
        let batch = batches.seconds.median + step.seconds.median;
        let Some((epoch, epoch_part)) = epoch::measure(&mut meter, batch, how.share(0.45))? else {
            return Ok(None);
        };
        let step_gflops = products.flops as f64 / step.seconds.median / 1e9;
        let plan = session.plan.clone();
        Ok(Some(Benchmark {
            dataset: plan.dataset.clone(),
            synthetic: plan.synthetic,
            model: plan.config.model.kind().name(),
            parameters: plan.summary.parameters(),
            optimizer: plan.config.optimizer.name(),
            device: plan.config.device.clone(),
            adapter: plan.adapter.clone(),
            threads: plan.threads,
            preparation_seconds,
            batches,
            step,
            share_of_products: step_gflops / products.gflops,
            products,
            epoch,
            epoch_part,
            step_gflops,
            plan,
        }))
    }))
}
