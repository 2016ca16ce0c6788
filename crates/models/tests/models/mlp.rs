//! The multilayer perceptron through its interface: shapes, cost, errors, training and inference
//! mode, and the effect of each part on the scores.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use proptest::prelude::*;
use zunder_models::{Activation, Key, LinearClassifierConfig, MlpConfig, ModelError};

fn input(rows: usize, features: usize, device: &Device) -> Tensor<2> {
    zunder_models::Initializer::Xavier
        .weights(rows, features, Key::new(77), device)
        .mul_scalar((rows as f32).sqrt())
}

fn values(t: Tensor<2>) -> Vec<f32> {
    t.try_into_vec_as().unwrap()
}

#[test]
fn summary_of_the_reference_network() {
    let summary =
        MlpConfig::default().init(3072, 10, Key::new(1), &Device::flex()).unwrap().summary();
    let parameters: Vec<usize> = summary.layers().iter().map(|l| l.parameters).collect();
    // Weights, then gamma and beta; the output has a bias. PyTorch gives the same number: 3,678,218
    // with Linear(bias=False) before the norms.
    assert_eq!(parameters, [3072 * 1024 + 2048, 1024 * 512 + 1024, 5130]);
    assert_eq!(summary.parameters(), 3_678_218);
    assert!(summary.is_deep());
    assert_eq!(summary.forward_flops(), 2 * (3072 * 1024 + 1024 * 512 + 5120));
    assert_eq!(summary.training_flops() * 128, 2_017_198_080);
    assert_eq!(summary.layers()[0].kind, "linear, batch norm, relu");
}

/// The lecture's rule: the input has no weights and is not a layer, and networks with two or more
/// hidden layers are deep. Each unit has one weight per input, and a bias.
#[test]
fn layers_are_counted_without_the_input() {
    let device = Device::flex();
    let linear =
        LinearClassifierConfig::default().init(7, 3, Key::new(1), &device).unwrap().summary();
    assert_eq!(
        (linear.layers().len(), linear.is_deep(), linear.parameters()),
        (1, false, (7 + 1) * 3)
    );
    for (hidden, deep) in [(vec![5], false), (vec![5, 4], true), (vec![5, 4, 6], true)] {
        let summary =
            MlpConfig { hidden: hidden.clone(), batch_norm: false, ..MlpConfig::default() }
                .init(7, 3, Key::new(1), &device)
                .unwrap()
                .summary();
        assert_eq!((summary.layers().len(), summary.is_deep()), (hidden.len() + 1, deep));
        let sizes = [&[7][..], &hidden, &[3]].concat();
        let fully: usize = sizes.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum();
        assert_eq!(summary.parameters(), fully);
    }
}

#[test]
fn bad_settings_are_refused() {
    let init = |config: MlpConfig, features, classes| {
        config.init(features, classes, Key::new(1), &Device::flex()).map(|_| ())
    };
    let config = MlpConfig::default;
    assert_eq!(
        init(MlpConfig { hidden: vec![], ..config() }, 4, 2),
        Err(ModelError::NoHiddenLayer)
    );
    assert_eq!(init(config(), 4, 1), Err(ModelError::TooFewClasses { got: 1 }));
    assert!(matches!(init(config(), 0, 2), Err(ModelError::ZeroSize { .. })));
    assert!(matches!(
        init(MlpConfig { hidden: vec![3, 0], ..config() }, 4, 2),
        Err(ModelError::ZeroSize { what }) if what.contains("[3, 0]")
    ));
    assert!(matches!(
        init(MlpConfig { hidden: vec![80_000, 80_000], ..config() }, 4, 2),
        Err(ModelError::TooLarge { .. })
    ));
    for p in [-0.1, 1.0, f64::NAN] {
        assert!(
            matches!(
                init(MlpConfig { dropout: p, ..config() }, 4, 2),
                Err(ModelError::Dropout { .. })
            ),
            "{p}"
        );
    }
    assert!(LinearClassifierConfig::default().init(0, 2, Key::new(1), &Device::flex()).is_err());
}

#[test]
fn dropout_acts_in_training_only_and_by_its_key() {
    let device = Device::flex().autodiff();
    let mlp =
        MlpConfig { hidden: vec![32, 16], batch_norm: false, dropout: 0.5, ..MlpConfig::default() }
            .init(12, 3, Key::new(1), &device)
            .unwrap();
    let x = input(6, 12, &device);
    let plain = values(mlp.forward(x.clone()).inner());
    let one = values(mlp.forward_training(x.clone(), Key::new(5)).inner());
    assert_ne!(plain, one);
    assert_eq!(one, values(mlp.forward_training(x.clone(), Key::new(5)).inner()));
    assert_ne!(one, values(mlp.forward_training(x.clone(), Key::new(6)).inner()));
    assert_eq!(plain, values(mlp.valid().forward(x.inner())));
}

/// In training, batch normalisation standardises each unit over the batch; otherwise it uses the
/// running averages.
#[test]
fn batch_norm_trains_and_then_holds_still() {
    let device = Device::flex().autodiff();
    let mlp = MlpConfig { hidden: vec![8], dropout: 0.0, ..MlpConfig::default() }
        .init(5, 3, Key::new(1), &device)
        .unwrap();
    let x = input(64, 5, &device).mul_scalar(3.0).add_scalar(1.0);
    let before = values(mlp.valid().forward(x.clone().inner()));
    let training = values(mlp.forward_training(x.clone(), Key::new(1)).inner());
    assert_ne!(before, training);
    for _ in 0..300 {
        mlp.forward_training(x.clone(), Key::new(1));
    }
    let after = values(mlp.valid().forward(x.inner()));
    let largest = after.iter().zip(&training).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(largest < 0.02, "running averages did not reach the batch's: {largest}");
}

/// The lecture's quiz: without a nonlinearity a deep network is a linear map, so it preserves sums;
/// with one it does not.
#[test]
fn only_a_nonlinear_activation_makes_depth_worth_something() {
    let device = Device::flex();
    let additive = |activation| {
        let mlp = MlpConfig {
            hidden: vec![16, 16],
            batch_norm: false,
            activation,
            ..MlpConfig::default()
        }
        .init(6, 3, Key::new(4), &device)
        .unwrap();
        let (a, b) = (input(4, 6, &device), input(4, 6, &device).flip([0]));
        // Biases are 0 at the start, so a linear map would satisfy f(a + b) = f(a) + f(b).
        (mlp.forward(a.clone() + b.clone()) - mlp.forward(a) - mlp.forward(b))
            .abs()
            .max()
            .into_scalar::<f32>()
    };
    assert!(additive(Activation::Relu) > 0.1);
    assert!(additive(Activation::Tanh) > 0.01);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_valid_size_gives_scores_for_each_class(
        hidden in prop::collection::vec(1_usize..9, 1..4),
        features in 1_usize..9,
        classes in 2_usize..6,
        rows in 2_usize..5,
        batch_norm: bool,
    ) {
        let device = Device::flex();
        let mlp = MlpConfig { hidden, batch_norm, ..MlpConfig::default() }
            .init(features, classes, Key::new(3), &device)
            .unwrap();
        let scores = mlp.forward(input(rows, features, &device));
        prop_assert_eq!(scores.dims(), [rows, classes]);
        prop_assert!(values(scores).iter().all(|s| s.is_finite()));
        let trained: usize = mlp.summary().parameters();
        // Burn also counts the two running averages of each norm.
        prop_assert!(mlp.num_params() >= trained);
    }
}
