//! Sweeps do not depend on the test images, and a paused trial goes on with its own data only.

use std::fs;
use std::path::Path;

use zunder::data::ImageShape;
use zunder::{
    Axis, DatasetName, HalvingConfig, ModelKind, RunConfig, RunError, RunOptions, Sweep,
    SweepConfig, Trials, parse_setting,
};

/// Writes 100 training images and 30 test images of 8 by 6; other numbers give other images.
fn write_records(dir: &Path, train: u32, test: u32) {
    fs::create_dir_all(dir).unwrap();
    fs::write(dir.join("batches.meta.txt"), "dark\nbright\n").unwrap();
    for (name, images, other) in [("part_1.bin", 0..100_u32, train), ("test_1.bin", 100..130, test)]
    {
        let record = |i: u32| {
            let label = (i + other) % 2;
            let pixel =
                move |place| (60 * (i % 2) + (i * 7 + place * 13 + other * i) % 180 + other) as u8;
            std::iter::once(label as u8).chain((0..48_u32).map(pixel))
        };
        fs::write(dir.join(name), images.flat_map(record).collect::<Vec<u8>>()).unwrap();
    }
}

/// Trains a sweep; returns its records without times.
fn swept(dir: &Path, data: &Path, halving: bool) -> Vec<String> {
    let settings: Vec<_> = [
        "data.dataset=records".to_owned(),
        format!("data.dir={:?}", data.display().to_string()),
        "data.record_shape={ channels = 1, height = 8, width = 6 }".to_owned(),
        "data.validation=0.2".to_owned(),
        "model.hidden=[16]".to_owned(),
        "epochs=4".to_owned(),
        "batch_size=16".to_owned(),
        "threads=1".to_owned(),
    ]
    .iter()
    .map(|setting| parse_setting(setting).unwrap())
    .collect();
    let config = SweepConfig {
        axes: vec![Axis::parse("optimizer.lr=0.001,0.01,0.1,0.3").unwrap()],
        halving: halving.then_some(HalvingConfig { factor: 2, first: None }),
        ..SweepConfig::default()
    };
    let sweep = Sweep::create(Some(dir), None, &settings, &config).unwrap();
    let mut trials = Trials::default();
    for rung in 1..=sweep.rungs().len() {
        for number in sweep.in_rung(rung).unwrap() {
            sweep.run_to(number, rung, &mut trials, RunOptions::default()).unwrap().unwrap();
        }
    }
    sweep.finish().unwrap();
    let record = |number| {
        let record = sweep.result(number).unwrap().unwrap();
        format!(
            "{:?} {:?} {:?} {:?} {:?}",
            record.validation_accuracy,
            record.validation_loss,
            record.best_epoch,
            record.epochs,
            record.rungs
        )
    };
    (1..=sweep.len()).map(record).collect()
}

#[test]
fn other_test_images_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    write_records(&place("a"), 0, 0);
    write_records(&place("b"), 0, 5);
    assert_ne!(fs::read(place("a/test_1.bin")).unwrap(), fs::read(place("b/test_1.bin")).unwrap());
    for halving in [false, true] {
        let of = |data: &str| swept(&place(&format!("{data}-{halving}")), &place(data), halving);
        let (a, b) = (of("a"), of("b"));
        assert_eq!(a, b);
        assert!(a[0] != a[1], "{a:?}");
    }
}

#[test]
fn a_paused_trial_does_not_go_on_with_other_data() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    write_records(&place("a"), 0, 0);
    write_records(&place("b"), 3, 0);
    let config = |data: &str| {
        let mut config = RunConfig::preset(ModelKind::Linear);
        config.data.dataset = DatasetName::Records;
        config.data.dir = place(data);
        config.data.record_shape = Some(ImageShape { channels: 1, height: 8, width: 6 });
        config.data.validation = 0.2;
        (config.epochs, config.batch_size, config.threads) = (2, 16, 1);
        config
    };
    let mut trials = Trials::default();
    let mut until = |epochs, data| {
        trials.run_until(&config(data), epochs, &place("paused"), RunOptions::default())
    };
    until(1, "a").unwrap().unwrap();
    let refused = until(2, "b").unwrap_err();
    assert!(matches!(refused, RunError::OtherData { .. }), "{refused}");
    assert_eq!(until(2, "a").unwrap().unwrap().epochs.len(), 2);
}
