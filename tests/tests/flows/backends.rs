//! Compares every backend with `flex`: Zunder draws weights, masks and batches itself, so results
//! differ only by the order of sums.
//!
//! `wgpu` needs an adapter; a software Vulkan driver is sufficient. Without one its tests print a
//! note and pass, unless `ZUNDER_REQUIRE_WGPU` is set.

use std::io::Write;
use std::sync::OnceLock;

use zunder::data::AugmentConfig;
use zunder::eval::TestRecord;
use zunder::models::{Activation, MlpConfig, Precision, ResidualMlpConfig};
use zunder::train::{AdamConfig, OptimizerConfig, Outcome};
use zunder::{AdapterKind, DatasetName, ModelConfig, ModelKind, Run, RunConfig, RunOptions};

use crate::watch::{Watch, train};

/// The number of steps whose losses are compared.
const STEPS: usize = 20;

/// Returns a small whole run, with batch normalisation, dropout and pooling.
fn config(device: &str) -> RunConfig {
    let mut config = RunConfig::preset(ModelKind::Mlp);
    let mlp = MlpConfig { hidden: vec![32, 16], dropout: 0.1, ..MlpConfig::default() };
    assert!(mlp.batch_norm && mlp.dropout > 0.0);
    config.model = ModelConfig::Mlp(mlp);
    config.data.dataset = DatasetName::Shapes;
    config.data.limit = Some(1500);
    config.data.validation = 0.02;
    config.augment = AugmentConfig::preset("none").unwrap();
    config.pool = 2;
    config.epochs = 6;
    config.batch_size = 64;
    config.optimizer = config.optimizer.with_lr(0.1);
    config.threads = 2;
    config.device = device.into();
    config
}

/// Returns the loss of each step of the first epoch: reports have the mean since its start.
fn losses(watch: &Watch) -> Vec<f64> {
    let reports: Vec<_> = watch.steps.iter().filter(|step| step.epoch == 1).collect();
    let sums: Vec<f64> = reports.iter().map(|r| r.loss * r.images as f64).collect();
    let before = std::iter::once(&0.0).chain(&sums);
    sums.iter()
        .zip(before)
        .zip(&reports)
        .map(|((sum, before), r)| (sum - before) * r.step as f64 / r.images as f64)
        .collect()
}

/// Returns the first losses of a whole run, and its test.
fn whole_run(device: &str) -> (Vec<f64>, TestRecord) {
    let parent = tempfile::tempdir().unwrap();
    let mut watch = Watch::default();
    let run = train(&parent.path().join("run"), &config(device), &mut watch).unwrap();
    let environment = run.environment().unwrap();
    assert_eq!(
        (environment.device.as_str(), environment.adapter.is_some()),
        (device, device == "wgpu"),
        "{:?}",
        environment.adapter
    );
    (losses(&watch), run.test().unwrap().unwrap())
}

/// Returns whether `wgpu` has an adapter. It must have one if `ZUNDER_REQUIRE_WGPU` is set.
fn wgpu_is_here() -> bool {
    let Err(error) = zunder::device("wgpu") else { return true };
    assert!(std::env::var_os("ZUNDER_REQUIRE_WGPU").is_none(), "{error}");
    // Written directly, since the test harness hides the output of a test that passes.
    let mut terminal = std::io::stderr();
    writeln!(terminal, "skipped: {error}; {}", error.hint()).unwrap();
    false
}

fn follows_flex(device: &str) {
    static FLEX: OnceLock<(Vec<f64>, TestRecord)> = OnceLock::new();
    let (expected, reference) = FLEX.get_or_init(|| whole_run("flex"));
    let (losses, test) = whole_run(device);
    assert!(losses.len() >= STEPS && losses.len() == expected.len());
    for (step, (loss, expected)) in losses.iter().zip(expected).take(STEPS).enumerate() {
        assert!(
            (loss / expected - 1.0).abs() < 1e-3,
            "step {}: {loss} on {device}, {expected} on flex",
            step + 1
        );
    }
    assert!(reference.accuracy_low > 0.2, "the reference has learned: {}", reference.accuracy);
    let interval = reference.accuracy_low..=reference.accuracy_high;
    assert!(
        interval.contains(&test.accuracy),
        "{} on {device}, {interval:?} on flex",
        test.accuracy
    );
}

#[test]
fn ndarray_follows_flex() {
    follows_flex("ndarray");
}

#[test]
fn wgpu_follows_flex() {
    if wgpu_is_here() {
        follows_flex("wgpu");
    }
}

/// Layer normalisation, and the activation whose gradient Burn approximates outside of `flex`. Not
/// on `wgpu`: a software driver takes minutes to compile all these shaders.
#[test]
fn a_residual_network_follows_flex_on_ndarray() {
    let losses = |device: &str| {
        let model = ResidualMlpConfig {
            width: 16,
            depth: 2,
            activation: Activation::Gelu,
            ..ResidualMlpConfig::default()
        };
        let optimizer = RunConfig::preset(ModelKind::ResidualMlp).optimizer;
        let config = RunConfig {
            model: ModelConfig::ResidualMlp(model),
            optimizer,
            epochs: 1,
            ..config(device)
        };
        let parent = tempfile::tempdir().unwrap();
        let mut watch = Watch::default();
        train(&parent.path().join("run"), &config, &mut watch).unwrap();
        losses(&watch)
    };
    let expected = losses("flex");
    assert!(expected.len() >= STEPS);
    for (step, (loss, expected)) in losses("ndarray").iter().zip(&expected).enumerate() {
        assert!(
            (loss / expected - 1.0).abs() < 1e-4,
            "step {}: {loss}, {expected} on flex",
            step + 1
        );
    }
}

/// Weights, optimiser state and checkpoints are the same on every backend.
#[test]
fn another_backend_takes_over() {
    let others: &[&str] = if wgpu_is_here() { &["ndarray", "wgpu"] } else { &["ndarray"] };
    for other in others {
        for (first, second) in [("flex", *other), (*other, "flex")] {
            let parent = tempfile::tempdir().unwrap();
            let folder = parent.path().join("run");
            let config = RunConfig {
                epochs: 2,
                optimizer: OptimizerConfig::Adam(AdamConfig::default()),
                ..config(first)
            };
            let mut watch = Watch::stopping_at((2, 3));
            let stopped = train(&folder, &config, &mut watch).unwrap();
            assert_eq!(
                (stopped.outcome(), stopped.epochs().unwrap().len()),
                (Some(Outcome::Interrupted), 1)
            );

            let mut run = Run::open(&folder).unwrap();
            run.compute_on(Some(second), None, None).unwrap();
            assert_eq!(run.resume(RunOptions::default()).unwrap(), Outcome::Completed);
            let written = run.test().unwrap().unwrap();
            run.compute_on(Some(first), None, None).unwrap();
            let again = run.evaluate().unwrap();
            let (again, written) = (again.loss.unwrap(), written.loss.unwrap());
            assert!(
                (again / written - 1.0).abs() < 1e-4,
                "{first} then {second}: {again} and {written}"
            );
        }
    }
}

#[test]
fn unusable_devices_are_refused_before_anything_is_written() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("run");
    for (device, message, hint) in [
        (
            "cuda:1",
            "device \"cuda:1\" is not in this build, expected one of flex, ndarray, wgpu",
            "`cargo xtask-cuda` has it",
        ),
        (
            "abacus",
            "device \"abacus\" is not in this build, expected one of flex",
            "devices` lists",
        ),
        (
            "ndarray:0",
            "device \"ndarray:0\" is not a device's name, expected ndarray alone",
            "devices` lists",
        ),
        (
            "wgpu:fast",
            "device \"wgpu:fast\" is not a device's name, expected wgpu, wgpu:0",
            "devices` lists",
        ),
        ("wgpu:discrete:15", "device \"wgpu:discrete:15\" cannot be used: ", "a Vulkan driver"),
        ("wgpu:200", "device \"wgpu:200\" cannot be used: there ", "a Vulkan driver"),
    ] {
        let error = train(&folder, &config(device), &mut Watch::default()).unwrap_err();
        assert!(error.to_string().starts_with(message) && error.is_input(), "{error}");
        assert!(error.hint().contains(hint), "{}", error.hint());
        assert!(!folder.exists());
    }
}

#[test]
fn all_devices_of_the_build_are_listed() {
    let devices = zunder::devices();
    let kind = |name: &str| {
        devices.iter().find(|d| d.name == name).map(|d| d.adapter.as_ref().unwrap().kind)
    };
    assert_eq!((kind("flex"), kind("ndarray")), (Some(AdapterKind::Cpu), Some(AdapterKind::Cpu)));
    let wgpu: Vec<_> = devices.iter().filter(|d| d.name.starts_with("wgpu")).collect();
    assert!(!wgpu.is_empty(), "an entry with the reason, if there is none");
    for device in &devices {
        assert!(device.adapter.is_some() != device.problem.is_some(), "{device:?}");
        assert_eq!(zunder::device(&device.name).is_ok(), device.adapter.is_some(), "{device:?}");
    }
    assert_eq!(wgpu_is_here(), wgpu.iter().any(|d| d.adapter.is_some()), "{wgpu:?}");
    assert_eq!(zunder::device("wgpu:0").is_ok(), wgpu_is_here());
}

/// Training with `bf16` is refused, and a model that was trained with it predicts.
#[test]
fn ndarray_has_only_32_bits() {
    let dir = tempfile::tempdir().unwrap();
    let model = MlpConfig { hidden: vec![32], precision: Precision::Bf16, ..MlpConfig::default() };
    let on = |device: &str| RunConfig {
        model: ModelConfig::Mlp(model.clone()),
        epochs: 1,
        ..config(device)
    };
    let error = Run::plan(&on("ndarray"), RunOptions::default()).unwrap_err().to_string();
    let expected =
        "model.precision is bf16 and the device ndarray, expected f32 or the device flex";
    assert!(error.contains(expected), "{error}");
    let mut run =
        Run::train_in(&dir.path().join("run"), &on("flex"), RunOptions::default()).unwrap();
    let tested = run.evaluate().unwrap().confusion;
    run.compute_on(Some("ndarray"), None, None).unwrap();
    assert_eq!(run.evaluate().unwrap().confusion, tested);
}
