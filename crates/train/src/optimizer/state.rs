use burn::tensor::{Device, Tensor, TensorData};

/// One number for each number of a parameter, such as its velocity.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "a handful of them, each the handle of megabytes")]
pub(super) enum State {
    Host(Vec<f32>),
    Device(Tensor<1>),
}

impl State {
    /// A copy of the numbers.
    pub(super) fn values(&self) -> Result<Vec<f32>, String> {
        match self {
            Self::Host(values) => Ok(values.clone()),
            Self::Device(tensor) => tensor.clone().try_into_vec_as().map_err(|e| e.to_string()),
        }
    }

    /// The numbers in this process's memory.
    pub(super) fn into_host(self) -> Result<Vec<f32>, String> {
        match self {
            Self::Host(values) => Ok(values),
            Self::Device(tensor) => tensor.try_into_vec_as().map_err(|e| e.to_string()),
        }
    }

    /// The numbers in this process's memory, to be changed there.
    pub(super) fn as_host(&mut self) -> Result<&mut Vec<f32>, String> {
        if let Self::Device(_) = self {
            *self = Self::Host(std::mem::replace(self, Self::Host(Vec::new())).into_host()?);
        }
        match self {
            Self::Host(values) => Ok(values),
            Self::Device(_) => Err("the optimiser's state is not in memory".to_owned()),
        }
    }

    /// The numbers on a device.
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
