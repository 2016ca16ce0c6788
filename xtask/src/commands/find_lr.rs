//! The command `find-lr`: suggests a learning rate.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueHint};
use zunder::train::RangeTestConfig;
use zunder::{LearningRateRange, RunError, RunOptions, find_lr, program};

use crate::args::{OpenArgs, OutputArgs, RecipeArgs};
use crate::commands::fetch::NetworkArgs;
use crate::output::brief::{Brief, print_plan};
use crate::output::{browser, file, stdout};
use crate::signals;

/// Suggest a learning rate, by a short test on the run's own data
///
/// It trains some steps with a rate that grows from very low to very high, with the data, model,
/// augmentation and optimizer of the run, and finds where the loss falls and where it rises again
/// (Smith 2015, arXiv 1506.01186). No weights and no run are saved.
#[derive(Args)]
pub struct FindLr {
    /// The first learning rate
    #[arg(long = "from-lr", value_name = "RATE", default_value_t = RangeTestConfig::default().from)]
    from_lr: f64,
    /// The last learning rate
    #[arg(long = "to-lr", value_name = "RATE", default_value_t = RangeTestConfig::default().to)]
    to_lr: f64,
    /// Number of steps
    #[arg(long, value_name = "N", default_value_t = RangeTestConfig::default().steps)]
    steps: usize,
    /// The PNG file to write, and an SVG beside it
    ///
    /// Only earlier pictures of Zunder are replaced.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "find-lr.png",
        value_hint = ValueHint::FilePath
    )]
    out: PathBuf,
    #[command(flatten)]
    recipe: RecipeArgs,
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    open: OpenArgs,
}

impl FindLr {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let svg = self.out.with_extension("svg");
        check_png(&self.out)?;
        for path in [&self.out, &svg] {
            file::check(path)?;
            zunder::check_replaceable(path)?;
        }
        let interrupt = signals::interrupt();
        let Some(config) = self.recipe.config_with_data(&self.network, &self.output, &interrupt)?
        else {
            return Ok(signals::interrupted());
        };
        let range = RangeTestConfig { from: self.from_lr, to: self.to_lr, steps: self.steps };
        let mut lines = Brief::new(&self.output, print_plan);
        let found = find_lr(&config, &range, RunOptions { events: Some(&mut lines), interrupt })?;
        drop(lines);
        let Some(found) = found else { return Ok(signals::interrupted()) };
        let curve = found.svg();
        let png = zunder::report::png(&curve).map_err(RunError::from)?;
        file::write(&svg, curve.as_bytes())?;
        file::write(&self.out, &png)?;
        self.print(&found, &svg)?;
        if found.suggestion.is_none() {
            let reached = found.test.points.last().map(|point| point.learning_rate);
            let (from, to, exploded) = (self.from_lr, self.to_lr, found.test.exploded);
            return Err(RunError::NoRate { from, to, reached, exploded }.into());
        }
        if self.open.open {
            browser::open(&self.out);
        }
        Ok(ExitCode::SUCCESS)
    }

    fn print(&self, found: &LearningRateRange, svg: &Path) -> anyhow::Result<()> {
        if self.output.json {
            stdout::json(&serde_json::to_string_pretty(found)?);
            return Ok(());
        }
        if !self.output.quiet {
            say!("smoothed training loss by learning rate ({} steps)", found.test.points.len());
            say!("");
            stdout::text(&found.text());
            say!("");
            say!("end     {}", ending(found));
            if let (Some(lowest), Some(steepest)) = (found.test.lowest, found.test.steepest) {
                say!(
                    "curve   the loss is lowest at {lowest:.1e} and falls fastest at {steepest:.1e}"
                );
            }
            say!("files   {}, {}", self.out.display(), svg.display());
        }
        if let Some(rate) = found.suggestion {
            say!("suggest {rate}, the rate with the lowest loss");
            if !self.output.quiet {
                say!("next    {} train --lr {rate}, with the other flags unchanged", program());
            }
        }
        Ok(())
    }
}

fn ending(found: &LearningRateRange) -> String {
    let Some(last) = found.test.points.last().map(|point| point.learning_rate) else {
        return "the loss was not finite at the first rate".to_owned();
    };
    if found.test.exploded {
        format!(
            "the loss exploded at {last:.1e}: its running mean was above 4 times its lowest value \
             and above its first one, or not finite"
        )
    } else if found.open {
        format!("the loss still falls at the last rate, {last:.1e}: try a higher --to-lr")
    } else {
        format!("the last rate, {last:.1e}")
    }
}

/// Returns an error unless the path is the name of a PNG file.
fn check_png(path: &Path) -> Result<(), RunError> {
    if path.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("png")) {
        let problem = format!("--out is {}, expected the name of a .png file", path.display());
        return Err(RunError::Config { origin: "picture".to_owned(), problem });
    }
    Ok(())
}
