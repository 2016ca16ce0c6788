//! What replicas change in the model besides gradients: running averages.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::{Device, Tensor};

use super::route::moved;
use crate::TrainError;

/// The float tensors of a replica that have no gradient, as vectors: running averages, and frozen
/// parameters, which do not change.
pub(super) type Statistics = Vec<(ParamId, Tensor<1>)>;

/// Returns the float tensors of a model, in its [`train`](Module::train) form, that have no
/// gradient.
pub(super) fn untrained<M: Module>(model: &M) -> Vec<ParamId> {
    let mut untrained = Untrained(Vec::new());
    model.visit(&mut untrained);
    untrained.0
}

struct Untrained(Vec<ParamId>);

impl ModuleVisitor for Untrained {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if !param.val().is_require_grad() {
            self.0.push(param.id);
        }
    }
}

/// Returns the tensors with these identifiers, on `home`.
pub(super) fn statistics<M: Module>(
    replica: &M,
    untrained: &[ParamId],
    home: &Device,
) -> Result<Statistics, TrainError> {
    if untrained.is_empty() {
        return Ok(Statistics::new());
    }
    // Running averages have their current value in this form only.
    let mut collect = Collect { untrained, home, found: Ok(Statistics::new()) };
    replica.valid().visit(&mut collect);
    collect.found
}

struct Collect<'a> {
    untrained: &'a [ParamId],
    home: &'a Device,
    found: Result<Statistics, TrainError>,
}

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Ok(found) = &mut self.found else { return };
        if self.untrained.contains(&param.id) {
            let tensor = param.val();
            let numbers = tensor.dims().iter().product::<usize>();
            match moved(tensor.reshape([numbers]), self.home) {
                Ok(tensor) => found.push((param.id, tensor)),
                Err(error) => self.found = Err(error),
            }
        }
    }
}

/// Returns the model with the mean of the replicas' statistics.
pub(super) fn with_mean<M: Module>(model: M, replicas: Vec<Statistics>) -> M {
    let mean = mean(replicas);
    if mean.is_empty() { model } else { model.map(&mut Replace(mean)) }
}

/// Returns the mean, as the first value plus the mean difference from it: so it has the bits of
/// equal values.
fn mean(replicas: Vec<Statistics>) -> Statistics {
    let mut replicas = replicas.into_iter();
    let Some(first) = replicas.next() else { return Statistics::new() };
    let others: Vec<Statistics> = replicas.collect();
    let count = (others.len() + 1) as f64;
    let each = first.into_iter().enumerate().map(|(i, (id, value))| {
        let others = others.iter().filter_map(|other| other.get(i));
        let differences = others.map(|(_, other)| other.clone() - value.clone());
        match differences.reduce(|sum, difference| sum + difference) {
            Some(sum) => (id, value + sum.div_scalar(count)),
            None => (id, value),
        }
    });
    each.collect()
}

struct Replace(Statistics);

impl ModuleMapper for Replace {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(i) = self.0.iter().position(|(id, _)| *id == param.id) else { return param };
        let (_, value) = self.0.swap_remove(i);
        param.map(|old| {
            let frozen = Tensor::from_inner(value.reshape(old.dims()));
            frozen.set_require_grad(old.is_require_grad())
        })
    }
}
