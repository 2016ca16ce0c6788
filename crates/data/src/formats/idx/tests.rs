//! Tests of the reader of IDX files.

#[path = "../../../tests/common/mod.rs"]
mod common;
mod damage;

use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use self::common::{gzip, idx};
use super::*;
use crate::LabelInvariance;
use crate::testing::check_error;

/// Fashion-MNIST without the system folders of this machine.
const FAMILY: Family = Family { system_folders: &[], ..FASHION_MNIST };
const IMAGES: &str = "train-images-idx3-ubyte";
const LABELS: &str = "train-labels-idx1-ubyte";
const TEST_IMAGES: &str = "t10k-images-idx3-ubyte";
const TEST_LABELS: &str = "t10k-labels-idx1-ubyte";

/// `n` images of 3 rows and 5 columns whose pixels identify image and position. The labels repeat.
fn part(n: u32) -> (Vec<u8>, Vec<u8>) {
    let pixels: Vec<u8> = (0..15 * n).map(|i| (i * 7) as u8).collect();
    let labels: Vec<u8> = (0..n).map(|i| (i % 10) as u8).collect();
    (idx(&[n, 3, 5], &pixels), idx(&[n], &labels))
}

/// 40 training and 20 test images, plain, in `fashion-mnist`.
fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let inner = dir.path().join("fashion-mnist");
    fs::create_dir(&inner).unwrap();
    for ((images, labels), names) in
        [(part(40), [IMAGES, LABELS]), (part(20), [TEST_IMAGES, TEST_LABELS])]
    {
        fs::write(inner.join(names[0]), images).unwrap();
        fs::write(inner.join(names[1]), labels).unwrap();
    }
    dir
}

/// Loads a valid folder after `spoil` changed it, and checks the error.
#[track_caller]
fn check_refused(spoil: impl FnOnce(&Path), message: &str, hint: &str) {
    let dir = folder();
    spoil(&dir.path().join("fashion-mnist"));
    let error = load(dir.path(), &FAMILY).unwrap_err();
    check_error(&error, dir.path(), message, hint);
    // Compressed files cannot be mapped in any case, before or after their damage is detected.
    let mapped = load_with(dir.path(), &FAMILY, Storage::Mapped)
        .unwrap_err()
        .to_string()
        .replace(&dir.path().display().to_string(), "DIR");
    assert!(
        mapped.replace('\\', "/") == message || mapped.starts_with("the compression of "),
        "{mapped}"
    );
}

/// The same with other bytes in one file.
#[track_caller]
fn check_bytes(name: &str, bytes: &[u8], message: &str, hint: &str) {
    check_refused(|inner| fs::write(inner.join(name), bytes).unwrap(), message, hint);
}

#[test]
fn files_are_read_plain_and_gzip() {
    let dir = folder();
    let data = load(dir.path(), &FAMILY).unwrap();
    assert_eq!(
        (data.name.as_str(), data.classes[9].as_str(), data.synthetic),
        ("fashion-mnist", "Ankle boot", false)
    );
    assert_eq!(
        (data.train.len(), data.test.len(), data.train.shape().to_string()),
        (40, 20, "1x3x5".into())
    );
    assert_eq!((data.train.label(13), data.test.label(19)), (3, 9));
    assert_eq!(data.train.image(38), &part(40).0[16 + 38 * 15..16 + 39 * 15]);

    let mapped = load_with(dir.path(), &FAMILY, Storage::Mapped).unwrap();
    assert_eq!(
        (&mapped.train, &mapped.test, mapped.hash()),
        (&data.train, &data.test, data.hash())
    );

    let inner = dir.path().join("fashion-mnist");
    let pack = |name: &str, as_name: &str| {
        let bytes = fs::read(inner.join(name)).unwrap();
        fs::remove_file(inner.join(name)).unwrap();
        // A gzip file may have several members.
        fs::write(inner.join(as_name), [gzip(&bytes[..9]), gzip(&bytes[9..])].concat()).unwrap();
    };
    pack(IMAGES, "train-images-idx3-ubyte.gz");
    pack(TEST_LABELS, "t10k-labels.idx1-ubyte.gz");
    fs::rename(inner.join(LABELS), inner.join("train-labels.idx1-ubyte")).unwrap();
    // A browser that decompressed the file leaves the name unchanged.
    fs::rename(inner.join(TEST_IMAGES), inner.join("t10k-images-idx3-ubyte.gz")).unwrap();
    assert_eq!(load(dir.path(), &FAMILY).unwrap().hash(), data.hash());
    let error = load_with(dir.path(), &FAMILY, Storage::Mapped).unwrap_err();
    let message = "the compression of DIR/fashion-mnist/train-images-idx3-ubyte.gz is gzip, \
        expected none, since its images are to be mapped";
    check_error(&error, dir.path(), message, "gunzip");
}

/// Returns the four files of `folder` in another packing.
fn packed(pack: impl Fn(&Path, &str, &[u8])) -> TempDir {
    let (from, dir) = (folder(), tempfile::tempdir().unwrap());
    for name in [IMAGES, LABELS, TEST_IMAGES, TEST_LABELS] {
        pack(dir.path(), name, &fs::read(from.path().join("fashion-mnist").join(name)).unwrap());
    }
    dir
}

fn put(path: PathBuf, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Writes a file with a name and content into a folder, in one of the supported packings.
type Packing<'a> = &'a dyn Fn(&Path, &str, &[u8]);

#[test]
fn files_are_taken_as_others_pack_them() {
    let good = load(folder().path(), &FAMILY).unwrap().hash();
    let dotted = |name: &str| name.replace("-idx", ".idx");
    let packings: [Packing; 12] = [
        &|dir, name, bytes| put(dir.join(name), bytes),
        &|dir, name, bytes| put(dir.join(format!("{name}.gz")), bytes),
        &|dir, name, bytes| put(dir.join(name), &gzip(bytes)),
        &|dir, name, bytes| put(dir.join(name).join(name), bytes),
        &|dir, name, bytes| put(dir.join(dotted(name)).join("data"), bytes),
        &|dir, name, bytes| {
            put(dir.join(name).join(name), bytes);
            put(dir.join(dotted(name)), bytes);
        },
        &|dir, name, bytes| {
            put(dir.join(name), bytes);
            put(dir.join(format!("{name}.gz")), &gzip(bytes));
        },
        &|dir, name, bytes| put(dir.join(name.to_uppercase()), bytes),
        &|dir, name, bytes| put(dir.join(name.replace('-', "_") + ".GZ"), &gzip(bytes)),
        &|dir, name, bytes| put(dir.join("Fashion_MNIST").join(name), bytes),
        &|dir, name, bytes| put(dir.join("fashion-mnist/fashion-mnist").join(name), bytes),
        &|dir, name, bytes| put(dir.join("FASHIONMNIST/raw").join(name), bytes),
    ];
    for (i, pack) in packings.iter().enumerate() {
        let dir = packed(pack);
        match load(dir.path(), &FAMILY) {
            Ok(data) => assert_eq!(data.hash(), good, "packing {i}"),
            Err(error) => panic!("packing {i}: {error}"),
        }
    }
}

#[test]
fn files_that_may_both_be_meant_are_refused() {
    let dir = packed(|dir, name, bytes| {
        put(dir.join(name), bytes);
        let mut other = bytes.to_vec();
        if name == LABELS {
            *other.last_mut().unwrap() ^= 1;
        }
        put(dir.join(name.replace("-idx", ".idx")), &other);
    });
    let message = "DIR/train-labels-idx1-ubyte and DIR/train-labels.idx1-ubyte are both there for \
        the same part of Fashion-MNIST \
                   and may differ, expected one of them";
    check_error(
        &load(dir.path(), &FAMILY).unwrap_err(),
        dir.path(),
        message,
        "move the one that is not meant away",
    );
}

#[test]
fn other_forms_of_the_set_are_named() {
    let form = |name: &str, message: &str, hint: &str| {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(name), "label,1x1\n5,0\n").unwrap();
        let message = format!("DIR/{name} is {message}, expected an IDX file, plain or gzip");
        check_error(&load(dir.path(), &FAMILY).unwrap_err(), dir.path(), &message, hint);
    };
    form("mnist_train.csv", "a table (CSV)", "the four IDX files");
    form("fashion-mnist_test.CSV", "a table (CSV)", "the four IDX files");
    form("mnist.npz", "of NumPy", "the four IDX files");
    form("mnist.pkl.gz", "of a Python program", "the four IDX files");
    form("train-00000-of-00001.parquet", "a table (Parquet or Arrow)", "the four IDX files");
    form("fashion-mnist.zip", "an archive", "unpack it");
    form(
        "emnist-letters-train-images-idx3-ubyte.gz",
        "an IDX file of another set, by its name",
        "EMNIST",
    );
}

#[test]
fn folders_are_found_inside_and_as_they_are() {
    let dir = folder();
    let inner = dir.path().join("fashion-mnist");
    assert_eq!(find(dir.path(), &FAMILY), Some(inner.clone()));
    assert_eq!(find(&inner, &FAMILY), Some(inner.clone()));
    assert_eq!((find(dir.path(), &MNIST), find(dir.path(), &KMNIST)), (None, None));
    assert_eq!(find(&inner, &MNIST), Some(inner.clone()), "the names of files do not tell");
    let torchvision = dir.path().join("FashionMNIST").join("raw");
    fs::create_dir_all(torchvision.parent().unwrap()).unwrap();
    fs::rename(&inner, &torchvision).unwrap();
    assert_eq!(find(dir.path(), &FAMILY), Some(torchvision.clone()));
    let system: &'static str = torchvision.display().to_string().leak();
    let family = Family { folders: &[], system_folders: Vec::leak(vec![system]), ..FAMILY };
    assert_eq!(find(Path::new("no/such/folder"), &family), Some(torchvision));
}

#[test]
fn labels_mean_what_the_makers_say() {
    assert_eq!(
        (MNIST.classes[7], FASHION_MNIST.classes[6], KMNIST.classes[9]),
        ("7", "Shirt", "wo")
    );
    assert!(
        [MNIST, FASHION_MNIST, KMNIST]
            .iter()
            .all(|family| family.classes.len() == 10 && family.parts == ["train", "t10k"])
    );
    let invariances = [MNIST, FASHION_MNIST, KMNIST].map(|family| family.invariance);
    assert_eq!(
        invariances,
        [LabelInvariance::CHARACTERS, LabelInvariance::UPRIGHT, LabelInvariance::CHARACTERS]
    );
}

#[test]
fn what_is_missing_is_named() {
    let url = "put the files of http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/ there";
    let gone = |inner: &Path| fs::remove_dir_all(inner).unwrap();
    let missing = |name: &str| {
        format!(
            "the file DIR/fashion-mnist/{name} does not exist, expected it as part of Fashion-MNIST"
        )
    };
    check_refused(gone, &missing("train-images-idx3-ubyte.gz"), url);
    check_refused(
        |inner| fs::remove_file(inner.join(TEST_LABELS)).unwrap(),
        &missing("t10k-labels-idx1-ubyte.gz"),
        url,
    );
    let error = load(Path::new("no/such/folder"), &MNIST).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the folder no/such/folder does not exist, expected the files of MNIST in it"
    );
}

#[test]
fn a_folder_for_a_file_and_a_file_for_a_folder_are_told_apart() {
    let swap = |inner: &Path| {
        fs::remove_file(inner.join(LABELS)).unwrap();
        fs::create_dir(inner.join(LABELS)).unwrap();
    };
    let message = "DIR/fashion-mnist/train-labels-idx1-ubyte is not a regular file, expected one \
        of the files of Fashion-MNIST";
    check_refused(swap, message, "move");
    let dir = folder();
    let error = load(&dir.path().join("fashion-mnist").join(IMAGES), &FAMILY).unwrap_err();
    assert!(matches!(error, DataError::NotAFolder { .. }), "{error}");
    assert!(error.hint().unwrap().ends_with("fashion-mnist, instead"), "{:?}", error.hint());
}

#[test]
fn other_kinds_of_file_are_recognised() {
    let message = |kind: &str| {
        format!(
            "DIR/fashion-mnist/train-images-idx3-ubyte is {kind}, expected an IDX file, plain or \
             gzip"
        )
    };
    check_bytes(IMAGES, b"PK\x03\x04", &message("a zip archive"), "unpack");
    check_bytes(IMAGES, &[0x80, 2, b'}'], &message("a Python pickle"), "IDX");
    check_bytes(IMAGES, b"<html>", &message("a web page"), "download");
    let start = "the start of DIR/fashion-mnist/train-images-idx3-ubyte is 89 50, expected 00 00 \
        as in every IDX file";
    check_bytes(IMAGES, b"\x89PNG and so on", start, "not what its name says");
    check_bytes(IMAGES, &gzip(b"\x89PNG and so on"), start, "not what its name says");
}
