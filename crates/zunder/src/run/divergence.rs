//! The note that a diverged run keeps, so that a resume need not diverge again to say so.

use std::fs;
use std::io::ErrorKind;

use serde::{Deserialize, Serialize};
use zunder_train::Divergence;

use crate::folder::files::{read_json, write_json};
use crate::{RunConfig, RunError, RunFolder};

/// The content of `divergence.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DivergenceRecord {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The loss, where and at which learning rate.
    problem: String,
    /// What decides, beside the run's own settings, whether it would happen again.
    epochs: usize,
    device: String,
}

impl DivergenceRecord {
    /// Writes what ended the training of a run.
    pub(crate) fn write(
        folder: &RunFolder,
        divergence: &Divergence,
        config: &RunConfig,
    ) -> Result<(), RunError> {
        let record = Self {
            epoch: divergence.epoch,
            problem: divergence.to_string(),
            epochs: config.epochs,
            device: config.device.clone(),
        };
        write_json(&folder.divergence(), &record)
    }

    /// What ended the training of a run, if it diverged.
    pub(crate) fn read(folder: &RunFolder) -> Result<Option<Self>, RunError> {
        if folder.divergence().exists() {
            read_json(&folder.divergence()).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Refuses to go on with a run that diverged where it would diverge again; with other epochs,
    /// whose rates are others, and on another device it may not. Call it under the run's lock.
    pub(crate) fn check(folder: &RunFolder, config: &RunConfig) -> Result<(), RunError> {
        let Some(record) = Self::read(folder)? else { return Ok(()) };
        if record.epochs == config.epochs && record.device == config.device {
            let rate = two_digits(config.optimizer.lr() / 10.0);
            let (run, problem) = (folder.path().to_owned(), record.problem);
            return Err(RunError::Diverged {
                run,
                problem,
                rate,
                rolled_back: config.on_nan.most() > 0,
            });
        }
        match fs::remove_file(folder.divergence()) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(RunError::io("remove the note of the divergence", &folder.divergence())(error))
            }
            _ => Ok(()),
        }
    }
}

/// Rounds a number to two significant digits, as a user would type it.
pub(crate) fn two_digits(number: f64) -> f64 {
    format!("{number:.1e}").parse().unwrap_or(number)
}
