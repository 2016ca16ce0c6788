//! The cost of each sample, before weights and means.

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Device, Int, Tensor};

use crate::targets::one_hot;

/// The formulas of the losses. With two scores the binary losses equal the multi-class ones: for
/// `s = s_1 - s_0` and y = +1 for class 1, -1 for class 0, `1 - y s` is `s_j - s_y + 1`, and
/// `ln(1 + exp(-y s))` is the cross-entropy of the softmax.
#[derive(Clone, Copy)]
pub(super) enum Cost {
    CrossEntropy,
    Hinge,
    SquaredHinge,
    SquaredError,
}

impl Cost {
    /// Returns the costs `[N, 1]` of scores `[N, C]` and classes `[N]`.
    pub(super) fn of_classes(self, scores: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<2> {
        let (classes, device) = (scores.dims()[1], scores.device());
        match self {
            Self::CrossEntropy => log_softmax(scores, 1).gather(1, labels.unsqueeze_dim(1)).neg(),
            Self::Hinge | Self::SquaredHinge => {
                let own = scores.clone().gather(1, labels.clone().unsqueeze_dim(1));
                self.of_misses(relu(scores - own + margins(classes, &device).select(0, labels)))
                    .sum_dim(1)
            }
            Self::SquaredError => (scores - one_hot(labels, classes)).square().sum_dim(1),
        }
    }

    /// Returns the costs `[N, 1]` of scores `[N, C]` and coefficients `[N, C]` of the classes: the
    /// sum over k of coefficient k times the cost if the class were k. For the squared error the
    /// coefficients are the targets of the scores.
    pub(super) fn of_shares(self, scores: Tensor<2>, shares: Tensor<2>) -> Tensor<2> {
        let ([samples, classes], device) = (scores.dims(), scores.device());
        match self {
            Self::CrossEntropy => (log_softmax(scores, 1) * shares).sum_dim(1).neg(),
            Self::Hinge | Self::SquaredHinge => {
                // Element [i, k, j] is the cost of class j for sample i if its class were k.
                let rivals = scores.clone().unsqueeze_dim::<3>(1) - scores.unsqueeze_dim::<3>(2);
                let misses = relu(rivals + margins(classes, &device).unsqueeze_dim::<3>(0));
                let costs = self.of_misses(misses).sum_dim(2).reshape([samples, classes]);
                (costs * shares).sum_dim(1)
            }
            Self::SquaredError => (scores - shares).square().sum_dim(1),
        }
    }

    /// Returns the cost of margins that are missed by `misses`.
    fn of_misses<const D: usize>(self, misses: Tensor<D>) -> Tensor<D> {
        if matches!(self, Self::SquaredHinge) { misses.square() } else { misses }
    }
}

/// Returns the margin by which the score of class y must exceed that of class j: 1, and 0 for j =
/// y.
fn margins(classes: usize, device: &Device) -> Tensor<2> {
    Tensor::eye(classes, device).neg().add_scalar(1.0)
}
