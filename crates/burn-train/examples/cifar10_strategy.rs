//! The network of `cifar10_learner`, trained by Zunder's loop inside of Burn's training: it stops
//! after half of the epochs, resumes, and returns the best epoch.
//! `cargo run --features flex --example cifar10_strategy -- [FOLDER [EPOCHS [IMAGES]]]`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod cifar10;

use std::error::Error;
use std::sync::Arc;

use burn::tensor::Device;
use burn::train::metric::{AccuracyMetric, LossMetric};
use cifar10::{Arguments, BATCH_SIZE, Cnn};
use zunder_burn_train::train::{
    AdamConfig, EarlyStoppingConfig, FitConfig, OptimizerConfig, Schedule, ScheduleKind,
};
use zunder_burn_train::{ExactMetric, FitStrategy, Key, Learnable};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::read()?;
    let device = Device::flex();
    let folder = tempfile::tempdir()?;
    let config = FitConfig {
        optimizer: OptimizerConfig::Adam(AdamConfig::default()),
        schedule: Schedule::from(ScheduleKind::Constant {}),
        early_stopping: EarlyStoppingConfig { patience: Some(5), ..Default::default() },
        ..FitConfig::default()
    };
    let half = arguments.epochs.div_ceil(2);
    for (epochs, resume) in [(half, None), (arguments.epochs, Some(half))] {
        let [train, validation] = arguments.loaders(&device)?;
        let model = Learnable::new(Cnn::new(&device));
        let strategy = FitStrategy::new(config.clone(), BATCH_SIZE, &device, Key::new(1));
        let strategy = Arc::new(strategy.with_folder(folder.path()));
        let mut training = model
            .supervised(folder.path(), train, validation)
            .metrics((AccuracyMetric::new(), LossMetric::new()))
            .metrics(ExactMetric::all())
            .with_training_strategy(strategy.training_strategy())
            .num_epochs(epochs)
            .summary();
        if let Some(epoch) = resume {
            training = training.checkpoint(epoch);
        }
        // The optimiser and the scheduler of Burn's learner are not used.
        let result = training.launch(FitStrategy::learner(model));
        if let Some(error) = result.error {
            return Err(error.to_string().into());
        }
        let summary = strategy.summary().ok_or("the training has not run")??;
        for record in &summary.records {
            println!(
                "epoch {}: validation accuracy {:.4}, {:.0} images/s",
                record.epoch, record.validation_accuracy, record.images_per_second
            );
        }
        println!("best epoch: {:?}", summary.best_epoch);
    }
    Ok(())
}
