//! `train` and `train-cifar`.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use zunder::train::{Interrupt, Outcome};
use zunder::{Run, RunConfig, RunEvents, RunOptions};

use crate::args::TrainArgs;
use crate::commands::{fetch, folds};
use crate::output;
use crate::settings::Settings;
use crate::signals;

/// Serves `train-cifar` and `train`: they differ in their names only.
#[derive(Args)]
pub struct Train {
    /// Which data: auto (CIFAR-10, downloaded if need be, else the synthetic set), cifar10, cifar100, cifar100-coarse, mnist, fashion-mnist, kmnist, folder (images of your own), records (files in the layout of CIFAR-10) or shapes (the synthetic set) [default: that of --config, or auto]
    #[arg(long, value_name = "NAME", help_heading = "Data")]
    dataset: Option<String>,
    #[command(flatten)]
    args: TrainArgs,
}

impl Train {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        train(&self.args, self.dataset.as_deref())
    }
}

fn train(args: &TrainArgs, dataset: Option<&str>) -> anyhow::Result<ExitCode> {
    let interrupt = signals::interrupt();
    if args.resume.is_none() && !args.dry_run {
        output::file::check_folder_to_make(args.out.as_deref().unwrap_or(Path::new("runs")))?;
    }
    let settings = args.recipe.settings(dataset)?;
    let config = if args.resume.is_some() { None } else { Some(args.recipe.config(dataset)?) };
    if let Some(config) = &config {
        zunder::device(&config.device)?; // before anything is downloaded
    }
    if let Some(config) = &config
        && fetch::on_demand(&config.data, &args.network, &args.output, &interrupt)?
    {
        return Ok(signals::interrupted_with(|| complain!("interrupted; the same command goes on with the download")));
    }
    if let Some(config) = config.as_ref().filter(|_| args.dry_run) {
        return plan_alone(config, args, interrupt);
    }
    if let Some(validation) = folds::wanted(args, &settings, config.as_ref())? {
        return folds::train(&validation, &args.output, &interrupt);
    }
    let mut listener = output::listener(&args.output, interrupt.clone());
    let result = run(args, &settings, config.as_ref(), listener.as_mut(), interrupt);
    drop(listener); // gives the terminal back before anything else is printed
    let run = result?;
    if run.outcome() == Some(Outcome::Interrupted) {
        return Ok(signals::interrupted_with(|| output::result::print_interrupted(&run)));
    }
    output::result::print_finished(&run, &args.output)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints what a run would be; of a cross-validation, its first one.
fn plan_alone(config: &RunConfig, args: &TrainArgs, interrupt: Interrupt) -> anyhow::Result<ExitCode> {
    let mut config = config.clone();
    config.data.fold = config.data.fold.or(config.data.folds.map(|_| 1));
    let mut listener = output::listener(&args.output, interrupt.clone());
    let plan = Run::plan(&config, RunOptions { events: Some(listener.as_mut()), interrupt });
    drop(listener); // ends the line that tells how loading goes on
    output::plan::print(&plan?);
    say!("dry run: nothing was trained, and no run was made");
    Ok(ExitCode::SUCCESS)
}

fn run(
    args: &TrainArgs,
    settings: &Settings,
    config: Option<&RunConfig>,
    events: &mut dyn RunEvents,
    interrupt: Interrupt,
) -> anyhow::Result<Run> {
    let options = RunOptions { events: Some(events), interrupt };
    let Some(config) = config else {
        let folder = args.resume.as_deref().unwrap_or(Path::new(""));
        Run::check_resumable(folder)?;
        let mut run = Run::open(folder)?;
        run.change(settings.values())?;
        run.resume(options)?;
        return Ok(run);
    };
    Ok(match &args.out {
        Some(folder) => Run::train_in(folder, config, options)?,
        None => Run::train(config, options)?,
    })
}
