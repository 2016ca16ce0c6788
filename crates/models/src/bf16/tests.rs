//! Compares products of bfloat16 to sums in 64 bits, and a training step to one in 32 bits.

use super::*;
use crate::{Key, MlpConfig, Precision, ResidualMlpConfig};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use burn_flex::FlexTensor;
use proptest::prelude::*;

fn draw(n: usize, seed: u64) -> Vec<f32> {
    let key = Key::new(seed);
    (0..n).map(|i| (key.word(i as u64) >> 40) as f32 / 8_388_608.0 - 1.0).collect()
}

fn rounded(x: f32) -> f32 {
    f32::from_bits(round(x) << 16)
}

fn tensor(values: &[f32], shape: [usize; 2]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values.to_vec(), shape))
}

type Way = Box<dyn Fn(&Matrix<'_>, &Matrix<'_>) -> Vec<f32>>;

/// Returns all ways to compute a product on this processor: the products of rounded factors, which
/// every processor has, and each kernel.
fn ways() -> Vec<Way> {
    #[cfg_attr(not(target_arch = "x86_64"), allow(unused_mut))]
    let mut ways: Vec<Way> = vec![Box::new(product_of_rounded)];
    #[cfg(target_arch = "x86_64")]
    for kernel in kernel::Kernel::available() {
        ways.push(Box::new(|left, right| product::product_of(*kernel, left, right)));
    }
    ways
}

/// Compares all ways to compute the product, for factors in row-major or column-major order, with
/// sums in 64 bits of the rounded entries.
#[track_caller]
fn check([m, k, n]: [usize; 3], transposed: [bool; 2], seed: u64) {
    let (a, b) = (draw(m * k, seed), draw(k * n, seed + 1));
    let of = |values: &[f32], [rows, columns]: [usize; 2], transposed: bool| {
        tensor(values, if transposed { [columns, rows] } else { [rows, columns] })
    };
    let (left, right) = (of(&a, [m, k], transposed[0]), of(&b, [k, n], transposed[1]));
    let turned = |tensor, transposed| {
        let matrix = Matrix::of(tensor);
        if transposed { matrix.transposed() } else { matrix }
    };
    let (left, right) = (turned(&left, transposed[0]), turned(&right, transposed[1]));
    let at = |values: &[f32], [rows, columns]: [usize; 2], transposed: bool, row, column| {
        f64::from(rounded(
            values[if transposed { column * rows + row } else { row * columns + column }],
        ))
    };
    for (way, product_of) in ways().into_iter().enumerate() {
        let product = product_of(&left, &right);
        assert_eq!(product.len(), m * n);
        for row in 0..m {
            for column in 0..n {
                let terms = (0..k).map(|i| {
                    at(&a, [m, k], transposed[0], row, i) * at(&b, [k, n], transposed[1], i, column)
                });
                let (expected, got) = (terms.sum::<f64>(), f64::from(product[row * n + column]));
                assert!(
                    (expected - got).abs() < 1e-6 * (k as f64).max(10.0),
                    "way {way} of {m} x {k} x {n}, {transposed:?}, at {row}, {column}: {got}, \
                     expected {expected}"
                );
            }
        }
    }
}

/// Sizes around those of a tile (16 and 32), of the kernel (32) and of a task (128).
#[test]
fn products_are_right_around_the_sizes_of_the_kernel() {
    for m in [1, 15, 16, 17, 31, 32, 33] {
        for k in [1, 31, 32, 33] {
            for n in [1, 15, 16, 17, 32, 33, 127, 128, 129] {
                for transposed in [[false, false], [true, false], [false, true]] {
                    check([m, k, n], transposed, 1);
                }
            }
        }
    }
    check([130, 1000, 300], [false, false], 2);
    // More rows than those of a task.
    for m in [1023, 1024, 1025, 2050] {
        check([m, 3, 5], [true, false], 3);
    }
}

#[test]
fn a_product_without_entries_is_zero() {
    for [m, k, n] in [[0, 3, 2], [3, 0, 2], [3, 2, 0]] {
        check([m, k, n], [false, false], 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn products_are_right(
        m in 1..80_usize,
        k in 1..130_usize,
        n in 1..150_usize,
        transposed: [bool; 2],
        seed in 0..1000_u64,
    ) {
        check([m, k, n], transposed, seed);
    }

    /// Rounding is to the nearest of the two neighbours, and to the even one of two equally near.
    #[test]
    fn rounding_is_to_the_nearest(bits: u32) {
        let x = f32::from_bits(bits);
        let got = rounded(x);
        if x.is_nan() {
            prop_assert!(got.is_nan());
        } else {
            let [down, up] = [bits >> 16, (bits >> 16) + 1].map(|half| f32::from_bits(half << 16));
            let rest = bits & 0xffff;
            let is_up = rest > 0x8000 || rest == 0x8000 && bits >> 16 & 1 == 1;
            prop_assert_eq!(got.to_bits(), if is_up { up } else { down }.to_bits());
        }
    }
}

/// NaN and infinite weights reach the result, so that a training that diverges is noticed.
#[test]
fn nan_and_infinity_stay() {
    assert!(rounded(f32::from_bits(0x7f80_0001)).is_nan() && rounded(f32::NAN).is_nan());
    assert_eq!(
        [f32::INFINITY, f32::NEG_INFINITY, 0.0, 1.5].map(rounded),
        [f32::INFINITY, f32::NEG_INFINITY, 0.0, 1.5]
    );
    let mut values = draw(40 * 40, 1);
    (values[3], values[45]) = (f32::NAN, f32::INFINITY);
    let (a, b) = (tensor(&values, [40, 40]), tensor(&draw(40 * 40, 2), [40, 40]));
    for product_of in ways() {
        let product = product_of(&Matrix::of(&a), &Matrix::of(&b));
        assert!(product[..40].iter().all(|x| x.is_nan()));
        assert!(product[40..80].iter().all(|x| x.is_infinite()));
        assert!(product[80..].iter().all(|x| x.is_finite()));
    }
}

/// Both gradients of a product are products of this precision: with the factors of the loss
/// sum(g y), the gradient of y is g.
#[test]
fn gradients_are_products_of_this_precision() {
    let device = Device::flex().autodiff();
    let [n, inputs, outputs] = [37, 50, 29];
    let (x, w, g) = (draw(n * inputs, 1), draw(inputs * outputs, 2), draw(n * outputs, 3));
    let tracked = |values: &[f32], shape: [usize; 2]| {
        Tensor::<2>::from_data(TensorData::new(values.to_vec(), shape), &device)
    };
    let factors = tracked(&g, [n, outputs]);
    let [a, b] =
        [tracked(&x, [n, inputs]), tracked(&w, [inputs, outputs])].map(Tensor::require_grad);
    let y = crate::product_flex::affine(a.clone(), b.clone(), None, Precision::Bf16).unwrap();
    let gradients = (y.clone() * factors).sum().backward();
    let [x, w, g] =
        [tensor(&x, [n, inputs]), tensor(&w, [inputs, outputs]), tensor(&g, [n, outputs])];
    let host = |tensor: Tensor<2>| tensor.try_into_vec_as::<f32>().unwrap();
    assert_eq!(host(y.inner()), product_of(&Matrix::of(&x), &Matrix::of(&w)));
    assert_eq!(
        host(a.grad(&gradients).unwrap()),
        product_of(&Matrix::of(&g), &Matrix::of(&w).transposed())
    );
    assert_eq!(
        host(b.grad(&gradients).unwrap()),
        product_of(&Matrix::of(&x).transposed(), &Matrix::of(&g))
    );
}

/// A part of a larger tensor, and one whose rows are all the same memory, give the product of a
/// copy.
#[test]
fn layouts_change_no_bit() {
    let device = Device::flex();
    let whole = |rows: usize, columns: usize, seed| {
        let data = TensorData::new(draw(rows * columns, seed), [rows, columns]);
        Tensor::<2>::from_data(data, &device)
    };
    let part = whole(70, 90, 1).narrow(0, 3, 50).narrow(1, 7, 66);
    let repeated = whole(1, 66, 2).expand([50, 66]);
    let right = whole(80, 100, 3).narrow(0, 5, 66).narrow(1, 11, 61);
    let opened = |tensor: Tensor<2>| tensor.try_into_primitive::<burn::backend::Flex>().unwrap();
    let copied = |tensor: &FlexTensor| tensor.to_contiguous();
    let right = opened(right);
    for left in [part, repeated].map(opened) {
        let (left_copy, right_copy) = (copied(&left), copied(&right));
        for product in ways() {
            assert_eq!(
                product(&Matrix::of(&left), &Matrix::of(&right)),
                product(&Matrix::of(&left_copy), &Matrix::of(&right_copy))
            );
        }
    }
}

/// Scores and input gradients of a training step, on this number of threads.
fn step<M: Module>(
    threads: usize,
    init: impl Fn(&Device) -> M + Sync,
    forward: impl Fn(&M, Tensor<2>) -> Tensor<2> + Sync,
) -> [Vec<f32>; 2] {
    let step = || {
        let device = Device::flex().autodiff();
        let data = TensorData::new(draw(100 * 200, 5), [100, 200]);
        let x = Tensor::<2>::from_data(data, &device).require_grad();
        let scores = forward(&init(&device), x.clone());
        let gradients = scores.clone().square().sum().backward();
        [scores.inner(), x.grad(&gradients).unwrap()].map(|t| t.try_into_vec_as::<f32>().unwrap())
    };
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(step)
}

/// The mean distance of the entries, relative to their size.
fn distance(a: &[f32], b: &[f32]) -> f64 {
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|x| x * x).sum::<f64>().sqrt();
    let pairs = a.iter().zip(b).map(|(a, b)| (f64::from(*a), f64::from(*b)));
    norm(&mut pairs.clone().map(|(a, b)| a - b)) / norm(&mut pairs.map(|(_, b)| b))
}

/// A step is near that of 32 bits but not the same, so the setting reaches forward and backward
/// pass; and the number of threads changes no bit of it.
#[test]
fn a_step_is_that_of_32_bits_with_less_precision() {
    let mlp = |precision, threads| {
        let config = MlpConfig { hidden: vec![150, 70], precision, ..MlpConfig::default() };
        let init = |device: &Device| config.init(200, 10, Key::new(3), device).unwrap();
        step(threads, init, |m, x| m.forward_training(x, Key::new(4)))
    };
    let residual = |precision, threads| {
        let config =
            ResidualMlpConfig { width: 90, depth: 2, precision, ..ResidualMlpConfig::default() };
        let init = |device: &Device| config.init(200, 10, Key::new(3), device).unwrap();
        step(threads, init, |m, x| m.forward_training(x, Key::new(4)))
    };
    let steps: [&dyn Fn(Precision, usize) -> [Vec<f32>; 2]; 2] = [&mlp, &residual];
    for step in steps {
        let (half, full) = (step(Precision::Bf16, 1), step(Precision::F32, 1));
        for (half, full) in half.iter().zip(&full) {
            let distance = distance(half, full);
            assert!((1e-4..0.2).contains(&distance), "{distance}");
        }
        assert_eq!(half, step(Precision::Bf16, 3));
    }
}

/// Inference has 32 bits: with the same bits as a model of that precision.
#[test]
fn inference_has_32_bits() {
    let device = Device::flex();
    let x = Tensor::<2>::from_data(TensorData::new(draw(50 * 200, 5), [50, 200]), &device);
    let scores = |precision| {
        let config = MlpConfig { hidden: vec![150, 70], precision, ..MlpConfig::default() };
        let model = config.init(200, 10, Key::new(3), &device).unwrap();
        model.forward(x.clone()).try_into_vec_as::<f32>().unwrap()
    };
    assert_eq!(scores(Precision::Bf16), scores(Precision::F32));
}
