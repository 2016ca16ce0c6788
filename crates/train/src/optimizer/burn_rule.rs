//! The states of a Burn optimiser, by the paths of the parameters.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use burn::module::ParamId;
use burn::optim::{DynOptimizer, DynState};
use burn::tensor::Tensor;

use super::BurnOptimizer;
use super::burn_state::{PART, parts, restored};
use crate::NamedTensor;

/// The highest rank of a tensor that Burn's optimisers accept.
const HIGHEST_RANK: usize = 8;

/// The part that every parameter with a state has: the rank of the parameter.
const RANK: &str = "rank";

/// A Burn optimiser with its state by the path of each parameter.
pub(super) struct BurnRule {
    optimizer: BurnOptimizer,
    states: BTreeMap<String, ParameterState>,
}

/// The state of one parameter.
enum ParameterState {
    /// After an update. `None` if the optimiser has no state.
    Known { rank: usize, optimizer: Arc<dyn DynOptimizer>, state: Option<DynState> },
    /// Read from a checkpoint, before the first update.
    Stored { rank: usize, parts: Vec<NamedTensor> },
}

impl fmt::Debug for BurnRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BurnRule")
            .field("optimizer", &self.optimizer)
            .field("states", &self.states.keys())
            .finish()
    }
}

impl BurnRule {
    pub(super) fn new(optimizer: BurnOptimizer) -> Self {
        Self { optimizer, states: BTreeMap::new() }
    }

    /// Updates a parameter, given its gradient after clipping.
    pub(super) fn update<const D: usize>(
        &mut self,
        id: ParamId,
        path: &str,
        rate: f64,
        weight: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Result<Tensor<D>, String> {
        if D > HIGHEST_RANK {
            return Err(format!("{path} has {D} dimensions, expected at most {HIGHEST_RANK}"));
        }
        let Some(optimizer) = self.optimizer.of(id, path).cloned() else {
            return Err(format!("no optimiser is set for {path}"));
        };
        let state = match self.states.remove(path) {
            Some(ParameterState::Known { state, .. }) => state,
            Some(ParameterState::Stored { rank, parts }) => {
                let device = weight.device();
                restored(&*optimizer, path, (D, rank), parts, &device)?
            }
            None => None,
        };
        let (weight, state) =
            optimizer.step_dyn(D, rate, weight.into_bridge(), gradient.into_bridge(), state);
        self.states.insert(path.to_owned(), ParameterState::Known { rank: D, optimizer, state });
        Ok(Tensor::from_bridge(weight))
    }

    /// Returns the state for a checkpoint, as `PARAMETER#PART`.
    pub(super) fn state(&self) -> Result<Vec<NamedTensor>, String> {
        let mut tensors = Vec::new();
        for (path, state) in &self.states {
            let (rank, parts) = match state {
                ParameterState::Stored { rank, parts } => (*rank, parts.clone()),
                ParameterState::Known { rank, optimizer, state } => {
                    (*rank, state.as_ref().map_or(Ok(Vec::new()), |s| parts(&**optimizer, s))?)
                }
            };
            tensors.push(named(path, RANK, vec![rank as f32]));
            tensors.extend(
                parts
                    .into_iter()
                    .map(|part| NamedTensor { name: format!("{path}{PART}{}", part.name), ..part }),
            );
        }
        Ok(tensors)
    }

    /// Restores the result of [`state`](Self::state).
    pub(super) fn restore(&mut self, tensors: Vec<NamedTensor>) -> Result<(), String> {
        let mut parts: BTreeMap<String, Vec<NamedTensor>> = BTreeMap::new();
        for tensor in tensors {
            let Some((path, part)) = tensor.name.split_once(PART) else {
                return Err(format!(
                    "holds {} of another optimiser, expected the state of the same Burn optimiser",
                    tensor.name
                ));
            };
            let part = NamedTensor { name: part.to_owned(), ..tensor.clone() };
            parts.entry(path.to_owned()).or_default().push(part);
        }
        for (path, mut parts) in parts {
            let rank = parts.iter().position(|part| part.name == RANK);
            let rank = rank.map(|at| parts.remove(at).values);
            let Some([rank]) = rank.as_deref() else {
                return Err(format!("lacks the rank of {path}"));
            };
            let rank = *rank as usize;
            self.states.insert(path, ParameterState::Stored { rank, parts });
        }
        Ok(())
    }
}

fn named(path: &str, part: &str, values: Vec<f32>) -> NamedTensor {
    NamedTensor { name: format!("{path}{PART}{part}"), shape: vec![values.len()], values }
}
