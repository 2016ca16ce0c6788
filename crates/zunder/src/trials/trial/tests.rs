//! Tests of trials: repeatability, shared data, views, divergence, interruption.

use super::*;
use crate::tools::doctor::bench::tests::small;
use zunder_train::{OptimizerConfig, SgdConfig};

#[test]
fn the_same_configuration_gives_the_same_trial_and_a_run_agrees() {
    let config = RunConfig { epochs: 2, ..small() };
    let mut trials = Trials::default();
    let mut trial = || trials.run(&config, RunOptions::default()).unwrap().unwrap();
    let (a, b) = (trial(), trial());
    // The halves have as many images as each other.
    let whole: Vec<f64> = a.halves.iter().map(|[even, odd]| f64::midpoint(*even, *odd)).collect();
    for (whole, record) in whole.iter().zip(&a.epochs) {
        assert!((whole - record.validation_loss).abs() < 1e-4, "{a:?}");
    }
    assert!(a.halves.len() == 2 && a.halves.iter().all(|[even, odd]| even != odd));
    assert!(a.epochs.len() == 2 && a.losses.len() == 2 * a.plan.steps && !a.health.is_empty());
    assert_eq!(
        (&a.losses, &a.health, a.best_epoch, &a.predictions),
        (&b.losses, &b.health, b.best_epoch, &b.predictions)
    );
    let folder = tempfile::tempdir().unwrap();
    let run =
        crate::Run::train_in(&folder.path().join("run"), &config, RunOptions::default()).unwrap();
    let figures = |records: &[EpochRecord]| {
        records.iter().map(|r| (r.train_loss, r.validation_accuracy)).collect::<Vec<_>>()
    };
    assert_eq!(figures(&a.epochs), figures(&run.epochs().unwrap()));
}

#[test]
fn epochs_are_validated_without_views_and_the_end_with_them() {
    let mut trials = Trials::default();
    let plain = RunConfig { epochs: 2, ..small() };
    let shifts = crate::TestTimeAugmentation::Shifts { pixels: 1, mirror: false };
    let config = RunConfig { tta: shifts, ..plain.clone() };
    let [plain, viewed] =
        [&plain, &config].map(|config| trials.run(config, RunOptions::default()).unwrap().unwrap());
    let figures = |trial: &Trial| {
        trial.epochs.iter().map(|r| (r.validation_accuracy, r.validation_loss)).collect()
    };
    let same: [Vec<(f64, f64)>; 2] = [figures(&plain), figures(&viewed)];
    assert_eq!(same[0], same[1]);
    let right = |trial: &Trial| {
        trial.predictions.as_ref().unwrap().evaluate(&trial.plan.classes).unwrap().accuracy
    };
    assert_eq!(plain.accuracy(), right(&plain));
    assert_eq!(viewed.accuracy(), right(&viewed));
    assert_ne!(plain.loss(), viewed.loss());

    // A trial that pauses has views once it has ended.
    let folder = tempfile::tempdir().unwrap();
    let mut until = |epochs| {
        let trial = trials.run_until(&config, epochs, folder.path(), RunOptions::default());
        trial.unwrap().unwrap()
    };
    let (paused, ended) = (until(1), until(2));
    assert_eq!(paused.accuracy(), viewed.epochs[0].validation_accuracy);
    assert_eq!((ended.accuracy(), ended.loss()), (viewed.accuracy(), viewed.loss()));
}

#[test]
fn other_limits_share_the_data_and_divergence_is_a_result() {
    let mut trials = Trials::default();
    let mut config = RunConfig { epochs: 1, ..small() };
    let of = |trials: &mut Trials, config: &RunConfig| {
        trials.run(config, RunOptions::default()).unwrap().unwrap()
    };
    assert_eq!(of(&mut trials, &config).plan.train_images, 1500);
    config.data.limit = Some(600);
    assert_eq!(of(&mut trials, &config).plan.train_images, 600);
    config.optimizer = OptimizerConfig::Sgd(SgdConfig { lr: 1e30, ..SgdConfig::default() });
    if let crate::ModelConfig::Mlp(mlp) = &mut config.model {
        mlp.batch_norm = false;
    }
    let lost = of(&mut trials, &config);
    assert!(
        lost.divergence.is_some()
            && lost.model.is_none()
            && lost.accuracy() == 0.1
            && lost.loss().is_nan(),
        "{lost:?}"
    );
    let interrupt = zunder_train::Interrupt::new();
    interrupt.request();
    assert!(
        trials.run(&config, RunOptions { interrupt, ..RunOptions::default() }).unwrap().is_none()
    );
}
