//! Compares the operation and its gradients to Burn's, at every size that the kernel treats
//! separately.

use super::*;
use crate::{Activation, Initializer, Key, dropout};
use burn::module::Param;
use burn::nn::BatchNormConfig;
use burn::tensor::Device;
use proptest::prelude::*;

const P: f64 = 0.3;

/// Returns the output, the gradients of input, gamma and beta, and the running averages, after two
/// batches.
fn results(
    own: bool,
    [rows, columns]: [usize; 2],
    function: Option<Activation>,
    p: f64,
) -> Vec<Vec<f32>> {
    let device = Device::flex().autodiff();
    let mut norm = BatchNormConfig::new(columns).init(&device);
    let draw = |rows, columns, seed| {
        Initializer::He
            .weights(rows, columns, Key::new(seed), &device)
            .mul_scalar(3.0)
            .add_scalar(0.5)
    };
    norm.gamma = Param::from_tensor(draw(1, columns, 7).reshape([columns]));
    norm.beta = Param::from_tensor(draw(1, columns, 8).reshape([columns]));
    let key = Key::new(4);
    let mut results = Vec::new();
    for batch in 0..2 {
        let x = draw(rows, columns, batch).require_grad();
        let slope = function.map_or(1.0, |function| function.slope_below_zero().unwrap());
        let y = if own {
            normalised(&x, &norm, slope, Mask::new(p, key)).unwrap()
        } else {
            let standardised = norm.forward(x.clone());
            dropout(
                function.map_or(standardised.clone(), |function| function.forward(standardised)),
                p,
                key,
            )
        };
        // Weighted and squared, so that the gradient differs between entries; transposed, so that
        // it is not contiguous.
        let gradients = (y.clone().transpose() * draw(columns, rows, 9)).square().sum().backward();
        let host = |t: Tensor<1>| t.try_into_vec_as::<f32>().unwrap();
        results.push(host(y.inner().flatten(0, 1)));
        results.push(host(x.grad(&gradients).unwrap().flatten(0, 1)));
        results.push(host(norm.gamma.val().grad(&gradients).unwrap()));
        results.push(host(norm.beta.val().grad(&gradients).unwrap()));
    }
    results.extend(
        [&norm.running_mean, &norm.running_var]
            .map(|of| of.value_sync().try_into_vec_as::<f32>().unwrap()),
    );
    results
}

#[test]
fn equals_burns_own_operations_and_gradients() {
    for shape in [[2, 1], [5, 7], [16, 64], [33, 65], [128, 300]] {
        for function in [None, Some(Activation::Relu), Some(Activation::LeakyRelu)] {
            for p in [0.0, P] {
                let (own, burns) =
                    (results(true, shape, function, p), results(false, shape, function, p));
                for (part, (own, burns)) in own.iter().zip(&burns).enumerate() {
                    assert_eq!(own.len(), burns.len());
                    let largest =
                        burns.iter().fold(1.0_f32, |largest, value| largest.max(value.abs()));
                    for (a, b) in own.iter().zip(burns) {
                        assert!(
                            (a - b).abs() <= 2e-5 * largest,
                            "{shape:?} {function:?} {p} part {part}: {a} and {b}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn threads_change_no_bit() {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| results(true, [150, 200], Some(Activation::Relu), P))
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn other_devices_and_frozen_norms_are_left_to_burn() {
    let x = Tensor::<2>::ones([2, 2], &Device::flex());
    let norm = BatchNormConfig::new(2).init(&Device::flex());
    assert!(normalised(&x, &norm, 0.0, None).is_none(), "no gradients wanted");
    let x = Tensor::<2>::ones([2, 2], &Device::flex().autodiff());
    let mut norm = BatchNormConfig::new(2).init(&x.device());
    norm.training = Param::from_bool(false);
    assert!(normalised(&x, &norm, 0.0, None).is_none());
}

fn draw(n: usize, seed: u64) -> Vec<f32> {
    let key = Key::new(seed);
    (0..n).map(|i| (key.word(i as u64) >> 40) as f32 / 4_194_304.0 - 1.5).collect()
}

/// Compares two vectors relative to the largest number of the second. `rounding` returns what the
/// rounding of a place's operands to 32 bits may add.
#[track_caller]
fn assert_close(name: &str, got: &[f32], expected: &[f64], rounding: impl Fn(usize) -> f64) {
    assert_eq!(got.len(), expected.len(), "{name}");
    let largest = expected.iter().fold(1.0_f64, |largest, value| largest.max(value.abs()));
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert!(
            (f64::from(*got) - expected).abs() <= 1e-4 * largest + rounding(i),
            "{name} {i} is {got}, expected {expected}"
        );
    }
}

/// Compares output and gradients of sum(y c) to the formulas in 64 bits, column by column.
#[track_caller]
fn check([rows, columns]: [usize; 2], slope: f32, p: f64) {
    let device = Device::flex().autodiff();
    let mut norm = BatchNormConfig::new(columns).init(&device);
    let vector = |values: &[f32]| {
        Tensor::<1>::from_data(TensorData::new(values.to_vec(), [columns]), &device)
    };
    let matrix = |values: &[f32]| {
        Tensor::<2>::from_data(TensorData::new(values.to_vec(), [rows, columns]), &device)
    };
    let (x, c, gamma, beta) =
        (draw(rows * columns, 1), draw(rows * columns, 2), draw(columns, 3), draw(columns, 4));
    norm.gamma = Param::from_tensor(vector(&gamma));
    norm.beta = Param::from_tensor(vector(&beta));
    let (input, mask) = (matrix(&x).require_grad(), Mask::new(p, Key::new(5)));
    let y = normalised(&input, &norm, slope, mask).unwrap();
    let gradients = (y.clone() * matrix(&c)).sum().backward();
    let host = |t: Tensor<1>| t.try_into_vec_as::<f32>().unwrap();
    let output = host(y.inner().flatten(0, 1));
    let mut factors = vec![1.0; rows * columns];
    mask.inspect(|mask| mask.fill(0, &mut factors));

    let (mut expected, mut by_x) = (vec![0.0; rows * columns], vec![0.0; rows * columns]);
    let (mut by_gamma, mut by_beta) = (vec![0.0; columns], vec![0.0; columns]);
    // In a column of nearly equal values, a small variance amplifies the rounding of x, and the
    // gradient is a small difference of large numbers.
    let (mut output_rounding, mut input_rounding) = (expected.clone(), expected.clone());
    let mut gamma_rounding = by_gamma.clone();
    let n = rows as f64;
    for column in 0..columns {
        let places = || (0..rows).map(|row| row * columns + column);
        let mean = places().map(|i| f64::from(x[i])).sum::<f64>() / n;
        let variance = places().map(|i| (f64::from(x[i]) - mean).powi(2)).sum::<f64>() / n;
        let inverse = 1.0 / (variance + norm.epsilon).sqrt();
        let standardised = |i: usize| (f64::from(x[i]) - mean) * inverse;
        // For numbers close to 0 the sign depends on rounding, so the sign that the kernel saw is
        // used.
        let derivative =
            |i: usize| f64::from(factors[i]) * if output[i] > 0.0 { 1.0 } else { f64::from(slope) };
        let g = |i: usize| f64::from(c[i]) * derivative(i);
        by_beta[column] = places().map(g).sum();
        by_gamma[column] = places().map(|i| g(i) * standardised(i)).sum();
        for i in places() {
            let a = standardised(i) * f64::from(gamma[column]) + f64::from(beta[column]);
            expected[i] = a * if a > 0.0 { 1.0 } else { f64::from(slope) } * f64::from(factors[i]);
            let rest = by_beta[column] / n + standardised(i) * by_gamma[column] / n;
            by_x[i] = f64::from(gamma[column]) * inverse * (g(i) - rest);
            let scale = f64::from(gamma[column]).abs();
            let of_standardised = 4.0 * f64::from(f32::EPSILON) * f64::from(x[i]).abs() * inverse;
            gamma_rounding[column] += g(i).abs() * of_standardised;
            output_rounding[i] = scale * f64::from(factors[i]) * of_standardised;
            input_rounding[i] = scale * inverse * by_gamma[column].abs() / n
                * of_standardised
                * (1.0 + standardised(i).abs());
        }
    }
    let shape = format!("{rows} x {columns}, slope {slope}, p {p}:");
    assert_close(&format!("{shape} output"), &output, &expected, |i| output_rounding[i]);
    assert_close(
        &format!("{shape} input"),
        &host(input.grad(&gradients).unwrap().flatten(0, 1)),
        &by_x,
        |i| input_rounding[i],
    );
    assert_close(
        &format!("{shape} gamma"),
        &host(norm.gamma.val().grad(&gradients).unwrap()),
        &by_gamma,
        |i| gamma_rounding[i],
    );
    assert_close(
        &format!("{shape} beta"),
        &host(norm.beta.val().grad(&gradients).unwrap()),
        &by_beta,
        |_| 0.0,
    );
}

/// Strips and blocks have 64 columns and rows (`columns.rs`), tasks have [`CHUNK`] elements.
#[test]
fn outputs_and_gradients_are_those_of_64_bits_at_every_constant() {
    for (slope, p) in [(0.0, 0.0), (0.01, P), (1.0, 0.0)] {
        for side in [1, 2, 63, 64, 65, 127, 128, 129] {
            check([2, side], slope, p);
            check([side.max(2), 3], slope, p);
        }
        for long in [CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 3] {
            check([2, long], slope, p);
            check([long, 2], slope, p);
        }
    }
}

/// The draws of these shapes have columns of two nearly equal values.
#[test]
fn small_variances_are_no_exception() {
    for columns in 1..400 {
        check([2, columns], 0.0, 0.0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn outputs_and_gradients_are_those_of_64_bits_for_every_shape(
        rows in 2_usize..200,
        columns in 1_usize..200,
        slope in prop::sample::select(vec![0.0_f32, 0.01, 1.0]),
        p in 0.0_f64..0.9,
    ) {
        check([rows, columns], slope, p);
    }
}
