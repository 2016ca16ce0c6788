//! Tests of the clipping of gradients.

use burn::nn::{Linear, LinearConfig};
use burn::tensor::TensorData;
use zunder_random::Key;

use super::*;

/// Long enough for the weight matrix to take two tasks.
const N: usize = 130;

fn gradients(linear: &Linear) -> GradientsParams {
    let mut rng = Key::new(5).rng();
    let mut draw = |n: usize| (0..n).map(|_| rng.normal() as f32).collect::<Vec<_>>();
    let mut gradients = GradientsParams::new();
    let device = Device::flex();
    gradients.register(
        linear.weight.id,
        Tensor::<2>::from_data(TensorData::new(draw(N * N), [N, N]), &device),
    );
    gradients.register(
        linear.bias.as_ref().unwrap().id,
        Tensor::<1>::from_data(TensorData::new(draw(N), [N]), &device),
    );
    gradients
}

/// Returns the gradients that an update receives: the weight's, then the bias's.
fn prepared(config: &GradientsConfig, in_memory: fn(&Device) -> bool) -> Vec<f32> {
    let linear = LinearConfig::new(N, N).init(&Device::flex());
    let (mut gradients, clip) =
        clip_gradients(config, &linear, gradients(&linear), 4.0, in_memory).unwrap();
    let weight = gradients.remove::<2>(linear.weight.id).unwrap().flatten::<1>(0, 1);
    let bias = gradients.remove::<1>(linear.bias.as_ref().unwrap().id).unwrap();
    let values: Vec<f32> = Tensor::cat(vec![weight, bias], 0).try_into_vec_as().unwrap();
    values.into_iter().map(|g| clip.element(g)).collect()
}

#[test]
fn memory_and_tensor_operations_clip_alike() {
    for (clip_value, clip_norm) in [
        (None, None),
        (Some(0.3), None),
        (None, Some(2.0)),
        (Some(0.3), Some(2.0)),
        (None, Some(1e9)),
    ] {
        let config = GradientsConfig { clip_value, clip_norm, ..GradientsConfig::default() };
        let (host, device) = (prepared(&config, |_| true), prepared(&config, |_| false));
        for (a, b) in host.iter().zip(&device) {
            assert!((a - b).abs() <= 1e-6 * a.abs(), "{config:?}: {a} on the host, {b} as tensors");
        }
        let norm = host.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
        assert!(
            if clip_norm == Some(2.0) { (norm - 2.0).abs() < 1e-5 } else { norm > 10.0 },
            "{config:?}: {norm}"
        );
        assert!(clip_value.is_none() || host.iter().all(|g| g.abs() <= 0.3));
    }
}

/// Lengths around the eight partial sums and around the length of a task.
#[test]
fn sums_of_squares_are_those_of_64_bits_at_every_size() {
    for n in [0, 1, 7, 8, 9, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 3] {
        let mut rng = Key::new(n as u64).rng();
        let gradient: Vec<f32> = (0..n).map(|_| rng.normal() as f32).collect();
        let expected: f64 = gradient.iter().map(|g| f64::from(*g).powi(2)).sum();
        let got = sum_of_squares(&gradient, Clip::NONE);
        assert!(
            (got - expected).abs() <= 1e-12 * expected,
            "{n} numbers: {got}, expected {expected}"
        );
    }
}

#[test]
fn each_tensor_is_shortened_by_itself() {
    let longest = 4.0;
    let config = GradientsConfig { clip_tensor_norm: Some(longest), ..GradientsConfig::default() };
    for in_memory in [(|_: &Device| true) as fn(&Device) -> bool, |_| false] {
        let (plain, clipped) =
            (prepared(&GradientsConfig::default(), in_memory), prepared(&config, in_memory));
        for part in [0..N * N, N * N..N * N + N] {
            let norm = |values: &[f32]| {
                values[part.clone()].iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt()
            };
            let (before, after) = (norm(&plain), norm(&clipped));
            // Each gradient is the mean of four draws from N(0, 1): the norm of 130 such numbers is
            // below the limit, that of 16900 above it.
            assert!((after - before.min(longest)).abs() < 1e-4, "{before} became {after}");
            let factor = (after / before) as f32;
            assert!(
                plain[part.clone()]
                    .iter()
                    .zip(&clipped[part.clone()])
                    .all(|(a, b)| (a * factor - b).abs() < 1e-5)
            );
        }
    }
}
