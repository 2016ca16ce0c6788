//! Runs that start from other runs: the same parts, refusals, and marks that are kept.

use std::fs;
use std::path::{Path, PathBuf};

use zunder::data::AugmentConfig;
use zunder::eval::{EpochRecord, Leakage};
use zunder::train::{Events, Interrupt, Outcome, SourceError};
use zunder::{
    Axis, CrossValidation, DatasetName, ModelKind, Plan, Run, RunConfig, RunError, RunEvents,
    RunOptions, Sweep, SweepConfig, Trials, compare,
};

fn config(seed: u64, from: Option<PathBuf>) -> RunConfig {
    let preset = RunConfig::preset(ModelKind::Linear);
    let mut config = RunConfig {
        seed,
        epochs: 1,
        batch_size: 32,
        threads: 1,
        init_from: from,
        augment: AugmentConfig::default(),
        ..preset
    };
    (config.data.dataset, config.data.limit, config.data.validation) =
        (DatasetName::Shapes, Some(400), 0.02);
    config
}

fn folds(mut config: RunConfig) -> RunConfig {
    (config.data.folds, config.data.fold, config.data.validation) = (Some(20), Some(1), 0.1);
    config
}

fn train(folder: &Path, config: &RunConfig) -> Run {
    Run::train_in(folder, config, RunOptions::default()).unwrap()
}

fn remarks(config: &RunConfig) -> String {
    Run::plan(config, RunOptions::default()).unwrap().remarks.join("\n")
}

#[test]
fn a_chain_over_export_and_import_knows_what_its_weights_learnt_from() {
    let dir = tempfile::tempdir().unwrap();
    let place = |name: &str| dir.path().join(name);
    let first = train(&place("first"), &config(1, None));
    let second = train(&place("second"), &config(2, Some(place("first"))));
    assert!(
        second.test().unwrap().unwrap().leakage.is_none() && second.leakage().unwrap().is_none()
    );
    assert!(remarks(&config(3, Some(place("second")))).contains("the parts are those of"));
    second.export(&place("export")).unwrap();
    Run::import(&place("export"), Some(&place("back"))).unwrap();
    assert_eq!(
        fs::read(place("back/images.safetensors")).unwrap(),
        fs::read(place("second/images.safetensors")).unwrap()
    );

    // Images that both were trained on are refused in folds, with the name of each run.
    let folded = folds(config(3, Some(place("back"))));
    let refusal = Run::plan(&folded, RunOptions::default()).unwrap_err();
    assert!(refusal.is_input(), "{refusal}");
    let message = refusal.to_string();
    for part in ["first: ", "back: ", " validation images", "expected none"] {
        assert!(message.contains(part), "{part}: {message}");
    }

    // An export without the file, like a foreign model, is marked instead of refused.
    fs::remove_file(place("export/images.safetensors")).unwrap();
    Run::import(&place("export"), Some(&place("foreign"))).unwrap();
    let plan = Run::plan(&config(3, Some(place("foreign"))), RunOptions::default()).unwrap();
    assert_eq!(plan.leakage.unwrap().unknown, [place("foreign").display().to_string()]);

    // A damaged file is refused, but a run without one, of an earlier version, can be evaluated.
    let file = first.folder().images();
    fs::write(&file, &fs::read(&file).unwrap()[..500]).unwrap();
    let error = Run::plan(&config(3, Some(place("first"))), RunOptions::default()).unwrap_err();
    assert!(matches!(error, RunError::BadFile { .. }), "{error}");
    fs::remove_file(&file).unwrap();
    fs::remove_file(place("first/checksums.json")).unwrap();
    assert_eq!(first.evaluate().unwrap().confusion, first.test().unwrap().unwrap().confusion);
}

#[test]
fn a_mark_stays_with_every_figure() {
    let dir = tempfile::tempdir().unwrap();
    let place = |name: &str| dir.path().join(name);
    train(&place("first"), &config(1, None));
    let mut marked = folds(config(2, Some(place("first"))));
    marked.data.allow_leakage = true;
    let run = train(&place("marked"), &marked);
    let leakage = run.leakage().unwrap().unwrap();
    assert!(
        leakage.validation > 0 && leakage.learnt_by == [place("first").display().to_string()],
        "{leakage:?}"
    );
    let test = run.test().unwrap().unwrap();
    let of = |leakage: &Option<Leakage>| leakage.clone().unwrap();
    assert_eq!(of(&test.leakage), leakage);
    assert_eq!(of(&run.evaluate().unwrap().leakage), leakage);
    assert_eq!(of(&run.evaluate_in_full(None).unwrap().leakage), leakage);
    assert_eq!(of(&run.evaluation().unwrap().unwrap().leakage), leakage);
    let page = fs::read_to_string(run.folder().report()).unwrap();
    assert!(
        page.contains("Do not trust these figures")
            && page.contains("images were trained on before")
            && page.contains("% †")
    );

    let comparison = compare(&[Run::open(&place("first")).unwrap(), run]).unwrap();
    for text in [comparison.text, comparison.html] {
        assert!(
            text.contains("marked †") && text.contains("images were trained on before"),
            "{text}"
        );
    }

    let base = [(vec!["init_from".to_owned()], place("first").display().to_string().into())];
    let settings = [
        ("epochs", 1.into()),
        ("data.dataset", "shapes".into()),
        ("data.limit", 400.into()),
        ("data.folds", 20.into()),
        ("data.fold", 1.into()),
        ("data.allow_leakage", true.into()),
        ("model.name", "linear".into()),
        ("seed", 2.into()),
    ];
    let settings: Vec<(Vec<String>, zunder::toml::Value)> = settings
        .into_iter()
        .map(|(key, value)| (key.split('.').map(str::to_owned).collect(), value))
        .chain(base)
        .collect();
    let axes = vec![Axis::parse("optimizer.lr=0.01").unwrap()];
    let sweep = SweepConfig { axes, ..SweepConfig::default() };
    let sweep = Sweep::create(Some(&place("sweep")), None, &settings, &sweep).unwrap();
    let record = sweep.run(1, &mut Trials::default(), RunOptions::default()).unwrap().unwrap();
    assert!(record.leakage.is_some());
    let points = sweep.finish().unwrap();
    assert!(sweep.table(&points).contains("† leakage: "), "{}", sweep.table(&points));
    let csv = fs::read_to_string(place("sweep/results.csv")).unwrap();
    assert!(
        csv.lines().next().unwrap().ends_with(",leakage") && csv.contains("trained on before"),
        "{csv}"
    );
    assert!(fs::read_to_string(place("sweep/index.html")).unwrap().contains("trained on before"));
}

/// Stopped before its first step, or after its first epoch, with the run before it deleted.
#[test]
fn a_resumed_run_of_a_chain_ends_in_the_same_bits() {
    let dir = tempfile::tempdir().unwrap();
    let place = |name: &str| dir.path().join(name);
    train(&place("first"), &config(1, None));
    let from = RunConfig { epochs: 2, ..config(2, Some(place("first"))) };
    let straight = train(&place("straight"), &from);
    let stopped = |name: &str, at_once: bool| {
        let mut watch = Stop { interrupt: Interrupt::default(), at_once };
        let interrupt = watch.interrupt.clone();
        let run =
            Run::train_in(&place(name), &from, RunOptions { events: Some(&mut watch), interrupt })
                .unwrap();
        assert_eq!(run.outcome(), Some(Outcome::Interrupted));
        run
    };
    let (mut early, mut late) = (stopped("early", true), stopped("late", false));
    early.resume(RunOptions::default()).unwrap();
    fs::rename(place("first"), place("gone")).unwrap();
    late.resume(RunOptions::default()).unwrap();
    for run in [early, late] {
        assert_eq!(
            fs::read(run.folder().best()).unwrap(),
            fs::read(straight.folder().best()).unwrap()
        );
        assert_eq!(
            fs::read(run.folder().images()).unwrap(),
            fs::read(straight.folder().images()).unwrap()
        );
    }
}

/// Asks to stop after an epoch, or before the first step.
struct Stop {
    interrupt: Interrupt,
    at_once: bool,
}

impl Events for Stop {
    fn epoch_finished(&mut self, _: &EpochRecord, _: bool) -> Result<(), SourceError> {
        self.interrupt.request();
        Ok(())
    }
}

impl RunEvents for Stop {
    fn planned(&mut self, _: &Plan) {
        if self.at_once {
            self.interrupt.request();
        }
    }
}

#[test]
fn folds_start_from_the_folds_of_another_cross_validation() {
    let dir = tempfile::tempdir().unwrap();
    let place = |name: &str| dir.path().join(name);
    let of = |seed, from| {
        let mut config = folds(config(seed, from));
        (config.data.folds, config.data.fold, config.data.limit) = (Some(2), None, None);
        config.steps_per_epoch = Some(3);
        config
    };
    let first = CrossValidation::create(&place("first"), &of(1, None)).unwrap();
    let second = CrossValidation::create(&place("second"), &of(1, Some(place("first")))).unwrap();
    first.run(1, RunOptions::default()).unwrap();
    let run = second.run(1, RunOptions::default()).unwrap();
    assert!(
        run.leakage().unwrap().is_none() && run.config().init_from == Some(place("first/fold-1"))
    );
    let other = CrossValidation::create(&place("other"), &of(2, Some(place("first")))).unwrap();
    let refusal = other.run(1, RunOptions::default()).unwrap_err();
    assert!(
        matches!(refusal, RunError::Leakage { .. }) && refusal.hint().contains("same folds"),
        "{refusal}"
    );
}
