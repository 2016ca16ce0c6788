mod bench;
mod compare;
mod completions;
mod config;
mod devices;
mod doctor;
mod evaluate;
mod export;
pub mod fetch;
mod find_lr;
mod folds;
mod import;
mod predict;
mod preview;
pub mod train;

use std::process::ExitCode;

use clap::Subcommand;

/// One file a command.
#[derive(Subcommand)]
pub enum Command {
    /// Train on CIFAR-10, or on a synthetic set where it cannot be had
    TrainCifar(train::Train),
    /// Train on the data set that --dataset names
    Train(train::Train),
    /// Test a run's best epoch on its test set again; writes nothing
    Evaluate(evaluate::Evaluate),
    /// Compare runs, and say whether they differ by more than luck
    Compare(compare::Compare),
    /// Say what images of your own are, by a run's best epoch
    Predict(predict::Predict),
    /// Write a run's best weights for other programs, such as PyTorch
    Export(export::Export),
    /// Take back what export wrote, changed in PyTorch or not
    Import(import::Import),
    /// Download a data set, check it and unpack it
    Fetch(fetch::Fetch),
    /// Check data and model before a long run, in less than a minute
    Doctor(doctor::Doctor),
    /// Suggest a learning rate, by a short test on the run's own data
    FindLr(find_lr::FindLr),
    /// Print a whole configuration, every setting explained
    Config(config::Config),
    /// Draw what the augmentation makes of training images, as a PNG
    Preview(preview::Preview),
    /// Print what a shell needs to complete commands and flags
    Completions(completions::Completions),
    /// Measure how fast a recipe trains here, and what its time goes into
    Bench(bench::Bench),
    /// List where --device can compute, and which builds have more
    Devices(devices::Devices),
}

impl Command {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::TrainCifar(command) | Self::Train(command) => command.run(),
            Self::Evaluate(command) => command.run(),
            Self::Compare(command) => command.run(),
            Self::Predict(command) => command.run(),
            Self::Export(command) => command.run(),
            Self::Import(command) => command.run(),
            Self::Fetch(command) => command.run(),
            Self::Doctor(command) => command.run(),
            Self::FindLr(command) => command.run(),
            Self::Config(command) => command.run(),
            Self::Preview(command) => command.run(),
            Self::Completions(command) => command.run(),
            Self::Bench(command) => command.run(),
            Self::Devices(command) => command.run(),
        }
    }
}
