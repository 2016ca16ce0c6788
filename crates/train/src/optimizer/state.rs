//! The state of an optimiser for one parameter.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};

use crate::NamedTensor;

/// State of one kind, such as the velocity: one number for each element of a parameter.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there are only a few, and each owns megabytes")]
pub(super) enum State {
    Host(Vec<f32>),
    Device(Tensor<1>),
}

impl State {
    /// Returns a copy of the numbers.
    pub(super) fn values(&self) -> Result<Vec<f32>, String> {
        match self {
            Self::Host(values) => Ok(values.clone()),
            Self::Device(tensor) => tensor.clone().try_into_vec_as().map_err(|e| e.to_string()),
        }
    }

    /// Moves the numbers to the memory of this process.
    pub(super) fn into_host(self) -> Result<Vec<f32>, String> {
        match self {
            Self::Host(values) => Ok(values),
            Self::Device(tensor) => tensor.try_into_vec_as().map_err(|e| e.to_string()),
        }
    }

    /// Returns the numbers in the memory of this process for modification.
    pub(super) fn as_host(&mut self) -> Result<&mut Vec<f32>, String> {
        if let Self::Device(_) = self {
            *self = Self::Host(std::mem::replace(self, Self::Host(Vec::new())).into_host()?);
        }
        match self {
            Self::Host(values) => Ok(values),
            Self::Device(_) => Err("the optimiser's state is not in memory".to_owned()),
        }
    }

    /// Moves the numbers to a device.
    pub(super) fn into_device(self, device: &Device) -> Tensor<1> {
        match self {
            Self::Host(values) => {
                let n = values.len();
                Tensor::from_data(TensorData::new(values, [n]), device)
            }
            Self::Device(tensor) => tensor,
        }
    }
}

/// Restores the states of a one-pass rule, which are sorted by name.
pub(super) fn restore_states(
    states: &mut BTreeMap<String, Vec<State>>,
    tensors: Vec<NamedTensor>,
) -> Result<(), String> {
    for tensor in tensors {
        let (path, i) = tensor
            .name
            .rsplit_once('.')
            .ok_or_else(|| format!("holds an optimiser state named {}", tensor.name))?;
        let states = states.entry(path.to_owned()).or_default();
        if i.parse() != Ok(states.len()) {
            return Err(format!(
                "holds the optimiser state {} out of order, or of another optimiser",
                tensor.name
            ));
        }
        states.push(State::Host(tensor.values));
    }
    Ok(())
}
