//! The sum of the gradients of several batches.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::host_memory::{CHUNK, CHUNKS_A_THREAD, HostTensor, in_host_memory};
use crate::{GradientsConfig, TrainError};

/// By what a batch's loss is to be multiplied for its gradient to be one of a sum over `wanted`
/// batches; none where each batch stands alone.
pub(crate) fn factor(wanted: usize, weight: f64) -> Option<f64> {
    (wanted > 1).then_some(weight)
}

/// The sum of the gradients of some batches, and of the batches' weights.
pub(crate) struct GradientAccumulator {
    sum: GradientsParams,
    weight: f64,
    batches: usize,
    wanted: usize,
}

impl GradientAccumulator {
    pub(crate) fn new(config: &GradientsConfig) -> Self {
        Self { sum: GradientsParams::new(), weight: 0.0, batches: 0, wanted: config.accumulate }
    }

    /// Adds the gradients of a batch of some weight.
    ///
    /// # Errors
    /// [`TrainError::Device`] if the device cannot hand over a gradient.
    pub(crate) fn add<M: Module>(
        &mut self,
        model: &M,
        gradients: GradientsParams,
        weight: f64,
    ) -> Result<(), TrainError> {
        self.sum =
            if self.is_empty() { gradients } else { sum(model, self.take_sum(), gradients)? };
        self.weight += factor(self.wanted, weight).unwrap_or(1.0);
        self.batches += 1;
        Ok(())
    }

    /// Whether an update is due.
    pub(crate) fn is_full(&self) -> bool {
        self.batches >= self.wanted
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.batches == 0
    }

    /// The sum of the gradients and what to divide it by; begins anew.
    pub(crate) fn take(&mut self) -> (GradientsParams, f64) {
        self.batches = 0;
        (self.take_sum(), std::mem::take(&mut self.weight))
    }

    fn take_sum(&mut self) -> GradientsParams {
        std::mem::take(&mut self.sum)
    }
}

/// The sums of two gradients of each parameter; of one that has a single gradient, that.
fn sum<M: Module>(
    model: &M,
    first: GradientsParams,
    second: GradientsParams,
) -> Result<GradientsParams, TrainError> {
    let mut sum = GradientSum { first, second, error: None };
    model.visit(&mut sum);
    match sum.error {
        Some(error) => Err(TrainError::Device(error)),
        None => Ok(sum.first),
    }
}

struct GradientSum {
    first: GradientsParams,
    second: GradientsParams,
    error: Option<String>,
}

impl ModuleVisitor for GradientSum {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(second) = self.second.remove::<D>(param.id) else { return };
        let sum = match self.first.remove::<D>(param.id) {
            Some(first) if in_host_memory(&first.device()) => sum_on_host(first, second),
            Some(first) => Ok(first + second),
            None => Ok(second),
        };
        match sum {
            Ok(sum) => self.first.register(param.id, sum),
            Err(error) => self.error = Some(error),
        }
    }
}

/// In the memory of the first.
fn sum_on_host<const D: usize>(first: Tensor<D>, second: Tensor<D>) -> Result<Tensor<D>, String> {
    let (mut first, second) = (HostTensor::take(first)?, HostTensor::take(second)?);
    add(first.values_mut()?, second.values()?);
    Ok(first.give_back())
}

/// Adds numbers to others; without a tensor, so that it is compiled in this crate.
fn add(sums: &mut [f32], values: &[f32]) {
    let tasks =
        sums.par_chunks_mut(CHUNK).zip(values.par_chunks(CHUNK)).with_min_len(CHUNKS_A_THREAD);
    tasks.for_each(|(sums, values)| {
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    });
}

#[cfg(test)]
mod tests;
