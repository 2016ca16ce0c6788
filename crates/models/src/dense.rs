use burn::module::Module;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::Tensor;
use zunder_random::Key;

use crate::product::affine;
use crate::{ActivationLayer, dropout};

/// A hidden, fully connected layer: y = dropout(f(norm(W x + b))), batch normalisation, bias and dropout being optional (lecture 6a.2 and 6a.3).
///
/// Batch normalisation standardises each unit over the batch while training, and with running averages otherwise; which of the two is decided by the input's device, as everywhere
/// in Burn. With it, the bias b has no effect (the batch mean removes it), so it is left out unless asked for.
#[derive(Module, Debug)]
pub struct DenseLayer {
    pub(crate) linear: Linear,
    pub(crate) norm: Option<BatchNorm>,
    pub(crate) activation: ActivationLayer,
    #[module(skip)]
    pub(crate) dropout: f64,
}

impl DenseLayer {
    /// The layer without dropout.
    ///
    /// # Shapes
    /// `[N, inputs]` to `[N, outputs]`.
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        self.activate(affine(&self.linear, input))
    }

    /// The layer with dropout, its mask named by `key`.
    ///
    /// # Shapes
    /// `[N, inputs]` to `[N, outputs]`.
    pub fn forward_training(&self, input: Tensor<2>, key: Key) -> Tensor<2> {
        let sums = affine(&self.linear, input);
        self.activated(&sums, key).unwrap_or_else(|| dropout(self.activate(sums), self.dropout, key))
    }

    /// All that comes after the weighted sums but dropout.
    fn activate(&self, sums: Tensor<2>) -> Tensor<2> {
        self.activation.forward(match &self.norm {
            Some(norm) => norm.forward(sums),
            None => sums,
        })
    }

    /// All that comes after the weighted sums, by the fastest way that the device offers, if it offers one.
    #[cfg(feature = "flex")]
    fn activated(&self, sums: &Tensor<2>, key: Key) -> Option<Tensor<2>> {
        use crate::dense_flex::normalised;
        use crate::dropout::Mask;

        let norm = self.norm.as_ref()?;
        if let Some(slope) = self.activation.function().slope_below_zero() {
            return normalised(sums, norm, slope, Mask::new(self.dropout, key));
        }
        // The identity is a rectifier with slope 1.
        let standardised = normalised(sums, norm, 1.0, None)?;
        Some(dropout(self.activation.forward(standardised), self.dropout, key))
    }

    #[cfg(not(feature = "flex"))]
    #[allow(clippy::unused_self, reason = "the same call with and without that backend")]
    fn activated(&self, _sums: &Tensor<2>, _key: Key) -> Option<Tensor<2>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Initializer};
    use burn::tensor::Device;

    /// `y_k = f(sum_j w_kj x_j + b_k)`, unit by unit (lecture 6a.2, "Künstliche Neurone: Formel"). Burn keeps `w_kj` in row j and column k.
    #[test]
    fn a_unit_is_f_of_its_weighted_sum() {
        let device = Device::flex();
        let linear = Initializer::He.linear(4, 3, Some(Initializer::Uniform), Key::new(1), &device);
        let (w, b) = (linear.weight.val().try_into_vec_as::<f32>().unwrap(), linear.bias.as_ref().unwrap().val());
        let (b, x) = (b.try_into_vec_as::<f32>().unwrap(), [0.5, -1.0, 2.0, 0.25]);
        let activation = ActivationLayer::new(Activation::Tanh, &device);
        let layer = DenseLayer { linear, norm: None, activation, dropout: 0.5 };
        let y = layer.forward(Tensor::from_floats([x], &device)).try_into_vec_as::<f32>().unwrap();
        for k in 0..3 {
            let sum = (0..4).map(|j| f64::from(w[3 * j + k]) * x[j]).sum::<f64>() + f64::from(b[k]);
            assert!((f64::from(y[k]) - sum.tanh()).abs() < 1e-6, "unit {k}: {}, expected {}", y[k], sum.tanh());
        }
    }
}
