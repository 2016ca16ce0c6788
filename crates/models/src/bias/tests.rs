//! Compares sums with a bias, and its gradient, to Burn's, around the sizes of tasks and strips.

use super::*;
use crate::product::affine;
use crate::{Initializer, Key};
use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};

/// Returns a layer with a bias other than 0.
fn layer(inputs: usize, outputs: usize, device: &Device) -> Linear {
    Initializer::Xavier.linear(inputs, outputs, Some(Initializer::Uniform), Key::new(2), device)
}

/// Returns the weighted sums, and the gradients of input, weight and bias.
fn results(own: bool, [rows, inputs, outputs]: [usize; 3]) -> Vec<Vec<f32>> {
    let device = Device::flex().autodiff();
    let layer = layer(inputs, outputs, &device);
    let x = Initializer::He.weights(rows, inputs, Key::new(1), &device).require_grad();
    let y = if own { affine(&layer, x.clone()) } else { layer.forward(x.clone()) };
    // Transposed, so that the gradient is not contiguous.
    let gradients = y.clone().transpose().square().sum().backward();
    let (weight, bias) = (layer.weight.val(), layer.bias.as_ref().unwrap().val());
    vec![
        y.inner().try_into_vec_as().unwrap(),
        x.grad(&gradients).unwrap().try_into_vec_as().unwrap(),
        weight.grad(&gradients).unwrap().try_into_vec_as().unwrap(),
        bias.grad(&gradients).unwrap().try_into_vec_as().unwrap(),
    ]
}

#[test]
fn sums_and_gradients_are_those_of_burn() {
    for [rows, outputs] in
        [[1, 1], [5, 63], [64, 64], [65, 65], [129, 10], [3, CHUNK + 1], [CHUNK + 1, 3]]
    {
        for (own, burns) in
            results(true, [rows, 7, outputs]).iter().zip(results(false, [rows, 7, outputs]))
        {
            assert_eq!(own.len(), burns.len());
            let largest = burns.iter().fold(1.0_f32, |largest, value| largest.max(value.abs()));
            for (own, burns) in own.iter().zip(&burns) {
                assert!(
                    (own - burns).abs() <= 1e-5 * largest,
                    "{rows} x {outputs}: {own} and {burns}"
                );
            }
        }
    }
}

#[test]
fn a_bias_goes_to_every_row() {
    for rows in [0, 1, 2, 100] {
        for columns in [1, 2, CHUNK - 1, CHUNK, CHUNK + 1] {
            let bias: Vec<f32> = (0..columns).map(|i| i as f32).collect();
            let mut matrix = vec![0.5; rows * columns];
            add_bias(&mut matrix, &bias);
            assert!(
                matrix.iter().enumerate().all(|(i, value)| *value == (i % columns) as f32 + 0.5)
            );
        }
    }
    add_bias(&mut [], &[]);
}

#[test]
fn a_frozen_weight_still_passes_gradients_to_its_input() {
    let device = Device::flex().autodiff();
    let mut layer = layer(3, 2, &device);
    layer.weight = Param::from_tensor(layer.weight.val().detach()).set_require_grad(false);
    layer.bias = layer.bias.map(|bias| bias.set_require_grad(false));
    let x = Tensor::<2>::from_floats([[1.0, 2.0, 3.0]], &device).require_grad();
    let gradients = affine(&layer, x.clone()).sum().backward();
    let weight: Vec<f32> = layer.weight.val().inner().try_into_vec_as().unwrap();
    let expected: Vec<f32> = weight.chunks(2).map(|row| row[0] + row[1]).collect();
    assert_eq!(x.grad(&gradients).unwrap().try_into_vec_as::<f32>().unwrap(), expected);
    assert!(layer.weight.val().grad(&gradients).is_none());
}

#[test]
fn a_batch_may_be_empty() {
    for device in [Device::flex(), Device::flex().autodiff()] {
        for outputs in [3, 40] {
            assert_eq!(
                affine(&layer(4, outputs, &device), Tensor::zeros([0, 4], &device)).dims(),
                [0, outputs]
            );
        }
    }
}
