//! The optimiser of a whole module: its state, its updates, and the moving average.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};

use burn::module::{Module, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::average::{Average, share};
use super::burn_rule::BurnRule;
use super::check::{below_one, check};
use super::chunk::follow;
use super::clip::{Clip, clip_gradients};
use super::lasso::Shrinkage;
use super::magnitude::Magnitudes;
use super::norms::UpdateNorms;
use super::parameter_update::ParameterUpdate;
use super::state::{State, restore_states};
use super::tensor_update::update_as_tensors;
use super::update_mapper::UpdateMapper;
use super::updated::UpdatedParameter;
use super::{BurnOptimizer, LassoConfig, OptimizerConfig};
use crate::host_memory::{HostTensor, in_host_memory};
use crate::{GradientsConfig, NamedTensor, TrainError};

/// The optimiser of [`fit`](crate::fit): applies an update rule to every parameter of a module that
/// has a gradient.
///
/// On a CPU backend, the rule of an [`OptimizerConfig`] updates each parameter, with its gradient
/// and state, in one parallel pass over host memory. On other devices, and for a
/// [`BurnOptimizer`], the rule runs as tensor operations. Each number is updated independently, so
/// the result does not depend on the number of threads. The state is stored by the path of the
/// parameter, as in a checkpoint.
#[derive(Debug)]
pub struct FitOptimizer {
    rule: Rule,
    gradients: GradientsConfig,
    lasso: LassoConfig,
    /// Decay of the moving average; 0 if there is none.
    ema: f64,
    updates: u64,
    averages: BTreeMap<String, State>,
    /// Largest gradients of the last updates, newest first.
    history: VecDeque<Magnitudes>,
    /// Number of updates whose largest gradients are kept.
    history_length: usize,
}

/// Inputs of the update of a parameter other than its numbers.
#[derive(Clone, Copy)]
pub(super) struct How {
    pub rate: f64,
    pub clip: Clip,
    /// Index of a weight matrix among all of the module, from 0; `None` for other parameters.
    pub matrix: Option<usize>,
    /// Whether the norms of the update are measured.
    pub measured: bool,
}

/// How parameters are updated, with their state by path.
#[derive(Debug)]
enum Rule {
    OnePass { config: OptimizerConfig, states: BTreeMap<String, Vec<State>> },
    Burn(BurnRule),
}

impl OptimizerConfig {
    /// Creates the optimiser, before its first step.
    ///
    /// # Errors
    /// Returns the errors of [`validate`](Self::validate).
    pub fn init(&self) -> Result<FitOptimizer, TrainError> {
        self.validate()?;
        Ok(FitOptimizer::new(Rule::OnePass { config: self.clone(), states: BTreeMap::new() }))
    }
}

impl BurnOptimizer {
    /// Creates the optimiser of a module, before its first step.
    ///
    /// # Errors
    /// Returns [`TrainError::Setting`] for a learning rate that is not a finite number above 0.
    pub fn init(&self) -> Result<FitOptimizer, TrainError> {
        let lr = self.lr();
        check("the optimiser's lr", lr, lr > 0.0 && lr.is_finite(), "a finite number above 0")?;
        Ok(FitOptimizer::new(Rule::Burn(BurnRule::new(self.clone()))))
    }
}

impl FitOptimizer {
    fn new(rule: Rule) -> Self {
        Self {
            rule,
            gradients: GradientsConfig::default(),
            lasso: LassoConfig::default(),
            ema: 0.0,
            updates: 0,
            averages: BTreeMap::new(),
            history: VecDeque::new(),
            history_length: 2,
        }
    }

    /// Enables gradient clipping. Does not accumulate gradients: see [`step_sum`](Self::step_sum).
    ///
    /// # Errors
    /// Returns [`TrainError::Setting`] if a setting is out of range.
    pub fn with_clipping(self, gradients: &GradientsConfig) -> Result<Self, TrainError> {
        gradients.validate()?;
        Ok(Self { gradients: gradients.clone(), ..self })
    }

    /// Enables an L1 penalty on the weights of the first layers. They are the first weight matrices
    /// of the module, in the order of its fields.
    ///
    /// # Errors
    /// Returns [`TrainError::Setting`] if a setting is out of range.
    pub fn with_lasso(self, lasso: &LassoConfig) -> Result<Self, TrainError> {
        lasso.validate()?;
        Ok(Self { lasso: lasso.clone(), ..self })
    }

    /// Enables an exponential moving average of every float tensor, running averages included:
    /// `average := d average + (1 - d) weight` after each update t, with
    /// `d = min(ema, (1 + t) / (10 + t))`. A decay of 0 disables it.
    ///
    /// # Errors
    /// Returns [`TrainError::Setting`] unless 0 <= `ema` < 1.
    pub fn with_ema(self, ema: f64) -> Result<Self, TrainError> {
        check("ema", ema, below_one(ema), "a number in 0 <= ema < 1 (0 for none)")?;
        Ok(Self { ema, ..self })
    }

    /// Returns the number of updates so far.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// Returns true if there is a moving average of the weights.
    pub(super) fn has_average(&self) -> bool {
        self.ema > 0.0
    }

    /// Updates all parameters once, at a learning rate.
    ///
    /// The caller must pass the only copy of the module; its memory is then updated in place.
    ///
    /// # Errors
    /// Returns [`TrainError::Device`] if the device cannot return a tensor.
    pub fn step<M: Module>(
        &mut self,
        rate: f64,
        module: M,
        gradients: GradientsParams,
    ) -> Result<M, TrainError> {
        self.step_sum(rate, module, gradients, 1.0)
    }

    /// Like [`step`](Self::step), for a sum of gradients, such as that of several batches, and the
    /// divisor that gives their mean.
    ///
    /// # Errors
    /// Returns the errors of [`step`](Self::step).
    pub fn step_sum<M: Module>(
        &mut self,
        rate: f64,
        module: M,
        gradients: GradientsParams,
        divisor: f64,
    ) -> Result<M, TrainError> {
        Ok(self.step_with(rate, module, gradients, divisor, false)?.0)
    }

    /// Like [`step_sum`](Self::step_sum), and returns the norms of the update of each weight
    /// matrix. Leaves out biases and the scales of norms, which are few and may be 0. The updated
    /// parameters have the same bits.
    ///
    /// # Errors
    /// Returns the errors of [`step`](Self::step).
    pub fn step_measured<M: Module>(
        &mut self,
        rate: f64,
        module: M,
        gradients: GradientsParams,
        divisor: f64,
    ) -> Result<(M, Vec<UpdateNorms>), TrainError> {
        self.step_with(rate, module, gradients, divisor, true)
    }

    fn step_with<M: Module>(
        &mut self,
        rate: f64,
        module: M,
        gradients: GradientsParams,
        divisor: f64,
        measured: bool,
    ) -> Result<(M, Vec<UpdateNorms>), TrainError> {
        self.updates += 1;
        let (gradients, clip) =
            clip_gradients(&self.gradients, &module, gradients, divisor, in_host_memory)
                .map_err(TrainError::Device)?;
        let mut mapper = UpdateMapper::new(self, gradients, clip, rate, measured);
        let module = module.map(&mut mapper);
        let UpdateMapper { magnitudes: parameters, norms, error, .. } = mapper;
        self.history.truncate(self.history_length - 1);
        self.history.push_front(Magnitudes { update: self.updates, clip, parameters });
        match error {
            Some(error) => Err(TrainError::Device(error)),
            None => Ok((module, norms)),
        }
    }

    /// Returns the largest absolute value of the gradient of each layer, after averaging and
    /// clipping: from the newer of the last two updates in which all gradients were finite, or else
    /// from the last update. Empty before the first update.
    ///
    /// # Errors
    /// Returns [`TrainError::Device`] if the device cannot return a tensor.
    pub fn largest_gradients(&self) -> Result<Vec<(String, f32)>, TrainError> {
        self.largest_gradients_by(self.updates)
    }

    /// Like [`largest_gradients`](Self::largest_gradients), for the two updates that end with the
    /// one of a number, counted from 1.
    ///
    /// # Errors
    /// Returns the errors of [`largest_gradients`](Self::largest_gradients).
    pub(crate) fn largest_gradients_by(
        &self,
        update: u64,
    ) -> Result<Vec<(String, f32)>, TrainError> {
        let mut last = None;
        for magnitudes in self.history.iter().filter(|of| of.update <= update).take(2) {
            let layers = magnitudes.by_layer().map_err(TrainError::Device)?;
            if layers.iter().all(|(_, largest)| largest.is_finite()) {
                return Ok(layers);
            }
            last = last.or(Some(layers));
        }
        Ok(last.unwrap_or_default())
    }

    /// Keeps the largest gradients of the last `updates` updates and of the two before them.
    pub(crate) fn keep_history(&mut self, updates: usize) {
        self.history_length = updates + 2;
    }

    /// Returns the state for a checkpoint, as `PARAMETER.0`, `PARAMETER.1`, ...
    pub(crate) fn state(&self) -> Result<Vec<NamedTensor>, String> {
        let states = match &self.rule {
            Rule::Burn(rule) => return rule.state(),
            Rule::OnePass { states, .. } => states,
        };
        let mut tensors = Vec::new();
        for (path, states) in states {
            for (i, state) in states.iter().enumerate() {
                let values = state.values()?;
                tensors.push(NamedTensor {
                    name: format!("{path}.{i}"),
                    shape: vec![values.len()],
                    values,
                });
            }
        }
        Ok(tensors)
    }

    /// Returns the tensors of a module with the values of the moving average, if there is one.
    /// Before the first update these are the module's own values.
    pub(crate) fn averaged(
        &self,
        mut tensors: Vec<NamedTensor>,
    ) -> Result<Option<Vec<NamedTensor>>, String> {
        if self.ema == 0.0 {
            return Ok(None);
        }
        for tensor in &mut tensors {
            if let Some(average) = self.averages.get(&tensor.name) {
                tensor.values = average.values()?;
            }
        }
        Ok(Some(tensors))
    }

    /// Restores the optimiser from the results of [`state`](Self::state) and
    /// [`averaged`](Self::averaged) after `updates` updates.
    pub(crate) fn restore(
        mut self,
        updates: u64,
        tensors: Vec<NamedTensor>,
        averages: Vec<NamedTensor>,
    ) -> Result<Self, String> {
        self.updates = updates;
        match &mut self.rule {
            Rule::Burn(rule) => rule.restore(tensors)?,
            Rule::OnePass { states, .. } => restore_states(states, tensors)?,
        }
        if (self.ema == 0.0 || updates == 0) != averages.is_empty() {
            let (got, expected) = if averages.is_empty() { ("no", "one") } else { ("a", "none") };
            return Err(format!("holds {got} moving average of the weights, expected {expected}"));
        }
        self.averages = averages
            .into_iter()
            .map(|average| (average.name, State::Host(average.values)))
            .collect();
        Ok(self)
    }

    pub(super) fn update<const D: usize>(
        &mut self,
        (id, path): (ParamId, &str),
        how: How,
        weight: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Result<UpdatedParameter<D>, String> {
        let How { rate, clip, matrix, measured } = how;
        let shrinkage = matrix.map_or(Shrinkage::NONE, |index| self.lasso.at(rate, index));
        let average = average(&mut self.averages, self.ema, self.updates, path, &weight)?;
        let (config, states) = match &mut self.rule {
            Rule::Burn(rule) => {
                let by = |weight, gradient| {
                    let weight = rule.update(id, path, rate, weight, gradient)?;
                    Ok(shrinkage.tensor(weight))
                };
                return update_as_tensors(weight, gradient, clip, average, measured, by);
            }
            Rule::OnePass { config, states } => {
                (&*config, states.entry(path.to_owned()).or_default())
            }
        };
        let on_host = in_host_memory(&weight.device());
        let update = ParameterUpdate {
            weight,
            gradient,
            clip,
            shrinkage,
            states,
            average,
            on_host,
            measured,
        };
        update.update(config, rate, self.updates)
    }

    /// Updates the moving average of a tensor that has no gradient.
    pub(super) fn watch<const D: usize>(
        &mut self,
        path: &str,
        tensor: Tensor<D>,
    ) -> Result<(), String> {
        if let Some(average) = average(&mut self.averages, self.ema, self.updates, path, &tensor)? {
            if in_host_memory(&tensor.device()) {
                let average = average.on_host()?;
                follow(average.values, HostTensor::take(tensor)?.values()?, average.share);
            } else {
                let n = tensor.dims().iter().product::<usize>();
                average.on_device(tensor.reshape([n]));
            }
        }
        Ok(())
    }
}

/// Returns the moving average of a tensor if it is enabled. It starts at the tensor's value.
fn average<'a, const D: usize>(
    averages: &'a mut BTreeMap<String, State>,
    ema: f64,
    updates: u64,
    path: &str,
    tensor: &Tensor<D>,
) -> Result<Option<Average<'a>>, String> {
    if ema == 0.0 {
        return Ok(None);
    }
    let state = match averages.entry(path.to_owned()) {
        Entry::Occupied(entry) => entry.into_mut(),
        Entry::Vacant(entry) => {
            entry.insert(State::Host(tensor.clone().try_into_vec_as().map_err(|e| e.to_string())?))
        }
    };
    Ok(Some(Average { state, share: share(ema, updates) }))
}
