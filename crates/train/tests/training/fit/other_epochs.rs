//! Tests of a training that is resumed with another number of epochs.

use zunder_train::{EarlyStoppingConfig, FitConfig, Outcome, Schedule};

use crate::fit::setup::{Largest, NEVER, bits, config, run, without_times};

/// Number of batches, and so of updates, in an epoch.
const UPDATES: usize = 8;

/// For each schedule, the finished epochs keep their rates, and the others have the rates of a
/// training with the new number of epochs. A further interruption changes no bit.
#[test]
fn the_rates_are_from_there_on_those_of_so_many_epochs() {
    for schedule in [
        r#"{ "name": "constant" }"#,
        r#"{ "name": "step", "every": 2, "factor": 0.5 }"#,
        r#"{ "name": "multi-step" }"#,
        r#"{ "name": "plateau", "patience": 1, "min_delta": 0.08, "factor": 0.5 }"#,
        r#"{ "name": "linear" }"#,
        r#"{ "name": "exponential" }"#,
        r#"{ "name": "cosine", "warmup_epochs": 1.5 }"#,
        r#"{ "name": "one-cycle" }"#,
        r#"{ "name": "cosine-restarts", "epochs": 1 }"#,
    ] {
        let schedule: Schedule = serde_json::from_str(schedule).unwrap();
        for (before, done, after) in [(4, 2, 7), (7, 2, 4), (7, 2, 2)] {
            let with = |epochs| FitConfig { schedule: schedule.clone(), ..config(epochs) };
            let [once, twice] = [(); 2].map(|()| tempfile::tempdir().unwrap());
            for folder in [&once, &twice] {
                run(Largest::default(), &with(before), Some(folder.path()), (done + 1, 5)).unwrap();
            }
            let fitted = run(Largest::default(), &with(after), Some(once.path()), NEVER).unwrap();
            assert_eq!((fitted.outcome, fitted.records.len()), (Outcome::Completed, after));
            let [mut old, mut new] =
                [before, after].map(|epochs| schedule.learning_rate(0.05, UPDATES, epochs));
            for (record, epoch) in fitted.records.iter().zip(1..) {
                let rates = if epoch <= done { &old } else { &new };
                assert_eq!(
                    record.learning_rate,
                    rates.at(epoch * UPDATES - 1),
                    "{} {before} {after}: epoch {epoch}",
                    schedule.name()
                );
                old.observe(record);
                new.observe(record);
            }
            run(Largest::default(), &with(after), Some(twice.path()), (done + 2, 1)).unwrap();
            let again = run(Largest::default(), &with(after), Some(twice.path()), NEVER).unwrap();
            assert_eq!(
                bits(&again.model),
                bits(&fitted.model),
                "{} {before} {after}",
                schedule.name()
            );
            assert_eq!(without_times(&again.records), without_times(&fitted.records));
        }
    }
}

/// The patience also counts the epochs before the interruption.
#[test]
fn the_patience_counts_on() {
    let early =
        EarlyStoppingConfig { patience: Some(4), min_delta: 0.9, ..EarlyStoppingConfig::default() };
    let with = |epochs| FitConfig { early_stopping: early.clone(), ..config(epochs) };
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        run(Largest::default(), &with(3), Some(folder.path()), NEVER).unwrap().outcome,
        Outcome::Completed
    );
    let fitted = run(Largest::default(), &with(20), Some(folder.path()), NEVER).unwrap();
    assert_eq!((fitted.outcome, fitted.records.len()), (Outcome::StoppedEarly, 5));
    let over = run(Largest::default(), &with(30), Some(folder.path()), NEVER).unwrap();
    assert_eq!((over.outcome, over.records.len()), (Outcome::StoppedEarly, 5));
}
