//! Checks that a model without input learns nothing.

use burn::tensor::{Device, Tensor};
use zunder_train::{BatchSource, LabelledBatch, SourceError};

use super::bench::{Bench, ShortTraining};
use super::check::{Check, percent};
use super::luck::{above_by_luck, too_few, with_interval};
use super::shuffled::TOO_FEW;
use crate::RunError;

/// The accuracy of a model without input: all its inputs are 0, in training and in validation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoInput {
    /// Accuracy on the validation images.
    pub accuracy: f64,
    /// Accuracy of guessing: 1 / C.
    pub chance: f64,
    /// Accuracy of always predicting the most frequent class of the validation images.
    pub majority: f64,
    /// Number of validation images.
    pub images: usize,
}

/// Number of updates.
const STEPS: usize = 60;

impl NoInput {
    /// Trains briefly without input. Returns `None` if interrupted, or if the loss became infinite
    /// or NaN, which another check reports.
    pub(super) fn measure(bench: &Bench<'_>) -> Result<Option<Self>, RunError> {
        let train = bench.source(
            bench.train_images(),
            &zunder_data::AugmentConfig::default(),
            bench.batch_size(),
            Some(STEPS),
        )?;
        let validation = crate::images::loaded::in_order(
            bench.validation_images().clone(),
            (0..bench.validation_images().len() as u32).collect(),
            &bench.session().preprocessing,
        )?;
        let model = bench.fresh(&bench.config().model)?;
        let ShortTraining::Done(tried) =
            bench.trial(model, &ZeroInput(&train), &ZeroInput(&validation), &bench.fit_config())?
        else {
            return Ok(None);
        };
        let accuracy = tried.records.last().map_or(f64::NAN, |record| record.validation_accuracy);
        Ok(Some(Self::of(accuracy, bench.validation_images().labels(), bench.classes())))
    }

    fn of(accuracy: f64, labels: &[u32], classes: usize) -> Self {
        Self {
            accuracy,
            chance: 1.0 / classes as f64,
            majority: majority(labels, classes),
            images: labels.len(),
        }
    }

    pub(super) fn check(&self) -> Check {
        let [chance, majority] = [self.chance, self.majority].map(percent);
        let accuracy = with_interval(self.accuracy, self.images);
        let check = Check::good(
            "no input",
            format!("{accuracy}; chance {chance}, largest class {majority}"),
        );
        if too_few(self.majority, self.images) {
            check.warn(TOO_FEW)
        } else if above_by_luck(self.accuracy, self.majority, self.images) {
            check.fault(
                "a model without input learns more than the frequencies of the classes: \
                labels leak past the images",
            )
        } else if above_by_luck(self.accuracy, self.chance, self.images) {
            check.warn(format!(
                "classes are unbalanced: an accuracy of {majority} is worth nothing; look at macro \
                 F1, or use --sampling balanced"
            ))
        } else {
            check
        }
    }
}

/// Returns the share of the most frequent label.
pub(super) fn majority(labels: &[u32], classes: usize) -> f64 {
    let mut counts = vec![0_usize; classes];
    for label in labels {
        counts[*label as usize] += 1;
    }
    counts.into_iter().max().unwrap_or(0) as f64 / labels.len().max(1) as f64
}

/// Batches whose inputs are all 0.
struct ZeroInput<'a, S>(&'a S);

impl<S: BatchSource<Input = Tensor<2>>> BatchSource for ZeroInput<'_, S> {
    type Input = Tensor<2>;

    fn epoch<'a>(
        &'a self,
        epoch: usize,
        device: &'a Device,
    ) -> Box<dyn Iterator<Item = Result<LabelledBatch<Tensor<2>>, SourceError>> + 'a> {
        Box::new(self.0.epoch(epoch, device).map(|batch| {
            batch.map(|batch| LabelledBatch { input: batch.input.zeros_like(), ..batch })
        }))
    }

    fn batches(&self) -> usize {
        self.0.batches()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::doctor::Verdict;
    use crate::tools::doctor::bench::tests::bench;

    #[test]
    fn a_model_that_sees_nothing_stays_at_chance() {
        let blind = NoInput::measure(&bench().bench()).unwrap().unwrap();
        assert_eq!(blind.check().verdict, Verdict::Good, "{blind:?}");
        assert!((0.05..0.15).contains(&blind.accuracy) && blind.images > 500, "{blind:?}");
    }

    #[test]
    fn leaks_and_unbalanced_classes_are_told() {
        let few = NoInput::of(1.0, &[0, 1, 1, 0, 1], 2).check();
        assert!(few.verdict == Verdict::Warning && few.advice.starts_with("too few"), "{few:?}");
        let labels: Vec<u32> = (0..1000).map(|i| u32::from(i % 10 == 0)).collect();
        let leak = NoInput::of(0.97, &labels, 2).check();
        assert!(leak.verdict == Verdict::Fault && leak.advice.contains("labels leak"), "{leak:?}");
        let unbalanced = NoInput::of(0.9, &labels, 2).check();
        assert!(
            unbalanced.verdict == Verdict::Warning
                && unbalanced.advice.contains("accuracy of 90.0 %"),
            "{unbalanced:?}"
        );
    }
}
