//! Tensors in the memory of this process.
//!
//! Kernels on this memory need one pass, run in parallel, and are compiled with this crate, while
//! each operation of a backend needs a pass of its own.

use burn::backend::{DeviceOps, DispatchDeviceId};
use burn::tensor::{Bytes, DType, Device, Shape, Tensor, TensorData};

/// Numbers per task: enough to outweigh the overhead of a task, few enough to fit into the cache of
/// a core.
pub(crate) const CHUNK: usize = 1 << 14;

/// Chunks that a thread takes at least. To wake another thread for less takes longer than the work:
/// the update of a linear classifier on CIFAR-10 has 30,720 numbers.
pub(crate) const CHUNKS_A_THREAD: usize = 4;

/// Returns true if a backend keeps its tensors in the memory of this process.
pub(crate) fn in_host_memory(device: &Device) -> bool {
    let backend = backend(device);
    [DispatchDeviceId::Flex, DispatchDeviceId::NdArray].iter().any(|id| *id as u16 == backend)
}

/// Returns a number for the backend of a device.
pub(crate) fn backend(device: &Device) -> u16 {
    // The upper half of Burn's identifier is the backend.
    device.as_dispatch().id().type_id >> 8
}

/// A tensor of 32-bit numbers outside of its backend; a copy if the tensor is shared.
///
/// Not a `Vec`: Burn's buffers are aligned for any type, and a conversion to a vector of floats
/// would copy them.
pub(crate) struct HostTensor {
    bytes: Bytes,
    shape: Shape,
    device: Device,
}

impl HostTensor {
    /// Takes the memory of a tensor.
    pub(crate) fn take<const D: usize>(tensor: Tensor<D>) -> Result<Self, String> {
        let device = tensor.device();
        let (bytes, shape, dtype) = tensor.try_into_data().map_err(|e| e.to_string())?.into_parts();
        match dtype {
            DType::F32 => Ok(Self { bytes, shape, device }),
            _ => Err(format!("a parameter has the type {dtype:?}, expected F32")),
        }
    }

    /// Returns the numbers in row-major order.
    pub(crate) fn values(&self) -> Result<&[f32], String> {
        bytemuck::try_cast_slice(&self.bytes).map_err(|e| e.to_string())
    }

    /// Returns the numbers for modification.
    pub(crate) fn values_mut(&mut self) -> Result<&mut [f32], String> {
        bytemuck::try_cast_slice_mut(&mut self.bytes).map_err(|e| e.to_string())
    }

    /// Returns the tensor with the current numbers, on its device, without a copy.
    pub(crate) fn give_back<const D: usize>(self) -> Tensor<D> {
        Tensor::from_data(TensorData::from_bytes(self.bytes, self.shape, DType::F32), &self.device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_backend_is_known_as_one() {
        assert!(in_host_memory(&Device::flex()));
    }

    #[test]
    fn numbers_come_back_changed_and_another_owner_keeps_its_own() {
        let tensor = Tensor::<2>::from_floats([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], &Device::flex());
        let mut host = HostTensor::take(tensor.clone().transpose()).unwrap();
        assert_eq!(host.values().unwrap(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        host.values_mut().unwrap()[1] = -4.0;
        let back = host.give_back::<2>().transpose();
        let values = |tensor: Tensor<2>| tensor.try_into_vec_as::<f32>().unwrap();
        assert_eq!(values(back), [1.0, 2.0, 3.0, -4.0, 5.0, 6.0]);
        assert_eq!(values(tensor), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    fn other_types_are_refused() {
        let wide = Tensor::<1>::from_data(
            TensorData::new(vec![1.0_f64], [1]),
            (&Device::flex(), DType::F64),
        );
        let Err(problem) = HostTensor::take(wide) else { panic!("64 bits") };
        assert_eq!(problem, "a parameter has the type F64, expected F32");
    }
}
