//! The results of the trials and points of a sweep.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use zunder_eval::{Leakage, Spread};
use zunder_train::{BestEpoch, Monitor};

use super::PointEnd;
use super::halving::Standing;
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
    /// Its value on each rung that it has reached, with halving.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rungs: Vec<RungRecord>,
    /// Reason of the divergence, if the loss was infinite or NaN.
    pub divergence: Option<String>,
    /// Validation images that the initial weights were trained on, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leakage: Option<Leakage>,
    /// SHA-256 of its settings, as in the sweep; `None` in records of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings_sha256: Option<String>,
}

/// The best epoch of a trial up to a rung.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RungRecord {
    /// Epochs of the rung.
    pub epoch: usize,
    /// Validation accuracy of the best epoch so far; `None` if no epoch has a finite one.
    pub validation_accuracy: Option<f64>,
    /// Validation loss of that epoch.
    pub validation_loss: Option<f64>,
}

/// The results of a point of a sweep over all its seeds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SweepPoint {
    /// Its place in the order in which points were tried, counted from 1.
    pub number: usize,
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
    /// Number of finished epochs of its longest trial.
    pub epochs: usize,
    /// Number of finished epochs of all its trials together.
    pub trained_epochs: usize,
    /// Number of rungs that it has reached; 0 without halving.
    pub rung: usize,
    /// How it ended, with halving.
    pub end: Option<PointEnd>,
}

impl TrialRecord {
    /// Returns the record of a trial that was trained to the last of `rungs`; without halving,
    /// there are none.
    pub(super) fn of(
        trial: &Trial,
        varied: Vec<String>,
        settings_sha256: Option<String>,
        rungs: &[usize],
    ) -> Self {
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
            rungs: rungs.iter().map_while(|&epoch| RungRecord::of(trial, epoch)).collect(),
            divergence: trial.divergence.clone(),
            leakage: trial.plan.leakage.clone(),
            settings_sha256,
        }
    }
}

impl RungRecord {
    /// Returns the value of a trial on a rung; `None` if it diverged before.
    fn of(trial: &Trial, epoch: usize) -> Option<Self> {
        let reached = trial.epochs.len().min(epoch);
        if reached < epoch && trial.divergence.is_some() {
            return None;
        }
        let records = &trial.epochs[..reached];
        let best = BestEpoch::replay(records, &trial.plan.config.early_stopping).kept(records);
        let finite = |figure: Option<f64>| figure.filter(|figure| figure.is_finite());
        Some(Self {
            epoch,
            validation_accuracy: finite(best.map(|best| best.0)),
            validation_loss: finite(best.map(|best| best.1)),
        })
    }
}

impl SweepPoint {
    pub(super) fn of(settings: Vec<String>, config: PathBuf, records: &[TrialRecord]) -> Self {
        // Files of earlier versions contain the accuracy of diverged trials too.
        let sound = || records.iter().filter(|record| record.divergence.is_none());
        Self {
            number: 0,
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
            epochs: records.iter().map(|record| record.epochs).max().unwrap_or_default(),
            trained_epochs: records.iter().map(|record| record.epochs).sum(),
            rung: records.iter().map(|record| record.rungs.len()).max().unwrap_or_default(),
            end: None,
        }
    }

    /// Returns a remark if some seeds of the point diverged; `None` if none or all did.
    pub fn remark(&self) -> Option<String> {
        let (diverged, seeds) = (self.diverged, self.seeds);
        (1..seeds)
            .contains(&diverged)
            .then(|| format!("{diverged} of {seeds} seeds diverged; the mean is over the others"))
    }

    /// Returns what the point is ranked by.
    pub(super) fn standing(&self, monitor: Monitor) -> Standing {
        let worth = match monitor {
            Monitor::Loss => self.loss.as_ref().map(|loss| -loss.mean),
            _ => self.accuracy.as_ref().map(|accuracy| accuracy.mean),
        };
        Standing { worth, diverged: self.diverged }
    }
}
