//! Measures one engine: the time and the memory of training the network of `cargo xtask
//! train-cifar` (3072-1024-512-10, batch 128, SGD) by Zunder's loop, Burn's learner, or Zunder's
//! loop within Burn's training. One process measures one engine; run them in turn.
//! `cargo run --release --features flex --example engines -- zunder|learner|strategy FOLDER [IMAGES
//! [EPOCHS]]`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use burn::train::Learner;
use burn::train::metric::{AccuracyMetric, LossMetric};
use zunder::train::{FitContext, LassoConfig, fit};
use zunder::{DatasetName, PreparedRun, Preset, RunConfig, RunOptions, TensorBatches};
use zunder_burn_train::{FitStrategy, ImageLoader, Learnable, UpdateRates, burn_optimizer};

type Failure = Box<dyn Error + Send + Sync>;

/// Seconds of processor time that this process has used, as Linux counts them in hundredths.
fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

/// The largest memory that this process has had, in MiB.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}

/// Trains all epochs by the engine.
fn train(engine: &str, run: &PreparedRun) -> Result<(), Failure> {
    let (config, device, key) = (&run.plan().config, run.device(), run.key());
    if engine == "zunder" {
        let train = TensorBatches::flat(run.training().clone());
        let validation = TensorBatches::flat(run.validation().clone());
        let context = FitContext::new(device, key);
        fit(run.model(), &train, &validation, &config.fit(), None, context)?;
        return Ok(());
    }
    let [train, validation] = [run.training(), run.validation()]
        .map(|loader| ImageLoader::flat(loader.clone(), key, device));
    let model = Learnable::new(run.model()).with_loss(config.loss.clone());
    let folder = tempfile::tempdir()?;
    let training = model
        .supervised(folder.path(), train, validation)
        .metrics((AccuracyMetric::new(), LossMetric::new()))
        .num_epochs(config.epochs);
    let result = if engine == "learner" {
        let optimizer = burn_optimizer(&config.optimizer, &model)?;
        let (rate, updates) = (config.optimizer.lr(), run.training().batches());
        let rates = UpdateRates::new(&config.schedule, rate, updates, config.epochs)?;
        training.launch(Learner::new(model, optimizer, rates))
    } else {
        let strategy = FitStrategy::new(config.fit(), config.batch_size, device, key);
        let strategy = Arc::new(strategy);
        let training = training.with_training_strategy(strategy.training_strategy());
        training.launch(FitStrategy::learner(model))
    };
    result.error.map_or(Ok(()), |error| Err(error.to_string().into()))
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [engine, folder, rest @ ..] = arguments.as_slice() else {
        println!("usage: engines zunder|learner|strategy FOLDER [IMAGES [EPOCHS]]");
        return Ok(());
    };
    let number = |at: usize, default| {
        rest.get(at).map_or(Ok(default), |text: &String| text.parse::<usize>())
    };
    let mut config = RunConfig::preset(Preset::Mlp);
    (config.data.dataset, config.data.dir) = (DatasetName::Cifar10, folder.into());
    // Burn's learner has no such penalty.
    config.lasso = LassoConfig::default();
    (config.data.limit, config.epochs) = (Some(number(0, 10_000)?), number(1, 2)?);
    let images = PreparedRun::with(&config, RunOptions::default(), |run| {
        let (start, before) = (Instant::now(), processor_seconds().unwrap_or(f64::NAN));
        train(engine, run)?;
        let seconds = start.elapsed().as_secs_f64();
        let used = processor_seconds().unwrap_or(f64::NAN) - before;
        Ok::<_, Failure>((run.training().images() * config.epochs, seconds, used))
    })?;
    let (images, seconds, used) = images.ok_or("interrupted")??;
    println!(
        "{engine}: {images} training images with validation, {:.0} images/s, {:.0} images a second \
         of processor time, {:.0} MiB at most",
        images as f64 / seconds,
        images as f64 / used,
        peak_memory().unwrap_or(f64::NAN)
    );
    Ok(())
}
