//! The record of a divergence, so that a resumed run does not have to diverge again.

use std::fs;
use std::io::ErrorKind;

use serde::{Deserialize, Serialize};
use zunder_train::Divergence;

use crate::folder::files::{read_json, write_json};
use crate::{RunConfig, RunError, RunFolder};

/// The content of `divergence.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DivergenceRecord {
    /// Epoch, counted from 1.
    pub epoch: usize,
    /// Loss, update and learning rate.
    problem: String,
    /// Number of epochs, which decides besides the settings of the run whether it diverges again.
    epochs: usize,
    /// Devices of the training.
    device: String,
}

impl DivergenceRecord {
    /// Writes the record of a run that diverged.
    pub(crate) fn write(
        folder: &RunFolder,
        divergence: &Divergence,
        config: &RunConfig,
    ) -> Result<(), RunError> {
        let record = Self {
            epoch: divergence.epoch,
            problem: divergence.to_string(),
            epochs: config.epochs,
            device: config.device_names(),
        };
        write_json(&folder.divergence(), &record)
    }

    /// Reads the record; `None` if the run did not diverge.
    pub(crate) fn read(folder: &RunFolder) -> Result<Option<Self>, RunError> {
        if folder.divergence().exists() {
            read_json(&folder.divergence()).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Returns an error if the run diverged and would diverge again. With another number of epochs
    /// the learning rates differ, and on another device the results, so it may not. Call it only
    /// with the lock of the run.
    pub(crate) fn check(folder: &RunFolder, config: &RunConfig) -> Result<(), RunError> {
        let Some(record) = Self::read(folder)? else { return Ok(()) };
        if record.epochs == config.epochs && record.device == config.device_names() {
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

/// Rounds a number to two significant digits.
pub(crate) fn two_digits(number: f64) -> f64 {
    format!("{number:.1e}").parse().unwrap_or(number)
}
