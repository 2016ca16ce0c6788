//! Computes the loss of a batch: on `flex` as a single operation, elsewhere with Burn's operations.

use burn::tensor::{Device, Tensor};

#[cfg(feature = "flex")]
use super::rows::MeanLoss;
use super::{ClassWeights, Loss};
use crate::{Targets, TrainError};

impl Loss {
    /// Returns the (weighted) mean of the losses of a batch.
    ///
    /// # Shapes
    /// Scores `[N, C]` and targets of N samples to `[1]`.
    ///
    /// # Errors
    /// Returns the errors of [`resolve`](Self::resolve). The class weights must already be numbers.
    pub fn forward(&self, scores: Tensor<2>, targets: Targets) -> Result<Tensor<1>, TrainError> {
        let weights = self.weights(scores.dims()[1])?;
        #[cfg(feature = "flex")]
        {
            let loss = MeanLoss { cost: self.cost(), smoothing: self.label_smoothing(), weights };
            if let Some(mean) = super::flex::mean(loss, &scores, &targets) {
                return Ok(mean);
            }
        }
        Ok(self.composed(scores, targets, weights))
    }

    /// Like [`forward`](Self::forward), with Burn's tensor operations, for any device. For mixed
    /// samples, the hinge losses need N C^2 numbers of memory.
    pub(super) fn composed(
        &self,
        scores: Tensor<2>,
        targets: Targets,
        weights: Option<&[f64]>,
    ) -> Tensor<1> {
        let (classes, device, cost) = (scores.dims()[1], scores.device(), self.cost());
        let weights = weights.map(|weights| floats(weights, &device));
        let smoothing = self.label_smoothing();
        let shares = match targets {
            Targets::Classes(labels) if smoothing == 0.0 => {
                let costs = cost.of_classes(scores, labels.clone());
                return mean(
                    costs,
                    weights.map(|weights| weights.select(0, labels).unsqueeze_dim(1)),
                );
            }
            targets => targets.shares(classes),
        };
        let smoothed = if smoothing == 0.0 {
            shares.clone()
        } else {
            shares.clone().mul_scalar(1.0 - smoothing).add_scalar(smoothing / classes as f64)
        };
        match weights {
            None => mean(cost.of_shares(scores, smoothed), None),
            Some(weights) => {
                let weights = weights.unsqueeze_dim(0);
                let costs = cost.of_shares(scores, smoothed * weights.clone()).sum();
                costs / (shares * weights).sum()
            }
        }
    }

    /// Returns the weight of a batch in a mean over several batches: the divisor in
    /// [`forward`](Self::forward), which is N without class weights.
    pub(super) fn batch_weight(&self, labels: &[u32], soft: Option<&[f32]>) -> f64 {
        match (self.class_weights(), soft) {
            (Some(ClassWeights::Values(weights)), None) => {
                labels.iter().filter_map(|label| weights.get(*label as usize)).sum()
            }
            (Some(ClassWeights::Values(weights)), Some(shares)) => shares
                .chunks_exact(weights.len().max(1))
                .flat_map(|row| row.iter().zip(weights).map(|(p, w)| f64::from(*p) * w))
                .sum(),
            _ => labels.len() as f64,
        }
    }

    /// Returns the weights of the classes, if there are any, and checks their number.
    fn weights(&self, classes: usize) -> Result<Option<&[f64]>, TrainError> {
        self.check(classes)?;
        self.class_weights().map_or(Ok(None), |weights| weights.values(classes))
    }
}

fn floats(values: &[f64], device: &Device) -> Tensor<1> {
    let values: Vec<f32> = values.iter().map(|v| *v as f32).collect();
    Tensor::from_floats(values.as_slice(), device)
}

/// Returns the mean of costs `[N, 1]`, weighted or not.
fn mean(costs: Tensor<2>, weights: Option<Tensor<2>>) -> Tensor<1> {
    match weights {
        None => costs.mean(),
        Some(weights) => (costs * weights.clone()).sum() / weights.sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CrossEntropyConfig;
    use burn::tensor::TensorData;

    /// The mean over an epoch is the mean over its samples, for any division into batches.
    #[test]
    fn batches_count_by_their_weight() {
        let device = Device::flex();
        let scores: Vec<f32> = (0..15).map(|i| (i as f32 * 1.7).sin() * 3.0).collect();
        let (labels, shares) = ([0_u32, 1, 1, 2, 0], [0.5, 0.25, 0.25].repeat(5));
        let class_weights = ClassWeights::Values(vec![1.0, 8.0, 0.5]);
        let loss = Loss::CrossEntropy(CrossEntropyConfig { label_smoothing: 0.1, class_weights });
        for soft in [None, Some(shares.as_slice())] {
            let part = |from: usize, to: usize| {
                let soft = soft.map(|shares| &shares[3 * from..3 * to]);
                let targets =
                    Targets::new(&labels[from..to], soft, 3, "training", &device).unwrap();
                let scores = Tensor::from_data(
                    TensorData::new(scores[3 * from..3 * to].to_vec(), [to - from, 3]),
                    &device,
                );
                (
                    f64::from(loss.forward(scores, targets).unwrap().into_scalar::<f32>()),
                    loss.batch_weight(&labels[from..to], soft),
                )
            };
            let ((whole, _), (a, w), (b, v)) = (part(0, 5), part(0, 2), part(2, 5));
            assert!((whole - (a * w + b * v) / (w + v)).abs() < 1e-6 && (a - b).abs() > 0.01);
        }
    }
}
