//! Measures how fast a training is on this machine, and how its time is spent.

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
use crate::remote::busy;
use crate::run::session::Session;
use crate::threads::in_pool;
use crate::{Adapter, BenchmarkPart, Model, Plan, RunConfig, RunError, RunEvents, RunOptions};

pub use products::{ProductSize, Products};
pub use rounds::{Rounds, Throughput};
pub use steps::{FixedBatch, time_steps};

/// The duration of a benchmark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BenchmarkConfig {
    /// Approximate duration in seconds after the data are loaded, 0 < s <= 3600. Default: 30.
    pub seconds: f64,
    /// Number of rounds of each measurement, 1 to 1000. Default: 5.
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
    /// Returns [`RunError::Config`] with the name of the setting, its value and its range.
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

/// The speed of a training on this machine.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Benchmark {
    /// Name of the data set.
    pub dataset: String,
    /// Whether the data set is synthetic.
    pub synthetic: bool,
    /// Name of the model.
    pub model: &'static str,
    /// Number of trained parameters.
    pub parameters: usize,
    /// Name of the optimiser.
    pub optimizer: &'static str,
    /// Name of the device.
    pub device: String,
    /// Hardware that computes.
    pub adapter: Adapter,
    /// Threads of the matrix products.
    pub threads: usize,
    /// Seconds to prepare the data: to read or decode, hash and measure them.
    pub preparation_seconds: f64,
    /// Batches of images in memory, augmented and standardised, on the device.
    pub batches: Throughput,
    /// Training steps on a batch that is ready: forward, backward, update.
    pub step: Throughput,
    /// The matrix products of a step alone.
    pub products: Products,
    /// Whole epochs: batches, steps and validation. Counts the training images only.
    pub epoch: Throughput,
    /// Share of an epoch that was measured, 0 < p <= 1; if below 1, the time of the epoch is
    /// extrapolated from it.
    pub epoch_part: f64,
    /// 10^9 operations of matrix products per second in a training step, from the median.
    pub step_gflops: f64,
    /// Ratio of `step_gflops` to the `gflops` of the products alone.
    pub share_of_products: f64,
    /// Plan of the run.
    #[serde(skip)]
    pub plan: Plan,
}

/// The inputs of all measurements.
struct Meter<'a> {
    session: &'a Session,
    rounds: usize,
    interrupt: &'a Interrupt,
    listener: &'a mut dyn RunEvents,
}

impl Meter<'_> {
    /// Reports the progress. Returns false if a stop was requested.
    fn goes_on(&mut self, part: BenchmarkPart, done: usize, total: usize) -> bool {
        self.listener.measuring(part, done, total);
        !self.interrupt.requested()
    }

    /// Returns a new model for each measurement.
    fn fresh(&self) -> Result<Model, RunError> {
        let Plan { config, shape, classes, .. } = &self.session.plan;
        config.init_model(
            *shape,
            classes.len(),
            Key::new(config.seed).named("benchmark"),
            &self.session.device,
        )
    }

    /// Returns the settings of the training with a learning rate so low that no weight changes,
    /// but for those that a penalty sets to 0: the time stays the same, and no training diverges.
    fn fit_config(&self) -> FitConfig {
        /// A rate must be above 0.
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
/// warmed up and measured in several rounds, of which the median is used. Writes nothing. Returns
/// `None` if interrupted.
///
/// The speed of a step is compared with that of its matrix products, each with the faster of two
/// implementations: that of training, and Burn's own operation. [`Benchmark::share_of_products`] is
/// the share of a step's time that they need alone; noise of the measurement can make it exceed 1.
///
/// Of several devices, the first one is measured, and all of them in whole epochs.
///
/// # Errors
/// Returns the errors of a new run and of [`BenchmarkConfig::validate`].
pub fn benchmark(
    config: &RunConfig,
    how: &BenchmarkConfig,
    options: RunOptions<'_>,
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
            Meter { session: &session, rounds: how.rounds, interrupt: &interrupt, listener };
        let Some(batches) = batches::measure(&mut meter, how.share(0.1))? else { return Ok(None) };
        let busy = busy();
        let Some(step) = steps::measure(&mut meter, how.share(0.25))? else { return Ok(None) };
        let Some(products) = products::measure(&mut meter, how.share(0.2))? else {
            return Ok(None);
        };
        let batch = batches.seconds.median + step.seconds.median;
        let Some((epoch, epoch_part)) = epoch::measure(&mut meter, batch, how.share(0.45))? else {
            return Ok(None);
        };
        busy.end();
        let step_gflops = products.flops as f64 / step.seconds.median / 1e9;
        let plan = session.plan.clone();
        Ok(Some(Benchmark {
            dataset: plan.dataset.clone(),
            synthetic: plan.synthetic,
            model: plan.config.model.kind().name(),
            parameters: plan.summary.parameters(),
            optimizer: plan.config.optimizer.name(),
            device: plan.config.device_names(),
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
