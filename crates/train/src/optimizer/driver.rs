use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::OptimizerConfig;
use super::device::apply_on_device;
use super::host::{apply_on_host, in_host_memory};
use super::state::State;
use super::update::{Decayed, Update};
use super::weight_decay::Decay;
use crate::{NamedTensor, TrainError};

/// Applies an update rule to every parameter of a module that has a gradient.
///
/// On a CPU backend parameter, gradient and state are taken as plain memory and updated in one pass, in parallel; elsewhere the rule runs as tensor operations. Each number is updated
/// by itself, so the result does not depend on the number of threads. State is kept by the parameter's path, as in a checkpoint.
#[derive(Debug)]
pub struct Optimizer {
    config: OptimizerConfig,
    updates: u64,
    states: BTreeMap<String, Vec<State>>,
}

impl Optimizer {
    pub(super) fn new(config: OptimizerConfig) -> Self {
        Self { config, updates: 0, states: BTreeMap::new() }
    }

    /// Updates done so far.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// One update of all parameters at a learning rate.
    ///
    /// The module must be passed by its only owner: then its memory is updated in place.
    ///
    /// # Errors
    /// [`TrainError::Device`] if the device cannot hand over a tensor.
    pub fn step<M: Module>(&mut self, rate: f64, module: M, gradients: GradientsParams) -> Result<M, TrainError> {
        self.updates += 1;
        let mut mapper = Step { optimizer: self, gradients, rate, path: Vec::new(), error: None };
        let module = module.map(&mut mapper);
        match mapper.error {
            Some(error) => Err(TrainError::Device(error)),
            None => Ok(module),
        }
    }

    /// The state, for a checkpoint: `PARAMETER.0`, `PARAMETER.1`, ...
    pub(crate) fn state(&self) -> Result<Vec<NamedTensor>, String> {
        let mut tensors = Vec::new();
        for (path, states) in &self.states {
            for (i, state) in states.iter().enumerate() {
                let values = state.values()?;
                tensors.push(NamedTensor { name: format!("{path}.{i}"), shape: vec![values.len()], values });
            }
        }
        Ok(tensors)
    }

    /// The optimiser as it was when [`state`](Self::state) was taken after `updates` updates.
    pub(crate) fn restore(mut self, updates: u64, tensors: Vec<NamedTensor>) -> Result<Self, String> {
        self.updates = updates;
        for tensor in tensors {
            let (path, i) = tensor.name.rsplit_once('.').ok_or_else(|| format!("holds an optimiser state named {}", tensor.name))?;
            let states = self.states.entry(path.to_owned()).or_default();
            if i.parse() != Ok(states.len()) {
                return Err(format!("holds the optimiser state {} out of order", tensor.name));
            }
            states.push(State::Host(tensor.values));
        }
        Ok(self)
    }

    fn update<const D: usize>(&mut self, path: &str, rate: f64, weight: Tensor<D>, gradient: Tensor<D>) -> Result<Tensor<D>, String> {
        let on_host = in_host_memory(&weight.device());
        let states = self.states.entry(path.to_owned()).or_default();
        One { weight, gradient, states, on_host }.update(&self.config, rate, self.updates)
    }
}

/// One parameter on its way to its next value.
struct One<'a, const D: usize> {
    weight: Tensor<D>,
    gradient: Tensor<D>,
    states: &'a mut Vec<State>,
    on_host: bool,
}

impl<const D: usize> One<'_, D> {
    /// Update t, from 1.
    fn update(self, config: &OptimizerConfig, rate: f64, t: u64) -> Result<Tensor<D>, String> {
        let decay = config.decay().at(rate, D);
        match config {
            OptimizerConfig::Sgd(config) => self.apply(decay, config.update::<false>(rate)),
            OptimizerConfig::Nesterov(config) => self.apply(decay, config.update::<true>(rate)),
            OptimizerConfig::AdaGrad(config) => self.apply(decay, config.update(rate)),
            OptimizerConfig::RmsProp(config) => self.apply(decay, config.update(rate)),
            OptimizerConfig::Adam(config) => self.apply(decay, config.update(rate, t)),
            OptimizerConfig::AdamW(config) => self.apply(decay, config.adam().update(rate, t)),
            OptimizerConfig::Lion(config) => self.apply(decay, config.update(rate)),
        }
    }

    fn apply<const S: usize>(self, decay: Decay, rule: impl Update<S>) -> Result<Tensor<D>, String> {
        let rule = Decayed { rule, decay };
        if self.on_host {
            apply_on_host(&rule, self.weight, self.gradient, self.states)
        } else {
            apply_on_device(&rule, self.weight, self.gradient, self.states)
        }
    }
}

struct Step<'a> {
    optimizer: &'a mut Optimizer,
    gradients: GradientsParams,
    rate: f64,
    path: Vec<String>,
    error: Option<String>,
}

impl ModuleMapper for Step<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let Some(gradient) = self.gradients.remove::<D>(id) else {
            return Param::from_mapped_value(id, tensor, mapper);
        };
        let shape = tensor.dims();
        let device = gradient.device();
        let updated = match self.optimizer.update(&self.path.join("."), self.rate, tensor.inner(), gradient) {
            Ok(tensor) => tensor,
            Err(error) => {
                self.error = Some(error);
                Tensor::zeros(shape, &device)
            }
        };
        Param::from_mapped_value(id, Tensor::from_inner(updated).require_grad(), mapper)
    }
}

#[cfg(test)]
mod tests {
    use super::super::host::CHUNK;
    use super::*;
    use burn::tensor::{Device, TensorData};
    use zunder_random::Key;

    /// Every rule, with weight decay of both kinds.
    const CONFIGS: [&str; 12] = [
        r#"{ "name": "sgd", "weight_decay": 0.01 }"#,
        r#"{ "name": "sgd", "momentum": 0, "weight_decay": 0.01, "decoupled": true }"#,
        r#"{ "name": "nesterov", "weight_decay": 0.01 }"#,
        r#"{ "name": "nesterov", "weight_decay": 0.01, "decoupled": true }"#,
        r#"{ "name": "adagrad", "weight_decay": 0.01 }"#,
        r#"{ "name": "adagrad", "weight_decay": 0.01, "decoupled": true }"#,
        r#"{ "name": "rmsprop", "weight_decay": 0.01 }"#,
        r#"{ "name": "rmsprop", "weight_decay": 0.01, "decoupled": true }"#,
        r#"{ "name": "adam", "weight_decay": 0.01 }"#,
        r#"{ "name": "adam", "weight_decay": 0.01, "decoupled": true }"#,
        r#"{ "name": "adamw" }"#,
        r#"{ "name": "lion", "weight_decay": 0.01 }"#,
    ];

    fn draws(key: u64) -> Tensor<2> {
        let mut rng = Key::new(key).rng();
        let n = CHUNK + 77;
        let values = (0..n).map(|_| rng.normal() as f32).collect();
        Tensor::from_data(TensorData::new(values, [n, 1]), &Device::flex())
    }

    /// Weights and state after a few steps, on the host or as tensor operations.
    fn run(config: &OptimizerConfig, on_host: bool) -> Vec<Vec<f32>> {
        let (mut weight, mut states) = (draws(1), Vec::new());
        for t in 1..=5 {
            let one = One { weight, gradient: draws(10 + t), states: &mut states, on_host };
            weight = one.update(config, 10.0 * config.lr(), t).unwrap();
        }
        let states = states.into_iter().map(|state| state.into_host().unwrap());
        std::iter::once(weight.try_into_vec_as().unwrap()).chain(states).collect()
    }

    #[test]
    fn one_pass_equals_tensor_operations() {
        for text in CONFIGS {
            let config: OptimizerConfig = serde_json::from_str(text).unwrap();
            let (host, device) = (run(&config, true), run(&config, false));
            assert_eq!(host.len(), device.len());
            for (a, b) in host.iter().flatten().zip(device.iter().flatten()) {
                assert!((a - b).abs() <= 1e-6 * a.abs(), "{text}: {a} on the host, {b} as tensors");
            }
            assert_ne!(host[0], draws(1).try_into_vec_as::<f32>().unwrap(), "{text}");
        }
    }

    #[test]
    fn the_cpu_backend_is_known_as_one() {
        assert!(in_host_memory(&Device::flex()));
    }
}
