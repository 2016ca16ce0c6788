use std::process::ExitCode;

use clap::Args;

use crate::args::RecipeArgs;
use crate::output::stdout;

/// Print a whole configuration, every setting explained
///
/// It is a TOML file: every setting with what it is, its range and its default. `train --config
/// FILE` trains with it.
#[derive(Args)]
pub struct Config {
    /// auto, cifar10, mnist, folder, ... [default: auto]
    ///
    /// Which data, as for train; the default is that of --config, or auto.
    #[arg(long, value_name = "NAME", help_heading = "Data")]
    dataset: Option<String>,
    #[command(flatten)]
    recipe: RecipeArgs,
}

impl Config {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let layers = self.recipe.settings(self.dataset.as_deref())?;
        let preset = layers.preset()?;
        stdout::text(layers.resolve()?.annotated_toml(preset)?.trim_end());
        Ok(ExitCode::SUCCESS)
    }
}
