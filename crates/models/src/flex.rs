//! Access to the memory of tensors of the CPU backend `flex`, for the operations that Zunder
//! computes itself.

use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::Ops;
use burn::backend::{Autodiff, BackendTypes, DispatchDevice, Flex};
use burn::tensor::{DType, Tensor, TensorData};
use burn_flex::FlexTensor;
use rayon::prelude::*;

/// Elements that one task computes: large enough to outweigh its start, small enough to stay in a
/// core's cache.
pub(crate) const CHUNK: usize = 1 << 14;

/// A tensor with its gradient's node.
pub(crate) type Differentiable = <Autodiff<Flex> as BackendTypes>::FloatTensorPrimitive;

/// A tensor of 32-bit floats on `flex`.
pub(crate) enum Opened {
    Plain(FlexTensor),
    Differentiable(Differentiable),
}

impl Opened {
    pub(crate) fn into_tensor<const D: usize>(self) -> Tensor<D> {
        match self {
            Self::Plain(tensor) => Tensor::from_primitive::<Flex>(tensor),
            Self::Differentiable(tensor) => Tensor::from_primitive::<Autodiff<Flex>>(tensor),
        }
    }

    pub(crate) fn primitive(&self) -> &FlexTensor {
        match self {
            Self::Plain(tensor) => tensor,
            Self::Differentiable(tensor) => tensor.primitive(),
        }
    }
}

/// A tensor's memory, in any layout; the tensor itself on any other device and in other precision.
pub(crate) fn open<const D: usize>(tensor: Tensor<D>) -> Result<Opened, Tensor<D>> {
    let opened = match tensor.device().as_dispatch() {
        DispatchDevice::Autodiff(_) => {
            tensor.clone().try_into_primitive::<Autodiff<Flex>>().ok().map(Opened::Differentiable)
        }
        DispatchDevice::Flex(_) => {
            tensor.clone().try_into_primitive::<Flex>().ok().map(Opened::Plain)
        }
        #[allow(unreachable_patterns, reason = "where no other backend is compiled in")]
        _ => None,
    };
    opened.filter(|opened| opened.primitive().dtype() == DType::F32).ok_or(tensor)
}

/// The same for tensors whose elements lie row after row without gaps.
pub(crate) fn open_rows<const D: usize>(tensor: Tensor<D>) -> Result<Opened, Tensor<D>> {
    match open(tensor)? {
        opened if opened.primitive().is_contiguous() => Ok(opened),
        opened => Err(opened.into_tensor()),
    }
}

/// The values of a small tensor, such as a bias.
pub(crate) fn values(tensor: Tensor<1>) -> Option<Vec<f32>> {
    open_rows(tensor).ok()?.primitive().as_slice().map(<[f32]>::to_vec)
}

/// A new tensor.
pub(crate) fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// A tensor whose memory holds its elements row after row and nothing else, to be changed in place
/// by [`FlexTensor::storage_mut`]. Copies what is shared or lies otherwise.
pub(crate) fn owned(tensor: FlexTensor) -> FlexTensor {
    let elements = tensor.layout().num_elements();
    let whole = tensor.is_contiguous() && tensor.storage::<f32>().len() == elements;
    if whole && tensor.is_unique() {
        return tensor;
    }
    match tensor.as_slice::<f32>() {
        Some(values) => {
            FlexTensor::from_data(TensorData::new(values.to_vec(), tensor.layout().shape().clone()))
        }
        None => tensor.to_contiguous(),
    }
}

/// The gradient at an operation's output, to be changed in place.
pub(crate) fn output_gradient<S, const N: usize>(
    ops: &Ops<S, N>,
    gradients: &mut Gradients,
) -> FlexTensor {
    owned(gradients.consume::<Flex>(&ops.node))
}

/// Calls `work` with the position and the elements of each chunk, on several threads if there are
/// several chunks.
pub(crate) fn for_each_chunk(
    elements: &mut [f32],
    chunk: usize,
    work: impl Fn(usize, &mut [f32]) + Sync,
) {
    if elements.len() <= chunk {
        work(0, elements);
    } else {
        elements
            .par_chunks_mut(chunk)
            .enumerate()
            .for_each(|(i, elements)| work(i * chunk, elements));
    }
}
