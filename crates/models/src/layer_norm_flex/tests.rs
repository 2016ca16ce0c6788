//! Compares layer normalisation to Burn's, and to the formulas in 64 bits, around the sizes of
//! lanes, blocks, strips and tasks.

use super::*;
use crate::{Initializer, Key};
use burn::module::Param;
use burn::nn::LayerNormConfig;
use burn::tensor::{Device, TensorData};

fn draw(shape: [usize; 2], seed: u64, device: &Device) -> Tensor<2> {
    Initializer::Normal
        .weights(shape[0], shape[1], Key::new(seed), device)
        .mul_scalar(50.0)
        .add_scalar(0.5)
}

fn norm(units: usize, device: &Device) -> LayerNorm {
    let mut norm = LayerNormConfig::new(units).init(device);
    norm.gamma = Param::from_tensor(draw([1, units], 3, device).reshape([units]));
    norm.beta = Some(Param::from_tensor(draw([1, units], 4, device).reshape([units])));
    norm
}

/// Returns the output and the gradients of input, gamma and beta.
fn results(own: bool, shape: [usize; 2]) -> [Vec<f32>; 4] {
    let device = Device::flex().autodiff();
    let (norm, x) = (norm(shape[1], &device), draw(shape, 1, &device).require_grad());
    let y = if own { normalised(x.clone(), &norm, None).unwrap() } else { norm.forward(x.clone()) };
    // Transposed, so that the gradient is not contiguous.
    let weights = draw([shape[1], shape[0]], 2, &device);
    let gradients = (y.clone().transpose() * weights).sum().backward();
    let (gamma, beta) = (norm.gamma.val(), norm.beta.as_ref().unwrap().val());
    [
        y.inner().try_into_vec_as().unwrap(),
        x.grad(&gradients).unwrap().try_into_vec_as().unwrap(),
        gamma.grad(&gradients).unwrap().try_into_vec_as().unwrap(),
        beta.grad(&gradients).unwrap().try_into_vec_as().unwrap(),
    ]
}

#[track_caller]
fn assert_close(shape: [usize; 2], got: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(got.len(), expected.len());
    let largest = expected.iter().fold(1.0_f32, |largest, value| largest.max(value.abs()));
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert!(
            (got - expected).abs() <= tolerance * largest,
            "{shape:?} {i}: {got} and {expected}"
        );
    }
}

#[test]
fn outputs_and_gradients_are_those_of_burn() {
    for units in [2, 31, 32, 33, 63, 64, 65, 1023, 1024, 1025, CHUNK - 1, CHUNK, CHUNK + 1] {
        for rows in [1, 2, 65] {
            let shape = [rows, units];
            for (own, burns) in results(true, shape).iter().zip(results(false, shape)) {
                assert_close(shape, own, &burns, 3e-5);
            }
        }
    }
    let shape = [CHUNK / 2 + 1, 2];
    assert_close(shape, &results(true, shape)[0], &results(false, shape)[0], 1e-4);
}

/// A row of one unit has no variance: the output is beta, and the gradient is 0.
#[test]
fn one_unit_is_beta() {
    let [y, by_x, by_gamma, by_beta] = results(true, [3, 1]);
    let beta: Vec<f32> = draw([1, 1], 4, &Device::flex()).try_into_vec_as().unwrap();
    assert_eq!(y, [beta[0]; 3]);
    assert!(by_x.iter().all(|g| g.abs() < 1e-3), "{by_x:?}");
    assert_eq!((by_gamma, by_beta.len()), (vec![0.0], 1));
}

#[test]
fn outputs_are_those_of_64_bits_far_from_0() {
    let device = Device::flex();
    let units = 3000;
    let x = draw([2, units], 1, &device).add_scalar(1000.0);
    let values: Vec<f32> = x.clone().try_into_vec_as().unwrap();
    let plain = LayerNormConfig::new(units).init(&device);
    let got: Vec<f32> = normalised(x, &plain, None).unwrap().try_into_vec_as().unwrap();
    for (row, got) in values.chunks(units).zip(got.chunks(units)) {
        let mean = row.iter().map(|x| f64::from(*x)).sum::<f64>() / units as f64;
        let variance =
            row.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / units as f64;
        for (x, got) in row.iter().zip(got) {
            let expected = (f64::from(*x) - mean) / (variance + 1e-5).sqrt();
            assert!((f64::from(*got) - expected).abs() < 1e-3, "{got} and {expected}");
        }
    }
}

#[test]
fn bits_are_the_same_without_gradients_and_an_empty_batch_stays_empty() {
    let on = |device: &Device, rows| {
        let x = draw([7, 300], 1, device).slice([0..rows, 0..300]);
        normalised(x, &norm(300, device), None).unwrap().try_into_vec_as::<f32>().unwrap()
    };
    assert_eq!(on(&Device::flex(), 7), on(&Device::flex().autodiff(), 7));
    assert!(on(&Device::flex(), 0).is_empty() && on(&Device::flex().autodiff(), 0).is_empty());
}

#[test]
fn a_number_that_is_not_finite_spoils_its_row_alone() {
    for bad in [f32::NAN, f32::INFINITY] {
        let device = Device::flex();
        let x = Tensor::<2>::from_data(TensorData::new(vec![1.0, bad, 3.0, 4.0], [2, 2]), &device);
        let y: Vec<f32> =
            normalised(x, &norm(2, &device), None).unwrap().try_into_vec_as().unwrap();
        assert!(y[0].is_nan() && y[1].is_nan() && y[2].is_finite() && y[3].is_finite(), "{y:?}");
    }
}

#[test]
fn other_layouts_are_left_to_burn() {
    let device = Device::flex().autodiff();
    let x = draw([3, 4], 1, &device).transpose();
    assert!(normalised(x, &norm(3, &device), None).is_err());
}
