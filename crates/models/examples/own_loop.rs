//! Trains a perceptron in a hand-written loop, with Burn's loss and optimiser: `cargo run -p
//! zunder-models --example own_loop`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Int, Tensor};
use zunder_models::{Key, MlpConfig, ModelError};

fn main() -> Result<(), ModelError> {
    let device = Device::flex().autodiff();
    // The exclusive or.
    let inputs =
        Tensor::<2>::from_floats([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], &device);
    let labels = Tensor::<1, Int>::from_ints([0, 1, 1, 0], &device);

    let config =
        MlpConfig { hidden: vec![16], batch_norm: false, dropout: 0.0, ..MlpConfig::default() };
    let mut mlp = config.init(2, 2, Key::new(1), &device)?;
    for layer in mlp.summary().layers() {
        println!(
            "{:<10} {} -> {}, {} parameters",
            layer.name, layer.inputs, layer.outputs, layer.parameters
        );
    }
    let loss = CrossEntropyLossConfig::new().init(&device);
    let mut optimizer = AdamConfig::new().init();
    for step in 0..=200 {
        let cost = loss
            .forward(mlp.forward_training(inputs.clone(), Key::new(2).at(step)), labels.clone());
        let gradients = GradientsParams::from_grads(cost.backward(), &mlp);
        if step % 50 == 0 {
            println!("step {step:>3}  loss {:.4}", cost.into_scalar::<f32>());
        }
        mlp = optimizer.step(0.02, mlp, gradients);
    }
    println!("{}", mlp.valid().forward(inputs.inner()).argmax(1));
    Ok(())
}
