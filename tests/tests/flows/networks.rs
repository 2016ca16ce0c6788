//! Runs of other networks than the default, on a small part of the synthetic set.

use std::path::Path;

use zunder::models::Activation;
use zunder::{Run, RunConfig, RunError, RunOptions, parse_setting};

use crate::watch::Watch;

/// Returns a short run with some settings.
fn config(settings: &[&str]) -> Result<RunConfig, RunError> {
    let short = [
        "data.dataset=shapes",
        "data.limit=300",
        "data.validation=0.02",
        "epochs=2",
        "batch_size=64",
        "threads=2",
    ];
    let settings: Vec<_> =
        short.iter().chain(settings).map(|s| parse_setting(s).unwrap()).collect();
    RunConfig::from_layers(None, &settings)
}

fn residual<'a>(settings: &[&'a str]) -> Vec<&'a str> {
    [&["model=residual-mlp", "model.width=16", "model.depth=2"][..], settings].concat()
}

fn train(folder: &Path, settings: &[&str], mut watch: Watch) -> Run {
    Run::train_in(&folder.join("run"), &config(settings).unwrap(), watch.options()).unwrap()
}

fn weights(run: &Run) -> Vec<u8> {
    std::fs::read(run.folder().best()).unwrap()
}

/// Promises 3 and 4 for the residual network: the checkpoint also has the averages of batch norm
/// and the slopes of PReLU.
#[test]
fn a_resumed_residual_network_equals_an_uninterrupted_one() {
    for settings in [
        ["model.norm=batch", "model.activation=prelu"],
        ["model.norm=layer", "model.activation=gelu"],
    ] {
        let whole = tempfile::tempdir().unwrap();
        let expected = train(whole.path(), &residual(&settings), Watch::default());
        let folder = tempfile::tempdir().unwrap();
        let stopped = train(folder.path(), &residual(&settings), Watch::stopping_at((2, 2)));
        assert_eq!(stopped.epochs().unwrap().len(), 1);
        let mut resumed = Run::open(stopped.path()).unwrap();
        resumed.compute_on(None, Some(1), None).unwrap();
        resumed.resume(RunOptions::default()).unwrap();
        assert!(weights(&resumed) == weights(&expected), "{settings:?}");
        assert_eq!(
            resumed.evaluate().unwrap().accuracy,
            expected.test().unwrap().unwrap().accuracy
        );
    }
}

/// Promise 3, with matrix products that are large enough to be split between threads.
#[test]
fn threads_do_not_matter_to_a_residual_network() {
    let runs = ["threads=1", "threads=3"].map(|threads| {
        let folder = tempfile::tempdir().unwrap();
        weights(&train(folder.path(), &residual(&["model.width=96", threads]), Watch::default()))
    });
    assert!(runs[0] == runs[1]);
}

#[test]
fn every_activation_that_can_be_trained_learns() {
    for activation in Activation::ALL.into_iter().filter(|f| f.check_trainable().is_ok()) {
        let setting = format!("model.activation={}", activation.name());
        let folder = tempfile::tempdir().unwrap();
        let settings = ["model.hidden=[24]", setting.as_str(), "model.dropout=0", "epochs=4"];
        let epochs = train(folder.path(), &settings, Watch::default()).epochs().unwrap();
        assert!(
            epochs[3].train_loss < epochs[0].train_loss - 0.1,
            "{}: {epochs:?}",
            activation.name()
        );
    }
}

/// The lecture's quiz: units with equal weights stay equal, so only the output's bias learns. The
/// classes of the shapes are balanced, so it has nothing to learn.
#[test]
fn weights_of_zero_learn_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let settings = ["model.hidden=[24]", "model.initializer=zeros", "model.batch_norm=false"];
    let epochs = train(folder.path(), &settings, Watch::default()).epochs().unwrap();
    assert!(epochs.iter().all(|e| (e.validation_loss - 10_f64.ln()).abs() < 0.05), "{epochs:?}");
}

#[test]
fn an_exported_residual_network_describes_itself() {
    let folder = tempfile::tempdir().unwrap();
    let run = train(
        folder.path(),
        &residual(&["model.norm=batch", "model.activation=prelu", "epochs=1"]),
        Watch::default(),
    );
    let export = folder.path().join("export");
    run.export(&export).unwrap();
    let description: serde_json::Value =
        serde_json::from_slice(&std::fs::read(export.join("model.json")).unwrap()).unwrap();
    let expected = serde_json::json!({
        "width": 16, "depth": 2, "hidden": 32, "activation": "prelu", "norm": "batch", "bias": false
    });
    assert_eq!((&description["residual"], description.get("hidden")), (&expected, None));
    let tensors = zunder::train::read_weights(&export.join("model.safetensors")).unwrap();
    let shape = |name: &str| tensors.iter().find(|t| t.name == name).map(|t| t.shape.clone());
    assert_eq!(shape("embedding.weight").unwrap(), [16, 3072]);
    assert_eq!(shape("blocks.1.expand.weight").unwrap(), [32, 16]);
    assert_eq!(shape("blocks.1.activation.weight").unwrap(), [1]);
    assert_eq!(shape("blocks.0.norm.running_mean").unwrap(), [16]);
    assert_eq!(shape("norm.weight").unwrap(), [16]);
    assert_eq!(shape("blocks.0.project.bias"), None);
}
