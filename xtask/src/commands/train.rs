//! The commands `train` and `train-cifar`.

use std::path::Path;
use std::process::ExitCode;

use zunder::train::{Interrupt, Outcome};
use zunder::{DataConfig, DatasetName, EventLog, Run, RunConfig, RunEvents, RunOptions};

use crate::args::TrainArgs;
#[cfg(feature = "burn-train")]
use crate::commands::engine::{Engine, train_by_burn};
use crate::commands::{fetch, folds};
use crate::output::{self, heartbeat};
use crate::settings::Settings;
use crate::signals;

/// Trains, or continues a training.
pub fn train(args: &TrainArgs) -> anyhow::Result<ExitCode> {
    let interrupt = signals::interrupt();
    if args.resume.is_none() && !args.dry_run {
        output::file::check_folder_to_make(args.out.as_deref().unwrap_or(Path::new("runs")))?;
    }
    let settings = args.recipe.settings()?;
    let config = if args.resume.is_some() { None } else { Some(settings.resolve()?) };
    args.engine.check(args, config.as_ref())?;
    if let Some(config) = &config {
        config.check_devices()?; // before anything is downloaded
    }
    if let Some(config) = &config
        && fetch::on_demand(&config.data, &args.network, &args.output, &interrupt)?
    {
        return Ok(signals::interrupted_with(|| {
            complain!("interrupted; run the same command again to continue the download");
        }));
    }
    heartbeat::work_on(config.as_ref().map(|config| loading(&config.data)));
    if let Some(config) = config.as_ref().filter(|_| args.dry_run) {
        return plan_alone(config, args, interrupt);
    }
    #[cfg(feature = "burn-train")]
    if let (Engine::BurnTrain, Some(config)) = (args.engine, &config) {
        return train_by_burn(config, args, &interrupt);
    }
    if let Some(validation) = folds::wanted(args, &settings, config.as_ref())? {
        return folds::train(&validation, &args.output, &interrupt);
    }
    let mut listener = output::listener(&args.output, interrupt.clone());
    let config = config.as_ref();
    let result = if args.log {
        let mut log = EventLog::new(listener.as_mut());
        run(args, &settings, config, &mut log, interrupt)
    } else {
        run(args, &settings, config, listener.as_mut(), interrupt)
    };
    drop(listener); // restores the terminal before anything else is printed
    let run = result?;
    if run.outcome() == Some(Outcome::Interrupted) {
        return Ok(signals::interrupted_with(|| output::result::print_interrupted(&run)));
    }
    output::result::print_finished(&run, args)?;
    if args.open.open {
        output::browser::open(&run.folder().report());
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the data that are about to be read, as far as they are known before reading.
fn loading(data: &DataConfig) -> String {
    let dir = data.dir.display();
    match data.dataset {
        DatasetName::Shapes => "draw shapes, the synthetic set".to_owned(),
        DatasetName::Auto if DatasetName::Cifar10.find(&data.dir).is_some() => {
            format!("load CIFAR-10 from {dir}")
        }
        DatasetName::Auto => {
            format!("draw shapes, the synthetic set, for CIFAR-10 is not in {dir}")
        }
        name => format!("load {} from {dir}", name.name()),
    }
}

/// Prints the plan of a run; for a cross-validation, that of its first run.
fn plan_alone(
    config: &RunConfig,
    args: &TrainArgs,
    interrupt: Interrupt,
) -> anyhow::Result<ExitCode> {
    let mut config = config.clone();
    config.data.fold = config.data.fold.or(config.data.folds.map(|_| 1));
    let mut listener = output::listener(&args.output, interrupt.clone());
    let plan = Run::plan(&config, RunOptions { events: Some(listener.as_mut()), interrupt });
    drop(listener); // ends the progress line of loading
    output::plan::print(&plan?);
    say!("dry run: nothing was trained, and no run was created");
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
        run.change(settings.values()).map_err(|error| settings.blame_flag(error))?;
        run.resume(options)?;
        return Ok(run);
    };
    Ok(match &args.out {
        Some(folder) => Run::train_in(folder, config, options)?,
        None => Run::train(config, options)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_are_named_before_they_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let data = |dataset| DataConfig {
            dataset,
            dir: folder.path().to_owned(),
            ..DataConfig::default()
        };
        let dir = folder.path().display();
        assert_eq!(loading(&data(DatasetName::Folder)), format!("load folder from {dir}"));
        assert_eq!(
            loading(&data(DatasetName::Auto)),
            format!("draw shapes, the synthetic set, for CIFAR-10 is not in {dir}")
        );
        let found = folder.path().join("cifar-10-batches-bin");
        std::fs::create_dir(&found).unwrap();
        std::fs::write(found.join("data_batch_1.bin"), "").unwrap();
        assert_eq!(loading(&data(DatasetName::Auto)), format!("load CIFAR-10 from {dir}"));
    }
}
