//! Tests of a training that pauses after an epoch.

use zunder_train::{EarlyStoppingConfig, FitConfig, Outcome};

use crate::fit::setup::{Largest, NEVER, Net, Watch, bits, config, run, watched, without_times};

/// Trains to a pause, or to the end without one.
fn until(pause: Option<usize>, config: &FitConfig, folder: &tempfile::TempDir) -> (Outcome, usize) {
    let mut watch = Watch { pause, ..Watch::new(NEVER) };
    let fitted =
        watched(Net::new(), &Largest::default(), config, Some(folder.path()), &mut watch).unwrap();
    (fitted.outcome, fitted.records.len())
}

#[test]
fn a_paused_training_ends_in_the_same_bits() {
    let expected = run(Largest::default(), &config(6), None, NEVER).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for pause in [1, 4, 4, 2] {
        // A pause that has passed trains nothing.
        let (outcome, epochs) = until(Some(pause), &config(6), &folder);
        assert_eq!((outcome, epochs), (Outcome::Paused, if pause == 1 { 1 } else { 4 }));
    }
    let mut watch = Watch { pause: Some(6), ..Watch::new(NEVER) };
    let whole =
        watched(Net::new(), &Largest::default(), &config(6), Some(folder.path()), &mut watch)
            .unwrap();
    assert_eq!(whole.outcome, Outcome::Completed);
    assert_eq!(bits(&whole.model), bits(&expected.model));
    assert_eq!(without_times(&whole.records), without_times(&expected.records));
}

#[test]
fn what_has_stopped_early_does_not_pause() {
    let folder = tempfile::tempdir().unwrap();
    let early_stopping =
        EarlyStoppingConfig { patience: Some(2), min_delta: 0.9, ..EarlyStoppingConfig::default() };
    let config = FitConfig { early_stopping, ..config(20) };
    assert_eq!(until(Some(2), &config, &folder), (Outcome::Paused, 2));
    assert_eq!(until(Some(3), &config, &folder), (Outcome::StoppedEarly, 3));
    assert_eq!(until(None, &config, &folder), (Outcome::StoppedEarly, 3));
}
