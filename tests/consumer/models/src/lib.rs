//! A program that trains a perceptron of `zunder-models` in a loop of its own, with Burn's loss and
//! optimiser.

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Int, Tensor, TensorData};
use zunder_models::{Activation, Key, Mlp, MlpConfig, ModelError, Summary};

/// Returns 64 points of the plane and whether they lie in the unit circle.
fn points(device: &Device) -> (Tensor<2>, Tensor<1, Int>) {
    let places: Vec<[f32; 2]> = (0..8)
        .flat_map(|x| (0..8).map(move |y| [x as f32 / 2.0 - 1.75, y as f32 / 2.0 - 1.75]))
        .collect();
    let inside: Vec<i32> = places.iter().map(|[x, y]| i32::from(x * x + y * y < 1.0)).collect();
    (
        Tensor::from_data(TensorData::new(places.concat(), [64, 2]), device),
        Tensor::from_data(TensorData::new(inside, [64]), device),
    )
}

/// Returns the network after `steps` steps, and the loss before each of them.
pub fn train(steps: u64, device: &Device) -> Result<(Mlp, Vec<f32>), ModelError> {
    let config = MlpConfig {
        hidden: vec![32, 16],
        activation: Activation::Gelu,
        dropout: 0.1,
        ..MlpConfig::default()
    };
    let device = device.clone().autodiff();
    let mut mlp = config.init(2, 2, Key::new(1), &device)?;
    let ((places, inside), loss) = (points(&device), CrossEntropyLossConfig::new().init(&device));
    let (mut optimizer, mut losses) = (AdamConfig::new().init(), Vec::new());
    for step in 0..steps {
        let loss = loss
            .forward(mlp.forward_training(places.clone(), Key::new(2).at(step)), inside.clone());
        let gradients = GradientsParams::from_grads(loss.backward(), &mlp);
        losses.push(loss.into_scalar::<f32>());
        mlp = optimizer.step(0.02, mlp, gradients);
    }
    Ok((mlp.valid(), losses))
}

/// Returns the cost of the network.
pub fn cost(mlp: &Mlp) -> Summary {
    mlp.summary()
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;

    #[test]
    fn the_loss_falls() {
        let device = Device::flex();
        let (mlp, losses) = train(150, &device).unwrap();
        assert!(losses[149] < 0.3 * losses[0], "{} to {}", losses[0], losses[149]);
        let (places, inside) = points(&device);
        let wrong = mlp
            .forward(places)
            .argmax(1)
            .reshape([64])
            .not_equal(inside)
            .int()
            .sum()
            .into_scalar::<i64>();
        assert!(wrong <= 3, "{wrong} of 64 points");
        // Burn counts the running means too.
        assert_eq!(cost(&mlp).parameters(), 64 + 64 + 512 + 32 + 34);
    }

    #[test]
    fn impossible_settings_are_errors() {
        let refused = MlpConfig { dropout: 1.5, ..MlpConfig::default() }.init(
            2,
            2,
            Key::new(1),
            &Device::flex(),
        );
        assert!(refused.unwrap_err().to_string().contains("dropout"));
    }
}
