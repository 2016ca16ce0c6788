//! Compares both products to plain sums in 64 bits, at every size that the kernel treats
//! separately.

use super::*;
use proptest::prelude::*;
use zunder_random::Key;

fn draw(n: usize, seed: u64) -> Vec<f32> {
    let key = Key::new(seed);
    (0..n).map(|i| (key.word(i as u64) >> 40) as f32 / 8_388_608.0 - 1.0).collect()
}

/// Compares entries of a product to the sum of their terms, for at most about a million terms in
/// total.
#[track_caller]
fn assert_sums(got: &[f32], terms: usize, term: impl Fn(usize, usize) -> f64) {
    let step = (got.len().saturating_mul(terms) / 1_000_000).clamp(1, got.len().div_ceil(8).max(1));
    for i in (0..got.len()).step_by(step).chain(got.len().checked_sub(1)) {
        let (sum, size) = (0..terms)
            .map(|k| term(i, k))
            .fold((0.0, 0.0), |(sum, size), x| (sum + x, size + x.abs()));
        let error = (f64::from(got[i]) - sum).abs();
        assert!(error <= 1e-6 * size, "entry {i} is {}, expected {sum}", got[i]);
    }
}

/// Checks both products of one shape, with one and with three threads.
#[track_caller]
fn check(shape: [usize; 3]) {
    let [rows, inputs, outputs] = shape;
    let (x, w, g) = (draw(rows * inputs, 1), draw(inputs * outputs, 2), draw(rows * outputs, 3));
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| (product(&x, &w, shape), transposed_product(&x, &g, shape)))
    };
    let (forward, backward) = run(1);
    let (same_forward, same_backward) = run(3);
    assert!(
        forward == same_forward && backward == same_backward,
        "{shape:?}: the threads change bits"
    );
    assert_eq!((forward.len(), backward.len()), (rows * outputs, inputs * outputs), "{shape:?}");
    let at = |matrix: &[f32], columns: usize, row: usize, column: usize| {
        f64::from(matrix[row * columns + column])
    };
    let columns = outputs.max(1);
    let of = |i: usize, k: usize| at(&x, inputs, i / columns, k) * at(&w, outputs, k, i % columns);
    assert_sums(&forward, inputs, of);
    let of = |i: usize, n: usize| at(&x, inputs, n, i / columns) * at(&g, outputs, n, i % columns);
    assert_sums(&backward, rows, of);
}

/// Returns the sizes just below, at and above a constant of the kernel.
fn around(constant: usize) -> [usize; 3] {
    [constant - 1, constant, constant + 1]
}

#[test]
fn products_are_those_of_64_bits_at_every_constant() {
    for outputs in [1, 2, WIDEST - 1, WIDEST] {
        for small in [[0; 3], [1; 3], around(SIDE), around(STRIP), around(BLOCK)].concat() {
            for other in [0, 1, 3, SIDE, SIDE + 1] {
                check([small, other, outputs]);
                check([other, small, outputs]);
            }
        }
    }
    check([3, 5, 0]);
}

/// More inputs or rows than one task sums: an RGB image of 148 x 148 has 65,712 values.
#[test]
fn rows_and_columns_may_be_longer_than_a_task() {
    for long in [TASK / 2 + 1, TASK - 1, TASK, TASK + 1, 3 * 148 * 148, 16 * TASK + 3] {
        for short in [1, SIDE + 1] {
            for outputs in [1, 10] {
                check([short, long, outputs]);
                check([long, short, outputs]);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn products_are_those_of_64_bits_for_every_shape(
        short in 0_usize..20,
        long in prop_oneof![0_usize..600, 60_000_usize..140_000],
        outputs in 1..=WIDEST,
    ) {
        check([short, long, outputs]);
        check([long, short, outputs]);
    }
}
