use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};
use zunder_random::Key;

use crate::Activation;

/// How the weights of a layer with m inputs are drawn; biases start at 0 (lecture 6a.3, "Initialisierung").
///
/// The numbers come from the given key, not from the backend's generator: the same on every backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Initializer {
    /// N(0, 1/m): keeps the variance of the weighted sums from layer to layer. Glorot and Bengio 2010, in the lecture's form with the inputs alone.
    Xavier,
    /// N(0, 2/m): makes up for the half that ReLU sets to zero. He et al. 2015.
    He,
}

impl Initializer {
    /// The one that suits an activation: He for ReLU, Xavier otherwise.
    pub const fn suited_to(activation: Activation) -> Self {
        match activation {
            Activation::Relu => Self::He,
            Activation::Logistic | Activation::Tanh => Self::Xavier,
        }
    }

    /// The standard deviation of the weights of a layer with `inputs` inputs.
    pub fn standard_deviation(self, inputs: usize) -> f64 {
        match self {
            Self::Xavier => (1.0 / inputs as f64).sqrt(),
            Self::He => (2.0 / inputs as f64).sqrt(),
        }
    }

    /// A weight matrix `[inputs, outputs]`.
    pub fn weights(self, inputs: usize, outputs: usize, key: Key, device: &Device) -> Tensor<2> {
        let scale = self.standard_deviation(inputs);
        let mut rng = key.rng();
        let values: Vec<f32> = (0..inputs * outputs).map(|_| (scale * rng.normal()) as f32).collect();
        Tensor::from_data(TensorData::new(values, [inputs, outputs]), device)
    }

    /// A linear map whose weights are drawn and whose bias, if it has one, is 0.
    pub(crate) fn linear(self, inputs: usize, outputs: usize, bias: bool, key: Key, device: &Device) -> Linear {
        Linear {
            weight: Param::from_tensor(self.weights(inputs, outputs, key, device)),
            bias: bias.then(|| Param::from_tensor(Tensor::zeros([outputs], device))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_have_the_stated_mean_and_variance() {
        for (initializer, variance) in [(Initializer::Xavier, 1.0 / 400.0), (Initializer::He, 2.0 / 400.0)] {
            let w = initializer.weights(400, 250, Key::new(1), &Device::flex()).try_into_vec_as::<f32>().unwrap();
            let n = w.len() as f64;
            let mean = w.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
            let got = w.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / n;
            // Five standard errors of each estimate for n normal draws.
            assert!(mean.abs() < 5.0 * (variance / n).sqrt(), "{initializer:?}: mean {mean}");
            assert!((got / variance - 1.0).abs() < 5.0 * (2.0 / n).sqrt(), "{initializer:?}: variance {got}, expected {variance}");
        }
    }

    /// The lecture's reason: without an activation, Xavier keeps the variance through a layer, and He doubles it.
    #[test]
    fn variance_through_a_layer() {
        let x = Initializer::Xavier.weights(1, 300, Key::new(2), &Device::flex()); // one input of 300 features, N(0, 1)
        for (initializer, gain) in [(Initializer::Xavier, 1.0), (Initializer::He, 2.0)] {
            let y = x.clone().matmul(initializer.weights(300, 4000, Key::new(3), &Device::flex()));
            let energy = |t: &Tensor<2>| f64::from(t.clone().square().mean().into_scalar::<f32>());
            let ratio = energy(&y) / energy(&x);
            assert!((ratio / gain - 1.0).abs() < 0.12, "{initializer:?}: {ratio}");
        }
    }

    #[test]
    fn bias_starts_at_zero() {
        let layer = Initializer::He.linear(3, 4, true, Key::new(1), &Device::flex());
        assert_eq!(layer.bias.unwrap().val().try_into_vec_as::<f32>().unwrap(), [0.0; 4]);
    }
}
