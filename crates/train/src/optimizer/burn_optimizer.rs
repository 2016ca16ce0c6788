//! Optimisers of Burn, and of the caller, in the training loop.

use std::fmt;
use std::sync::Arc;

use burn::module::{ParamGroup, ParamId};
use burn::optim::DynOptimizer;

/// An optimiser of Burn, or a type of the caller that implements [`burn::optim::Optimizer`], for
/// [`FitContext::with_optimizer`](crate::FitContext::with_optimizer).
///
/// The loop keeps its state by the path of each parameter, so a checkpoint holds all of it and a
/// resumed training continues with the same bits. Clipping, accumulation of gradients and the
/// moving average of the weights work as with an [`OptimizerConfig`](crate::OptimizerConfig).
/// Burn's optimisers run as tensor operations, so an update takes longer than the one-pass update
/// of an [`OptimizerConfig`](crate::OptimizerConfig).
///
/// ```
/// use burn::module::ParamGroup;
/// use burn::optim::{AdamWConfig, LambConfig};
/// use zunder_train::BurnOptimizer;
///
/// // LAMB for everything, but AdamW for the biases.
/// let optimizer = BurnOptimizer::new(0.001, LambConfig::new().build())
///     .with_group(ParamGroup::from_predicate("bias"), AdamWConfig::new().build());
/// # let _ = optimizer;
/// ```
#[derive(Clone)]
pub struct BurnOptimizer {
    lr: f64,
    groups: Vec<(ParamGroup, Arc<dyn DynOptimizer>)>,
}

impl BurnOptimizer {
    /// Creates an optimiser for all parameters, with the base learning rate of the schedule: a
    /// finite number above 0.
    pub fn new(lr: f64, optimizer: impl DynOptimizer + 'static) -> Self {
        Self { lr, groups: vec![(ParamGroup::all(), Arc::new(optimizer))] }
    }

    /// Sets another optimiser for a group of parameters. Of several groups with the same parameter
    /// the last one counts. The paths of a group are those of the parameters in the module, such as
    /// `hidden.0.linear.weight`.
    #[must_use]
    pub fn with_group(mut self, group: ParamGroup, optimizer: impl DynOptimizer + 'static) -> Self {
        self.groups.push((group, Arc::new(optimizer)));
        self
    }

    /// Returns the base learning rate.
    pub fn lr(&self) -> f64 {
        self.lr
    }

    /// Returns the optimiser of a parameter.
    pub(super) fn of(&self, id: ParamId, path: &str) -> Option<&Arc<dyn DynOptimizer>> {
        self.groups.iter().rev().find(|(group, _)| group.matches(&id, Some(path))).map(|(_, o)| o)
    }
}

impl fmt::Debug for BurnOptimizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BurnOptimizer")
            .field("lr", &self.lr)
            .field("groups", &self.groups.len())
            .finish()
    }
}
