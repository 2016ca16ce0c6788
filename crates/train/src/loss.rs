use burn::tensor::{Tensor, activation::log_softmax};
use serde::{Deserialize, Serialize};

use crate::Targets;

/// The function that training minimises, its mean over the batch. Default: softmax cross-entropy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Loss {
    /// `L_i = -ln( exp(s_{y_i}) / sum_j exp(s_j) )`: cross-entropy of the softmax of the scores (lecture 6a.3, "Kreuzentropie als Verlustfunktion").
    /// With a distribution `p_i` over the classes in place of the class `y_i`: `L_i = -sum_k p_{i,k} ln( exp(s_k) / sum_j exp(s_j) )`.
    #[default]
    CrossEntropy,
}

impl Loss {
    /// The mean of the losses of a batch.
    ///
    /// # Shapes
    /// Scores `[N, C]` and targets of N samples to `[1]`.
    pub fn forward(self, scores: Tensor<2>, targets: Targets) -> Tensor<1> {
        match (self, targets) {
            (Self::CrossEntropy, Targets::Classes(labels)) => log_softmax(scores, 1).gather(1, labels.unsqueeze_dim(1)).mean().neg(),
            (Self::CrossEntropy, Targets::Soft(shares)) => (log_softmax(scores, 1) * shares).sum_dim(1).mean().neg(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn loss_and_gradient(scores: [f32; 3], label: i32) -> (f32, Vec<f32>) {
        let device = Device::flex().autodiff();
        let s = Tensor::<2>::from_floats([scores], &device).require_grad();
        let loss = Loss::CrossEntropy.forward(s.clone(), Targets::Classes(Tensor::from_ints([label], &device)));
        let gradient = s.grad(&loss.backward()).unwrap().try_into_vec_as().unwrap();
        (loss.inner().into_scalar(), gradient)
    }

    /// The lecture's example: scores 3, 1, -2.5 give 0.8776, 0.1188, 0.0036 (the slide prints them cut to two digits), and class 2 the loss 2.1305.
    #[test]
    fn the_lectures_example() {
        let probabilities = [0.8776, 0.1188, 0.0036_f32];
        for (label, p) in probabilities.iter().enumerate() {
            let (loss, gradient) = loss_and_gradient([3.0, 1.0, -2.5], label as i32);
            assert!(((-loss).exp() - p).abs() < 5e-5, "class {label}: {loss}");
            // The gradient by the scores is softmax - onehot.
            for (k, (g, p)) in gradient.iter().zip(probabilities).enumerate() {
                assert!((g - (p - f32::from(u8::from(k == label)))).abs() < 5e-5, "{gradient:?}");
            }
        }
        assert!((loss_and_gradient([3.0, 1.0, -2.5], 1).0 - 2.1305).abs() < 5e-5);
    }

    #[test]
    fn equal_scores_cost_ln_c_and_huge_ones_stay_finite() {
        assert!((loss_and_gradient([7.0; 3], 0).0 - 3.0_f32.ln()).abs() < 1e-6);
        assert_eq!(loss_and_gradient([1e4, -1e4, 0.0], 0).0, 0.0);
        assert_eq!(loss_and_gradient([1e4, -1e4, 0.0], 1).0, 2e4);
    }

    /// A soft label is what its parts cost, by their shares.
    #[test]
    fn soft_labels_cost_the_mean_of_their_classes() {
        let device = Device::flex().autodiff();
        let s = Tensor::<2>::from_floats([[3.0, 1.0, -2.5]], &device).require_grad();
        let soft = Targets::Soft(Tensor::from_floats([[0.25, 0.75, 0.0]], &device));
        let loss = Loss::CrossEntropy.forward(s.clone(), soft);
        let gradient: Vec<f32> = s.grad(&loss.backward()).unwrap().try_into_vec_as().unwrap();
        let ((first, a), (second, b)) = (loss_and_gradient([3.0, 1.0, -2.5], 0), loss_and_gradient([3.0, 1.0, -2.5], 1));
        assert!((loss.inner().into_scalar::<f32>() - (0.25 * first + 0.75 * second)).abs() < 1e-6);
        for (got, (a, b)) in gradient.iter().zip(a.iter().zip(&b)) {
            assert!((got - (0.25 * a + 0.75 * b)).abs() < 1e-6, "{gradient:?}");
        }
    }
}
