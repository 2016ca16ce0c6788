//! The residual network through its interface: shapes, cost, errors, training and inference mode,
//! and observers.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use proptest::prelude::*;
use zunder_models::{
    Activation, Initializer, Key, MlpConfig, ModelError, Norm, ResidualMlp, ResidualMlpConfig,
};

fn input(rows: usize, features: usize, device: &Device) -> Tensor<2> {
    Initializer::Xavier
        .weights(rows, features, Key::new(77), device)
        .mul_scalar((rows as f32).sqrt())
}

fn values(t: Tensor<2>) -> Vec<f32> {
    t.try_into_vec_as().unwrap()
}

fn small() -> ResidualMlpConfig {
    ResidualMlpConfig { width: 8, depth: 2, ..ResidualMlpConfig::default() }
}

fn init(config: &ResidualMlpConfig, device: &Device) -> ResidualMlp {
    config.init(12, 3, Key::new(1), device).unwrap()
}

#[test]
fn summary_of_the_preset() {
    let summary = ResidualMlpConfig::default()
        .init(3072, 10, Key::new(1), &Device::flex())
        .unwrap()
        .summary();
    let row = |i: usize| {
        let layer = &summary.layers()[i];
        (layer.name.clone(), layer.kind.clone(), layer.inputs, layer.outputs, layer.parameters)
    };
    assert_eq!(row(0), ("embedding".into(), "linear".into(), 3072, 512, 3072 * 512 + 512));
    assert_eq!(
        row(1),
        (
            "block 1 expand".into(),
            "layer norm, linear, relu, dropout 0.2".into(),
            512,
            1024,
            1024 + 512 * 1024 + 1024
        )
    );
    assert_eq!(
        row(8),
        ("block 4 project".into(), "linear, added".into(), 1024, 512, 1024 * 512 + 512)
    );
    assert_eq!(row(9), ("output".into(), "layer norm, linear".into(), 512, 10, 1024 + 5130));
    assert!(summary.is_deep());
    assert_eq!(summary.forward_flops(), 2 * (3072 * 512 + 4 * 2 * 512 * 1024 + 5120));
}

#[test]
fn parameters_are_those_of_the_module() {
    for (norm, activation) in [(Norm::Layer, Activation::Prelu), (Norm::Batch, Activation::Relu)] {
        let model = init(&ResidualMlpConfig { norm, activation, ..small() }, &Device::flex());
        // Burn also counts the two running averages of each batch norm.
        let averages = if norm == Norm::Batch { 3 * 2 * 8 } else { 0 };
        let flags = model.num_params() - model.summary().parameters() - averages;
        assert!(flags <= 3, "{flags}");
    }
}

#[test]
fn bad_settings_are_refused() {
    let refused = |config: ResidualMlpConfig| {
        config.init(12, 3, Key::new(1), &Device::flex()).map(|_| ()).unwrap_err()
    };
    for (name, config) in [
        ("width", ResidualMlpConfig { width: 0, ..small() }),
        ("width", ResidualMlpConfig { width: usize::MAX, ..small() }),
        ("depth", ResidualMlpConfig { depth: 0, ..small() }),
        ("depth", ResidualMlpConfig { depth: usize::MAX, ..small() }),
        ("expansion", ResidualMlpConfig { expansion: 0, ..small() }),
        ("expansion", ResidualMlpConfig { expansion: 65, ..small() }),
    ] {
        assert!(matches!(refused(config), ModelError::OutOfRange { name: got, .. } if got == name));
    }
    assert!(matches!(
        refused(ResidualMlpConfig { width: 65536, ..small() }),
        ModelError::TooManyWeights { .. }
    ));
    assert!(matches!(
        refused(ResidualMlpConfig { dropout: 1.0, ..small() }),
        ModelError::Dropout { .. }
    ));
    assert!(matches!(
        refused(ResidualMlpConfig { stochastic_depth: 1.0, ..small() }),
        ModelError::StochasticDepth { .. }
    ));
    let device = Device::flex();
    assert!(matches!(small().init(0, 3, Key::new(1), &device), Err(ModelError::ZeroSize { .. })));
    assert!(matches!(
        small().init(usize::MAX, 3, Key::new(1), &device),
        Err(ModelError::TooManyWeights { .. })
    ));
    assert!(matches!(
        small().init(12, 1, Key::new(1), &device),
        Err(ModelError::TooFewClasses { got: 1 })
    ));
}

#[test]
fn dropout_acts_in_training_only_and_by_its_key() {
    let device = Device::flex().autodiff();
    let model = init(&ResidualMlpConfig { dropout: 0.5, ..small() }, &device);
    let x = input(6, 12, &device);
    let plain = values(model.forward(x.clone()).inner());
    let one = values(model.forward_training(x.clone(), Key::new(5)).inner());
    assert_ne!(plain, one);
    assert_eq!(one, values(model.forward_training(x.clone(), Key::new(5)).inner()));
    assert_ne!(one, values(model.forward_training(x.clone(), Key::new(6)).inner()));
    // Without gradients another kernel computes layer normalisation.
    for (a, b) in plain.iter().zip(values(model.valid().forward(x.inner()))) {
        assert!((a - b).abs() < 1e-5, "{a} and {b}");
    }
}

#[test]
fn observers_see_every_hidden_layer_and_change_nothing() {
    let device = Device::flex();
    let residual = init(&small(), &device);
    let mlp = MlpConfig { hidden: vec![16, 4], ..MlpConfig::default() }
        .init(12, 3, Key::new(1), &device)
        .unwrap();
    let x = input(5, 12, &device);
    let mut seen = Vec::new();
    let mut observer =
        |layer: &str, activations: &Tensor<2>| seen.push((layer.to_owned(), activations.dims()));
    assert_eq!(
        values(residual.forward_observed(x.clone(), &mut observer)),
        values(residual.forward(x.clone()))
    );
    assert_eq!(values(mlp.forward_observed(x.clone(), &mut observer)), values(mlp.forward(x)));
    let expected = [
        ("block 1 expand", [5, 16]),
        ("block 2 expand", [5, 16]),
        ("hidden 1", [5, 16]),
        ("hidden 2", [5, 4]),
    ];
    assert_eq!(seen, expected.map(|(name, dims)| (name.to_owned(), dims)));
    for (name, _) in &seen {
        assert!(
            [residual.summary(), mlp.summary()]
                .iter()
                .any(|s| s.layers().iter().any(|l| l.name == *name)),
            "{name}"
        );
    }
}

/// With a ReLU about half of the units are 0 for a single image; with a leaky ReLU none is (lecture
/// 6a.2, "Varianten der ReLU").
#[test]
fn an_observer_sees_dead_units() {
    let device = Device::flex();
    let dead = |activation| {
        let model =
            init(&ResidualMlpConfig { activation, width: 32, depth: 1, ..small() }, &device);
        let mut shown = Vec::new();
        model.forward_observed(input(1, 12, &device), &mut |_, activations| {
            shown.extend(values(activations.clone()));
        });
        shown.iter().filter(|value| **value == 0.0).count() as f64 / shown.len() as f64
    };
    assert!((0.3..0.7).contains(&dead(Activation::Relu)), "{}", dead(Activation::Relu));
    assert_eq!(dead(Activation::LeakyRelu), 0.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_valid_size_gives_scores_for_each_class(
        width in 1_usize..9,
        depth in 1_usize..4,
        expansion in 1_usize..4,
        activation in prop::sample::select(Activation::ALL.to_vec()),
        batch: bool,
        rows in 2_usize..5,
    ) {
        let norm = if batch { Norm::Batch } else { Norm::Layer };
        let device = Device::flex();
        let config = ResidualMlpConfig {
            width,
            depth,
            expansion,
            norm,
            activation,
            ..ResidualMlpConfig::default()
        };
        let scores = init(&config, &device).forward(input(rows, 12, &device));
        prop_assert_eq!(scores.dims(), [rows, 3]);
        prop_assert!(values(scores).iter().all(|s| s.is_finite()));
    }
}
