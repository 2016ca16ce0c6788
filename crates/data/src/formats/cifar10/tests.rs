//! Tests of the reader of CIFAR-10.

use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::formats::cifar::SHAPE;
use crate::testing::check_error;

/// A small number of records, but more than the reader takes at a time.
const FEW: usize = 70;
const RECORD: usize = FORMAT.layout(0).record();
const TRAIN: &[&str] = FORMAT.train.files;
const TEST: &[&str] = FORMAT.test.files;

/// As [`load`], with `records` in each file.
fn load_files(dir: &Path, records: usize) -> Result<Dataset, DataError> {
    load_files_with(dir, records, Storage::Memory)
}

fn load_files_with(dir: &Path, records: usize, storage: Storage) -> Result<Dataset, DataError> {
    let part = |part: Part| Part { records, ..part };
    load_format(
        dir,
        storage,
        &Format { train: part(FORMAT.train), test: part(FORMAT.test), ..FORMAT },
    )
}

/// Record `i` of file `f`: label (f + i) % 10, and pixels that identify plane and position.
fn file(f: usize) -> Vec<u8> {
    let record = |i: usize| {
        std::iter::once(((f + i) % 10) as u8)
            .chain((0..SHAPE.len()).map(move |p| (p / 1024 * 80 + p % 32 + i) as u8))
    };
    (0..FEW).flat_map(record).collect()
}

fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let inner = dir.path().join(FOLDER);
    fs::create_dir(&inner).unwrap();
    for (f, name) in TRAIN.iter().chain(TEST).enumerate() {
        fs::write(inner.join(name), file(f)).unwrap();
    }
    dir
}

/// Loads a valid folder after `spoil` changed it, and checks the error.
#[track_caller]
fn check_refused(spoil: impl FnOnce(&Path), message: &str, hint: &str) {
    let dir = folder();
    spoil(&dir.path().join(FOLDER));
    for storage in [Storage::Memory, Storage::Mapped] {
        let error = load_files_with(dir.path(), FEW, storage).unwrap_err();
        check_error(&error, dir.path(), message, hint);
    }
}

#[test]
fn folders_are_found_as_others_pack_them() {
    let packed = |place: &str, capitals: bool| {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join(place);
        fs::create_dir_all(&inner).unwrap();
        for (f, name) in TRAIN.iter().chain(TEST).enumerate() {
            let name = if capitals { name.to_uppercase() } else { (*name).to_owned() };
            fs::write(inner.join(name), file(f)).unwrap();
        }
        dir
    };
    let good = load_files(folder().path(), FEW).unwrap().hash();
    for place in [
        ".",
        FOLDER,
        "cifar-10-batches-bin/cifar-10-batches-bin",
        "cifar-10-binary/cifar-10-batches-bin",
        "CIFAR-10",
        "CIFAR10/cifar-10-batches-bin",
    ] {
        for capitals in [false, true] {
            let dir = packed(place, capitals);
            assert_eq!(load_files(dir.path(), FEW).unwrap().hash(), good, "{place}");
            assert!(find(dir.path()).is_some(), "{place}");
        }
    }
    let dir = packed("cifar10", false);
    fs::create_dir(dir.path().join("CIFAR-10")).unwrap();
    fs::write(dir.path().join("CIFAR-10/test_batch.bin"), file(0)).unwrap();
    let error = load_files(dir.path(), FEW).unwrap_err();
    let message = "DIR/CIFAR-10 and DIR/cifar10 are both there for the same part of CIFAR-10 and \
        may differ, expected one of them";
    check_error(&error, dir.path(), message, "move the one that is not meant away");
}

#[test]
fn files_are_read_in_order() {
    let dir = folder();
    let data = load_files(dir.path(), FEW).unwrap();
    assert_eq!((data.train.len(), data.test.len(), data.synthetic), (5 * FEW, FEW, false));
    assert_eq!(data.train.label(3 * FEW + 9), 2);
    assert_eq!(data.test.label(0), 5);
    assert_eq!(data.train.image(FEW + 66), &file(1)[66 * RECORD + 1..67 * RECORD]);
    let direct = load_files(&dir.path().join(FOLDER), FEW).unwrap();
    assert_eq!(direct.hash(), data.hash());
    let mapped = load_files_with(dir.path(), FEW, Storage::Mapped).unwrap();
    assert_eq!(
        (&mapped.train, &mapped.test, mapped.hash()),
        (&data.train, &data.test, data.hash())
    );
}

#[test]
fn what_is_missing_is_named() {
    let gone = |inner: &Path| fs::remove_dir_all(inner).unwrap();
    let missing = "the file DIR/cifar-10-batches-bin/data_batch_1.bin does not exist, expected it \
        as part of CIFAR-10";
    check_refused(gone, missing, URL);
    let missing = "the file DIR/cifar-10-batches-bin/test_batch.bin does not exist, expected it as \
        part of CIFAR-10";
    check_refused(|inner| fs::remove_file(inner.join(TEST[0])).unwrap(), missing, "unpack");
    let error = load(Path::new("no/such/folder")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the folder no/such/folder does not exist, expected the files of CIFAR-10 in it"
    );
}

#[test]
fn a_folder_for_a_file_and_a_file_for_a_folder_are_told_apart() {
    let swap = |inner: &Path| {
        fs::remove_file(inner.join(TRAIN[2])).unwrap();
        fs::create_dir(inner.join(TRAIN[2])).unwrap();
    };
    let message = "DIR/cifar-10-batches-bin/data_batch_3.bin is not a regular file, expected one \
        of the files of CIFAR-10";
    check_refused(swap, message, "move");
    let dir = folder();
    let error = load_files(&dir.path().join(FOLDER).join(TRAIN[0]), FEW).unwrap_err();
    assert!(matches!(error, DataError::NotAFolder { .. }), "{error}");
    assert!(error.hint().unwrap().ends_with("cifar-10-batches-bin, instead"), "{:?}", error.hint());
}

#[test]
fn a_file_of_another_size_is_damaged() {
    let file_1 = "DIR/cifar-10-batches-bin/data_batch_1.bin";
    let resize = |by: i64| {
        move |inner: &Path| {
            let file = fs::OpenOptions::new().write(true).open(inner.join(TRAIN[0])).unwrap();
            file.set_len((FEW * RECORD) as u64).unwrap();
            file.set_len((FEW * RECORD) as u64 - 1 + (by + 1) as u64).unwrap();
        }
    };
    check_refused(
        resize(-1),
        &format!("{file_1} is cut short: it has 215109 bytes, expected 215110"),
        "SHA-256",
    );
    check_refused(
        resize(1),
        &format!("{file_1} is too long: it has 215111 bytes, expected 215110"),
        "SHA-256",
    );
}

#[test]
fn a_label_above_9_is_damage() {
    let spoil = |inner: &Path| {
        let mut bytes = file(4);
        bytes[65 * RECORD] = 10;
        fs::write(inner.join(TRAIN[4]), bytes).unwrap();
    };
    check_refused(
        spoil,
        "record 65 of DIR/cifar-10-batches-bin/data_batch_5.bin has label 10, expected 0 to 9",
        "damaged",
    );
}

#[test]
fn other_kinds_of_file_are_recognised() {
    let put =
        |start: &'static [u8]| move |inner: &Path| fs::write(inner.join(TRAIN[0]), start).unwrap();
    let message = |kind: &str| {
        format!(
            "DIR/cifar-10-batches-bin/data_batch_1.bin is {kind}, expected a file of the binary \
             version of CIFAR-10"
        )
    };
    check_refused(put(&[0x1F, 0x8B, 8, 0]), &message("a gzip archive"), "tar -xzf");
    check_refused(put(b"PK\x03\x04"), &message("a zip archive"), "unpack");
    check_refused(put(&[0x80, 2, b'}']), &message("a Python pickle"), "cifar-10-binary");
    check_refused(put(b"<!DOCTYPE html>"), &message("a web page"), "download");
    let archive = |inner: &Path| {
        fs::write(inner.with_file_name("cifar-10-binary.tar.gz"), [0x1F, 0x8B]).unwrap();
        fs::remove_dir_all(inner).unwrap();
    };
    check_refused(
        archive,
        "DIR/cifar-10-binary.tar.gz is a gzip archive, expected a file of the binary version of \
         CIFAR-10",
        "tar -xzf",
    );
}

proptest! {
    #[test]
    fn any_bytes_end_in_images_or_an_error(
        bytes in prop::collection::vec(0_u8..12, 0..3 * RECORD),
    ) {
        let (mut pixels, mut labels) = (vec![0; 2 * SHAPE.len()], vec![0; 2]);
        let good = bytes.len() >= 2 * RECORD && bytes[0] < 10 && bytes[RECORD] < 10;
        prop_assert_eq!(
            FORMAT
                .layout(0)
                .read_into(bytes.as_slice(), Path::new("x"), &mut pixels, &mut labels)
                .is_ok(),
            good
        );
    }

    #[test]
    fn any_file_ends_in_a_data_set_or_an_error(
        bytes in prop::collection::vec(any::<u8>(), 0..2 * RECORD),
    ) {
        let dir = tempfile::tempdir().unwrap();
        for name in TRAIN.iter().chain(TEST) {
            fs::write(dir.path().join(name), &bytes).unwrap();
        }
        for storage in [Storage::Memory, Storage::Mapped] {
            prop_assert_eq!(
                load_files_with(dir.path(), 1, storage).is_ok(),
                bytes.len() == RECORD && bytes[0] < 10
            );
        }
    }
}
