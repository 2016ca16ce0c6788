//! The flags that several commands share.
//!
//! `--help` shows the first paragraph of a flag's documentation, preferably in one line;
//! `--help-all` shows all paragraphs. A flag with `hide_short_help` is rarely used and is shown by
//! `--help-all` only.

mod data;
mod machine;
mod model;
mod output;
mod training;

use std::path::PathBuf;

use clap::{Args, ValueHint};
use zunder::train::Interrupt;
use zunder::{RunConfig, RunError};

pub use data::{DataArgs, PlaceArgs, SourceArgs};
pub use machine::MachineArgs;
pub use output::{OpenArgs, OutputArgs};

use data::SplitArgs;
use machine::DevicesArgs;
use model::ModelArgs;
use training::TrainingArgs;

use crate::commands::engine::Engine;
use crate::commands::fetch::{self, NetworkArgs};
use crate::settings::{SettingArgs, Settings};

/// The flags of a training.
#[derive(Args)]
pub struct TrainArgs {
    /// Continue an interrupted run with its configuration
    ///
    /// Only --epochs, --device, --devices, --threads, --data-dir, --storage and --groups may
    /// change. With other --epochs, the learning rates from there on are those of a run of that
    /// length.
    #[arg(
        long,
        value_name = "RUN",
        value_hint = ValueHint::DirPath,
        conflicts_with_all = ["config", "preset", "out"]
    )]
    pub resume: Option<PathBuf>,
    /// Folder for the run, new or empty [default: runs/NAME-N]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
    /// Print what would be trained and its cost; train nothing
    #[arg(long, conflicts_with_all = ["resume", "quiet", "json", "open"])]
    pub dry_run: bool,
    /// Also write each event to events.jsonl in the run's folder, one JSON object a line
    ///
    /// For `tail -f` and for programs that collect figures. A resumed run continues the file.
    #[arg(long, hide_short_help = true, help_heading = "Output", conflicts_with = "dry_run")]
    pub log: bool,
    /// zunder, or burn-train: Burn's own learner [default: zunder]
    ///
    /// burn-train trains the same configuration, data and split by Burn's `SupervisedTraining`, and
    /// tests the weights of the last epoch. It keeps no run, and refuses settings that Burn cannot
    /// express. It is in the program that `cargo xtask-burn-train` builds.
    #[arg(long, hide_short_help = true, help_heading = "Training", hide_default_value = true)]
    #[arg(value_name = "NAME", value_enum, default_value_t, hide_possible_values = true)]
    pub engine: Engine,
    #[command(flatten)]
    pub recipe: RecipeArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub open: OpenArgs,
}

/// A whole configuration, by file, settings and flags.
#[derive(Args)]
pub struct RecipeArgs {
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    settings: SettingArgs,
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
    #[command(flatten)]
    devices: DevicesArgs,
}

impl RecipeArgs {
    /// Returns the configuration: the preset, overridden by the file, `--set` and the flags, in
    /// this order.
    pub fn config(&self) -> Result<RunConfig, RunError> {
        self.settings()?.resolve()
    }

    /// Returns the configuration after checking its device and downloading missing files. Returns
    /// `None` if the download was interrupted.
    pub fn config_with_data(
        &self,
        network: &NetworkArgs,
        output: &OutputArgs,
        interrupt: &Interrupt,
    ) -> Result<Option<RunConfig>, RunError> {
        let config = self.config()?;
        config.check_devices()?; // before anything is downloaded
        let interrupted = fetch::on_demand(&config.data, network, output, interrupt)?;
        Ok((!interrupted).then_some(config))
    }

    /// Returns the settings given by `--set` and by flags.
    pub fn settings(&self) -> Result<Settings, RunError> {
        let mut settings = self.settings.parse()?;
        self.source.lay(&mut settings);
        self.data.lay(&mut settings);
        self.splits.lay(&mut settings);
        self.model.lay(&mut settings);
        self.training.lay(&mut settings);
        self.machine.lay(&mut settings);
        self.devices.lay(&mut settings);
        Ok(settings)
    }
}
