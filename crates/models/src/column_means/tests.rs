//! Compares the means to sums by hand and to Burn's operations, around the size of a task.

use super::*;
#[cfg(feature = "flex")]
use crate::flex::CHUNK;
use crate::{Initializer, Key};
use burn::tensor::Device;

/// Returns groups of `size` columns, of which some columns are in several and some in none.
fn groups(inputs: usize, outputs: usize, size: usize) -> ColumnMeans {
    let columns = (0..outputs * size).map(|i| (i * 7 + i / 3) % inputs);
    ColumnMeans::new(inputs, size, columns.map(|column| column as u32).collect()).unwrap()
}

fn draw(rows: usize, columns: usize, seed: u64, device: &Device) -> Tensor<2> {
    Initializer::He.weights(rows, columns, Key::new(seed), device)
}

fn close(got: Tensor<2>, expected: Tensor<2>) -> bool {
    got.dims() == expected.dims() && (got - expected).abs().max().into_scalar::<f32>() < 1e-5
}

#[cfg(feature = "flex")]
#[test]
fn values_and_gradients_are_those_of_burn() {
    let device = Device::flex().autodiff();
    for size in [1, 2, 3, 4, 5, 9] {
        for [rows, inputs, outputs] in [
            [1, 1, 1],
            [3, 10, 4],
            [2, CHUNK - 1, 3],
            [3, CHUNK, 5],
            [4, CHUNK + 1, 2],
            [CHUNK / 10 + 3, 10, 12],
        ] {
            let map = groups(inputs, outputs, size);
            let results = |forward: &dyn Fn(Tensor<2>) -> Tensor<2>| {
                let x = draw(rows, inputs, 1, &device).require_grad();
                let y = forward(x.clone());
                let gradients = (y.clone() * draw(rows, outputs, 2, &device)).sum().backward();
                [y.inner(), x.grad(&gradients).unwrap()]
            };
            let [y, gradient] = results(&|x| map.forward(x));
            let [expected_y, expected] = results(&|x| map.composed(x));
            assert!(close(y, expected_y), "{size}: {rows} x {inputs} to {outputs}");
            assert!(close(gradient, expected), "{size}: {rows} x {inputs} to {outputs}");
        }
    }
}

#[test]
fn folded_weights_compute_the_same() {
    let device = Device::flex();
    for [inputs, outputs, size] in [[1, 1, 1], [12, 3, 4], [10, 7, 2], [27, 3, 9]] {
        let map = groups(inputs, outputs, size);
        let (x, weight) = (draw(5, inputs, 1, &device), draw(outputs, 6, 2, &device));
        let behind = map.forward(x.clone()).matmul(weight.clone());
        assert!(close(x.matmul(map.fold_into(weight)), behind), "{map:?}");
    }
}

#[test]
fn groups_are_checked() {
    let refused = |inputs, size, columns: &[u32]| {
        ColumnMeans::new(inputs, size, columns.to_vec()).unwrap_err().to_string()
    };
    assert_eq!(
        refused(4, 0, &[]),
        "model: the number of columns of a group is 0, expected at least 1"
    );
    assert_eq!(refused(4, 1, &[3, 4]), "model: the last column is 5, expected 1 to 4");
    assert_eq!(
        refused(4, 2, &[0, 1, 2]),
        "model: 3 columns, expected a multiple of 2, the columns of a group"
    );
    assert_eq!(ColumnMeans::new(4, 3, vec![]).unwrap().outputs(), 0);
}

/// Rows may be none, and a tensor with gaps between its rows is read as what it shows.
#[test]
fn rows_of_any_layout_are_accepted() {
    let device = Device::flex();
    let map = groups(6, 2, 3);
    assert_eq!(map.forward(Tensor::zeros([0, 6], &device)).dims(), [0, 2]);
    let wide = draw(4, 9, 3, &device);
    let part = wide.clone().slice([0..4, 2..8]);
    assert!(close(map.forward(part.clone()), map.composed(part)));
    let turned = draw(6, 4, 3, &device).transpose();
    assert!(close(map.forward(turned.clone()), map.composed(turned)));
}
