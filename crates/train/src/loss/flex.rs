//! The losses as single differentiable operations on the CPU backend `flex`.
//!
//! As a sequence of Burn's operations, a loss reads and writes the scores several times, in the
//! forward and in the backward pass. Here the forward pass also computes the gradient in one pass
//! over memory (`rows.rs`), and the backward pass registers it.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::{Autodiff, DispatchDevice, Flex};
use burn::tensor::{DType, Int, Tensor, TensorData};
use burn_flex::FlexTensor;

use super::rows::{HostTargets, MeanLoss};
use crate::Targets;

/// Returns the mean loss on `flex`, with or without gradients, with the same bits for any number of
/// threads. Returns `None` on any other device, for other precisions, and for targets that do not
/// match the scores.
///
/// # Shapes
/// Scores `[N, C]` and targets of N samples to `[1]`.
#[allow(clippy::match_wildcard_for_single_variants, reason = "other builds have more backends")]
pub(super) fn mean(loss: MeanLoss<'_>, scores: &Tensor<2>, targets: &Targets) -> Option<Tensor<1>> {
    match scores.device().as_dispatch() {
        DispatchDevice::Autodiff(_) => {
            let scores = scores.clone().try_into_primitive::<Autodiff<Flex>>().ok()?;
            let (mean, gradient) = forward(loss, scores.primitive(), targets)?;
            let prepared = MeanOfLosses.prepare::<NoCheckpointing>([scores.node()]);
            let output = match prepared.compute_bound().stateful() {
                OpsKind::Tracked(prepared) => prepared.finish(gradient, mean),
                OpsKind::UnTracked(prepared) => prepared.finish(mean),
            };
            Some(Tensor::from_primitive::<Autodiff<Flex>>(output))
        }
        DispatchDevice::Flex(_) => {
            let scores = scores.clone().try_into_primitive::<Flex>().ok()?;
            let (mean, _) = forward(loss, &scores, targets)?;
            Some(Tensor::from_primitive::<Flex>(mean))
        }
        #[allow(unreachable_patterns, reason = "where no other backend is compiled in")]
        _ => None,
    }
}

/// Returns the mean `[1]` and its gradient `[N, C]`.
fn forward(
    loss: MeanLoss<'_>,
    scores: &FlexTensor,
    targets: &Targets,
) -> Option<(FlexTensor, FlexTensor)> {
    let [samples, classes] = scores.layout().shape().dims();
    if scores.dtype() != DType::F32 || classes == 0 {
        return None;
    }
    let targets = on_host(targets, samples, classes)?;
    let scores = if scores.is_contiguous() { scores.clone() } else { scores.to_contiguous() };
    let (mean, gradient) = loss.mean_and_gradient(scores.as_slice()?, classes, &targets);
    let tensor = |data: TensorData| FlexTensor::from_data(data);
    Some((
        tensor(TensorData::new(vec![mean as f32], [1])),
        tensor(TensorData::new(gradient, [samples, classes])),
    ))
}

/// Copies the targets to memory; `None` if their shape is not `[samples, classes]`.
fn on_host(targets: &Targets, samples: usize, classes: usize) -> Option<HostTargets> {
    match targets {
        Targets::Classes(labels) => {
            let labels = class_indices(labels.clone())?;
            let fit = labels.len() == samples && labels.iter().all(|label| *label < classes);
            fit.then_some(HostTargets::Classes(labels))
        }
        Targets::Soft(shares) => {
            let fit = shares.dims() == [samples, classes];
            let shares = fit.then(|| shares.clone().try_into_vec_as().ok())??;
            Some(HostTargets::Soft(shares))
        }
    }
}

fn class_indices(labels: Tensor<1, Int>) -> Option<Vec<usize>> {
    let labels = labels.try_into_data().ok()?;
    if let Ok(labels) = labels.as_slice::<i32>() {
        return labels.iter().map(|label| usize::try_from(*label).ok()).collect();
    }
    let labels = labels.try_into_vec_as::<i64>().ok()?;
    labels.into_iter().map(|label| usize::try_from(label).ok()).collect()
}

#[derive(Debug)]
struct MeanOfLosses;

impl Backward<Flex, 1> for MeanOfLosses {
    /// Gradient of the mean with respect to the scores, `[N, C]`.
    type State = FlexTensor;

    /// The gradient with respect to the scores is the incoming gradient, a single number, times the
    /// state.
    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [parent] = ops.parents;
        let incoming = gradients.consume::<Flex>(&ops.node).to_contiguous();
        let (Some(node), Some(&[factor])) = (parent, incoming.as_slice::<f32>()) else { return };
        let mut gradient = ops.state;
        if factor != 1.0 {
            gradient.storage_mut::<f32>().iter_mut().for_each(|g| *g *= factor);
        }
        gradients.register::<Flex>(node.id, gradient);
    }
}

#[cfg(test)]
mod tests;
