//! Compares activations with dropout to Burn's operations, around the task size.

use super::*;
use crate::{Activation, Initializer, Key};
use burn::tensor::{Device, TensorData};

fn trainable() -> impl Iterator<Item = Activation> {
    Activation::ALL.into_iter().filter(|activation| activation.function().is_some())
}

fn own(activation: Activation, input: Tensor<2>, mask: Option<Mask>) -> Tensor<2> {
    activated(input, activation.function().unwrap(), mask).unwrap()
}

fn composed(activation: Activation, input: Tensor<2>, mask: Option<Mask>) -> Tensor<2> {
    let output = activation.composed(input);
    mask.map_or(output.clone(), |mask| mask.apply(output))
}

type Forward = fn(Activation, Tensor<2>, Option<Mask>) -> Tensor<2>;

/// Returns the output, and the gradient of its weighted sum.
fn results(forward: Forward, activation: Activation, shape: [usize; 2], p: f64) -> [Vec<f32>; 2] {
    let device = Device::flex().autodiff();
    let draw =
        |seed| Initializer::He.weights(shape[0], shape[1], Key::new(seed), &device).mul_scalar(6.0);
    let x = draw(1).require_grad();
    let y = forward(activation, x.clone(), Mask::new(p, Key::new(4)));
    let gradients = (y.clone() * draw(2)).sum().backward();
    [y.inner(), x.grad(&gradients).unwrap()].map(|tensor| tensor.try_into_vec_as().unwrap())
}

#[test]
fn outputs_and_gradients_are_those_of_burn() {
    for activation in trainable() {
        for p in [0.0, 0.3] {
            for [rows, columns] in
                [[1, 1], [2, 5], [1, CHUNK - 1], [CHUNK / 8, 8], [CHUNK + 1, 1], [5, CHUNK]]
            {
                let expected = results(composed, activation, [rows, columns], p);
                let own = results(own, activation, [rows, columns], p);
                // Burn's derivatives are differences of nearly equal numbers.
                for ((own, burns), tolerance) in own.iter().zip(&expected).zip([1e-6, 4e-6]) {
                    assert_eq!(own.len(), burns.len());
                    for (own, burns) in own.iter().zip(burns) {
                        let close = (own - burns).abs() <= tolerance * burns.abs().max(1.0);
                        assert!(
                            close,
                            "{activation:?}, {rows} x {columns}, p {p}: {own} and {burns}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn gradients_are_central_differences() {
    let h = 1.0 / 64.0;
    for function in trainable().filter_map(Activation::function) {
        for a in [-9.0, -4.0, -1.25, -0.5, 0.25, 0.75, 3.0, 9.0_f32] {
            let mut derivative = [1.0];
            function.apply_with_derivative(&mut [a], &mut derivative);
            let at = |a: f32| {
                let mut value = [a];
                function.apply(&mut value);
                f64::from(value[0])
            };
            let difference = (at(a + h) - at(a - h)) / f64::from(2.0 * h);
            assert!((f64::from(derivative[0]) - difference).abs() < 2e-4, "{function:?}'({a})");
        }
    }
}

#[test]
fn bits_are_the_same_without_gradients() {
    for activation in trainable() {
        let on = |device: &Device| {
            let x = Initializer::He.weights(3, CHUNK, Key::new(1), device).mul_scalar(4.0);
            own(activation, x, Mask::new(0.2, Key::new(2))).try_into_vec_as::<f32>().unwrap()
        };
        assert_eq!(on(&Device::flex()), on(&Device::flex().autodiff()), "{activation:?}");
    }
}

#[test]
fn numbers_that_are_not_finite_pass_as_in_burn() {
    let values = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, f32::MAX, f32::MIN];
    let with = |forward: Forward, activation| {
        let device = Device::flex().autodiff();
        let x = Tensor::<2>::from_data(TensorData::new(values.to_vec(), [1, 7]), &device)
            .require_grad();
        let y = forward(activation, x.clone(), None);
        let gradients = y.clone().sum().backward();
        [y.inner(), x.grad(&gradients).unwrap()]
            .map(|tensor| tensor.try_into_vec_as::<f32>().unwrap())
    };
    for activation in trainable() {
        let ([own, by_own], [burns, _]) = (with(own, activation), with(composed, activation));
        let same = |a: f32, b: f32| a == b || a.is_nan() && b.is_nan();
        assert!(
            own.iter().zip(&burns).all(|(a, b)| same(*a, *b)),
            "{activation:?}: {own:?} and {burns:?}"
        );
        let at_zero = match activation {
            Activation::Relu => 0.0,
            Activation::LeakyRelu => 0.01,
            Activation::Logistic | Activation::Prelu => 0.25,
            Activation::Swish | Activation::Gelu => 0.5,
            _ => 1.0,
        };
        assert_eq!(by_own[3], at_zero, "{activation:?}");
    }
}

#[test]
fn other_layouts_are_left_to_burn_and_empty_ones_are_not() {
    for device in [Device::flex(), Device::flex().autodiff()] {
        let x = Initializer::He.weights(3, 4, Key::new(1), &device);
        assert!(activated(x.clone().transpose(), Function::Relu, None).is_err());
        // A slice of rows is contiguous but shares its memory, which must not change.
        let slice = x.clone().slice([1..2, 0..4]);
        let before: Vec<f32> = x.clone().try_into_vec_as().unwrap();
        let output: Vec<f32> =
            activated(slice, Function::Relu, None).unwrap().try_into_vec_as().unwrap();
        assert_eq!(output, before[4..8].iter().map(|x| x.max(0.0)).collect::<Vec<_>>());
        assert_eq!(x.try_into_vec_as::<f32>().unwrap(), before);
        let empty = Tensor::<2>::zeros([0, 4], &device);
        assert_eq!(
            activated(empty, Function::Gelu, Mask::new(0.5, Key::new(1))).unwrap().dims(),
            [0, 4]
        );
    }
}
