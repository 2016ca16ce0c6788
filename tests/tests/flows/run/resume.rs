//! Interrupted runs end with the same bits when resumed.

use super::*;

/// Promises 3 and 4: an interrupted run loses the current epoch, and ends with the same bits when
/// resumed, also with another number of threads and with Adam.
#[test]
fn a_resumed_run_equals_an_uninterrupted_one() {
    let early = EarlyStoppingConfig { patience: Some(3), ..EarlyStoppingConfig::default() };
    let config = RunConfig {
        optimizer: OptimizerConfig::Adam(AdamConfig::default()),
        early_stopping: early,
        ..config()
    };
    let (_parent, whole) = new_folder();
    let expected = essence(&train(&whole, &config, &mut Watch::default()).unwrap());
    for stop in [(1, 4), (2, 9), (3, 2)] {
        let (_parent, folder) = new_folder();
        let mut watch = Watch::stopping_at(stop);
        let stopped = train(&folder, &config, &mut watch).unwrap();
        assert_eq!(
            (stopped.outcome(), stopped.epochs().unwrap().len()),
            (Some(Outcome::Interrupted), stop.0 - 1)
        );
        assert!(
            stopped.test().unwrap().is_none() && !watch.tested,
            "the test set is read once, at the end"
        );
        assert!(
            matches!(Run::open(&folder).unwrap().evaluate(), Err(RunError::NotFinished(_))),
            "the test set is read once, at the end"
        );
        let mut resumed = Run::open(&folder).unwrap();
        resumed.compute_on(None, Some(3), None).unwrap();
        assert_eq!(resumed.resume(RunOptions::default()).unwrap(), Outcome::Completed);
        assert!(essence(&resumed) == expected, "stopped at {stop:?}");
    }
}

/// The same with all options for gradients and weights: averaging over batches, clipping, an L1
/// penalty, a moving average, and learning rates halved by a rollback.
#[test]
fn a_resumed_run_with_all_settings_of_the_training_equals_an_uninterrupted_one() {
    let mut config = config();
    let settings = [
        "optimizer=lion",
        "gradients.accumulate=2",
        "gradients.clip_norm=0.5",
        "gradients.clip_value=0.05",
        "lasso.l1=1e-4",
        "ema=0.9",
        "on_nan=rollback",
    ];
    let settings: Vec<_> = settings.iter().map(|s| zunder::parse_setting(s).unwrap()).collect();
    let set = RunConfig::from_layers(None, &settings).unwrap();
    (config.optimizer, config.gradients, config.lasso, config.ema, config.on_nan) =
        (set.optimizer, set.gradients, set.lasso, set.ema, set.on_nan);
    let (_parent, whole) = new_folder();
    let mut watch = Watch::default();
    let expected = train(&whole, &config, &mut watch).unwrap();
    assert_eq!(watch.plan.unwrap().steps, 5, "nine batches");
    assert!(
        expected.epochs().unwrap().iter().all(|r| r.ema_accuracy.is_some() && r.ema_loss.is_some())
    );
    let (_parent, folder) = new_folder();
    train(&folder, &config, &mut Watch::stopping_at((2, 9))).unwrap();
    let mut resumed = Run::open(&folder).unwrap();
    resumed.compute_on(None, Some(1), None).unwrap();
    assert_eq!(resumed.resume(RunOptions::default()).unwrap(), Outcome::Completed);
    assert!(essence(&resumed) == essence(&expected));
}

#[test]
fn a_run_interrupted_at_its_test_is_tested_once_resumed() {
    let (_parent, folder) = new_folder();
    let mut watch = Watch::stopping_at(AT_THE_TEST);
    let stopped = train(&folder, &config(), &mut watch).unwrap();
    assert_eq!(
        (stopped.outcome(), stopped.epochs().unwrap().len()),
        (Some(Outcome::Interrupted), 3)
    );
    assert!(!folder.join("test.json").exists() && !folder.join("predictions.csv").exists());
    // The state after a kill between the last checkpoint and its row.
    std::fs::remove_file(stopped.folder().metrics()).unwrap();
    std::fs::remove_file(stopped.folder().health()).unwrap();
    let mut resumed = Run::open(&folder).unwrap();
    assert_eq!(resumed.resume(RunOptions::default()).unwrap(), Outcome::Completed);
    let (_other, whole) = new_folder();
    assert!(
        essence(&resumed) == essence(&train(&whole, &config(), &mut Watch::default()).unwrap())
    );
}

#[test]
fn a_changed_configuration_is_not_resumed() {
    let (_parent, folder) = new_folder();
    let mut watch = Watch::stopping_at((2, 1));
    let stopped = train(&folder, &config(), &mut watch).unwrap();
    let text = std::fs::read_to_string(stopped.folder().config()).unwrap();
    std::fs::write(stopped.folder().config(), text.replace("seed = 1", "seed = 2")).unwrap();
    let error = Run::open(&folder).unwrap_err();
    assert!(
        error.to_string().ends_with("config.toml: seed is 2, and was 1 when the run began")
            && error.is_input(),
        "{error}"
    );
}
