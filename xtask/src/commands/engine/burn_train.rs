//! Training by Burn's own learner.

use std::process::ExitCode;

use zunder::train::Interrupt;
use zunder::{PreparedRun, RunConfig, RunOptions};
use zunder_burn_train::{BurnTrainError, LearnerEpoch, train_run};

use super::refused;
use crate::args::TrainArgs;
use crate::format::percent;
use crate::output::{self, stdout};
use crate::signals;

/// Trains a configuration by Burn's learner, and tests the weights of the last epoch.
pub fn train(
    config: &RunConfig,
    args: &TrainArgs,
    interrupt: &Interrupt,
) -> anyhow::Result<ExitCode> {
    let mut listener = output::listener(&args.output, interrupt.clone());
    let options = RunOptions { events: Some(listener.as_mut()), interrupt: interrupt.clone() };
    let quiet = args.output.quiet || args.output.json;
    let report = move |epoch: &LearnerEpoch| {
        if !quiet {
            say!(
                "epoch {:>3}  validation accuracy {}  log loss {:.4}  {:.0} images/s",
                epoch.epoch,
                percent(epoch.validation_accuracy),
                epoch.validation_log_loss,
                epoch.images_per_second
            );
        }
    };
    let tested = PreparedRun::with(config, options, |run| train_run(run, interrupt, report))?;
    drop(listener); // ends the progress line of loading
    let tested = tested.transpose().map_err(|error| match error {
        BurnTrainError::Run(error) => error,
        error => refused(error.to_string()),
    })?;
    let Some(test) = tested.flatten() else {
        return Ok(signals::interrupted_with(|| {
            complain!("interrupted; Burn's learner keeps nothing, so the training is lost");
        }));
    };
    if args.output.json {
        stdout::json(&serde_json::to_string_pretty(&test)?);
    } else {
        say!(
            "test accuracy {} ({} to {}), last epoch, trained by Burn's learner",
            percent(test.accuracy),
            percent(test.accuracy_low),
            percent(test.accuracy_high)
        );
    }
    Ok(ExitCode::SUCCESS)
}
