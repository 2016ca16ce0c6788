//! Checks that the model can memorise one batch.

use std::sync::Arc;

use zunder_data::AugmentConfig;
use zunder_train::{CrossEntropyConfig, LassoConfig, Loss, OptimizerConfig};

use super::bench::{Bench, ShortTraining, some};
use super::check::Check;
use crate::images::loaded::spread;
use crate::{ModelConfig, RunError};

/// Whether the model can memorise one batch: a model that cannot is unable to learn anything.
#[derive(Clone, Debug, PartialEq)]
pub struct OneBatch {
    /// Number of images in the batch.
    pub images: usize,
    /// Number of updates.
    pub steps: usize,
    /// Loss before the first and before the last update; `None` if a loss was infinite or NaN.
    pub losses: Option<(f64, f64)>,
}

/// Number of images in the batch; `STEPS` is the number of updates.
const IMAGES: usize = 64;
const STEPS: usize = 150;
/// A batch with fewer images gives no verdict on the model.
const FEW: usize = 16;
/// Share of the first loss below which the batch is memorised; above `FAR` it is not learnt.
const NEAR: f64 = 0.1;
const FAR: f64 = 0.5;

impl OneBatch {
    /// Trains on one batch with the run's optimiser and rate, without dropout, weight decay, L1
    /// penalty, label smoothing, class weights and augmentation. Returns `None` if a stop was
    /// requested.
    pub(super) fn measure(bench: &Bench<'_>) -> Result<Option<Self>, RunError> {
        let n = IMAGES.min(bench.train_images().len());
        let all: Vec<u32> = (0..bench.train_images().len() as u32).collect();
        let batch = Arc::new(some(bench.train_images(), &spread(&all, n))?);
        let train = bench.source(&batch, &AugmentConfig::default(), n, Some(STEPS))?;
        let mut config = bench.fit_config();
        config.optimizer = without_decay(&config.optimizer);
        config.lasso = LassoConfig::default();
        config.gradients.accumulate = 1;
        config.loss = match config.loss {
            Loss::CrossEntropy(_) => Loss::CrossEntropy(CrossEntropyConfig::default()),
            other => other.plain(),
        };
        let model = bench.fresh(&without_dropout(&bench.config().model))?;
        let losses = match bench.trial(model, &train, &bench.plain(&batch, n)?, &config)? {
            ShortTraining::Done(tried) => Some((tried.first_loss, tried.last_loss)),
            ShortTraining::Diverged(_) => None,
            ShortTraining::Stopped => return Ok(None),
        };
        Ok(Some(Self { images: n, steps: STEPS, losses }))
    }

    pub(super) fn check(&self) -> Check {
        let what = format!("{} images, {} steps", self.images, self.steps);
        let Some((first, last)) = self.losses else {
            return Check::good("one batch", format!("{what}: the loss became infinite or NaN"))
                .fault(
                    "the learning rate is far too high for this optimizer; `find-lr` suggests one",
                );
        };
        let check =
            Check::good("one batch", format!("{what}: loss {first:.3} to {last:.4} (nearly 0)"));
        if last > FAR * first {
            check.fault(
                "the model cannot memorise one batch: a part of it gets no gradient, or the \
                learning rate is wrong by orders of magnitude; `find-lr` suggests one",
            )
        } else if last > NEAR * first {
            check.warn(
                "it learns slowly: the learning rate may be low (`find-lr` suggests one), or the \
                model small",
            )
        } else if self.images < FEW {
            check.warn(format!(
                "{} images are too few for a verdict: any model memorises them",
                self.images
            ))
        } else {
            check
        }
    }
}

/// Returns the model without dropout.
fn without_dropout(model: &ModelConfig) -> ModelConfig {
    let mut model = model.clone();
    match &mut model {
        ModelConfig::Mlp(config) => config.dropout = 0.0,
        ModelConfig::ResidualMlp(config) => config.dropout = 0.0,
        ModelConfig::Linear(_) => {}
    }
    model
}

/// Returns the optimiser without weight decay.
fn without_decay(optimizer: &OptimizerConfig) -> OptimizerConfig {
    let mut optimizer = optimizer.clone();
    match &mut optimizer {
        OptimizerConfig::Sgd(config) | OptimizerConfig::Nesterov(config) => {
            config.weight_decay = 0.0;
        }
        OptimizerConfig::AdaGrad(config) => config.weight_decay = 0.0,
        OptimizerConfig::RmsProp(config) => config.weight_decay = 0.0,
        OptimizerConfig::Adam(config) => config.weight_decay = 0.0,
        OptimizerConfig::AdamW(config) => config.weight_decay = 0.0,
        OptimizerConfig::Lion(config) => config.weight_decay = 0.0,
        _ => {}
    }
    optimizer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RunConfig;
    use crate::tools::doctor::Verdict;
    use crate::tools::doctor::bench::tests::{bench, made, small};
    use zunder_train::SgdConfig;

    fn check(config: &RunConfig) -> Check {
        OneBatch::measure(&made(config).bench()).unwrap().unwrap().check()
    }

    #[test]
    fn a_batch_is_memorised() {
        let healthy = OneBatch::measure(&bench().bench()).unwrap().unwrap();
        assert_eq!((healthy.check().verdict, healthy.images), (Verdict::Good, 64), "{healthy:?}");
    }

    #[test]
    fn a_handful_says_nothing_good() {
        let of = |images, last| {
            OneBatch { images, steps: 150, losses: Some((2.3, last)) }.check().verdict
        };
        assert_eq!(
            [of(15, 0.0), of(16, 0.0), of(15, 2.3)],
            [Verdict::Warning, Verdict::Good, Verdict::Fault]
        );
    }

    #[test]
    fn wrong_rates_are_reported() {
        let sgd = |lr| RunConfig {
            optimizer: OptimizerConfig::Sgd(SgdConfig { lr, ..SgdConfig::default() }),
            ..small()
        };
        let low = check(&sgd(1e-9));
        assert!(
            low.verdict == Verdict::Fault && low.advice.contains("cannot memorise one batch"),
            "{low:?}"
        );
        let linear =
            RunConfig { model: RunConfig::preset(crate::ModelKind::Linear).model, ..sgd(3e38) };
        let high = check(&linear);
        assert!(high.verdict == Verdict::Fault && high.advice.contains("far too high"), "{high:?}");
    }
}
