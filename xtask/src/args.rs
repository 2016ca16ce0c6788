use std::path::PathBuf;

use clap::{Args, ValueHint};
use toml::Value;
use zunder::{RunConfig, RunError, parse_setting};

/// What a user sees first.
pub const OVERVIEW: &str = "\
Start here:
  train-cifar                      CIFAR-10 from datasets/, or a synthetic set
  train-cifar --model linear       the linear classifier
  train-cifar --resume runs/NAME   go on with an interrupted run
  evaluate runs/NAME               its test again, in detail";

/// What a training is made of.
#[derive(Args)]
pub struct TrainArgs {
    /// Go on with an interrupted run, as it was configured; only --device, --threads and --data-dir may change
    #[arg(long, value_name = "RUN", value_hint = ValueHint::DirPath, conflicts_with_all = ["Data", "Model", "Training", "config", "settings", "out"])]
    pub resume: Option<PathBuf>,
    /// Folder for the run, new or empty [default: runs/ and a name with a number]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
    /// TOML file with settings, such as a run's config.toml
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    config: Option<PathBuf>,
    /// One setting by its name in the file, such as optimizer.momentum=0.8; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", id = "settings")]
    settings: Vec<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
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
    /// Where data sets lie: CIFAR-10's own folder, or the one above it [default: datasets]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub data_dir: Option<PathBuf>,
}

#[derive(Args)]
#[group(id = "Data", multiple = true)]
#[command(next_help_heading = "Data")]
struct DataArgs {
    /// Random changes of the training images: none or light (crop and flip) [default: light; linear: none]
    #[arg(long, value_name = "PRESET")]
    augment: Option<String>,
    /// Use only N training images, spread evenly over the classes
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
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
    /// Where to compute, by the name of a backend in this build: flex, or ndarray [default: flex if it is there]
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
        let mut settings = self.settings.iter().map(|s| parse_setting(s)).collect::<Result<Vec<_>, _>>()?;
        let mut set = |path: &[&str], value: Option<Value>| {
            if let Some(value) = value {
                settings.push((path.iter().map(|p| (*p).to_owned()).collect(), value));
            }
        };
        let text = |value: &Option<String>| value.clone().map(Value::String);
        let integer = |value: Option<u64>| value.map(|n| Value::Integer(n.try_into().unwrap_or(i64::MAX)));
        set(&["data", "dataset"], dataset.map(|name| Value::String(name.to_owned())));
        set(&["data", "dir"], self.place.data_dir.as_ref().map(|dir| Value::String(dir.display().to_string())));
        set(&["data", "limit"], integer(self.data.limit));
        set(&["augment"], self.augment()?);
        set(&["model", "name"], text(&self.model.model));
        let hidden = self.model.hidden.iter().map(|n| Value::Integer((*n).try_into().unwrap_or(i64::MAX))).collect();
        set(&["model", "hidden"], Some(Value::Array(hidden)).filter(|_| !self.model.hidden.is_empty()));
        set(&["epochs"], integer(self.training.epochs));
        set(&["batch_size"], integer(self.training.batch_size));
        set(&["optimizer", "name"], text(&self.training.optimizer));
        set(&["optimizer", "lr"], self.training.lr.map(Value::Float));
        set(&["schedule", "name"], text(&self.training.schedule));
        set(&["seed"], integer(self.training.seed));
        set(&["device"], text(&self.machine.device));
        set(&["threads"], integer(self.machine.threads.map(|n| n as u64)));
        RunConfig::from_layers(self.config.as_deref(), &settings)
    }

    /// The augmentation preset as the table that it stands for.
    fn augment(&self) -> Result<Option<Value>, RunError> {
        let Some(name) = &self.data.augment else { return Ok(None) };
        let preset = zunder::data::AugmentConfig::preset(name)?;
        Ok(Value::try_from(preset).ok())
    }
}
