//! The best epoch of a training and its weights.

use zunder_eval::EpochRecord;

use crate::checkpoint::write_hashed;
use crate::parameters::{collect, restore};
use crate::validate_epoch::Candidates;
use crate::weights_file::read_file;
use crate::{BestEpoch, Classifier, FitConfig, FitContext, FitOptimizer, NamedTensor, TrainError};

/// The best epoch so far, with its weights.
pub(crate) struct Best {
    pub epoch: BestEpoch,
    pub weights: Option<Vec<NamedTensor>>,
    /// Hash of the file of the weights, if it has one.
    pub sha256: Option<String>,
}

impl Best {
    /// Restores the state of a training that is resumed or starts: the checkpoint's weights (or
    /// their average) if its last epoch is the best, otherwise those in the file of the best
    /// weights.
    pub(crate) fn resume<M: Classifier>(
        model: &M,
        optimizer: &FitOptimizer,
        records: &[EpochRecord],
        sha256: Option<&str>,
        config: &FitConfig,
        context: &FitContext<'_>,
    ) -> Result<Self, TrainError> {
        let best = BestEpoch::replay(records, &config.early_stopping);
        let Some(epoch) = best.epoch() else {
            return Ok(Self { epoch: best, weights: None, sha256: None });
        };
        let path = context.best.ok_or_else(|| TrainError::Setting {
            key: "best",
            got: "none".into(),
            expected: "the file of the best weights, to resume",
        })?;
        let expected = note(&best);
        let (weights, sha256) = if epoch == records.len() {
            let raw = collect(model).map_err(TrainError::Device)?;
            let average = if best.averaged() {
                optimizer.averaged(raw.clone()).map_err(TrainError::Device)?
            } else {
                None
            };
            let weights = average.unwrap_or(raw);
            let sha256 = write_hashed(path, &weights, &expected)?;
            (weights, Some(sha256))
        } else {
            let bad =
                |problem: String| TrainError::BadCheckpoint { path: path.to_owned(), problem };
            let (file, got) = read_file(path, &|_| false)?;
            if got != expected {
                return Err(bad(format!("holds the weights of {got}, expected {expected}")));
            }
            if let Some(sha256) = sha256.filter(|sha256| file.sha256.as_deref() != Some(*sha256)) {
                let got = file.sha256.as_deref().unwrap_or("none");
                return Err(bad(format!(
                    "holds the SHA-256 {got}, expected {sha256} as the checkpoint says"
                )));
            }
            // Restored through the model, which knows its tensors.
            let weights = restore(model.valid(), file.tensors).map_err(bad)?;
            (collect(&weights).map_err(TrainError::Device)?, file.sha256)
        };
        Ok(Self { epoch: best, weights: Some(weights), sha256 })
    }

    /// Compares an epoch with the best one; keeps the better of its weights and their average if it
    /// is the best so far, and returns whether it is.
    pub(crate) fn observe<M: Classifier>(
        &mut self,
        record: &EpochRecord,
        candidates: Candidates<M>,
        config: &FitConfig,
        context: &FitContext<'_>,
    ) -> Result<bool, TrainError> {
        let improved = self.epoch.observe(record, &config.early_stopping);
        if improved {
            let weights = match candidates.average.filter(|_| self.epoch.averaged()) {
                Some(average) => average,
                None => collect(&candidates.model).map_err(TrainError::Device)?,
            };
            if let Some(path) = context.best {
                self.sha256 = Some(write_hashed(path, &weights, &note(&self.epoch))?);
            }
            self.weights = Some(weights);
        }
        Ok(improved)
    }
}

/// Returns the note in the file of the best weights.
fn note(best: &BestEpoch) -> String {
    let average = if best.averaged() { ", moving average" } else { "" };
    format!("epoch {}{average}", best.epoch().unwrap_or_default())
}
