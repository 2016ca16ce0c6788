//! A rule over plain memory, in one pass.

use burn::backend::{DeviceOps, DispatchDeviceId};
use burn::tensor::{Bytes, DType, Device, Shape, Tensor, TensorData};
use rayon::prelude::*;

use super::state::State;
use super::update::Update;

/// Numbers that one task updates: large enough to outweigh its start, small enough to stay in a core's cache.
pub(super) const CHUNK: usize = 1 << 14;

/// Whether a backend keeps its tensors as plain memory of this process.
pub(super) fn in_host_memory(device: &Device) -> bool {
    // Burn writes the backend into the upper half of the identifier.
    let backend = device.as_dispatch().id().type_id >> 8;
    [DispatchDeviceId::Flex, DispatchDeviceId::NdArray].iter().any(|id| *id as u16 == backend)
}

pub(super) fn apply_on_host<const S: usize, const D: usize>(
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
    let mut values: Vec<Vec<f32>> = states.drain(..).map(State::into_host).collect::<Result<_, _>>()?;
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
