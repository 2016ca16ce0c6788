//! Compares batch normalisation in inference to Burn's, for each activation, around the task size.

use super::*;
use crate::{Activation, ActivationLayer, DenseLayer, Initializer, Key, Precision};
use burn::module::{Param, RunningState};
use burn::nn::BatchNormConfig;
use burn::tensor::Device;

fn norm(units: usize, device: &Device) -> BatchNorm {
    let draw = |seed, centre: f32| {
        Initializer::Uniform
            .weights(1, units, Key::new(seed), device)
            .reshape([units])
            .add_scalar(centre)
    };
    let mut norm = BatchNormConfig::new(units).init(device);
    norm.gamma = Param::from_tensor(draw(1, 1.0));
    norm.beta = Param::from_tensor(draw(2, 0.0));
    norm.running_mean = RunningState::new(draw(3, 0.5));
    norm.running_var = RunningState::new(draw(4, 3.0));
    norm
}

#[test]
fn results_are_those_of_burn() {
    let device = Device::flex();
    for activation in Activation::ALL {
        let Some(function) = activation.function() else { continue };
        for [rows, units] in
            [[0, 3], [1, 1], [7, 5], [1, CHUNK - 1], [3, CHUNK + 1], [CHUNK / 4 + 1, 4]]
        {
            let x =
                Initializer::He.weights(rows.max(1), units, Key::new(5), &device).mul_scalar(3.0);
            let x = x.slice([0..rows, 0..units]);
            let norm = norm(units, &device);
            let own = normalised_in_use(x.clone(), &norm, function).unwrap();
            let burns = activation.composed(norm.forward(x));
            assert_eq!(own.dims(), burns.dims());
            let host = |tensor: Tensor<2>| tensor.try_into_vec_as::<f32>().unwrap();
            for (own, burns) in host(own).iter().zip(host(burns)) {
                let close = (own - burns).abs() <= 1e-5 * burns.abs().max(1.0);
                assert!(close, "{activation:?} {rows} x {units}: {own} and {burns}");
            }
        }
    }
}

/// The layer uses this kernel, with the learnt slope of PReLU.
#[test]
fn a_layer_in_use_is_its_parts() {
    let device = Device::flex();
    for activation in [Activation::Step, Activation::Prelu, Activation::Gelu] {
        let linear = Initializer::He.linear(6, 9, None, Key::new(7), &device);
        let activation = ActivationLayer::new(activation, &device);
        let layer = DenseLayer {
            linear,
            norm: Some(norm(9, &device)),
            activation,
            dropout: 0.5,
            precision: Precision::F32,
        };
        let x = Initializer::He.weights(4, 6, Key::new(8), &device);
        let own = layer.forward(x.clone());
        let sums = layer.norm.as_ref().unwrap().forward(layer.linear.forward(x));
        let parts = layer.activation.function().composed(sums);
        assert!((own - parts).abs().max().into_scalar::<f32>() < 1e-5);
    }
}

#[test]
fn a_norm_that_does_not_fit_is_left_to_burn() {
    let device = Device::flex();
    assert!(
        normalised_in_use(Tensor::zeros([2, 4], &device), &norm(3, &device), Function::Relu)
            .is_err()
    );
    let device = device.autodiff();
    assert!(
        normalised_in_use(Tensor::zeros([2, 3], &device), &norm(3, &device), Function::Relu)
            .is_err()
    );
}
