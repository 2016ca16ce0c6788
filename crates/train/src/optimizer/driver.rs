use std::collections::BTreeMap;

use burn::backend::{DeviceOps, DispatchDeviceId};
use burn::module::{Module, ModuleMapper, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Bytes, DType, Device, Shape, Tensor, TensorData};
use rayon::prelude::*;

use super::OptimizerConfig;
use super::update::Update;
use crate::parameters::is_penalised;
use crate::{NamedTensor, TrainError};

/// Numbers that one task updates: large enough to outweigh its start, small enough to stay in a core's cache.
const CHUNK: usize = 1 << 14;

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

/// One number for each number of a parameter, such as its velocity.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "a handful of them, each the handle of megabytes")]
enum State {
    Host(Vec<f32>),
    Device(Tensor<1>),
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
                let values = match state {
                    State::Host(values) => values.clone(),
                    State::Device(tensor) => tensor.clone().try_into_vec_as().map_err(|e| e.to_string())?,
                };
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
        let penalised = is_penalised(D);
        let states = self.states.entry(path.to_owned()).or_default();
        match &self.config {
            OptimizerConfig::Sgd(config) => apply(&config.update(rate, penalised), weight, gradient, states),
            OptimizerConfig::Adam(config) => apply(&config.update(rate, self.updates, penalised), weight, gradient, states),
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

fn apply<const S: usize, const D: usize>(
    rule: &impl Update<S>,
    weight: Tensor<D>,
    gradient: Tensor<D>,
    states: &mut Vec<State>,
) -> Result<Tensor<D>, String> {
    if in_host_memory(&weight.device()) {
        apply_on_host(rule, weight, gradient, states)
    } else {
        apply_on_device(rule, weight, gradient, states)
    }
}

/// Whether a backend keeps its tensors as plain memory of this process.
fn in_host_memory(device: &Device) -> bool {
    // Burn writes the backend into the upper half of the identifier.
    let backend = device.as_dispatch().id().type_id >> 8;
    [DispatchDeviceId::Flex, DispatchDeviceId::NdArray].iter().any(|id| *id as u16 == backend)
}

fn apply_on_host<const S: usize, const D: usize>(
    rule: &impl Update<S>,
    weight: Tensor<D>,
    gradient: Tensor<D>,
    states: &mut Vec<State>,
) -> Result<Tensor<D>, String> {
    let device = weight.device();
    let (mut weight_bytes, shape) = into_floats(weight)?;
    let (gradient_bytes, _) = into_floats(gradient)?;
    let weight: &mut [f32] = bytemuck::try_cast_slice_mut(&mut weight_bytes).map_err(|e| e.to_string())?;
    let gradient: &[f32] = bytemuck::try_cast_slice(&gradient_bytes).map_err(|e| e.to_string())?;
    let n = weight.len();
    let mut values: Vec<Vec<f32>> = states
        .drain(..)
        .map(|state| match state {
            State::Host(values) => Ok(values),
            State::Device(tensor) => tensor.try_into_vec_as().map_err(|e| e.to_string()),
        })
        .collect::<Result<_, _>>()?;
    if values.is_empty() {
        values = vec![vec![0.0; n]; S];
    }
    if values.len() != S || values.iter().any(|v| v.len() != n) {
        return Err(format!("the optimiser's state has other sizes than its parameter of {n} numbers"));
    }
    update_chunks(rule, weight, gradient, &mut values);
    states.extend(values.into_iter().map(State::Host));
    Ok(Tensor::from_data(TensorData::from_bytes(weight_bytes, shape, DType::F32), &device))
}

/// A tensor's memory. Not a `Vec`: Burn's buffers are aligned for any type, and turning one into a vector of floats would copy it.
fn into_floats<const D: usize>(tensor: Tensor<D>) -> Result<(Bytes, Shape), String> {
    let (bytes, shape, dtype) = tensor.try_into_data().map_err(|e| e.to_string())?.into_parts();
    if dtype == DType::F32 { Ok((bytes, shape)) } else { Err(format!("a parameter has the type {dtype:?}, expected F32")) }
}

fn update_chunks<const S: usize>(rule: &impl Update<S>, weight: &mut [f32], gradient: &[f32], states: &mut [Vec<f32>]) {
    let chunks = weight.len().div_ceil(CHUNK);
    let mut state_chunks: Vec<_> = states.iter_mut().map(|s| s.chunks_mut(CHUNK)).collect();
    let tasks: Vec<_> = weight
        .chunks_mut(CHUNK)
        .zip(gradient.chunks(CHUNK))
        .filter_map(|(w, g)| {
            let s: Vec<&mut [f32]> = state_chunks.iter_mut().filter_map(Iterator::next).collect();
            <[&mut [f32]; S]>::try_from(s).ok().map(|s| (w, g, s))
        })
        .collect();
    debug_assert_eq!(tasks.len(), chunks);
    tasks.into_par_iter().for_each(|(w, g, s)| update_chunk(rule, w, g, s));
}

#[inline]
fn update_chunk<const S: usize>(rule: &impl Update<S>, weight: &mut [f32], gradient: &[f32], states: [&mut [f32]; S]) {
    // Slices of one length let the compiler drop the bounds checks and use vector instructions.
    let n = weight.len();
    let gradient = &gradient[..n];
    let states = states.map(|s| &mut s[..n]);
    for i in 0..n {
        let (w, s) = rule.element(weight[i], gradient[i], std::array::from_fn(|k| states[k][i]));
        weight[i] = w;
        for k in 0..S {
            states[k][i] = s[k];
        }
    }
}

fn apply_on_device<const S: usize, const D: usize>(
    rule: &impl Update<S>,
    weight: Tensor<D>,
    gradient: Tensor<D>,
    states: &mut Vec<State>,
) -> Result<Tensor<D>, String> {
    let (shape, device) = (weight.dims(), weight.device());
    let n = shape.iter().product::<usize>();
    let mut tensors: Vec<Tensor<1>> = states
        .drain(..)
        .map(|state| match state {
            State::Host(values) => Tensor::from_data(TensorData::new(values, [n]), &device),
            State::Device(tensor) => tensor,
        })
        .collect();
    if tensors.is_empty() {
        tensors = vec![Tensor::zeros([n], &device); S];
    }
    let tensors = <[Tensor<1>; S]>::try_from(tensors).map_err(|t| format!("the optimiser has {} states, expected {S}", t.len()))?;
    let (weight, new) = rule.tensor(weight.reshape([n]), gradient.reshape([n]), tensors);
    states.extend(new.into_iter().map(State::Device));
    Ok(weight.reshape(shape))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AdamConfig, SgdConfig};
    use zunder_random::Key;

    fn draws(n: usize, key: u64) -> Vec<f32> {
        let mut rng = Key::new(key).rng();
        (0..n).map(|_| rng.normal() as f32).collect()
    }

    fn tensor(values: Vec<f32>) -> Tensor<1> {
        let n = values.len();
        Tensor::from_data(TensorData::new(values, [n]), &Device::flex())
    }

    /// Runs a rule for a few steps, on the host and as tensor operations.
    fn both<const S: usize>(
        rule: impl Fn(u64) -> Box<dyn Fn(Tensor<1>, Tensor<1>, &mut Vec<State>, bool) -> Tensor<1>>,
    ) -> (Vec<f32>, Vec<f32>) {
        let n = CHUNK + 77;
        let run = |host: bool| {
            let (mut weight, mut states) = (tensor(draws(n, 1)), Vec::new());
            for t in 1..=5 {
                weight = rule(t)(weight, tensor(draws(n, 10 + t)), &mut states, host);
            }
            assert_eq!(states.len(), S);
            weight.try_into_vec_as::<f32>().unwrap()
        };
        (run(true), run(false))
    }

    fn assert_close((host, device): (Vec<f32>, Vec<f32>)) {
        for (a, b) in host.iter().zip(&device) {
            assert!((a - b).abs() <= 1e-6 * a.abs().max(1.0), "{a} on the host, {b} as tensors");
        }
    }

    #[test]
    fn one_pass_equals_tensor_operations() {
        assert_close(both::<1>(|_| {
            let rule = SgdConfig { weight_decay: 0.01, ..SgdConfig::default() }.update(0.1, true);
            Box::new(
                move |w, g, s, host| if host { apply_on_host(&rule, w, g, s).unwrap() } else { apply_on_device(&rule, w, g, s).unwrap() },
            )
        }));
        assert_close(both::<2>(|t| {
            let rule = AdamConfig { weight_decay: 0.01, ..AdamConfig::default() }.update(0.01, t, true);
            Box::new(
                move |w, g, s, host| if host { apply_on_host(&rule, w, g, s).unwrap() } else { apply_on_device(&rule, w, g, s).unwrap() },
            )
        }));
    }

    #[test]
    fn the_cpu_backend_is_known_as_one() {
        assert!(in_host_memory(&Device::flex()));
    }
}
