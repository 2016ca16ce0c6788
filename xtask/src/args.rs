use std::path::PathBuf;

use clap::{Args, ValueHint};
use toml::Value;
use zunder::{RunConfig, RunError};

use crate::commands::fetch::NetworkArgs;
use crate::settings::{SettingArgs, Settings};

/// What a training is made of.
#[derive(Args)]
pub struct TrainArgs {
    /// Go on with an interrupted run, as it was configured; only --epochs, --device, --threads and --data-dir may change. With other --epochs the learning rates are from there on those of a run of so many
    #[arg(long, value_name = "RUN", value_hint = ValueHint::DirPath, conflicts_with_all = ["config", "preset", "out"])]
    pub resume: Option<PathBuf>,
    /// Folder for the run, new or empty [default: runs/ and a name with a number]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
    /// Say what would be trained, with its cost and its learning rates, and train nothing
    #[arg(long, conflicts_with_all = ["resume", "quiet", "json"])]
    pub dry_run: bool,
    #[command(flatten)]
    pub recipe: RecipeArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// A whole configuration by file, settings and flags.
#[derive(Args)]
pub struct RecipeArgs {
    #[command(flatten)]
    settings: SettingArgs,
    #[command(flatten)]
    pub place: PlaceArgs,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    splits: SplitArgs,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    training: TrainingArgs,
    #[command(flatten)]
    pub machine: MachineArgs,
}

/// Where the data lie.
#[derive(Args)]
#[command(next_help_heading = "Data")]
pub struct PlaceArgs {
    /// Where data sets lie: a data set's own folder, or the one above it; for --dataset folder or records, the folder of images [default: datasets]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub data_dir: Option<PathBuf>,
}

#[derive(Args)]
#[command(next_help_heading = "Data")]
pub struct DataArgs {
    /// Random changes of the training images: none, light (crop, flip), standard or strong; single steps by --set augment.STEP.SETTING=VALUE; see them with `preview` [default: light; none for --model linear and for the sets in the form of MNIST]
    #[arg(long, value_name = "PRESET")]
    pub augment: Option<String>,
    /// Size of the images of --dataset folder: one number for a square, or such as 48x64 (height, width) [default: the median, at most 64]
    #[arg(long, value_name = "SIZE")]
    pub image_size: Option<String>,
    /// Only these classes, in this order; two make a binary task. A name with a comma in it goes into data.classes of --config
    #[arg(long, value_name = "NAME,NAME,...", value_delimiter = ',')]
    pub classes: Vec<String>,
    /// Go on with --dataset folder though more images are left out than taken: HEIC, camera raw, video, images in no class. They are counted either way
    #[arg(long)]
    pub skip_unread: bool,
    /// Where pixels stay: memory, or mapped (in their files, for a set larger than memory; those must not change meanwhile) [default: memory]
    #[arg(long, value_name = "PLACE")]
    pub storage: Option<String>,
    /// Use only N training images, spread evenly over the classes
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
}

#[derive(Args)]
#[command(next_help_heading = "Data")]
struct SplitArgs {
    /// Which of two classes is the positive one [default: the second]
    #[arg(long, value_name = "NAME")]
    positive: Option<String>,
    /// CSV file with the columns image and group: images of one group, such as one patient's, stay on one side of every split
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    groups: Option<PathBuf>,
    /// Cross-validation: K runs, each with another K-th of the training images held out for validation; mean and spread
    #[arg(long, value_name = "K")]
    folds: Option<u64>,
    /// With --from: validate and test on images even if its weights learnt from them; every figure is then marked
    #[arg(long)]
    allow_leakage: bool,
    /// Which training images an epoch takes: shuffled (each once), replacement, balanced (classes equally often), balanced-replacement or sequential [default: shuffled]
    #[arg(long, value_name = "NAME")]
    sampling: Option<String>,
}

#[derive(Args)]
#[command(next_help_heading = "Model")]
struct ModelArgs {
    /// A whole recipe to start from: linear, mlp, residual-mlp, or best, the most accurate one, about 20 minutes of two cores [default: that of --model]
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Start from the best epoch's weights of another run with the same model; its output layer is drawn anew if the classes are others [default: random weights]
    #[arg(long, value_name = "RUN", value_hint = ValueHint::DirPath)]
    from: Option<PathBuf>,
    /// The model, with the recipe that suits it: linear, mlp or residual-mlp [default: mlp]
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Units of the mlp's hidden layers [default: 1024,512]
    #[arg(long, value_name = "N,N,...", value_delimiter = ',')]
    hidden: Vec<u64>,
    /// Units that the residual-mlp's blocks pass on [default: 512]
    #[arg(long, value_name = "N")]
    width: Option<u64>,
    /// Blocks of the residual-mlp [default: 4]
    #[arg(long, value_name = "N")]
    depth: Option<u64>,
    /// What hidden units compute of their weighted sums: logistic, tanh, relu, leaky-relu, prelu, swish, gelu or identity [default: relu]
    #[arg(long, value_name = "NAME")]
    activation: Option<String>,
    /// How weights are drawn: zeros, normal, xavier, he or uniform [default: he or xavier, what suits the activation]
    #[arg(long, value_name = "NAME")]
    init: Option<String>,
}

#[derive(Args)]
#[command(next_help_heading = "Training")]
struct TrainingArgs {
    /// Passes over the training images [default: 30; linear: 20]
    #[arg(long, value_name = "N")]
    epochs: Option<u64>,
    /// Images in a step: a number, or all [default: 128]
    #[arg(long, value_name = "N")]
    batch_size: Option<String>,
    /// Updates of an epoch [default: one pass over the training images]
    #[arg(long, value_name = "N")]
    steps_per_epoch: Option<u64>,
    /// What is minimised: cross-entropy, hinge, squared-hinge or squared-error; binary-hinge or logistic for two classes [default: cross-entropy]
    #[arg(long, value_name = "NAME")]
    loss: Option<String>,
    /// How much each class counts in the loss: none, balanced (rare classes more), or one number a class [default: none]
    #[arg(long, value_name = "WEIGHTS")]
    class_weights: Option<String>,
    /// How weights follow gradients: sgd (with momentum), nesterov, adagrad, rmsprop, adam, adamw or lion [default: sgd]
    #[arg(long, value_name = "NAME")]
    optimizer: Option<String>,
    /// Learning rate [default: the recipe's, or the chosen optimizer's own]
    #[arg(long, value_name = "RATE")]
    lr: Option<f64>,
    /// Shorten the gradient to this length, over all parameters [default: no limit]
    #[arg(long, value_name = "LENGTH")]
    clip_norm: Option<f64>,
    /// Batches whose mean gradient makes one update [default: 1]
    #[arg(long, value_name = "N")]
    accumulate: Option<u64>,
    /// Keep a moving average of the weights too, with this decay, such as 0.999; the better one by validation counts [default: 0, none]
    #[arg(long, value_name = "DECAY")]
    ema: Option<f64>,
    /// Test-time augmentation: mirror answers with the mean score of an image and its mirror image [default: none]
    #[arg(long, value_name = "NAME")]
    tta: Option<String>,
    /// What a loss that is infinite or not a number does: stop, or rollback (to the last whole epoch, with half the rate; three times) [default: stop]
    #[arg(long, value_name = "NAME")]
    on_nan: Option<String>,
    /// How the learning rate changes: constant, step, multi-step, plateau, linear, exponential, cosine, cosine-restarts or one-cycle [default: cosine]
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

/// A whole number as one; anything else is left to the configuration to take or refuse.
fn number_or_word(text: &str) -> Value {
    text.parse().map_or_else(|_| Value::String(text.to_owned()), Value::Integer)
}

impl RecipeArgs {
    /// The configuration: file, then `--set`, then the flags over the preset.
    pub fn config(&self, dataset: Option<&str>) -> Result<RunConfig, RunError> {
        self.settings(dataset)?.resolve()
    }

    /// What was written, by `--set` and by flags.
    pub fn settings(&self, dataset: Option<&str>) -> Result<Settings, RunError> {
        let mut settings = self.settings.parse()?;
        settings.data(dataset, &self.place, &self.data);
        settings.text(&["data", "positive"], self.splits.positive.as_deref());
        settings.text(&["data", "groups"], self.splits.groups.as_ref().map(|file| file.display().to_string()).as_deref());
        settings.integer(&["data", "folds"], self.splits.folds);
        settings.set(&["data", "allow_leakage"], self.splits.allow_leakage.then_some(Value::Boolean(true)));
        settings.text(&["data", "sampling"], self.splits.sampling.as_deref());
        settings.text(&["preset"], self.model.preset.as_deref());
        settings.text(&["init_from"], self.model.from.as_ref().map(|run| run.display().to_string()).as_deref());
        settings.text(&["model", "name"], self.model.model.as_deref());
        let hidden = self.model.hidden.iter().map(|n| Value::Integer((*n).try_into().unwrap_or(i64::MAX))).collect();
        settings.set(&["model", "hidden"], Some(Value::Array(hidden)).filter(|_| !self.model.hidden.is_empty()));
        settings.integer(&["model", "width"], self.model.width);
        settings.integer(&["model", "depth"], self.model.depth);
        settings.text(&["model", "activation"], self.model.activation.as_deref());
        settings.text(&["model", "initializer"], self.model.init.as_deref());
        settings.integer(&["epochs"], self.training.epochs);
        settings.set(&["batch_size"], self.training.batch_size.as_deref().map(number_or_word));
        settings.integer(&["steps_per_epoch"], self.training.steps_per_epoch);
        settings.text(&["loss", "name"], self.training.loss.as_deref());
        settings.set(&["loss", "class_weights"], self.training.class_weights.as_deref().map(class_weights));
        settings.text(&["optimizer", "name"], self.training.optimizer.as_deref());
        settings.set(&["optimizer", "lr"], self.training.lr.map(Value::Float));
        settings.set(&["gradients", "clip_norm"], self.training.clip_norm.map(Value::Float));
        settings.integer(&["gradients", "accumulate"], self.training.accumulate);
        settings.set(&["ema"], self.training.ema.map(Value::Float));
        settings.text(&["tta"], self.training.tta.as_deref());
        settings.text(&["on_nan", "name"], self.training.on_nan.as_deref());
        settings.text(&["schedule", "name"], self.training.schedule.as_deref());
        settings.integer(&["seed"], self.training.seed);
        settings.text(&["device"], self.machine.device.as_deref());
        settings.integer(&["threads"], self.machine.threads.map(|n| n as u64));
        Ok(settings)
    }
}

/// Numbers as a list; anything else is a name, or left to the configuration to refuse.
fn class_weights(text: &str) -> Value {
    let numbers: Option<Vec<Value>> = text.split(',').map(|number| number.trim().parse().ok().map(Value::Float)).collect();
    numbers.map_or_else(|| Value::String(text.to_owned()), Value::Array)
}
