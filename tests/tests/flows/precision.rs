//! Runs whose products have less precision in training: accuracy, resumption, prediction, refusals.

use zunder::models::{MlpConfig, Precision, ResidualMlpConfig};
use zunder::train::Outcome;
use zunder::{DatasetName, ModelConfig, Run, RunConfig, RunOptions};

use crate::watch::Watch;

fn config(model: ModelConfig) -> RunConfig {
    let mut config =
        RunConfig { model, epochs: 6, batch_size: 32, threads: 1, ..RunConfig::default() };
    (config.data.dataset, config.data.limit, config.data.validation) =
        (DatasetName::Shapes, Some(2000), 0.1);
    config
}

fn mlp(precision: Precision) -> ModelConfig {
    ModelConfig::Mlp(MlpConfig { hidden: vec![48, 40], precision, ..MlpConfig::default() })
}

/// The weights differ from those of 32 bits, and the accuracy is the same within a few images.
/// Interrupted and resumed, the run ends with the same bits.
#[test]
fn a_run_of_less_precision_learns_as_much_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let train = |name: &str, precision| {
        let config = config(mlp(precision));
        Run::train_in(&dir.path().join(name), &config, RunOptions::default()).unwrap()
    };
    let (half, full) = (train("half", Precision::Bf16), train("full", Precision::F32));
    let weights = |run: &Run| zunder::train::read_weights(&run.folder().best()).unwrap();
    assert_ne!(weights(&half), weights(&full));
    let accuracy = |run: &Run| run.test().unwrap().unwrap().accuracy;
    assert!((accuracy(&half) - accuracy(&full)).abs() < 0.06, "{}", accuracy(&half));
    assert!(accuracy(&half) > 0.15, "{}", accuracy(&half));

    let mut watch = Watch::stopping_at((4, 2));
    let stopped = dir.path().join("stopped");
    let mut stopped =
        Run::train_in(&stopped, &config(mlp(Precision::Bf16)), watch.options()).unwrap();
    assert_eq!(stopped.outcome(), Some(Outcome::Interrupted));
    stopped.resume(RunOptions::default()).unwrap();
    assert_eq!(weights(&stopped), weights(&half));
    assert_eq!(stopped.test().unwrap(), half.test().unwrap());
}

#[test]
fn a_residual_network_has_the_setting_too() {
    let model = |precision| {
        let small = ResidualMlpConfig { width: 24, depth: 2, ..ResidualMlpConfig::default() };
        config(ModelConfig::ResidualMlp(ResidualMlpConfig { precision, ..small }))
    };
    let dir = tempfile::tempdir().unwrap();
    let loss = |name: &str, precision| {
        let config = RunConfig { epochs: 1, ..model(precision) };
        let run = Run::train_in(&dir.path().join(name), &config, RunOptions::default()).unwrap();
        run.epochs().unwrap()[0].train_loss
    };
    let (half, full) = (loss("half", Precision::Bf16), loss("full", Precision::F32));
    assert!(half != full && (half - full).abs() < 0.05 * full, "{half}, {full}");
}

#[test]
fn several_devices_must_all_compute_it() {
    let mut asked = config(mlp(Precision::Bf16));
    asked.devices = vec!["flex".to_owned(), "remote:127.0.0.1:7777".to_owned()];
    asked.gradients.accumulate = 2;
    let error = Run::plan(&asked, RunOptions::default()).unwrap_err().to_string();
    let expected = "model.precision is bf16 and the device remote:127.0.0.1:7777, expected f32";
    assert!(error.contains(expected), "{error}");
    asked.devices = vec!["flex".to_owned(), "flex".to_owned()];
    assert!(Run::plan(&asked, RunOptions::default()).is_ok());
}
