//! The diagnosis of learning curves on the page, for runs that are designed to show each kind.

use zunder::data::AugmentConfig;
use zunder::models::{LinearClassifierConfig, MlpConfig};
use zunder::report::{Diagnosis, diagnose};
use zunder::train::{LassoConfig, Loss, OptimizerConfig, Schedule, ScheduleKind, SgdConfig};
use zunder::{DatasetName, ModelConfig, ModelKind, Run, RunConfig, RunOptions};

/// Returns a small network on a small part of the synthetic set, without regularisation, at a
/// constant learning rate.
fn config(lr: f64, epochs: usize) -> RunConfig {
    let mut config = RunConfig::preset(ModelKind::Mlp);
    config.model =
        ModelConfig::Mlp(MlpConfig { hidden: vec![48], dropout: 0.0, ..MlpConfig::default() });
    (config.loss, config.lasso) = (Loss::default(), LassoConfig::default());
    config.augment = AugmentConfig::preset("none").unwrap();
    config.data.dataset = DatasetName::Shapes;
    config.data.limit = Some(600);
    config.optimizer =
        OptimizerConfig::Sgd(SgdConfig { lr, weight_decay: 0.0, ..SgdConfig::default() });
    config.schedule = Schedule::from(ScheduleKind::Constant {});
    config.batch_size = 50;
    config.epochs = epochs;
    config.threads = 1;
    config
}

fn diagnosis(config: &RunConfig) -> (Diagnosis, String) {
    let folder = tempfile::tempdir().unwrap();
    let run = Run::train_in(&folder.path().join("run"), config, RunOptions::default()).unwrap();
    let page = std::fs::read_to_string(run.folder().report()).unwrap();
    (diagnose(&run.epochs().unwrap()), page)
}

#[test]
fn few_images_and_many_epochs_overfit() {
    let (diagnosis, page) = diagnosis(&config(0.02, 40));
    let Diagnosis::Overfitting { since } = diagnosis else { panic!("{diagnosis:?}") };
    assert!(
        since < 30 && page.contains(&format!("The model overfits since epoch {since}")),
        "{since}"
    );
}

#[test]
fn a_small_rate_is_still_improving_at_the_end() {
    assert_eq!(diagnosis(&config(0.0005, 8)).0, Diagnosis::StillImproving);
}

#[test]
fn a_penalty_that_holds_the_weights_down_underfits() {
    let mut config = config(0.01, 25);
    config.data.limit = None;
    config.model = ModelConfig::Linear(LinearClassifierConfig::default());
    config.optimizer =
        OptimizerConfig::Sgd(SgdConfig { lr: 0.01, weight_decay: 1.0, ..SgdConfig::default() });
    assert_eq!(diagnosis(&config).0, Diagnosis::Underfitting);
}

#[test]
fn a_rate_that_grows_too_large_diverges() {
    let mut config = config(30.0, 12);
    config.model = ModelConfig::Linear(LinearClassifierConfig::default());
    config.schedule.warmup_epochs = 12.0;
    config.schedule.warmup_factor = 0.0;
    let (diagnosis, page) = diagnosis(&config);
    assert!(matches!(diagnosis, Diagnosis::Diverged { .. }), "{diagnosis:?}");
    assert!(page.contains("Training diverged in epoch"));
}

#[test]
fn a_rate_that_falls_to_nothing_converges() {
    let mut config = config(0.02, 30);
    config.data.limit = None;
    config.augment = AugmentConfig::preset("light").unwrap();
    config.schedule = Schedule::from(ScheduleKind::default());
    assert_eq!(diagnosis(&config).0, Diagnosis::Converged);
}
