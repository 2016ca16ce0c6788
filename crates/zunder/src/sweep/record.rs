use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use zunder_eval::{Leakage, Spread};

use crate::{RunError, Trial};

/// What a trial came to: the content of `trial.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrialRecord {
    /// The varied settings.
    pub varied: Vec<String>,
    /// Its seed.
    pub seed: u64,
    /// The validation accuracy of the best epoch.
    pub validation_accuracy: f64,
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
}

/// A point of a sweep with all its seeds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SweepPoint {
    /// The varied settings, such as `optimizer.lr=0.1`.
    pub settings: Vec<String>,
    /// The configuration of its first seed, as a file.
    pub config: PathBuf,
    /// The validation accuracy over the seeds.
    pub accuracy: Spread,
    /// The validation loss over the seeds that did not diverge.
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
    pub(super) fn of(trial: &Trial, varied: Vec<String>) -> Self {
        let last = trial.epochs.last();
        Self {
            varied,
            seed: trial.plan.config.seed,
            validation_accuracy: trial.accuracy(),
            validation_loss: Some(trial.loss()).filter(|loss| loss.is_finite() && trial.divergence.is_none()),
            best_epoch: trial.best_epoch,
            epochs: trial.epochs.len(),
            train_accuracy: last.map(|record| record.train_accuracy).filter(|accuracy| accuracy.is_finite()),
            parameters: trial.plan.summary.parameters(),
            seconds: trial.seconds(),
            divergence: trial.divergence.clone(),
            leakage: trial.plan.leakage.clone(),
        }
    }
}

impl SweepPoint {
    pub(super) fn of(settings: Vec<String>, config: PathBuf, records: &[TrialRecord]) -> Result<Self, RunError> {
        let losses: Vec<f64> = records.iter().filter_map(|record| record.validation_loss).collect();
        Ok(Self {
            settings,
            config,
            accuracy: Spread::of(records.iter().map(|record| record.validation_accuracy).collect())?,
            loss: Spread::of(losses).ok(),
            diverged: records.iter().filter(|record| record.divergence.is_some()).count(),
            seconds: records.iter().map(|record| record.seconds).sum(),
            parameters: records.first().map_or(0, |record| record.parameters),
            leakage: records.iter().find_map(|record| record.leakage.clone()),
        })
    }
}
