//! Compares the product and its gradients to Burn's, and to plain sums in 64 bits.

use super::*;
use crate::{Initializer, Key};
use burn::tensor::{Device, TensorData};
use proptest::prelude::*;

fn host(tensor: Tensor<2>) -> Vec<f32> {
    tensor.try_into_vec_as().unwrap()
}

fn gradients(own: bool, shape: [usize; 3]) -> [Vec<f32>; 3] {
    let device = Device::flex().autodiff();
    let [n, inputs, outputs] = shape;
    let draw = |rows, columns, seed| {
        Initializer::Xavier.weights(rows, columns, Key::new(seed), &device).require_grad()
    };
    let (x, w) = (draw(n, inputs, 1), draw(inputs, outputs, 2));
    let y = if own { product(&x, &w).unwrap() } else { x.clone().matmul(w.clone()) };
    // Squared, so that the gradient differs between entries; transposed and back, so that it is not
    // contiguous.
    let gradients = y.clone().transpose().square().sum().backward();
    [host(y.inner()), host(x.grad(&gradients).unwrap()), host(w.grad(&gradients).unwrap())]
}

#[test]
fn equals_burns_own_product_and_gradients() {
    for shape in [[1, 1, 1], [5, 7, 3], [16, 33, 20], [16, 20, 33], [40, 300, 10], [128, 300, 200]]
    {
        for (own, burns) in gradients(true, shape).iter().zip(gradients(false, shape)) {
            assert_eq!(own.len(), burns.len());
            for (a, b) in own.iter().zip(burns) {
                assert!((a - b).abs() <= 1e-5 * b.abs().max(1.0), "{shape:?}: {a} and {b}");
            }
        }
    }
}

#[test]
fn bits_are_the_same_without_gradients() {
    let (plain, device) = (Device::flex(), Device::flex().autodiff());
    for outputs in [10, 40] {
        let of = |device: &Device| {
            let draw = |rows, columns, seed| {
                Initializer::Xavier.weights(rows, columns, Key::new(seed), device)
            };
            host(product(&draw(33, 300, 1), &draw(300, outputs, 2)).unwrap())
        };
        assert_eq!(of(&plain), of(&device));
    }
}

fn draw(n: usize, seed: u64) -> Vec<f32> {
    let key = Key::new(seed);
    (0..n).map(|i| (key.word(i as u64) >> 40) as f32 / 8_388_608.0 - 1.0).collect()
}

/// Compares entries of a result to the sum of their terms, for at most about a million terms in
/// total.
#[track_caller]
fn assert_sums(got: &[f32], terms: usize, term: impl Fn(usize, usize) -> f64) {
    let step = (got.len().saturating_mul(terms) / 1_000_000).clamp(1, got.len().div_ceil(8).max(1));
    for i in (0..got.len()).step_by(step).chain(got.len().checked_sub(1)) {
        let (sum, size) = (0..terms)
            .map(|k| term(i, k))
            .fold((0.0, 0.0), |(sum, size), x| (sum + x, size + x.abs()));
        assert!(
            (f64::from(got[i]) - sum).abs() <= 2e-6 * size,
            "entry {i} is {}, expected {sum}",
            got[i]
        );
    }
}

/// The product and both gradients of sum(y c), where c is the gradient at the product.
///
/// `flipped` transposes the tensors on the way, which leaves their memory unchanged.
#[track_caller]
fn check([rows, inputs, outputs]: [usize; 3], flipped: bool) {
    let device = Device::flex().autodiff();
    let tensor = |values: &[f32], shape| {
        Tensor::<2>::from_data(TensorData::new(values.to_vec(), shape), &device)
    };
    let turned = |values: &[f32], columns: usize| -> Vec<f32> {
        if flipped {
            values.chunks(columns.max(1)).rev().flatten().copied().collect()
        } else {
            values.to_vec()
        }
    };
    let flip = |tensor: Tensor<2>| if flipped { tensor.flip([0]) } else { tensor };
    let (x, w, c) = (draw(rows * inputs, 1), draw(inputs * outputs, 2), draw(rows * outputs, 3));
    let tx = tensor(&turned(&x, inputs), [rows, inputs]).require_grad();
    let tw = tensor(&turned(&w, outputs), [inputs, outputs]).require_grad();
    let tc = tensor(&turned(&c, outputs), [rows, outputs]);
    let y = product(&flip(tx.clone()), &flip(tw.clone())).unwrap();
    let gradients = (flip(y.clone()).transpose() * tc.transpose()).sum().backward();
    let at = |matrix: &[f32], columns: usize, row: usize, column: usize| {
        f64::from(matrix[row * columns + column])
    };
    let of = |i: usize, k: usize| at(&x, inputs, i / outputs, k) * at(&w, outputs, k, i % outputs);
    assert_sums(&host(y.inner()), inputs, of);
    let of = |i: usize, k: usize| at(&c, outputs, i / inputs, k) * at(&w, outputs, i % inputs, k);
    assert_sums(&turned(&host(tx.grad(&gradients).unwrap()), inputs), outputs, of);
    let of = |i: usize, n: usize| at(&x, inputs, n, i / outputs) * at(&c, outputs, n, i % outputs);
    assert_sums(&turned(&host(tw.grad(&gradients).unwrap()), outputs), rows, of);
}

#[test]
fn products_and_gradients_are_those_of_64_bits_at_every_constant() {
    for flipped in [false, true] {
        for outputs in [1, WIDEST - 1, WIDEST, WIDEST + 1, 40] {
            for rows in [1, 2, 255, 256, 257] {
                check([rows, 1, outputs], flipped);
                check([rows, 17, outputs], flipped);
                check([rows, 41, outputs], flipped);
            }
        }
        // The sizes from which the product uses several threads.
        for inputs in [191, 192, 193] {
            check([192, inputs, 192], flipped);
        }
    }
}

#[test]
fn layers_may_be_wide_and_batches_large() {
    for long in [65_535, 65_536, 65_537, 3 * 148 * 148, 300_001] {
        for [rows, inputs, outputs] in [
            [3, long, 10],
            [3, long, 16],
            [3, long, 17],
            [2, 20, long],
            [long, 5, 10],
            [long, 5, 20],
        ] {
            check([rows, inputs, outputs], false);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn products_and_gradients_are_those_of_64_bits_for_every_shape(
        rows in 1_usize..300,
        inputs in 1_usize..120,
        outputs in 1_usize..120,
        flipped in any::<bool>(),
    ) {
        check([rows, inputs, outputs], flipped);
    }
}
