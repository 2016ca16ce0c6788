//! Runs that are refused or stopped by an error.

use super::*;

#[test]
fn invalid_configurations_are_refused_before_anything_is_written() {
    let (parent, folder) = new_folder();
    let refuse = |config: RunConfig, part: &str| {
        let error = train(&folder, &config, &mut Watch::default()).unwrap_err();
        assert!(error.to_string().contains(part) && error.is_input(), "{error}");
        assert!(!folder.exists(), "{error}");
    };
    refuse(
        RunConfig { device: "abacus".into(), ..config() },
        "device \"abacus\" is not in this build, expected one of flex",
    );
    refuse(RunConfig { epochs: 0, ..config() }, "epochs is 0");
    refuse(RunConfig { seed: u64::MAX, ..config() }, "seed is 18446744073709551615");
    refuse(RunConfig { threads: 1_000_000, ..config() }, "threads is 1000000");
    let mut tiny = config();
    tiny.data.validation = 1e-6;
    refuse(tiny, "data.validation is 0.000001: 0 of 10000 images");
    let mut nowhere = config();
    nowhere.data.dataset = DatasetName::Cifar10;
    nowhere.data.dir = parent.path().join("nowhere");
    refuse(nowhere, "nowhere");
    let mut broad = config();
    broad.augment.crop = Some(zunder::data::Crop { padding: 32, probability: 1.0 });
    refuse(broad, "crop.padding is 32");

    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("mine.txt"), "precious").unwrap();
    assert!(matches!(
        train(&folder, &config(), &mut Watch::default()),
        Err(RunError::FolderExists(_))
    ));
    assert!(matches!(Run::open(&folder), Err(RunError::NotARun { .. })));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn a_run_belongs_to_one_process_and_one_data_set() {
    let (_parent, folder) = new_folder();
    let mut watch = Watch::stopping_at((2, 1));
    train(&folder, &config(), &mut watch).unwrap();
    let lock = std::fs::File::options().write(true).open(folder.join(".lock")).unwrap();
    lock.lock().unwrap();
    let mut run = Run::open(&folder).unwrap();
    assert!(matches!(run.resume(RunOptions::default()), Err(RunError::Busy(_))));
    drop(lock);

    let environment = run.folder().environment();
    let text = std::fs::read_to_string(&environment).unwrap();
    let hash = run.environment().unwrap().dataset_hash;
    std::fs::write(&environment, text.replace(&hash, &format!("sha256-list:{}", "0".repeat(64))))
        .unwrap();
    assert!(matches!(run.resume(RunOptions::default()), Err(RunError::BadFile { .. })));
    // A run of an earlier version has no checksums.
    let checksums = folder.join("checksums.json");
    std::fs::rename(&checksums, folder.join("kept")).unwrap();
    assert!(matches!(run.resume(RunOptions::default()), Err(RunError::OtherData { .. })));
    std::fs::write(&environment, text).unwrap();
    std::fs::rename(folder.join("kept"), &checksums).unwrap();

    assert_eq!(run.resume(RunOptions::default()).unwrap(), Outcome::Completed);
    assert!(matches!(run.resume(RunOptions::default()), Err(RunError::Finished(_))));
}

/// A listener that fails, like one that writes to a full disk.
struct Failing;

impl Events for Failing {
    fn epoch_finished(&mut self, _: &EpochRecord, _: bool) -> Result<(), SourceError> {
        Err("the disk is full".into())
    }
}

impl RunEvents for Failing {}

#[test]
fn a_failing_listener_stops_the_run() {
    let (_parent, folder) = new_folder();
    let options = RunOptions { events: Some(&mut Failing), ..RunOptions::default() };
    let error = Run::train_in(&folder, &config(), options).unwrap_err();
    assert_eq!((error.to_string().as_str(), error.is_input()), ("the disk is full", false));
}
