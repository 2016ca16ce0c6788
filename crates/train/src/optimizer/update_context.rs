//! Inputs of an update other than the parameter, and the choice of the rule.

use super::OptimizerConfig;
use super::clip::Clip;
use super::lasso::Shrinkage;
use super::rule::{UpdateRule, WrappedRule};
use super::weight_decay::Decay;

/// Inputs of an update other than the parameter.
#[derive(Clone, Copy)]
pub(super) struct UpdateContext {
    pub rate: f64,
    /// Number of the update, from 1.
    pub t: u64,
    pub clip: Clip,
    pub decay: Decay,
    pub shrinkage: Shrinkage,
}

/// A parameter that an update rule is applied to, in memory or on a device.
pub(super) trait RuleTarget {
    /// Result of the update.
    type Output;

    fn take<const S: usize>(self, rule: &impl UpdateRule<S>) -> Self::Output;
}

impl UpdateContext {
    /// Applies the rule of a configuration.
    pub(super) fn apply<T: RuleTarget>(self, config: &OptimizerConfig, target: T) -> T::Output {
        let Self { rate, t, .. } = self;
        match config {
            OptimizerConfig::Sgd(config) => self.apply_rule(config.update::<false>(rate), target),
            OptimizerConfig::Nesterov(config) => {
                self.apply_rule(config.update::<true>(rate), target)
            }
            OptimizerConfig::AdaGrad(config) => self.apply_rule(config.update(rate), target),
            OptimizerConfig::RmsProp(config) => self.apply_rule(config.update(rate), target),
            OptimizerConfig::Adam(config) => self.apply_rule(config.update(rate, t), target),
            OptimizerConfig::AdamW(config) => {
                self.apply_rule(config.adam().update(rate, t), target)
            }
            OptimizerConfig::Lion(config) => self.apply_rule(config.update(rate), target),
        }
    }

    fn apply_rule<const S: usize, T: RuleTarget>(
        self,
        rule: impl UpdateRule<S>,
        target: T,
    ) -> T::Output {
        let Self { clip, decay, shrinkage, .. } = self;
        target.take(&WrappedRule { rule, clip, decay, shrinkage })
    }
}
