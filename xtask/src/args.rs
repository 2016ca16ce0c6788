use std::path::PathBuf;

use clap::{Args, ValueHint};
use toml::Value;
use zunder::{RunConfig, RunError};

use crate::commands::fetch::NetworkArgs;
use crate::settings::SettingArgs;

/// What a user sees first.
pub const OVERVIEW: &str = "\
Start here:
  train-cifar                      CIFAR-10 from datasets/, or a synthetic set
  train-cifar --model linear       the linear classifier
  train-cifar --resume runs/NAME   go on with an interrupted run
  train --dataset folder --data-dir photos
                                   images of your own, one subfolder a class
  evaluate runs/NAME               its test again, in detail
  preview --augment strong         what an augmentation does, as a picture
  devices                          where --device can compute";

/// What a training is made of.
#[derive(Args)]
pub struct TrainArgs {
    /// Go on with an interrupted run, as it was configured; only --device, --threads and --data-dir may change
    #[arg(long, value_name = "RUN", value_hint = ValueHint::DirPath, conflicts_with_all = ["Data", "Model", "Training", "config", "settings", "out"])]
    pub resume: Option<PathBuf>,
    /// Folder for the run, new or empty [default: runs/ and a name with a number]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingArgs,
    #[command(flatten)]
    pub place: PlaceArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    training: TrainingArgs,
    #[command(flatten)]
    pub machine: MachineArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Where the data lie.
#[derive(Args)]
#[command(next_help_heading = "Data")]
pub struct PlaceArgs {
    /// Where data sets lie: a data set's own folder, or the one above it; for --dataset folder, the folder of images [default: datasets]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub data_dir: Option<PathBuf>,
}

#[derive(Args)]
#[group(id = "Data", multiple = true)]
#[command(next_help_heading = "Data")]
pub struct DataArgs {
    /// Random changes of the training images: none, light (crop, flip), standard or strong; single steps by --set augment.STEP.SETTING=VALUE; see them with `preview` [default: light; linear: none]
    #[arg(long, value_name = "PRESET")]
    pub augment: Option<String>,
    /// Size of the images of --dataset folder: one number for a square, or such as 48x64 (height, width) [default: the median, at most 64]
    #[arg(long, value_name = "SIZE")]
    pub image_size: Option<String>,
    /// Use only N training images, spread evenly over the classes
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
}

#[derive(Args)]
#[group(id = "Model", multiple = true)]
#[command(next_help_heading = "Model")]
struct ModelArgs {
    /// The model, with the recipe that suits it: linear or mlp [default: mlp]
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Units of the mlp's hidden layers [default: 1024,512]
    #[arg(long, value_name = "N,N,...", value_delimiter = ',')]
    hidden: Vec<u64>,
}

#[derive(Args)]
#[group(id = "Training", multiple = true)]
#[command(next_help_heading = "Training")]
struct TrainingArgs {
    /// Passes over the training images [default: 30; linear: 20]
    #[arg(long, value_name = "N")]
    epochs: Option<u64>,
    /// Images in a step [default: 128]
    #[arg(long, value_name = "N")]
    batch_size: Option<u64>,
    /// How weights follow gradients: sgd or adam [default: sgd]
    #[arg(long, value_name = "NAME")]
    optimizer: Option<String>,
    /// Learning rate [default: the recipe's, or the chosen optimizer's own]
    #[arg(long, value_name = "RATE")]
    lr: Option<f64>,
    /// How the learning rate changes: constant or cosine [default: cosine]
    #[arg(long, value_name = "NAME")]
    schedule: Option<String>,
    /// Names all random draws [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: Option<u64>,
}

/// Where to compute.
#[derive(Args)]
#[command(next_help_heading = "Machine")]
pub struct MachineArgs {
    /// Where to compute, such as flex, wgpu or cuda:1; `devices` lists what is here, and which builds have more [default: the first of them]
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
    /// Threads of the matrix products; results do not depend on it [default: one a processor]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

/// What to print.
#[derive(Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// No dashboard: one line an epoch, as when the output is redirected
    #[arg(long)]
    pub plain: bool,
    /// Only the result
    #[arg(long)]
    pub quiet: bool,
    /// Only the result, as JSON
    #[arg(long)]
    pub json: bool,
}

impl TrainArgs {
    /// The configuration: file, then `--set`, then the flags over the model's preset.
    pub fn config(&self, dataset: Option<&str>) -> Result<RunConfig, RunError> {
        let mut settings = self.settings.parse()?;
        settings.data(dataset, &self.place, &self.data);
        settings.text(&["model", "name"], self.model.model.as_deref());
        let hidden = self.model.hidden.iter().map(|n| Value::Integer((*n).try_into().unwrap_or(i64::MAX))).collect();
        settings.set(&["model", "hidden"], Some(Value::Array(hidden)).filter(|_| !self.model.hidden.is_empty()));
        settings.integer(&["epochs"], self.training.epochs);
        settings.integer(&["batch_size"], self.training.batch_size);
        settings.text(&["optimizer", "name"], self.training.optimizer.as_deref());
        settings.set(&["optimizer", "lr"], self.training.lr.map(Value::Float));
        settings.text(&["schedule", "name"], self.training.schedule.as_deref());
        settings.integer(&["seed"], self.training.seed);
        settings.text(&["device"], self.machine.device.as_deref());
        settings.integer(&["threads"], self.machine.threads.map(|n| n as u64));
        settings.resolve()
    }
}
