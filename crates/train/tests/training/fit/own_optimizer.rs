//! Optimisers of Burn, and of the caller, in the training loop.

use std::path::Path;

use burn::module::ParamGroup;
use burn::optim::{
    AdafactorConfig, AdamConfig, AdamWConfig, AdanConfig, LambConfig, LearningRate, MuonConfig,
    Optimizer, SgdConfig, momentum::MomentumConfig,
};
use burn::tensor::{Device, Tensor};
use zunder_train::{
    BurnOptimizer, FitConfig, Fitted, GradientsConfig, OptimizerConfig, Schedule, TrainError,
};

use super::setup::{Largest, NEVER, Net, Watch, bits, config, watched, without_times};

fn train(
    optimizer: BurnOptimizer,
    config: &FitConfig,
    folder: Option<&Path>,
    stop: (usize, usize),
) -> Result<Fitted<Net>, TrainError> {
    let mut watch = Watch { optimizer: Some(optimizer), ..Watch::new(stop) };
    watched(Net::new(), &Largest::default(), config, folder, &mut watch)
}

/// A rule of the caller without state: the sign of the gradient.
#[derive(Clone)]
struct SignDescent;

impl Optimizer for SignDescent {
    type State<const D: usize> = ();

    fn step<const D: usize>(
        &self,
        lr: LearningRate,
        tensor: Tensor<D>,
        grad: Tensor<D>,
        _: Option<()>,
    ) -> (Tensor<D>, Option<()>) {
        (tensor - grad.sign().mul_scalar(lr), None)
    }

    fn to_device<const D: usize>((): (), _: &Device) {}
}

/// Optimisers with counters, optional and nested states, without a state, and in groups.
fn optimizers() -> Vec<(&'static str, BurnOptimizer)> {
    let velocity = SgdConfig::new().with_momentum(Some(MomentumConfig::new()));
    let matrices = || ParamGroup::from_predicate("weight");
    vec![
        ("sgd", BurnOptimizer::new(0.05, SgdConfig::new().build())),
        ("momentum", BurnOptimizer::new(0.05, velocity.build())),
        ("adam", BurnOptimizer::new(0.01, AdamConfig::new().build())),
        ("amsgrad", BurnOptimizer::new(0.01, AdamConfig::new().with_amsgrad(true).build())),
        ("lamb", BurnOptimizer::new(0.01, LambConfig::new().build())),
        ("adan", BurnOptimizer::new(0.01, AdanConfig::new().build())),
        ("adafactor", BurnOptimizer::new(0.01, AdafactorConfig::new().build())),
        ("sign", BurnOptimizer::new(0.01, SignDescent)),
        (
            "muon for matrices",
            BurnOptimizer::new(0.01, AdamWConfig::new().build())
                .with_group(matrices(), MuonConfig::new().build()),
        ),
    ]
}

#[test]
fn a_resumed_training_ends_in_the_same_bits() {
    let gradients = GradientsConfig {
        clip_value: Some(0.1),
        clip_tensor_norm: Some(0.4),
        clip_norm: Some(0.5),
        accumulate: 3,
    };
    let config = FitConfig { gradients, ema: 0.9, ..config(3) };
    for (name, optimizer) in optimizers() {
        let (whole, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let expected = train(optimizer.clone(), &config, Some(whole.path()), NEVER).unwrap();
        train(optimizer.clone(), &config, Some(folder.path()), (3, 2)).unwrap();
        let resumed = train(optimizer, &config, Some(folder.path()), NEVER).unwrap();
        assert_eq!(bits(&resumed.model), bits(&expected.model), "{name}");
        assert_ne!(bits(&resumed.model), bits(&Net::new()), "{name}");
        assert_eq!(without_times(&resumed.records), without_times(&expected.records), "{name}");
        assert_eq!(resumed.health, expected.health, "{name}");
        let last = |f: &Path| std::fs::read(f.join("last.safetensors")).unwrap();
        assert_eq!(last(folder.path()).len(), last(whole.path()).len(), "{name}");
    }
}

/// The control: without its state, a resumed training ends elsewhere.
#[test]
fn the_state_changes_the_result() {
    let folder = tempfile::tempdir().unwrap();
    let adam = || BurnOptimizer::new(0.01, AdamConfig::new().build());
    let expected = train(adam(), &config(3), Some(folder.path()), NEVER).unwrap();
    let other = BurnOptimizer::new(0.01, AdamConfig::new().with_beta_1(0.5).build());
    let folder = tempfile::tempdir().unwrap();
    train(other, &config(3), Some(folder.path()), (3, 2)).unwrap();
    let resumed = train(adam(), &config(3), Some(folder.path()), NEVER).unwrap();
    assert_ne!(bits(&resumed.model), bits(&expected.model));
}

/// Burn's Adam and the one-pass Adam follow the same formula.
#[test]
fn the_same_rule_gives_the_same_weights() {
    let schedule = Schedule::default();
    let gradients = GradientsConfig { clip_norm: Some(0.5), ..GradientsConfig::default() };
    let own: OptimizerConfig =
        serde_json::from_str(r#"{ "name": "adam", "lr": 0.01, "epsilon": 1e-5 }"#).unwrap();
    let config = FitConfig { optimizer: own, schedule, gradients, ema: 0.9, ..config(4) };
    let mut watch = Watch::new(NEVER);
    let one_pass = watched(Net::new(), &Largest::default(), &config, None, &mut watch).unwrap();
    let burn = BurnOptimizer::new(0.01, AdamConfig::new().with_epsilon(1e-5).build());
    let burn = train(burn, &config, None, NEVER).unwrap();
    for (a, b) in bits(&one_pass.model).into_iter().zip(bits(&burn.model)) {
        let (a, b) = (f32::from_bits(a), f32::from_bits(b));
        assert!((a - b).abs() < 1e-4 * a.abs().max(1.0), "{a} in one pass, {b} by Burn");
    }
    for (a, b) in one_pass.records.iter().zip(&burn.records) {
        assert!((a.train_loss - b.train_loss).abs() < 1e-4);
        assert!((a.ema_loss.unwrap() - b.ema_loss.unwrap()).abs() < 1e-4);
    }
    for (a, b) in one_pass.health.iter().zip(&burn.health) {
        assert_eq!(a.layer, b.layer);
    }
}

#[test]
fn the_state_of_another_optimiser_is_refused() {
    let states = [
        (BurnOptimizer::new(0.01, AdamConfig::new().build()), "state.momentum"),
        (BurnOptimizer::new(0.01, LambConfig::new().build()), "state."),
    ];
    for (optimizer, expected) in states {
        let folder = tempfile::tempdir().unwrap();
        train(optimizer, &config(3), Some(folder.path()), (2, 2)).unwrap();
        let other = BurnOptimizer::new(0.01, AdafactorConfig::new().build());
        let error = train(other, &config(3), Some(folder.path()), NEVER).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("of another optimiser"), "{error}");
        let mut watch = Watch::new(NEVER);
        let error =
            watched(Net::new(), &Largest::default(), &config(3), Some(folder.path()), &mut watch)
                .unwrap_err()
                .to_string();
        assert!(error.contains("of another optimiser"), "{error}");
    }
    // And the state of a one-pass rule by a Burn optimiser.
    let folder = tempfile::tempdir().unwrap();
    let mut watch = Watch::new((2, 2));
    watched(Net::new(), &Largest::default(), &config(3), Some(folder.path()), &mut watch).unwrap();
    let adam = BurnOptimizer::new(0.01, AdamConfig::new().build());
    let error = train(adam, &config(3), Some(folder.path()), NEVER).unwrap_err().to_string();
    assert!(error.contains("of another optimiser"), "{error}");
}

#[test]
fn a_learning_rate_out_of_range_is_refused() {
    for lr in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = train(BurnOptimizer::new(lr, SignDescent), &config(1), None, NEVER);
        let error = error.unwrap_err().to_string();
        assert!(error.contains("lr") && error.contains("above 0"), "{error}");
    }
}
