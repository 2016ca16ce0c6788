//! A convolutional network under Burn's learner, with Zunder's augmentation and exact metrics.
//! `cargo run --features flex --example cifar10_learner -- [FOLDER [EPOCHS [IMAGES]]]`
//!
//! FOLDER has CIFAR-10's binary files; without it, the images are drawn shapes.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod cifar10;

use std::error::Error;

use burn::lr_scheduler::constant::ConstantLr;
use burn::optim::AdamConfig;
use burn::tensor::Device;
use burn::train::Learner;
use burn::train::metric::{AccuracyMetric, LossMetric};
use cifar10::{Arguments, Cnn};
use zunder_burn_train::{ConfusionMetric, ExactMetric, Learnable};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::read()?;
    let device = Device::flex();
    let [train, validation] = arguments.loaders(&device)?;
    let model = Learnable::new(Cnn::new(&device));
    let folder = tempfile::tempdir()?;
    let result = model
        .supervised(folder.path(), train, validation)
        .metrics((AccuracyMetric::new(), LossMetric::new()))
        .metrics(ExactMetric::all())
        .metrics_text((ConfusionMetric::new(),))
        .with_default_checkpointers()
        .num_epochs(arguments.epochs)
        .summary()
        .launch(Learner::new(model, AdamConfig::new().init(), ConstantLr::new(1e-3)));
    if let Some(error) = result.error {
        return Err(error.to_string().into());
    }
    println!("{}", result.model);
    Ok(())
}
