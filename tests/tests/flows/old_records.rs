//! Runs of earlier versions, whose `environment.json` has the data set's SHA-256.

use std::fs;
use std::path::Path;

use zunder::data::AugmentConfig;
use zunder::train::Outcome;
use zunder::{
    CrossValidation, DatasetName, ModelKind, Run, RunConfig, RunError, RunOptions, compare,
};

use crate::watch::Watch;

/// The record of a run on the synthetic set by a version without named hashes.
const RECORD: &str = include_str!("records/environment-sha256.json");

/// The hash of the data set in this record.
const SHA256: &str = "0e883763e90bd5bf97bcc0a963917987ffd8036c3617a0d90c43dd4517bf7f83";

fn config(seed: u64) -> RunConfig {
    let preset = RunConfig::preset(ModelKind::Linear);
    let augment = AugmentConfig::default();
    let mut config = RunConfig { seed, epochs: 2, batch_size: 32, threads: 2, augment, ..preset };
    (config.data.dataset, config.data.limit) = (DatasetName::Shapes, Some(400));
    config
}

fn train(folder: &Path, config: &RunConfig) -> Run {
    Run::train_in(folder, config, RunOptions::default()).unwrap()
}

fn train_until_stopped(folder: &Path, config: &RunConfig) {
    let run = Run::train_in(folder, config, Watch::stopping_at((2, 1)).options()).unwrap();
    assert_eq!(run.outcome(), Some(Outcome::Interrupted));
}

/// Replaces the record of a run by the old one.
fn age(folder: &Path, record: &str) {
    fs::write(folder.join("environment.json"), record).unwrap();
    // The checksums have that of the replaced record.
    fs::remove_file(folder.join("checksums.json")).unwrap();
}

#[test]
fn runs_go_on_and_are_used_as_before() {
    let dir = tempfile::tempdir().unwrap();
    let place = |name: &str| dir.path().join(name);
    let whole = train(&place("whole"), &config(1));
    let recorded = whole.environment().unwrap().dataset_hash;
    assert!(recorded.starts_with("sha256-list:"), "{recorded}");

    train_until_stopped(&place("old"), &config(1));
    age(&place("old"), &RECORD.replace(SHA256, &"0".repeat(64)));
    let mut old = Run::open(&place("old")).unwrap();
    let error = old.resume(RunOptions::default()).unwrap_err();
    assert!(
        matches!(&error, RunError::OtherData { got, .. } if *got == format!("sha256:{SHA256}")),
        "{error}"
    );
    fs::write(place("old/environment.json"), RECORD).unwrap();
    assert_eq!(old.resume(RunOptions::default()).unwrap(), Outcome::Completed);
    assert_eq!(fs::read_to_string(place("old/environment.json")).unwrap(), RECORD);

    let weights = |run: &Run| fs::read(run.folder().best()).unwrap();
    assert!(weights(&old) == weights(&whole), "the weights of the resumed run differ");
    assert_eq!(old.evaluate().unwrap().confusion, whole.test().unwrap().unwrap().confusion);
    let image =
        zunder::data::shapes::ShapesConfig { train: 1, test: 1, seed: 3 }.generate().unwrap().train;
    assert_eq!(old.predict(image).unwrap().len(), 1);
    train(&place("from"), &RunConfig { init_from: Some(place("old")), ..config(2) });
}

#[test]
fn runs_of_both_kinds_are_compared_by_one_hash() {
    let dir = tempfile::tempdir().unwrap();
    let place = |name: &str| dir.path().join(name);
    let runs = || ["old", "new"].map(|name| Run::open(&place(name)).unwrap());
    train(&place("old"), &config(1));
    train(&place("new"), &config(2));
    age(&place("old"), RECORD);
    let text = compare(&runs()).unwrap().text;
    assert!(
        !text.contains("not tested against each other") && !text.contains("earlier versions"),
        "{text}"
    );

    // Other data under the same name: the record of the old run has another hash.
    fs::write(place("old/environment.json"), RECORD.replace(SHA256, &"0".repeat(64))).unwrap();
    let text = compare(&runs()).unwrap().text;
    assert!(text.contains("they were tested on different data sets"), "{text}");

    // The data of the new run are not those of its record, so its hash cannot be translated.
    fs::write(place("old/environment.json"), RECORD).unwrap();
    let record = fs::read_to_string(place("new/environment.json")).unwrap();
    let hash = runs()[1].environment().unwrap().dataset_hash;
    age(&place("new"), &record.replace(&hash, &format!("sha256-list:{}", "0".repeat(64))));
    let text = compare(&runs()).unwrap().text;
    assert!(
        text.contains("they were tested on different data sets")
            && text.contains("could not be hashed as theirs"),
        "{text}"
    );

    age_unknown(&place("new"), &record.replace(&hash, "md5:00"));
}

/// A record with an unknown hash is refused where the data matter.
fn age_unknown(folder: &Path, record: &str) {
    fs::write(folder.join("environment.json"), record).unwrap();
    let error = Run::open(folder).unwrap().evaluate().unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("\"md5:00\", expected one that begins with sha256-list: or sha256:"),
        "{message}"
    );
}

#[test]
fn folds_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("folds");
    let mut config = config(1);
    config.data.folds = Some(20);
    let validation = CrossValidation::create(&path, &config).unwrap();
    let stopped = validation.run(1, Watch::stopping_at((2, 1)).options()).unwrap();
    assert_eq!(stopped.outcome(), Some(Outcome::Interrupted));
    drop(validation);
    age(&path.join("fold-1"), RECORD);
    let validation = CrossValidation::open(&path).unwrap();
    let run = validation.run(1, RunOptions::default()).unwrap();
    assert!(run.test().unwrap().is_some() && validation.is_finished(1));
}
