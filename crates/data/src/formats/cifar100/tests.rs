//! Tests of the reader of CIFAR-100.

use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::formats::cifar::SHAPE;
use crate::testing::check_error;

/// A small number of records, but more than the reader takes at a time.
const TRAIN: usize = 130;
const TEST: usize = 70;
const RECORD: usize = FORMAT.layout(0).record();

/// As [`load`], with fewer records.
fn load_few(dir: &Path, labels: Labels) -> Result<Dataset, DataError> {
    load_few_with(dir, labels, Storage::Memory)
}

fn load_few_with(dir: &Path, labels: Labels, storage: Storage) -> Result<Dataset, DataError> {
    let (train, test) =
        (Part { records: TRAIN, ..FORMAT.train }, Part { records: TEST, ..FORMAT.test });
    load_format(dir, labels, storage, &Format { train, test, ..FORMAT })
}

/// Record `i` has fine label (i + offset) % 100 and its superclass, and pixels that identify plane
/// and position.
fn file(records: usize, offset: usize) -> Vec<u8> {
    let record = |i: usize| {
        let fine = (i + offset) % 100;
        let labels = [SUPERCLASS_OF[fine] as u8, fine as u8];
        labels.into_iter().chain((0..SHAPE.len()).map(move |p| (p / 1024 * 80 + p % 32 + i) as u8))
    };
    (0..records).flat_map(record).collect()
}

fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let inner = dir.path().join(FOLDER);
    fs::create_dir(&inner).unwrap();
    fs::write(inner.join("train.bin"), file(TRAIN, 0)).unwrap();
    fs::write(inner.join("test.bin"), file(TEST, 7)).unwrap();
    dir
}

/// Loads a valid folder after `spoil` changed it, and checks the error.
#[track_caller]
fn check_refused(spoil: impl FnOnce(&Path), message: &str, hint: &str) {
    let dir = folder();
    spoil(&dir.path().join(FOLDER));
    for labels in [Labels::Fine, Labels::Coarse] {
        let error = load_few(dir.path(), labels).unwrap_err();
        check_error(&error, dir.path(), message, hint);
    }
}

#[test]
fn both_kinds_of_label_are_read() {
    let dir = folder();
    let fine = load_few(dir.path(), Labels::Fine).unwrap();
    assert_eq!(
        (fine.name.as_str(), fine.classes.len(), fine.train.len(), fine.test.len()),
        ("cifar100", 100, TRAIN, TEST)
    );
    assert_eq!((fine.train.label(99), fine.train.label(100), fine.test.label(65)), (99, 0, 72));
    assert_eq!(fine.train.image(66), &file(TRAIN, 0)[66 * RECORD + 2..67 * RECORD]);
    let coarse = load_few(&dir.path().join(FOLDER), Labels::Coarse).unwrap();
    assert_eq!((coarse.name.as_str(), coarse.classes.len()), ("cifar100-coarse", 20));
    for (labels, data) in [(Labels::Fine, &fine), (Labels::Coarse, &coarse)] {
        let mapped = load_few_with(dir.path(), labels, Storage::Mapped).unwrap();
        assert_eq!((&mapped.train, &mapped.test), (&data.train, &data.test));
    }
    let superclasses: Vec<u32> =
        fine.train.labels().iter().map(|&fine| SUPERCLASS_OF[fine as usize]).collect();
    assert_eq!(coarse.train.labels(), superclasses);
    assert_eq!(coarse.train.pixels(), fine.train.pixels());
    assert_eq!((coarse.train.n_classes(), Labels::default()), (20, Labels::Fine));
}

/// Compared with the table of the data set's page, <https://www.cs.toronto.edu/~kriz/cifar.html>,
/// whose names equal those of the classes except for plurals.
#[test]
fn classes_are_in_official_order() {
    assert!(CLASSES.is_sorted() && SUPERCLASSES.is_sorted());
    assert_eq!(
        (CLASSES[19], CLASSES[39], CLASSES[99], SUPERCLASSES[12]),
        ("cattle", "keyboard", "worm", "medium_mammals")
    );
    let members = |superclass: u32| -> Vec<&str> {
        SUPERCLASS_OF
            .iter()
            .zip(CLASSES)
            .filter(|(of, _)| **of == superclass)
            .map(|(_, class)| class)
            .collect()
    };
    assert!((0..20).all(|superclass| members(superclass).len() == 5));
    assert_eq!(members(0), ["beaver", "dolphin", "otter", "seal", "whale"]);
    assert_eq!(members(9), ["bridge", "castle", "house", "road", "skyscraper"]);
    assert_eq!(members(13), ["crab", "lobster", "snail", "spider", "worm"]);
    assert_eq!(members(19), ["lawn_mower", "rocket", "streetcar", "tank", "tractor"]);
}

#[test]
fn what_is_missing_is_named() {
    let gone = |inner: &Path| fs::remove_dir_all(inner).unwrap();
    check_refused(
        gone,
        "the file DIR/cifar-100-binary/train.bin does not exist, expected it as part of CIFAR-100",
        URL,
    );
    let no_test = |inner: &Path| fs::remove_file(inner.join("test.bin")).unwrap();
    check_refused(
        no_test,
        "the file DIR/cifar-100-binary/test.bin does not exist, expected it as part of CIFAR-100",
        "unpack",
    );
    let error = load(Path::new("no/such/folder"), Labels::Fine).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the folder no/such/folder does not exist, expected the files of CIFAR-100 in it"
    );
}

#[test]
fn each_label_is_held_against_its_classes() {
    let spoil = |byte: usize, label: u8| {
        move |inner: &Path| {
            let mut bytes = file(TRAIN, 0);
            bytes[66 * RECORD + byte] = label;
            fs::write(inner.join("train.bin"), bytes).unwrap();
        }
    };
    check_refused(
        spoil(0, 20),
        "record 66 of DIR/cifar-100-binary/train.bin has coarse label 20, expected 0 to 19",
        "damaged",
    );
    check_refused(
        spoil(1, 100),
        "record 66 of DIR/cifar-100-binary/train.bin has fine label 100, expected 0 to 99",
        "damaged",
    );
}

#[test]
fn other_kinds_of_file_are_recognised() {
    let python = |inner: &Path| {
        fs::remove_dir_all(inner).unwrap();
        fs::create_dir(inner.with_file_name("cifar-100-python")).unwrap();
        fs::write(inner.with_file_name("cifar-100-python").join("train"), [0x80, 2, b'}']).unwrap();
    };
    let expected = "expected a file of the binary version of CIFAR-100";
    check_refused(
        python,
        &format!("DIR/cifar-100-python/train is a Python pickle, {expected}"),
        "cifar-100-binary",
    );
    let archive = |inner: &Path| {
        fs::write(inner.with_file_name("cifar-100-binary.tar.gz"), [0x1F, 0x8B]).unwrap();
        fs::remove_dir_all(inner).unwrap();
    };
    check_refused(
        archive,
        &format!("DIR/cifar-100-binary.tar.gz is a gzip archive, {expected}"),
        "tar -xzf",
    );
}

proptest! {
    #[test]
    fn any_bytes_end_in_images_or_an_error(
        bytes in prop::collection::vec(0_u8..110, 0..3 * RECORD),
        kept in 0_usize..2,
    ) {
        let (mut pixels, mut labels) = (vec![0; 2 * SHAPE.len()], vec![0; 2]);
        let good = bytes.len() >= 2 * RECORD
            && bytes.chunks(RECORD).take(2).all(|record| record[0] < 20 && record[1] < 100);
        prop_assert_eq!(
            FORMAT
                .layout(kept)
                .read_into(bytes.as_slice(), Path::new("x"), &mut pixels, &mut labels)
                .is_ok(),
            good
        );
    }
}
