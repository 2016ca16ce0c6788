//! Checks that a model learns nothing from random labels.

use std::sync::Arc;

use zunder_data::Images;
use zunder_models::Key;

use super::bench::{Bench, ShortTraining};
use super::check::{Check, percent};
use super::luck::{above_by_luck, too_few, with_interval};
use super::no_input::majority;
use crate::RunError;

/// The validation accuracy of a model that was trained on random labels: if it is above chance, the
/// validation measures something other than learning.
#[derive(Clone, Debug, PartialEq)]
pub struct Shuffled {
    /// Accuracy on the validation images, or why there is none.
    pub accuracy: Result<f64, String>,
    /// Accuracy of always predicting the most frequent class of the validation images.
    pub majority: f64,
    /// Number of validation images.
    pub images: usize,
    /// Seconds of a training step and of a validated image.
    pub seconds: (f64, f64),
}

/// Number of updates.
const STEPS: usize = 100;

/// Advice if any accuracy may be chance.
pub(super) const TOO_FEW: &str = "too few validation images to tell: hold out more of them (--set \
    data.validation=0.3), or get more images";

impl Shuffled {
    /// Trains briefly with the settings of the run, but on random labels. Returns `None` if
    /// interrupted.
    pub(super) fn measure(bench: &Bench<'_>) -> Result<Option<Self>, RunError> {
        let images = bench.train_images();
        let mut labels = images.labels().to_vec();
        Key::new(bench.config().seed).named("doctor labels").rng().shuffle(&mut labels);
        Self::with_labels(bench, labels)
    }

    fn with_labels(bench: &Bench<'_>, labels: Vec<u32>) -> Result<Option<Self>, RunError> {
        let images = bench.train_images();
        let relabelled = Arc::new(Images::new(
            images.shape(),
            images.pixels().into_owned(),
            labels,
            images.n_classes(),
        )?);
        let train =
            bench.source(&relabelled, &bench.config().augment, bench.batch_size(), Some(STEPS))?;
        let held_out = bench.validation_images();
        let validation = crate::images::loaded::in_order(
            held_out.clone(),
            (0..held_out.len() as u32).collect(),
            &bench.session().preprocessing,
        )?;
        let model = bench.fresh(&bench.config().model)?;
        let mut seconds = (f64::NAN, f64::NAN);
        let accuracy = match bench.trial(model, &train, &validation, &bench.fit_config())? {
            ShortTraining::Stopped => return Ok(None),
            ShortTraining::Diverged(problem) => Err(problem),
            ShortTraining::Done(tried) => {
                tried.records.last().map_or(Err("no epoch was finished".to_owned()), |record| {
                    seconds = (
                        record.seconds / STEPS as f64,
                        record.validation_seconds / held_out.len() as f64,
                    );
                    Ok(record.validation_accuracy)
                })
            }
        };
        Ok(Some(Self {
            accuracy,
            majority: majority(held_out.labels(), bench.classes()),
            images: held_out.len(),
            seconds,
        }))
    }

    pub(super) fn check(&self) -> Check {
        match &self.accuracy {
            Err(problem) => Check::good("shuffled labels", problem.clone())
                .fault("lower the learning rate; `find-lr` looks for one"),
            Ok(accuracy) => {
                let value = format!(
                    "{}; largest class {}",
                    with_interval(*accuracy, self.images),
                    percent(self.majority)
                );
                let check = Check::good("shuffled labels", value);
                if too_few(self.majority, self.images) {
                    check.warn(TOO_FEW)
                } else if above_by_luck(*accuracy, self.majority, self.images) {
                    check.fault(
                        "the model learnt something from random labels: validation images, or \
                            their labels, are among what is trained on",
                    )
                } else {
                    check
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::doctor::Verdict;
    use crate::tools::doctor::bench::tests::{bench, made, small};
    use crate::{ModelKind, RunConfig};
    use zunder_train::{OptimizerConfig, SgdConfig};

    #[test]
    fn labels_at_random_teach_nothing() {
        let shuffled = Shuffled::measure(&bench().bench()).unwrap().unwrap();
        assert_eq!(shuffled.check().verdict, Verdict::Good, "{shuffled:?}");
        assert!(shuffled.seconds.0 > 0.0 && shuffled.seconds.1 > 0.0);
    }

    #[test]
    fn five_images_are_too_few_to_tell() {
        let of = |accuracy, majority, images| {
            Shuffled { accuracy: Ok(accuracy), majority, images, seconds: (0.0, 0.0) }.check()
        };
        let few = of(1.0, 0.4, 5);
        assert!(
            few.verdict == Verdict::Warning
                && few.advice.starts_with("too few")
                && few.value.contains("of 5 validation images")
        );
        assert_eq!(
            (of(0.4, 0.4, 5).verdict, of(1.0, 0.4, 500).verdict, of(0.4, 0.4, 500).verdict),
            { (Verdict::Warning, Verdict::Fault, Verdict::Good) }
        );
    }

    #[test]
    fn labels_that_were_not_shuffled_are_told() {
        let healthy = bench();
        let bench = healthy.bench();
        let true_ones = bench.train_images().labels().to_vec();
        let leak = Shuffled::with_labels(&bench, true_ones).unwrap().unwrap();
        assert!(leak.check().verdict == Verdict::Fault, "{leak:?}");
        let optimizer = OptimizerConfig::Sgd(SgdConfig { lr: 3e38, ..SgdConfig::default() });
        let linear =
            RunConfig { model: RunConfig::preset(ModelKind::Linear).model, optimizer, ..small() };
        let diverged = Shuffled::measure(&made(&linear).bench()).unwrap().unwrap();
        assert!(
            diverged.check().verdict == Verdict::Fault
                && diverged.check().advice.contains("learning rate"),
            "{diverged:?}"
        );
    }
}
