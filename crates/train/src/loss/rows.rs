//! The mean loss of a batch and its gradient with respect to the scores, in one pass over memory.

use rayon::prelude::*;

use super::cost::Cost;
use super::row::RowTarget;

/// Number of scores per task, in whole rows. Constant, so that the sum of the tasks' losses has the
/// same bits for any number of threads.
const TASK: usize = 1 << 12;

/// A loss with its settings.
#[derive(Clone, Copy)]
pub(super) struct MeanLoss<'a> {
    pub cost: Cost,
    /// Share of each target that is spread evenly over all classes.
    pub smoothing: f64,
    /// Weights of the classes; without them each sample has weight 1.
    pub weights: Option<&'a [f64]>,
}

/// The targets of N samples, checked against the scores.
pub(super) enum HostTargets {
    /// N classes.
    Classes(Vec<usize>),
    /// N times C shares, row by row.
    Soft(Vec<f32>),
}

impl MeanLoss<'_> {
    /// Returns the (weighted) mean of the losses of N samples, and its gradient with respect to
    /// their scores, N times C numbers. The mean of no samples is NaN.
    pub(super) fn mean_and_gradient(
        &self,
        scores: &[f32],
        classes: usize,
        targets: &HostTargets,
    ) -> (f64, Vec<f32>) {
        let divisor = self.divisor(classes, targets);
        let rows = (TASK / classes).max(1);
        let mut gradient = vec![0.0; scores.len()];
        let task = |(i, (scores, gradient)): (usize, (&[f32], &mut [f32]))| -> f64 {
            let (mut coefficients, mut derivatives) = (vec![0.0; classes], vec![0.0; classes]);
            let mut sum = 0.0;
            for (line, (scores, gradient)) in
                scores.chunks(classes).zip(gradient.chunks_mut(classes)).enumerate()
            {
                let target = self.target(i * rows + line, targets, &mut coefficients);
                sum += self.cost.of_row(scores, target, &mut derivatives);
                for (gradient, derivative) in gradient.iter_mut().zip(&derivatives) {
                    *gradient = (derivative / divisor) as f32;
                }
            }
            sum
        };
        let length = rows * classes;
        let sum = if scores.len() <= length {
            // A single task is computed on this thread.
            task((0, (scores, &mut gradient)))
        } else {
            let tasks = scores.par_chunks(length).zip(gradient.par_chunks_mut(length)).enumerate();
            // In the order of the tasks.
            tasks.map(task).collect::<Vec<f64>>().into_iter().sum()
        };
        (sum / divisor, gradient)
    }

    /// Returns the divisor of the sum of the samples' losses: N, or the sum of the weights.
    fn divisor(&self, classes: usize, targets: &HostTargets) -> f64 {
        match (targets, self.weights) {
            (HostTargets::Classes(labels), None) => labels.len() as f64,
            (HostTargets::Classes(labels), Some(weights)) => {
                labels.iter().map(|label| weights[*label]).sum()
            }
            (HostTargets::Soft(shares), None) => (shares.len() / classes) as f64,
            (HostTargets::Soft(shares), Some(weights)) => shares
                .chunks(classes)
                .flat_map(|row| row.iter().zip(weights))
                .map(|(p, w)| f64::from(*p) * w)
                .sum(),
        }
    }

    /// Returns the target of sample i, stored in `coefficients` if it is not a single class.
    fn target<'a>(
        &self,
        i: usize,
        targets: &HostTargets,
        coefficients: &'a mut [f64],
    ) -> RowTarget<'a> {
        let weight = |class: usize| self.weights.map_or(1.0, |weights| weights[class]);
        let classes = coefficients.len();
        match targets {
            HostTargets::Classes(labels) if self.smoothing == 0.0 => {
                return RowTarget::Class(labels[i], weight(labels[i]));
            }
            HostTargets::Classes(labels) => {
                coefficients.fill(0.0);
                coefficients[labels[i]] = 1.0;
            }
            HostTargets::Soft(shares) => {
                let row = &shares[i * classes..][..classes];
                coefficients.iter_mut().zip(row).for_each(|(c, share)| *c = f64::from(*share));
            }
        }
        for (class, c) in coefficients.iter_mut().enumerate() {
            *c = ((1.0 - self.smoothing) * *c + self.smoothing / classes as f64) * weight(class);
        }
        RowTarget::Coefficients(coefficients)
    }
}

#[cfg(test)]
mod tests;
