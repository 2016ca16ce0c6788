//! Tests of a loss that is infinite or NaN.

use zunder_eval::EpochRecord;
use zunder_train::{
    FitConfig, Fitted, Loss, OnNan, OptimizerConfig, RollbackConfig, ScheduleKind, SgdConfig,
    TrainError,
};

use super::setup::{Largest, NEVER, Plain, Watch, config, run, watched, without_times};

/// Returns a configuration whose squared error of a linear layer is stable below a rate of about 1:
/// its largest curvature, that of a bias, is 2.
fn steep(lr: f64, on_nan: OnNan) -> FitConfig {
    let optimizer = OptimizerConfig::Sgd(SgdConfig { lr, momentum: 0.0, ..SgdConfig::default() });
    FitConfig {
        loss: Loss::SquaredError {},
        optimizer,
        schedule: ScheduleKind::Constant {}.into(),
        on_nan,
        ..config(3)
    }
}

pub(super) fn rollback() -> OnNan {
    OnNan::Rollback(RollbackConfig::default())
}

fn train(
    config: &FitConfig,
    folder: Option<&std::path::Path>,
    watch: &mut Watch,
) -> Result<Fitted<Plain>, TrainError> {
    watched(Plain::new(), &Largest { batches: 200, ..Largest::default() }, config, folder, watch)
}

fn bits(model: &Plain) -> Vec<u32> {
    model
        .layer
        .weight
        .val()
        .try_into_vec_as::<f32>()
        .unwrap()
        .into_iter()
        .map(f32::to_bits)
        .collect()
}

#[test]
fn a_diverging_training_stops_and_says_where() {
    let error = train(&steep(3.0, OnNan::default()), None, &mut Watch::new(NEVER)).unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("the loss is ")
            && message.contains(" of epoch 1 (learning rate 3), expected a finite number"),
        "{message}"
    );
    assert!(
        message.contains("; the largest gradients of the update before: layer ")
            && error.hint().unwrap().contains("clip_norm"),
        "{message}"
    );
    let TrainError::Diverged(divergence) = error else { panic!("{message}") };
    assert!(
        divergence.step.unwrap() > 10
            && divergence.gradients[0].1 > 1e10
            && divergence.gradients[0].1.is_finite(),
        "{divergence:?}"
    );
}

/// Promise 3 with rollbacks: the rate stays halved, and a resumed training ends in the same bits,
/// even if it was interrupted in its first epoch.
#[test]
fn a_rollback_halves_the_rate_and_is_remembered() {
    let config = steep(1.6, rollback());
    let whole = tempfile::tempdir().unwrap();
    let mut watch = Watch::new(NEVER);
    let expected = train(&config, Some(whole.path()), &mut watch).unwrap();
    assert_eq!(
        (
            watch.rollbacks.len(),
            watch.rollbacks[0].epoch,
            watch.rollbacks[0].number,
            expected.rollbacks
        ),
        (1, 0, 1, 1)
    );
    assert!(
        watch.rollbacks[0]
            .to_string()
            .ends_with("back to the start, with half the learning rate (rollback 1 of 3)")
    );
    let rates =
        |records: &[EpochRecord]| records.iter().map(|r| r.learning_rate).collect::<Vec<_>>();
    assert_eq!(rates(&expected.records), [0.8; 3]);
    assert!(expected.records[2].validation_accuracy > 0.7, "{:?}", expected.records);
    // Without a file the state is restored from memory.
    assert_eq!(
        bits(&train(&config, None, &mut Watch::new(NEVER)).unwrap().model),
        bits(&expected.model)
    );
    for stop in [(1, 150), (2, 7), (3, 200)] {
        let folder = tempfile::tempdir().unwrap();
        let stopped = train(&config, Some(folder.path()), &mut Watch::new(stop)).unwrap();
        assert_eq!((stopped.records.len(), stopped.rollbacks), (stop.0 - 1, 1));
        let mut watch = Watch::new(NEVER);
        let resumed = train(&config, Some(folder.path()), &mut watch).unwrap();
        assert!(watch.rollbacks.is_empty(), "it does not go wrong again");
        assert_eq!((bits(&resumed.model), resumed.rollbacks), (bits(&expected.model), 1));
        assert_eq!(without_times(&resumed.records), without_times(&expected.records));
    }
}

#[test]
fn rollbacks_end() {
    let mut watch = Watch::new(NEVER);
    let config = FitConfig {
        on_nan: OnNan::Rollback(RollbackConfig { most: 2 }),
        ..steep(3000.0, rollback())
    };
    let message = train(&config, None, &mut watch).unwrap_err().to_string();
    assert!(
        message.contains("(learning rate 750)")
            && message.contains(", after 2 rollbacks; the largest gradients"),
        "{message}"
    );
    assert_eq!(
        watch.rollbacks.iter().map(|r| (r.number, r.divergence.learning_rate)).collect::<Vec<_>>(),
        [(1, 3000.0), (2, 1500.0)]
    );
    // The data contain NaN, so no rate helps.
    let spoilt = Largest { value: Some(f32::NAN), ..Largest::default() };
    let message = run(spoilt, &FitConfig { on_nan: rollback(), ..config }, None, NEVER)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("the loss is NaN at step 1 of epoch 1")
            && message.ends_with(", after 3 rollbacks"),
        "{message}"
    );
}
