//! Health warnings: none for healthy trainings, and the right ones otherwise. On a small part of
//! the synthetic set.

use zunder::eval::{HealthProblem, HealthRecord, HealthWarning, health_warnings};
use zunder::models::{Activation, Initializer, MlpConfig};
use zunder::train::{Events, Interrupt, OptimizerConfig, SgdConfig, SourceError};
use zunder::{DatasetName, ModelConfig, ModelKind, Run, RunConfig, RunEvents, RunOptions};

/// Keeps the warnings.
#[derive(Default)]
struct Told(Vec<HealthWarning>);

impl Events for Told {
    fn layers_measured(
        &mut self,
        _: &[HealthRecord],
        warnings: &[HealthWarning],
    ) -> Result<(), SourceError> {
        self.0.extend_from_slice(warnings);
        Ok(())
    }
}

impl RunEvents for Told {}

fn config(kind: ModelKind) -> RunConfig {
    let mut config = RunConfig::preset(kind);
    config.data.dataset = DatasetName::Shapes;
    config.data.limit = Some(640);
    config.data.validation = 0.06;
    config.epochs = 3;
    config.batch_size = 64;
    config.threads = 2;
    config
}

/// Returns a multilayer perceptron with a learning rate.
fn mlp(mlp: MlpConfig, lr: f64) -> RunConfig {
    let mut config = config(ModelKind::Mlp);
    config.model = ModelConfig::Mlp(mlp);
    config.optimizer = OptimizerConfig::Sgd(SgdConfig { lr, ..SgdConfig::default() });
    config
}

/// Returns the warnings of a run, after checking that its records, its file and its page agree.
fn warnings(config: &RunConfig) -> Vec<HealthWarning> {
    let parent = tempfile::tempdir().unwrap();
    let mut told = Told::default();
    let run = Run::train_in(
        &parent.path().join("run"),
        config,
        RunOptions { events: Some(&mut told), interrupt: Interrupt::new() },
    );
    let run = run.unwrap();
    assert_eq!(health_warnings(&run.health().unwrap()), told.0);
    let (file, page) = [run.folder().health(), run.folder().report()]
        .map(|path| std::fs::read_to_string(path).unwrap())
        .into();
    for warning in &told.0 {
        let text = warning.to_string();
        assert!(file.contains(&text) && page.contains(&text), "{text}");
    }
    told.0
}

fn problems(config: &RunConfig) -> Vec<HealthProblem> {
    warnings(config).into_iter().map(|warning| warning.problem).collect()
}

#[test]
fn healthy_runs_are_silent() {
    for kind in ModelKind::ALL {
        assert_eq!(warnings(&config(kind)), [], "{}", kind.name());
    }
}

#[test]
fn a_rate_far_too_high_kills_units() {
    let hidden =
        MlpConfig { hidden: vec![64, 32], batch_norm: false, dropout: 0.0, ..MlpConfig::default() };
    let problems = problems(&mlp(hidden, 1.0));
    assert!(problems.contains(&HealthProblem::DeadUnits), "{problems:?}");
}

#[test]
fn logistic_layers_ten_deep_learn_nothing() {
    let hidden = MlpConfig {
        hidden: vec![32; 10],
        activation: Activation::Logistic,
        batch_norm: false,
        dropout: 0.0,
        ..MlpConfig::default()
    };
    let warnings = warnings(&mlp(hidden, 0.05));
    let of = |problem| {
        warnings
            .iter()
            .find(|warning| warning.problem == problem)
            .unwrap_or_else(|| panic!("{problem:?}: {warnings:?}"))
    };
    assert_eq!(of(HealthProblem::VanishingGradient).layer, "hidden 1");
    let alike = of(HealthProblem::AlikeForAllImages);
    assert!(
        alike.layer != "hidden 1" && alike.others.contains(&"hidden 8".to_owned()),
        "{alike:?}"
    );
}

#[test]
fn zeros_leave_every_unit_dead() {
    let hidden = MlpConfig {
        hidden: vec![32],
        initializer: Some(Initializer::Zeros),
        ..MlpConfig::default()
    };
    let warnings = warnings(&mlp(hidden, 0.05));
    assert_eq!(
        (warnings[0].problem, warnings[0].value, warnings[0].layer.as_str()),
        (HealthProblem::DeadUnits, 1.0, "hidden 1")
    );
}

#[test]
fn a_rate_of_nearly_zero_changes_nothing() {
    let hidden = MlpConfig { hidden: vec![32], ..MlpConfig::default() };
    assert_eq!(problems(&mlp(hidden, 1e-7)), [HealthProblem::RateTooLow]);
}

#[test]
fn a_rate_far_too_high_saturates_tanh() {
    let hidden = MlpConfig {
        hidden: vec![32, 16],
        activation: Activation::Tanh,
        batch_norm: false,
        ..MlpConfig::default()
    };
    let problems = problems(&mlp(hidden, 10.0));
    assert!(problems.contains(&HealthProblem::Saturated), "{problems:?}");
}
