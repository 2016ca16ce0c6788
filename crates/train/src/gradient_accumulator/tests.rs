//! Tests of sums of gradients over batches.

use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, TensorData};
use zunder_random::Key;

use super::*;

fn gradient(n: usize, key: u64) -> Vec<f32> {
    let mut rng = Key::new(key).rng();
    (0..n).map(|_| rng.normal() as f32).collect()
}

fn gradients(linear: &Linear, n: usize, key: u64) -> GradientsParams {
    let mut gradients = GradientsParams::new();
    let tensor = Tensor::<2>::from_data(TensorData::new(gradient(n, key), [n, 1]), &Device::flex());
    gradients.register(linear.weight.id, tensor);
    gradients
}

#[test]
fn gradients_of_batches_add_up_and_begin_anew() {
    let config = GradientsConfig { accumulate: 3, ..GradientsConfig::default() };
    for n in [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 5] {
        let linear = LinearConfig::new(n, 1).init(&Device::flex());
        let mut accumulated = GradientAccumulator::new(&config);
        for round in [0, 100] {
            for key in 0..3 {
                assert!(!accumulated.is_full());
                accumulated.add(&linear, gradients(&linear, n, round + key), 2.0).unwrap();
            }
            assert!(accumulated.is_full());
            let (mut sum, weight) = accumulated.take();
            let got: Vec<f32> =
                sum.remove::<2>(linear.weight.id).unwrap().try_into_vec_as().unwrap();
            let [a, b, c] = [0, 1, 2].map(|key| gradient(n, round + key));
            assert!((0..n).all(|i| got[i] == a[i] + b[i] + c[i]) && got.len() == n);
            assert_eq!((weight, accumulated.is_empty()), (6.0, true));
        }
    }
}

/// A parameter that has a gradient in one batch only, whichever.
#[test]
fn a_single_gradient_is_the_sum() {
    let config = GradientsConfig { accumulate: 2, ..GradientsConfig::default() };
    let linear = LinearConfig::new(4, 1).init(&Device::flex());
    for first in [true, false] {
        let mut accumulated = GradientAccumulator::new(&config);
        for batch in [true, false] {
            let batch =
                if batch == first { gradients(&linear, 4, 7) } else { GradientsParams::new() };
            accumulated.add(&linear, batch, 1.0).unwrap();
        }
        let got: Vec<f32> =
            accumulated.take().0.remove::<2>(linear.weight.id).unwrap().try_into_vec_as().unwrap();
        assert_eq!(got, gradient(4, 7));
    }
}
