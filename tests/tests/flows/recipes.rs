//! Runs with other losses, schedules and lengths of epochs than the default, on a small part of the
//! synthetic set.

use std::path::Path;

use zunder::{Run, RunConfig, RunError, RunOptions, parse_setting};

use crate::watch::Watch;

/// Returns a short run with some settings.
fn config(settings: &[&str]) -> Result<RunConfig, RunError> {
    let short = [
        "data.dataset=shapes",
        "data.limit=600",
        "data.validation=0.02",
        "epochs=3",
        "batch_size=64",
        "model.hidden=[24]",
        "threads=1",
    ];
    let settings: Vec<_> =
        short.iter().chain(settings).map(|s| parse_setting(s).unwrap()).collect();
    RunConfig::from_layers(None, &settings)
}

fn train(folder: &Path, settings: &[&str], watch: &mut Watch) -> Result<Run, RunError> {
    Run::train_in(&folder.join("run"), &config(settings)?, watch.options())
}

#[test]
fn a_hinge_with_balanced_weights_learns_from_mixed_images() {
    let folder = tempfile::tempdir().unwrap();
    let mut watch = Watch::default();
    let settings =
        ["loss=hinge", "loss.class_weights=balanced", "augment.mixup=true", "optimizer.lr=0.02"];
    let run = train(folder.path(), &settings, &mut watch).unwrap();
    let plan = watch.plan.unwrap();
    assert!(
        plan.remarks.iter().any(|r| r.starts_with("class weights of the loss: circle 1.0000, ")),
        "{:?}",
        plan.remarks
    );
    let epochs = run.epochs().unwrap();
    assert!(
        epochs[2].validation_loss < epochs[0].validation_loss && epochs[2].validation_loss < 9.0,
        "{epochs:?}"
    );
    assert!(epochs.iter().all(|e| e.penalty > 0.0));
    let saved = std::fs::read_to_string(run.folder().config()).unwrap();
    assert!(saved.contains("[loss]\nclass_weights = [1.0, 1.0,"), "{saved}");
    assert_eq!(Run::open(run.path()).unwrap().config(), run.config());
    assert!(std::fs::read_to_string(run.folder().report()).unwrap().contains("hinge: "));
}

#[test]
fn a_loss_that_does_not_fit_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for (setting, part) in [
        ("loss=logistic", "loss.name is logistic for 10 classes, expected two classes"),
        ("loss.class_weights=[1, 2]", "loss.class_weights is 2 numbers for 10 classes"),
    ] {
        let error = train(folder.path(), &[setting], &mut Watch::default()).unwrap_err();
        assert!(error.to_string().starts_with(part) && error.is_input(), "{error}");
        assert!(!folder.path().join("run").exists());
    }
}

#[test]
fn a_plateau_with_a_warmup_goes_on_where_it_was() {
    let settings = [
        "optimizer.lr=0.1",
        "schedule=plateau",
        "schedule.patience=1",
        "schedule.min_delta=0.5",
        "schedule.warmup_epochs=1",
        "epochs=4",
    ];
    let whole = tempfile::tempdir().unwrap();
    let mut watch = Watch::default();
    let expected = train(whole.path(), &settings, &mut watch).unwrap();
    let rates: Vec<f64> = watch.steps.iter().map(|step| step.learning_rate).collect();
    assert!(rates.windows(2).take(9).all(|w| w[0] < w[1]), "{rates:?}");
    assert!(rates[35] < 0.02, "{rates:?}");
    let folder = tempfile::tempdir().unwrap();
    let mut resumed = train(folder.path(), &settings, &mut Watch::stopping_at((4, 3))).unwrap();
    assert_eq!(resumed.epochs().unwrap().len(), 3);
    resumed.resume(RunOptions::default()).unwrap();
    let bytes = |run: &Run| std::fs::read(run.folder().best()).unwrap();
    assert!(bytes(&resumed) == bytes(&expected));
}

#[test]
fn an_epoch_may_have_any_number_of_steps() {
    let steps = |setting: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let mut watch = Watch::default();
        let run = train(folder.path(), &[setting, &["epochs=2"]].concat(), &mut watch).unwrap();
        let plan = watch.plan.unwrap();
        assert_eq!(watch.steps.len(), 2 * plan.steps);
        let epochs = run.epochs().unwrap();
        (
            plan.steps,
            plan.batch_size,
            (epochs[0].images_per_second * epochs[0].seconds).round() as usize,
            epochs[1].train_loss,
        )
    };
    let (pass, few, many) =
        (steps(&[]), steps(&["steps_per_epoch=4"]), steps(&["steps_per_epoch=20"]));
    assert_eq!((pass.0, pass.1, pass.2), (9, 64, 576));
    assert_eq!((few.0, few.1, few.2), (4, 64, 256));
    assert_eq!((many.0, many.1, many.2), (20, 64, 1280));
    assert_eq!(steps(&["steps_per_epoch=9"]).3, pass.3, "one pass is one pass");
    let all = steps(&["batch_size=all"]);
    assert_eq!((all.0, all.1), (1, 600));
    assert!(
        config(&["steps_per_epoch=0"])
            .unwrap_err()
            .to_string()
            .contains("steps_per_epoch is 0, expected 1 to 1000000")
    );
}
