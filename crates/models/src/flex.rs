//! Access to the memory of tensors of the CPU backend `flex`, for the operations that Zunder
//! computes itself.

use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::Ops;
use burn::backend::{Autodiff, BackendTypes, DispatchDevice, Flex};
use burn::tensor::{DType, Tensor, TensorData};
use burn_flex::FlexTensor;
use rayon::prelude::*;

/// The number of elements that one task computes: large enough to outweigh the cost of starting a
/// task, small enough to stay in a core's cache.
pub(crate) const CHUNK: usize = 1 << 14;

/// A tensor with its node in the gradient graph.
pub(crate) type Differentiable = <Autodiff<Flex> as BackendTypes>::FloatTensorPrimitive;

/// A tensor of 32-bit floats on `flex`, with or without gradients.
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

/// Gives access to a tensor's memory, in any layout. Returns the tensor as an error on other
/// devices and for other precisions.
#[allow(clippy::match_wildcard_for_single_variants, reason = "other builds have more backends")]
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

/// [`open`] for tensors whose elements are stored row by row without gaps.
pub(crate) fn open_rows<const D: usize>(tensor: Tensor<D>) -> Result<Opened, Tensor<D>> {
    match open(tensor)? {
        opened if opened.primitive().is_contiguous() => Ok(opened),
        opened => Err(opened.into_tensor()),
    }
}

/// Returns the values of a small tensor, such as a bias.
pub(crate) fn values(tensor: Tensor<1>) -> Option<Vec<f32>> {
    open_rows(tensor).ok()?.primitive().as_slice().map(<[f32]>::to_vec)
}

/// Creates a tensor from its values.
pub(crate) fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// Returns a tensor whose memory has only its elements, row by row, and may be changed in place by
/// [`FlexTensor::storage_mut`]. Copies memory that is shared or has another layout.
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

/// Returns the gradient at an operation's output, to be changed in place.
pub(crate) fn output_gradient<S, const N: usize>(
    ops: &Ops<S, N>,
    gradients: &mut Gradients,
) -> FlexTensor {
    owned(gradients.consume::<Flex>(&ops.node))
}

/// Calls `work` with the position and the elements of each chunk. Several chunks are processed on
/// several threads.
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
