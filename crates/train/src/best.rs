use zunder_eval::EpochRecord;

use crate::checkpoint::write_weights;
use crate::parameters::collect;
use crate::validate_epoch::Candidates;
use crate::{BestEpoch, Classifier, FitConfig, FitContext, NamedTensor, Optimizer, TrainError, load_weights};

/// The best epoch so far, with its weights.
pub(crate) struct Best {
    pub epoch: BestEpoch,
    pub weights: Option<Vec<NamedTensor>>,
}

impl Best {
    /// Of a training that is resumed, or begins: the checkpoint's weights (or their average) if its last epoch is the best, otherwise those in the file of the best.
    pub(crate) fn resume<M: Classifier>(
        model: &M,
        optimizer: &Optimizer,
        records: &[EpochRecord],
        config: &FitConfig,
        context: &FitContext<'_>,
    ) -> Result<Self, TrainError> {
        let best = BestEpoch::replay(records, &config.early_stopping);
        let Some(epoch) = best.epoch() else { return Ok(Self { epoch: best, weights: None }) };
        let path = context.best.ok_or_else(|| TrainError::Setting {
            key: "best",
            got: "none".into(),
            expected: "the file of the best weights, to resume",
        })?;
        let expected = note(&best);
        let weights = if epoch == records.len() {
            let raw = collect(model).map_err(TrainError::Device)?;
            let average = if best.averaged() { optimizer.averaged(raw.clone()).map_err(TrainError::Device)? } else { None };
            let weights = average.unwrap_or(raw);
            write_weights(path, &weights, &expected)?;
            weights
        } else {
            let (weights, got) = load_weights(path, model.valid())?;
            if got != expected {
                let problem = format!("holds the weights of {got}, expected {expected}");
                return Err(TrainError::BadCheckpoint { path: path.to_owned(), problem });
            }
            collect(&weights).map_err(TrainError::Device)?
        };
        Ok(Self { epoch: best, weights: Some(weights) })
    }

    /// Takes an epoch in; keeps its better candidate if that is the best so far, and says whether it is.
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
                write_weights(path, &weights, &note(&self.epoch))?;
            }
            self.weights = Some(weights);
        }
        Ok(improved)
    }
}

/// What stands in the file of the best weights beside them.
fn note(best: &BestEpoch) -> String {
    let average = if best.averaged() { ", moving average" } else { "" };
    format!("epoch {}{average}", best.epoch().unwrap_or_default())
}
