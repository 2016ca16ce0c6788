//! The commands of the program.

mod bench;
mod compare;
mod completions;
mod config;
mod devices;
mod doctor;
pub mod engine;
mod evaluate;
mod experiment;
mod export;
pub mod fetch;
mod find_lr;
mod folds;
mod import;
mod predict;
mod preview;
mod report;
mod serve_device;
mod sweep;
mod train;

use std::process::ExitCode;

use clap::Subcommand;

use crate::args::TrainArgs;

/// One file a command: the first paragraph of its documentation is what lists say of it, the whole
/// is what its own help says.
#[derive(Subcommand)]
pub enum Command {
    /// Train on CIFAR-10, or on a synthetic set where it cannot be had
    TrainCifar(TrainArgs),
    /// Train on the data set that --dataset names
    Train(TrainArgs),
    Evaluate(evaluate::Evaluate),
    Compare(compare::Compare),
    Report(report::Report),
    Predict(predict::Predict),
    Export(export::Export),
    Experiment(experiment::ExperimentCommand),
    Import(import::Import),
    Fetch(fetch::Fetch),
    Doctor(doctor::Doctor),
    FindLr(find_lr::FindLr),
    Sweep(sweep::SweepCommand),
    Config(config::Config),
    Preview(preview::Preview),
    Completions(completions::Completions),
    Bench(bench::Bench),
    Devices(devices::Devices),
    ServeDevice(serve_device::ServeDevice),
}

impl Command {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::TrainCifar(args) | Self::Train(args) => train::train(&args),
            Self::Evaluate(command) => command.run(),
            Self::Compare(command) => command.run(),
            Self::Report(command) => command.run(),
            Self::Predict(command) => command.run(),
            Self::Export(command) => command.run(),
            Self::Experiment(command) => command.run(),
            Self::Import(command) => command.run(),
            Self::Fetch(command) => command.run(),
            Self::Doctor(command) => command.run(),
            Self::FindLr(command) => command.run(),
            Self::Sweep(command) => command.run(),
            Self::Config(command) => command.run(),
            Self::Preview(command) => command.run(),
            Self::Completions(command) => command.run(),
            Self::Bench(command) => command.run(),
            Self::Devices(command) => command.run(),
            Self::ServeDevice(command) => command.run(),
        }
    }
}

/// Returns the error for remote devices in a program without them.
#[cfg(not(feature = "remote"))]
fn not_in_this_program(what: &str) -> zunder::RunError {
    zunder::RunError::Config {
        origin: what.to_owned(),
        problem: "it is not in this program: run `cargo xtask-remote`, which builds it, in place \
                  of `cargo xtask`"
            .to_owned(),
    }
}
