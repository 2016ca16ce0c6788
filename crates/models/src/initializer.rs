//! The initialisation of weights.

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use zunder_random::{Key, Rng};

use crate::Activation;

/// The distribution of the initial weights of a layer with m inputs. Biases start at 0 by default
/// (lecture 6a.3, "Initialisierung").
///
/// The numbers depend on the given key and not on the backend's generator, so they are the same on
/// every backend.
///
/// ```
/// use zunder_models::Initializer;
///
/// assert_eq!(Initializer::He.standard_deviation(200), 0.1);
/// assert_eq!(Initializer::Normal.standard_deviation(200), 0.01);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Initializer {
    /// Zeros. For weights only as a demonstration: the units of a layer stay equal, and nothing is
    /// learnt but the output's bias. For biases it is the usual choice.
    Zeros,
    /// N(0, 0.01²): sufficient for shallow networks; in deep ones the activations vanish.
    Normal,
    /// N(0, 1/m): preserves the variance of the weighted sums from layer to layer. Glorot and
    /// Bengio 2010, in the lecture's form with the number of inputs only.
    Xavier,
    /// N(0, 2/m): compensates for the half of the activations that ReLU sets to zero. He et al.
    /// 2015.
    He,
    /// U(-1/√m, 1/√m), with variance 1/(3m): the default of Burn's and PyTorch's linear layers
    /// (He's uniform form with the gain 1/√3), there also for biases.
    Uniform,
}

impl Initializer {
    /// All initialisers.
    pub const ALL: [Self; 5] = [Self::Zeros, Self::Normal, Self::Xavier, Self::He, Self::Uniform];

    /// Returns the initialiser that suits an activation: He for ReLU and similar functions, Xavier
    /// otherwise.
    pub const fn suited_to(activation: Activation) -> Self {
        match activation {
            Activation::Relu
            | Activation::LeakyRelu
            | Activation::Prelu
            | Activation::Swish
            | Activation::Gelu => Self::He,
            Activation::Identity | Activation::Step | Activation::Logistic | Activation::Tanh => {
                Self::Xavier
            }
        }
    }

    /// Returns the standard deviation of the weights of a layer with `inputs` inputs.
    pub fn standard_deviation(self, inputs: usize) -> f64 {
        let m = inputs as f64;
        match self {
            Self::Zeros => 0.0,
            Self::Normal => 0.01,
            Self::Xavier => (1.0 / m).sqrt(),
            Self::He => (2.0 / m).sqrt(),
            Self::Uniform => (1.0 / (3.0 * m)).sqrt(),
        }
    }

    /// Draws a weight matrix `[inputs, outputs]`.
    pub fn weights(self, inputs: usize, outputs: usize, key: Key, device: &Device) -> Tensor<2> {
        Tensor::from_data(
            TensorData::new(self.draw(inputs, inputs * outputs, key), [inputs, outputs]),
            device,
        )
    }

    /// Draws `count` numbers for a layer with `inputs` inputs.
    fn draw(self, inputs: usize, count: usize, key: Key) -> Vec<f32> {
        let scale = self.standard_deviation(inputs);
        match self {
            Self::Zeros => vec![0.0; count],
            // A uniform variable of standard deviation 1 lies in ±√3.
            Self::Uniform => {
                fill(count, key, 1, |rng| scale * 3_f64.sqrt() * (2.0 * rng.f64() - 1.0))
            }
            Self::Normal | Self::Xavier | Self::He => {
                fill(count, key, 2, |rng| scale * rng.normal())
            }
        }
    }

    /// Creates a linear map. Its bias, if there is one, is drawn by `bias_initializer`.
    pub(crate) fn linear(
        self,
        inputs: usize,
        outputs: usize,
        bias: Option<Self>,
        key: Key,
        device: &Device,
    ) -> Linear {
        let draw_bias = |initializer: Self| {
            let values = initializer.draw(inputs, outputs, key.named("bias"));
            Param::from_tensor(Tensor::from_data(TensorData::new(values, [outputs]), device))
        };
        Linear {
            weight: Param::from_tensor(self.weights(inputs, outputs, key, device)),
            bias: bias.map(draw_bias),
        }
    }
}

/// The number of values that a thread draws at a time.
const CHUNK: usize = 1 << 14;

/// Draws `count` values in the order of the stream, on all threads of the rayon pool. Each takes
/// `words` words of the stream.
fn fill(count: usize, key: Key, words: usize, value: impl Fn(&mut Rng) -> f64 + Sync) -> Vec<f32> {
    let mut values = vec![0.0; count];
    values.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, values)| {
        let mut rng = key.rng_at((chunk * CHUNK * words) as u64);
        for drawn in values {
            *drawn = value(&mut rng) as f32;
        }
    });
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::LinearConfig;

    fn mean_and_variance(values: &[f32]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
        (mean, values.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / n)
    }

    #[test]
    fn weights_have_the_stated_mean_and_variance() {
        let variances = [0.0, 1e-4, 1.0 / 400.0, 2.0 / 400.0, 1.0 / 1200.0];
        for (initializer, variance) in Initializer::ALL.into_iter().zip(variances) {
            let w = initializer
                .weights(400, 250, Key::new(1), &Device::flex())
                .try_into_vec_as::<f32>()
                .unwrap();
            let (mean, got) = mean_and_variance(&w);
            // Five standard errors of each estimate for n normal draws.
            let n = w.len() as f64;
            assert!(mean.abs() <= 5.0 * (variance / n).sqrt(), "{initializer:?}: mean {mean}");
            assert!(
                (got - variance).abs() <= 5.0 * (2.0 / n).sqrt() * variance,
                "{initializer:?}: variance {got}, expected {variance}"
            );
            assert!((initializer.standard_deviation(400).powi(2) - variance).abs() < 1e-12);
        }
    }

    /// Weights and biases both lie within 1/√m and nearly reach it.
    #[test]
    fn uniform_is_what_burn_draws_by_default() {
        let device = Device::flex();
        let ours =
            Initializer::Uniform.linear(400, 250, Some(Initializer::Uniform), Key::new(1), &device);
        for layer in [ours, LinearConfig::new(400, 250).init(&device)] {
            // All of 250 biases lie below 0.045 with a probability of 4e-12.
            let (weights, biases) = (layer.weight.val().reshape([100_000]), layer.bias.unwrap());
            for (values, least) in [(weights, 0.049), (biases.val(), 0.045)] {
                let furthest = values.abs().max().into_scalar::<f32>();
                assert!(furthest <= 0.05 && furthest > least, "{furthest}, expected {least}");
            }
        }
    }

    #[test]
    fn draws_follow_the_key() {
        for initializer in Initializer::ALL.into_iter().filter(|i| *i != Initializer::Zeros) {
            let draw = |seed| initializer.draw(9, 20, Key::new(seed));
            assert_eq!(draw(1), draw(1));
            assert_ne!(draw(1), draw(2));
        }
    }

    /// The weights of a seed are those that a single thread draws.
    #[test]
    fn threads_do_not_change_what_is_drawn() {
        let (count, key) = (2 * CHUNK + 3, Key::new(1));
        let (mut normal, mut uniform) = (key.rng(), key.rng());
        let normal: Vec<f32> = (0..count).map(|_| (0.01 * normal.normal()) as f32).collect();
        let uniform = (0..count).map(|_| {
            (Initializer::Uniform.standard_deviation(7)
                * 3_f64.sqrt()
                * (2.0 * uniform.f64() - 1.0)) as f32
        });
        assert_eq!(Initializer::Normal.draw(7, count, key), normal);
        assert_eq!(Initializer::Uniform.draw(7, count, key), uniform.collect::<Vec<_>>());
    }

    /// Without an activation Xavier preserves the variance through a layer, and He doubles it (the
    /// lecture's argument).
    #[test]
    fn variance_through_a_layer() {
        // One input of 300 features, N(0, 1).
        let x = Initializer::Xavier.weights(1, 300, Key::new(2), &Device::flex());
        for (initializer, gain) in
            [(Initializer::Xavier, 1.0), (Initializer::He, 2.0), (Initializer::Normal, 0.03)]
        {
            let y = x.clone().matmul(initializer.weights(300, 4000, Key::new(3), &Device::flex()));
            let energy = |t: &Tensor<2>| f64::from(t.clone().square().mean().into_scalar::<f32>());
            let ratio = energy(&y) / energy(&x);
            assert!((ratio / gain - 1.0).abs() < 0.12, "{initializer:?}: {ratio}");
        }
    }

    /// Through ten layers the factors of the variance multiply: with small numbers the activations
    /// vanish, with Xavier their size is preserved, with He they explode without ReLU and are
    /// preserved with it.
    #[test]
    fn size_through_ten_layers() {
        let through = |initializer: Initializer, activation: Option<Activation>| {
            let x = Initializer::Xavier.weights(1, 500, Key::new(2), &Device::flex());
            let size = |t: &Tensor<2>| f64::from(t.clone().square().mean().into_scalar::<f32>());
            let y = (0..10).fold(x.clone(), |x, layer| {
                let sums =
                    x.matmul(initializer.weights(500, 500, Key::new(3).at(layer), &Device::flex()));
                activation.map_or(sums.clone(), |f| f.forward(sums))
            });
            size(&y) / size(&x)
        };
        // Of the variance: (500 * 0.01^2)^10, 1, 2^10 and (2 / 2)^10.
        assert!(
            (1e-14..1e-12).contains(&through(Initializer::Normal, None)),
            "{}",
            through(Initializer::Normal, None)
        );
        assert!(
            (0.5..2.0).contains(&through(Initializer::Xavier, None)),
            "{}",
            through(Initializer::Xavier, None)
        );
        assert!(
            (500.0..2000.0).contains(&through(Initializer::He, None)),
            "{}",
            through(Initializer::He, None)
        );
        assert!((0.5..2.0).contains(&through(Initializer::He, Some(Activation::Relu))));
        assert!(
            through(Initializer::Xavier, Some(Activation::Relu)) < 0.01,
            "half of the variance is lost in each layer"
        );
    }

    /// The units of a layer that starts with zeros have equal gradients, so gradient descent keeps
    /// them equal. With random weights they differ.
    #[test]
    fn units_that_start_from_zero_stay_alike() {
        let device = Device::flex().autodiff();
        let x = Tensor::<2>::from_floats([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], &device);
        let wanted = Tensor::<2>::from_floats([[1.0], [0.0], [2.0]], &device);
        let trained = |initializer: Initializer| {
            let weights = |inputs, outputs, key| {
                initializer.weights(inputs, outputs, Key::new(key), &device).require_grad()
            };
            let (mut hidden, mut output) = (weights(2, 3, 1), weights(3, 1, 2));
            for _ in 0..5 {
                let y = Activation::Logistic
                    .forward(x.clone().matmul(hidden.clone()))
                    .matmul(output.clone());
                let gradients = (y - wanted.clone()).square().sum().backward();
                let step = |w: &Tensor<2>| {
                    let moved = w.clone().inner() - w.grad(&gradients).unwrap().mul_scalar(0.1);
                    Tensor::from_inner(moved).require_grad()
                };
                (hidden, output) = (step(&hidden), step(&output));
            }
            hidden.inner().try_into_vec_as::<f32>().unwrap()
        };
        let (zeros, random) = (trained(Initializer::Zeros), trained(Initializer::Xavier));
        for unit in 1..3 {
            assert_eq!([zeros[unit], zeros[3 + unit]], [zeros[0], zeros[3]]);
            assert!((random[unit] - random[0]).abs() > 1e-3);
        }
        assert!(zeros[0] != 0.0, "the weights must have changed");
    }

    #[test]
    fn bias_is_zero_unless_asked_for() {
        let bias = |initializer| {
            let layer = Initializer::He.linear(3, 4, initializer, Key::new(1), &Device::flex());
            layer.bias.map(|bias| bias.val().try_into_vec_as::<f32>().unwrap())
        };
        assert_eq!(bias(None), None);
        assert_eq!(bias(Some(Initializer::Zeros)).unwrap(), [0.0; 4]);
        assert!(
            bias(Some(Initializer::Uniform)).unwrap().iter().all(|b| *b != 0.0 && b.abs() < 0.578)
        );
    }
}
