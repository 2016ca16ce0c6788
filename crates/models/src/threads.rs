//! A test that a step gives the same bits for any number of threads.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::{Activation, Initializer, Key, Mlp, MlpConfig, Norm, ResidualMlp, ResidualMlpConfig};

/// More images, features and units than the sizes from which work is divided among threads.
const IMAGES: usize = 300;
const FEATURES: usize = 500;
const UNITS: usize = 210;

/// Scores and input gradients of a model, and its scores in inference, on this number of threads.
fn results<M: Module>(
    threads: usize,
    init: impl Fn(&Device) -> M + Sync,
    training: impl Fn(&M, Tensor<2>) -> Tensor<2> + Sync,
    in_use: impl Fn(&M, Tensor<2>) -> Tensor<2> + Sync,
) -> [Vec<u32>; 3] {
    let step = || {
        let device = Device::flex().autodiff();
        let model = init(&device);
        let x = Initializer::He
            .weights(IMAGES, FEATURES, Key::new(1), &device)
            .mul_scalar(9.0)
            .require_grad();
        let scores = training(&model, x.clone());
        let gradients = scores.clone().square().sum().backward();
        let used = in_use(&model.valid(), x.clone().inner());
        [scores.inner(), x.grad(&gradients).unwrap(), used].map(|tensor| {
            tensor.try_into_vec_as::<f32>().unwrap().into_iter().map(f32::to_bits).collect()
        })
    };
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(step)
}

#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    let key = Key::new(2);
    for activation in [Activation::Relu, Activation::Gelu, Activation::Prelu] {
        for norm in [Norm::Layer, Norm::Batch] {
            let config = ResidualMlpConfig {
                width: UNITS,
                depth: 2,
                norm,
                activation,
                stochastic_depth: 0.3,
                ..ResidualMlpConfig::default()
            };
            let on = |threads| {
                let init = |device: &Device| config.init(FEATURES, 10, key, device).unwrap();
                results(threads, init, |m, x| m.forward_training(x, key), ResidualMlp::forward)
            };
            assert_eq!(on(1), on(3), "{config:?}");
        }
        for batch_norm in [false, true] {
            let config = MlpConfig {
                hidden: vec![UNITS, UNITS],
                activation,
                batch_norm,
                ..MlpConfig::default()
            };
            let on = |threads| {
                let init = |device: &Device| config.init(FEATURES, 10, key, device).unwrap();
                results(threads, init, |m, x| m.forward_training(x, key), Mlp::forward)
            };
            assert_eq!(on(1), on(3), "{config:?}");
        }
    }
}
