//! The results of the trials and points of a sweep.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use zunder_eval::{Leakage, Spread};
use zunder_train::Monitor;

use crate::Trial;

/// The result of a trial: the content of `trial.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrialRecord {
    /// Varied settings.
    pub varied: Vec<String>,
    /// Seed of the trial.
    pub seed: u64,
    /// Validation accuracy of the best epoch; `None` if the trial diverged.
    pub validation_accuracy: Option<f64>,
    /// Validation loss of the best epoch; `None` if the trial diverged.
    pub validation_loss: Option<f64>,
    /// Best epoch, counted from 1.
    pub best_epoch: Option<usize>,
    /// Number of finished epochs.
    pub epochs: usize,
    /// Training accuracy of the last epoch.
    pub train_accuracy: Option<f64>,
    /// Number of parameters of the model.
    pub parameters: usize,
    /// Seconds of training.
    pub seconds: f64,
    /// Reason of the divergence, if the loss was infinite or NaN.
    pub divergence: Option<String>,
    /// Validation images that the initial weights were trained on, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leakage: Option<Leakage>,
    /// SHA-256 of its settings, as in the sweep; `None` in records of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings_sha256: Option<String>,
}

/// The results of a point of a sweep over all its seeds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SweepPoint {
    /// Varied settings, such as `optimizer.lr=0.1`.
    pub settings: Vec<String>,
    /// Path of the configuration of its first seed.
    pub config: PathBuf,
    /// Number of seeds.
    pub seeds: usize,
    /// Validation accuracy over the seeds that did not diverge; `None` if all did, and the point
    /// has no rank.
    pub accuracy: Option<Spread>,
    /// Validation loss over the same seeds.
    pub loss: Option<Spread>,
    /// Number of seeds that diverged.
    pub diverged: usize,
    /// Seconds of training of all seeds together.
    pub seconds: f64,
    /// Number of parameters of the model.
    pub parameters: usize,
    /// Leakage that makes the results of its trials too good, if any.
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
        // Files of earlier versions contain the accuracy of diverged trials too.
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

    /// Returns a remark if some seeds of the point diverged; `None` if none or all did.
    pub fn remark(&self) -> Option<String> {
        let (diverged, seeds) = (self.diverged, self.seeds);
        (1..seeds)
            .contains(&diverged)
            .then(|| format!("{diverged} of {seeds} seeds diverged; the mean is over the others"))
    }

    /// Returns the value by which the point is ranked, higher being better; `None` if all its seeds
    /// diverged.
    pub(super) fn worth(&self, monitor: Monitor) -> Option<f64> {
        match monitor {
            Monitor::Loss => self.loss.as_ref().map(|loss| -loss.mean),
            _ => self.accuracy.as_ref().map(|accuracy| accuracy.mean),
        }
    }
}
