//! Runs whose first layer starts in windows of the image and stays sparse.

use zunder::data::{AugmentConfig, ImageShape};
use zunder::models::burn::tensor::Device;
use zunder::models::{Key, LinearClassifierConfig, MlpConfig, ResidualMlpConfig};
use zunder::train::{LassoConfig, NamedTensor, named_tensors, read_weights};
use zunder::{DatasetName, ModelConfig, Run, RunConfig, RunOptions};

fn config() -> RunConfig {
    let mlp = MlpConfig { hidden: vec![12, 7], ..MlpConfig::default() };
    let mut config = RunConfig {
        model: ModelConfig::Mlp(mlp),
        epochs: 2,
        batch_size: 32,
        threads: 1,
        pool: 2,
        init_window: 0.375,
        augment: AugmentConfig::default(),
        ..RunConfig::default()
    };
    (config.data.dataset, config.data.limit) = (DatasetName::Shapes, Some(300));
    config
}

/// Returns the share of zeros of each weight matrix, from the input on.
fn zeros(tensors: &[NamedTensor]) -> Vec<f64> {
    let share =
        |values: &[f32]| values.iter().filter(|w| **w == 0.0).count() as f64 / values.len() as f64;
    tensors.iter().filter(|t| t.shape.len() == 2).map(|t| share(&t.values)).collect()
}

#[test]
fn windows_are_a_share_of_the_pooled_image() {
    let shape = ImageShape { channels: 3, height: 32, width: 24 };
    let residual = ResidualMlpConfig { width: 12, depth: 1, ..ResidualMlpConfig::default() };
    for model in [config().model, ModelConfig::ResidualMlp(residual)] {
        for (pool, init_window, expected) in [
            // 6 of 16 rows and, of 4.5, 5 of 12 columns.
            (2, 0.375, 1.0 - 30.0 / 192.0),
            (1, 0.375, 1.0 - 108.0 / 768.0),
            // At least one pixel.
            (2, 0.001, 1.0 - 1.0 / 192.0),
            (2, 1.0, 0.0),
        ] {
            let config = RunConfig { pool, init_window, model: model.clone(), ..config() };
            let model = config.init_model(shape, 10, Key::new(1), &Device::flex()).unwrap();
            let zeros = zeros(&named_tensors(&model).unwrap());
            assert!((zeros[0] - expected).abs() < 1e-9, "{pool}, {init_window}: {zeros:?}");
            assert!(zeros[1..].iter().all(|share| *share == 0.0), "{zeros:?}");
        }
    }
}

/// The penalty keeps most weights at 0 that start there. Without it none stay.
#[test]
fn a_trained_first_layer_is_sparse_only_with_the_penalty() {
    let dir = tempfile::tempdir().unwrap();
    for (name, l1, [low, high]) in [("with", 5e-4, [0.6, 0.999]), ("without", 0.0, [0.0, 0.01])] {
        let lasso = LassoConfig { l1, ..LassoConfig::default() };
        let config = RunConfig { lasso, ..config() };
        let run = Run::train_in(&dir.path().join(name), &config, RunOptions::default()).unwrap();
        let zeros = zeros(&read_weights(&run.folder().best()).unwrap());
        assert!((low..=high).contains(&zeros[0]), "{name}: {zeros:?}");
        assert!(zeros[1..].iter().all(|share| *share == 0.0), "{name}: {zeros:?}");
    }
}

/// The linear classifier has no hidden units.
#[test]
fn the_linear_classifier_has_no_windows() {
    let model = ModelConfig::Linear(LinearClassifierConfig::default());
    let shape = ImageShape { channels: 1, height: 4, width: 4 };
    let bits = |init_window| {
        let config = RunConfig { init_window, model: model.clone(), ..config() };
        config.validate().unwrap();
        let model = config.init_model(shape, 2, Key::new(1), &Device::flex()).unwrap();
        named_tensors(&model).unwrap()
    };
    assert_eq!(bits(0.25), bits(1.0));
}

#[test]
fn windows_that_cannot_be_are_refused() {
    let refused = |config: RunConfig| config.validate().unwrap_err().to_string();
    for init_window in [0.0, -0.5, 1.5, f64::NAN] {
        let message = refused(RunConfig { init_window, ..config() });
        assert!(message.contains("expected a share of the image's side in 0 < share <= 1"));
        assert!(message.contains(&format!("init_window is {init_window}")), "{message}");
    }
}
