//! A rule over plain memory, in one pass.

use burn::backend::{DeviceOps, DispatchDeviceId};
use burn::tensor::{Bytes, DType, Device, Shape, Tensor, TensorData};
use rayon::prelude::*;

use super::average::Average;
use super::magnitude::{Magnitude, magnitude};
use super::state::State;
use super::update::Update;

/// Numbers that one task updates: large enough to outweigh its start, small enough to stay in a core's cache.
pub(super) const CHUNK: usize = 1 << 14;

/// Whether a backend keeps its tensors as plain memory of this process.
pub(crate) fn in_host_memory(device: &Device) -> bool {
    // Burn writes the backend into the upper half of the identifier.
    let backend = device.as_dispatch().id().type_id >> 8;
    [DispatchDeviceId::Flex, DispatchDeviceId::NdArray].iter().any(|id| *id as u16 == backend)
}

pub(super) fn apply_on_host<const S: usize, const D: usize>(
    rule: &impl Update<S>,
    weight: Tensor<D>,
    gradient: Tensor<D>,
    states: &mut Vec<State>,
    average: Option<Average<'_>>,
) -> Result<(Tensor<D>, Magnitude), String> {
    let device = weight.device();
    let (mut weight_bytes, shape) = into_bytes(weight)?;
    let (gradient_bytes, _) = into_bytes(gradient)?;
    let weight: &mut [f32] = bytemuck::try_cast_slice_mut(&mut weight_bytes).map_err(|e| e.to_string())?;
    let n = weight.len();
    let mut values: Vec<Vec<f32>> = states.drain(..).map(State::into_host).collect::<Result<_, _>>()?;
    if values.is_empty() {
        values = vec![vec![0.0; n]; S];
    }
    let mut average = average.map(Average::on_host).transpose()?;
    if values.len() != S || values.iter().chain(average.iter().map(|a| &*a.values)).any(|v| v.len() != n) {
        return Err(format!("the optimiser's state has other sizes than its parameter of {n} numbers"));
    }
    let (mut averages, share) = average.as_mut().map_or((None, 0.0), |a| (Some(a.values.chunks_mut(CHUNK)), a.share));
    let mut state_chunks: Vec<_> = values.iter_mut().map(|s| s.chunks_mut(CHUNK)).collect();
    let tasks: Vec<Chunk<'_, S>> = weight
        .chunks_mut(CHUNK)
        .zip(floats(&gradient_bytes)?.chunks(CHUNK))
        .filter_map(|(weight, gradient)| {
            let states: Vec<&mut [f32]> = state_chunks.iter_mut().filter_map(Iterator::next).collect();
            let average = averages.as_mut().and_then(Iterator::next);
            <[&mut [f32]; S]>::try_from(states).ok().map(|states| Chunk { weight, gradient, states, average })
        })
        .collect();
    debug_assert_eq!(tasks.len(), n.div_ceil(CHUNK));
    let largest = tasks.into_par_iter().map(|chunk| chunk.update(rule, share)).max();
    states.extend(values.into_iter().map(State::Host));
    let weight = Tensor::from_data(TensorData::from_bytes(weight_bytes, shape, DType::F32), &device);
    Ok((weight, Magnitude::Host(largest.unwrap_or(0))))
}

/// A tensor's memory. Not a `Vec`: Burn's buffers are aligned for any type, and turning one into a vector of floats would copy it.
pub(super) fn into_bytes<const D: usize>(tensor: Tensor<D>) -> Result<(Bytes, Shape), String> {
    let (bytes, shape, dtype) = tensor.try_into_data().map_err(|e| e.to_string())?.into_parts();
    if dtype == DType::F32 { Ok((bytes, shape)) } else { Err(format!("a parameter has the type {dtype:?}, expected F32")) }
}

/// The numbers in a tensor's memory.
pub(super) fn floats(bytes: &Bytes) -> Result<&[f32], String> {
    bytemuck::try_cast_slice(bytes).map_err(|e| e.to_string())
}

/// What one task updates.
struct Chunk<'a, const S: usize> {
    weight: &'a mut [f32],
    gradient: &'a [f32],
    states: [&'a mut [f32]; S],
    average: Option<&'a mut [f32]>,
}

impl<const S: usize> Chunk<'_, S> {
    /// Gives the largest gradient, as [`magnitude`].
    #[inline]
    fn update(self, rule: &impl Update<S>, share: f32) -> u32 {
        // Slices of one length let the compiler drop the bounds checks and use vector instructions.
        let (weight, n) = (self.weight, self.gradient.len());
        let weight = &mut weight[..n];
        let gradient = &self.gradient[..n];
        let states = self.states.map(|s| &mut s[..n]);
        let mut largest = 0;
        for i in 0..n {
            let (w, s) = rule.element(weight[i], gradient[i], std::array::from_fn(|k| states[k][i]));
            largest = largest.max(magnitude(gradient[i]));
            weight[i] = w;
            for k in 0..S {
                states[k][i] = s[k];
            }
        }
        // The chunk is still in the cache.
        for (average, weight) in self.average.into_iter().flatten().zip(weight.iter()) {
            *average += share * (*weight - *average);
        }
        largest
    }
}
