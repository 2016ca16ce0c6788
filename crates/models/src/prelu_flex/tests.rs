//! Compares the parametric ReLU to Burn's operations, around the task size.

use super::*;
use crate::{Initializer, Key};
use burn::tensor::{Device, activation};

/// Returns the output and the gradients of input and slope.
fn results(own: bool, shape: [usize; 2], p: f64) -> [Vec<f32>; 3] {
    let device = Device::flex().autodiff();
    let draw =
        |seed| Initializer::He.weights(shape[0], shape[1], Key::new(seed), &device).mul_scalar(3.0);
    let (x, mask) = (draw(1).require_grad(), Mask::new(p, Key::new(4)));
    let slope = Tensor::<1>::from_floats([0.25], &device).require_grad();
    let y = if own {
        prelu(x.clone(), slope.clone(), mask).unwrap()
    } else {
        let y = activation::prelu(x.clone(), slope.clone());
        mask.map_or(y.clone(), |mask| mask.apply(y))
    };
    let gradients = (y.clone() * draw(2)).sum().backward();
    let by_slope = slope.grad(&gradients).unwrap();
    let host = |tensor: Tensor<2>| tensor.try_into_vec_as().unwrap();
    [host(y.inner()), host(x.grad(&gradients).unwrap()), by_slope.try_into_vec_as().unwrap()]
}

#[test]
fn outputs_and_gradients_are_those_of_burn() {
    for p in [0.0, 0.3] {
        for shape in [[1, 1], [2, 5], [1, CHUNK - 1], [CHUNK / 8, 8], [CHUNK + 1, 1], [5, CHUNK]] {
            for (own, burns) in results(true, shape, p).iter().zip(results(false, shape, p)) {
                assert_eq!(own.len(), burns.len());
                for (own, burns) in own.iter().zip(burns) {
                    // Burn sums the gradient of the slope in 32 bits.
                    assert!(
                        (own - burns).abs() <= 1e-4 * burns.abs().max(1.0),
                        "{shape:?}: {own} and {burns}"
                    );
                }
            }
        }
    }
}
