//! The command `config`: prints a configuration.

use std::process::ExitCode;

use clap::Args;

use crate::args::RecipeArgs;
use crate::output::stdout;

/// Print a whole configuration, with an explanation of each setting
///
/// The output is a TOML file with the meaning, the range and the default of each setting. `train
/// --config FILE` trains with it.
#[derive(Args)]
pub struct Config {
    #[command(flatten)]
    recipe: RecipeArgs,
}

impl Config {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let layers = self.recipe.settings()?;
        let preset = layers.preset()?;
        stdout::text(layers.resolve()?.annotated_toml(preset)?.trim_end());
        Ok(ExitCode::SUCCESS)
    }
}
