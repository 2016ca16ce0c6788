//! Compares residual blocks of the kernels to those of Burn's operations.

use super::*;
use crate::dropout::dropout;
use crate::{Activation, ActivationLayer, Initializer, Key, Norm, Precision, ResidualBlock};
use burn::tensor::Device;

fn block(norm: Norm, width: usize, skipped: f64, device: &Device) -> ResidualBlock {
    let linear = |inputs, outputs, seed| {
        Initializer::Xavier.linear(
            inputs,
            outputs,
            Some(Initializer::Uniform),
            Key::new(seed),
            device,
        )
    };
    ResidualBlock {
        norm: norm.init(width, device),
        expand: linear(width, 2 * width, 1),
        activation: ActivationLayer::new(Activation::Gelu, device),
        dropout: 0.3,
        project: linear(2 * width, width, 2),
        skipped,
        precision: Precision::F32,
    }
}

/// Returns the block by Burn's operations.
fn composed(block: &ResidualBlock, input: Tensor<2>, key: Key) -> Tensor<2> {
    use crate::norm::NormLayer;
    let standardised = match &block.norm {
        NormLayer::Layer(norm) => norm.forward(input.clone()),
        NormLayer::Batch(norm) => norm.forward(input.clone()),
    };
    let hidden = block.activation.function().composed(block.expand.forward(standardised));
    let branch = block.project.forward(dropout(hidden, block.dropout, key));
    match Mask::new(block.skipped, key.named("depth")) {
        Some(mask) => input + branch.clone() * mask.tensor([branch.dims()[0], 1], &branch.device()),
        None => input + branch,
    }
}

/// Returns the output and the gradients of input and weights through two blocks.
fn results(own: bool, norm: Norm, [rows, width]: [usize; 2], skipped: f64) -> Vec<Vec<f32>> {
    let device = Device::flex().autodiff();
    let draw = |seed| Initializer::He.weights(rows, width, Key::new(seed), &device).mul_scalar(3.0);
    let (block, x) = (block(norm, width, skipped, &device), draw(1).require_grad());
    let through =
        |x, key| if own { block.forward_training(x, key) } else { composed(&block, x, key) };
    let y = through(through(x.clone(), Key::new(3)), Key::new(4));
    let gradients = (y.clone() * draw(5)).sum().backward();
    let weights = [block.expand.weight.val(), block.project.weight.val()];
    let host = |tensor: Tensor<2>| tensor.try_into_vec_as().unwrap();
    let mut results = vec![host(y.inner()), host(x.grad(&gradients).unwrap())];
    results.extend(weights.map(|weight| host(weight.grad(&gradients).unwrap())));
    results
}

#[test]
fn blocks_and_their_gradients_are_those_of_burn() {
    for norm in [Norm::Layer, Norm::Batch] {
        for skipped in [0.0, 0.4] {
            for shape in [[2, 3], [5, 64], [70, 33], [CHUNK / 32 + 1, 32]] {
                let burns = results(false, norm, shape, skipped);
                for (own, burns) in results(true, norm, shape, skipped).iter().zip(&burns) {
                    assert_eq!(own.len(), burns.len());
                    let largest =
                        burns.iter().fold(1.0_f32, |largest, value| largest.max(value.abs()));
                    for (own, burns) in own.iter().zip(burns) {
                        let close = (own - burns).abs() <= 2e-4 * largest;
                        assert!(close, "{norm:?} {shape:?} {skipped}: {own} and {burns}");
                    }
                }
            }
        }
    }
}

#[test]
fn sums_are_those_of_burn_at_every_size() {
    let device = Device::flex();
    for [rows, width] in
        [[0, 3], [1, 1], [3, CHUNK - 1], [3, CHUNK], [3, CHUNK + 1], [CHUNK + 1, 3]]
    {
        let draw = |seed| {
            let x = Initializer::He.weights(rows.max(1), width, Key::new(seed), &device);
            x.slice([0..rows, 0..width])
        };
        let host = |tensor: Tensor<2>| tensor.try_into_vec_as::<f32>().unwrap();
        for mask in [None, Mask::new(0.5, Key::new(3))] {
            let branch = draw(2);
            let masked = match mask {
                Some(mask) => branch.clone() * mask.tensor([rows, 1], &device),
                None => branch.clone(),
            };
            let own = sum(draw(1), branch, mask, None).unwrap();
            assert_eq!(host(own), host(draw(1) + masked), "{rows} x {width}");
        }
    }
}

/// Without an operation that supports the shortcut, the input's gradient would be lost.
#[test]
fn a_branch_without_a_shortcut_is_left_to_burn() {
    let device = Device::flex().autodiff();
    let x = Tensor::<2>::ones([2, 3], &device);
    assert!(sum(x.clone(), x.clone(), None, None).is_err());
    assert!(
        sum(x.clone(), Tensor::ones([2, 1], &device), None, Some(Shortcut::default())).is_err()
    );
}
