//! A hidden layer: product, normalisation, activation, dropout.

use burn::module::Module;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::Tensor;
use zunder_random::Key;

#[cfg(feature = "flex")]
use crate::batch_norm_flex::normalised_in_use;
#[cfg(feature = "flex")]
use crate::dense_flex::normalised;
use crate::dropout::Mask;
use crate::norm::batch_norm;
use crate::product::{affine, affine_in};
use crate::{ActivationLayer, Precision};

/// A hidden, fully connected layer: y = dropout(f(norm(W x + b))). Batch normalisation, bias and
/// dropout are optional (lecture 6a.2 and 6a.3).
///
/// In training, batch normalisation standardises each unit over the batch; otherwise it uses
/// running averages. As everywhere in Burn, the input's device determines the mode. With batch
/// normalisation the bias b has no effect, since the batch mean removes it, and is left out by
/// default.
#[derive(Module, Debug)]
pub struct DenseLayer {
    pub(crate) linear: Linear,
    pub(crate) norm: Option<BatchNorm>,
    pub(crate) activation: ActivationLayer,
    #[module(skip)]
    pub(crate) dropout: f64,
    /// The precision of the products in training.
    #[module(skip)]
    pub(crate) precision: Precision,
}

impl DenseLayer {
    /// Computes the layer without dropout.
    ///
    /// # Shapes
    /// `[N, inputs]` to `[N, outputs]`.
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        self.activate(affine(&self.linear, input), None)
    }

    /// Computes the layer with dropout, and with products of the [`Precision`] of the
    /// configuration. `key` names the mask.
    ///
    /// # Shapes
    /// `[N, inputs]` to `[N, outputs]`.
    pub fn forward_training(&self, input: Tensor<2>, key: Key) -> Tensor<2> {
        let sums = affine_in(self.precision, &self.linear, input);
        self.activate(sums, Mask::new(self.dropout, key))
    }

    /// Computes everything after the weighted sums.
    fn activate(&self, sums: Tensor<2>, mask: Option<Mask>) -> Tensor<2> {
        let Some(norm) = &self.norm else { return self.activation.forward_masked(sums, mask) };
        #[cfg(feature = "flex")]
        let sums = match self.activated_at_once(sums, norm, mask) {
            Ok(output) => return output,
            Err(sums) => sums,
        };
        self.activation.forward_masked(batch_norm(norm, sums), mask)
    }

    /// [`activate`](Self::activate) as one operation on `flex`. Returns the sums as an error if
    /// there is none: for training with activations other than rectifiers, and for dropout outside
    /// of training.
    #[cfg(feature = "flex")]
    fn activated_at_once(
        &self,
        sums: Tensor<2>,
        norm: &BatchNorm,
        mask: Option<Mask>,
    ) -> Result<Tensor<2>, Tensor<2>> {
        let slope = self.activation.function().slope_below_zero();
        if let Some(output) = slope.and_then(|slope| normalised(&sums, norm, slope, mask)) {
            return Ok(output);
        }
        match self.activation.kernel() {
            Some(function) if mask.is_none() => normalised_in_use(sums, norm, function),
            _ => Err(sums),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Initializer};
    use burn::tensor::Device;

    /// `y_k = f(sum_j w_kj x_j + b_k)`, unit by unit (lecture 6a.2, "Künstliche Neurone: Formel").
    /// Burn stores `w_kj` in row j and column k.
    #[test]
    fn a_unit_is_f_of_its_weighted_sum() {
        let device = Device::flex();
        let linear = Initializer::He.linear(4, 3, Some(Initializer::Uniform), Key::new(1), &device);
        let (w, b) = (
            linear.weight.val().try_into_vec_as::<f32>().unwrap(),
            linear.bias.as_ref().unwrap().val(),
        );
        let (b, x) = (b.try_into_vec_as::<f32>().unwrap(), [0.5, -1.0, 2.0, 0.25]);
        let activation = ActivationLayer::new(Activation::Tanh, &device);
        let layer =
            DenseLayer { linear, norm: None, activation, dropout: 0.5, precision: Precision::F32 };
        let y = layer.forward(Tensor::from_floats([x], &device)).try_into_vec_as::<f32>().unwrap();
        for k in 0..3 {
            let sum = (0..4).map(|j| f64::from(w[3 * j + k]) * x[j]).sum::<f64>() + f64::from(b[k]);
            assert!(
                (f64::from(y[k]) - sum.tanh()).abs() < 1e-6,
                "unit {k}: {}, expected {}",
                y[k],
                sum.tanh()
            );
        }
    }
}
