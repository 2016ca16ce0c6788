//! Cross-validation: `train --folds K`.

use std::process::ExitCode;

use zunder::train::{Interrupt, Outcome};
use zunder::{CrossValidation, RunConfig, RunError, RunOptions, program};

use crate::args::{OutputArgs, TrainArgs};
use crate::output;
use crate::settings::Settings;
use crate::shell;
use crate::signals;

/// Returns the cross-validation that the flags or the resumed folder ask for, if any.
pub fn wanted(
    args: &TrainArgs,
    settings: &Settings,
    config: Option<&RunConfig>,
) -> anyhow::Result<Option<CrossValidation>> {
    Ok(match (config, &args.resume) {
        (None, Some(folder)) if CrossValidation::is_one(folder) => {
            check_page(args)?;
            let mut validation = CrossValidation::open(folder)?;
            let changed = validation.change(settings.values());
            changed.map_err(|error| settings.blame_flag(error))?;
            Some(validation)
        }
        (Some(config), _) if config.data.folds.is_some() && config.data.fold.is_none() => {
            check_page(args)?;
            Some(match &args.out {
                Some(folder) => CrossValidation::create(folder, config)?,
                None => CrossValidation::create_numbered(config)?,
            })
        }
        _ => None,
    })
}

/// Returns an error for `--open` and `--log`, since a cross-validation writes no page and no log.
fn check_page(args: &TrainArgs) -> Result<(), RunError> {
    if args.log {
        let problem = "a cross-validation has no log of events, expected a single run".to_owned();
        return Err(RunError::Config { origin: "--log".to_owned(), problem });
    }
    if !args.open.open {
        return Ok(());
    }
    let problem = "a cross-validation has no page, expected a single run; each fold has a page, \
        see `report FOLDER/fold-1`";
    Err(RunError::Config { origin: "--open".to_owned(), problem: problem.to_owned() })
}

/// Trains the remaining folds, one by one.
pub fn train(
    validation: &CrossValidation,
    args: &OutputArgs,
    interrupt: &Interrupt,
) -> anyhow::Result<ExitCode> {
    let folder = shell::path(validation.path());
    signals::keep(format!("`{} train --resume {folder}` continues it", program()));
    for fold in 1..=validation.folds() {
        if validation.is_finished(fold) {
            continue;
        }
        output::folds::print_fold(fold, validation.folds(), args);
        let mut listener = output::listener(args, interrupt.clone());
        let result = validation.run(
            fold,
            RunOptions { events: Some(listener.as_mut()), interrupt: interrupt.clone() },
        );
        drop(listener); // restores the terminal before anything else is printed
        let run = result.inspect_err(|_| output::folds::print_stopped(fold, validation.folds()))?;
        if run.outcome() == Some(Outcome::Interrupted) {
            return Ok(signals::interrupted_with(|| output::folds::print_interrupted(validation)));
        }
    }
    if let Some(record) = validation.finish()? {
        output::folds::print_finished(validation, &record, args)?;
    }
    Ok(ExitCode::SUCCESS)
}
