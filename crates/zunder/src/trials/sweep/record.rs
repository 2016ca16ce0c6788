//! What a trial and a point of a sweep came to.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use zunder_eval::{Leakage, Spread};
use zunder_train::Monitor;

use crate::Trial;

/// What a trial came to: the content of `trial.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrialRecord {
    /// The varied settings.
    pub varied: Vec<String>,
    /// Its seed.
    pub seed: u64,
    /// The validation accuracy of the best epoch; none of a trial that diverged.
    pub validation_accuracy: Option<f64>,
    /// The validation loss of the best epoch; none of a trial that diverged.
    pub validation_loss: Option<f64>,
    /// The best epoch, from 1.
    pub best_epoch: Option<usize>,
    /// Epochs that were finished.
    pub epochs: usize,
    /// The training accuracy of the last epoch.
    pub train_accuracy: Option<f64>,
    /// Parameters of the model.
    pub parameters: usize,
    /// Seconds of training.
    pub seconds: f64,
    /// What ended it if its loss was no finite number.
    pub divergence: Option<String>,
    /// Images that its weights knew before it began and that it is validated on, if there are such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leakage: Option<Leakage>,
    /// SHA-256 of its settings, as the sweep has it; none in records from before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings_sha256: Option<String>,
}

/// A point of a sweep with all its seeds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SweepPoint {
    /// The varied settings, such as `optimizer.lr=0.1`.
    pub settings: Vec<String>,
    /// The configuration of its first seed, as a file.
    pub config: PathBuf,
    /// How many seeds were tried.
    pub seeds: usize,
    /// The validation accuracy over the seeds that did not diverge; none where all did, and then
    /// the point has no rank.
    pub accuracy: Option<Spread>,
    /// The validation loss over the same seeds.
    pub loss: Option<Spread>,
    /// How many diverged.
    pub diverged: usize,
    /// Seconds of training, all seeds together.
    pub seconds: f64,
    /// Parameters of the model.
    pub parameters: usize,
    /// What makes the figures of its trials too good, if anything.
    pub leakage: Option<Leakage>,
}

impl TrialRecord {
    pub(super) fn of(trial: &Trial, varied: Vec<String>, settings_sha256: Option<String>) -> Self {
        let last = trial.epochs.last();
        let sound = |figure: f64| {
            Some(figure).filter(|figure| figure.is_finite() && trial.divergence.is_none())
        };
        Self {
            varied,
            seed: trial.plan.config.seed,
            validation_accuracy: sound(trial.accuracy()),
            validation_loss: sound(trial.loss()),
            best_epoch: trial.best_epoch,
            epochs: trial.epochs.len(),
            train_accuracy: last
                .map(|record| record.train_accuracy)
                .filter(|accuracy| accuracy.is_finite()),
            parameters: trial.plan.summary.parameters(),
            seconds: trial.seconds(),
            divergence: trial.divergence.clone(),
            leakage: trial.plan.leakage.clone(),
            settings_sha256,
        }
    }
}

impl SweepPoint {
    pub(super) fn of(settings: Vec<String>, config: PathBuf, records: &[TrialRecord]) -> Self {
        // Files from before said the accuracy of a diverged trial, too.
        let sound = || records.iter().filter(|record| record.divergence.is_none());
        Self {
            settings,
            config,
            seeds: records.len(),
            accuracy: Spread::of(sound().filter_map(|record| record.validation_accuracy).collect())
                .ok(),
            loss: Spread::of(sound().filter_map(|record| record.validation_loss).collect()).ok(),
            diverged: records.iter().filter(|record| record.divergence.is_some()).count(),
            seconds: records
                .iter()
                .map(|record| record.seconds)
                .fold(0.0, |sum, seconds| sum + seconds),
            parameters: records.first().map_or(0, |record| record.parameters),
            leakage: records.iter().find_map(|record| record.leakage.clone()),
        }
    }

    /// What to say of a point some of whose seeds diverged; none where none or all did.
    pub fn remark(&self) -> Option<String> {
        let (diverged, seeds) = (self.diverged, self.seeds);
        (1..seeds)
            .contains(&diverged)
            .then(|| format!("{diverged} of {seeds} seeds diverged, the mean is of the others"))
    }

    /// What the point is ranked by, higher being better; none where all its seeds diverged.
    pub(super) fn worth(&self, monitor: Monitor) -> Option<f64> {
        match monitor {
            Monitor::Loss => self.loss.as_ref().map(|loss| -loss.mean),
            _ => self.accuracy.as_ref().map(|accuracy| accuracy.mean),
        }
    }
}
