//! Tests of files in CIFAR-10's binary layout.

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::testing::check_error;

const SHAPE: ImageShape = ImageShape { channels: 1, height: 1, width: 3 };
const BOTH: [Storage; 2] = [Storage::Memory, Storage::Mapped];

/// Three training files of 70, 1 and 130 records, and a test file of 2. The pixels identify file
/// and record.
fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(CLASSES), "a\nb\r\n c \n\n").unwrap();
    for (name, records) in [("a_2.bin", 1), ("a_1.bin", 70), ("b.bin", 130), ("test_batch.bin", 2)]
    {
        let start = name.as_bytes()[2];
        let bytes: Vec<u8> = (0..records).flat_map(|i: u8| [i % 3, start, i, 255 - i]).collect();
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

fn load(dir: &Path, storage: Storage) -> Result<Dataset, DataError> {
    RecordsConfig { shape: SHAPE, storage, ..RecordsConfig::new(dir) }.load()
}

#[track_caller]
fn check_refused(spoil: impl FnOnce(&Path), message: &str, hint: &str) {
    let dir = folder();
    spoil(dir.path());
    for storage in BOTH {
        check_error(&load(dir.path(), storage).unwrap_err(), dir.path(), message, hint);
    }
}

#[test]
fn files_of_any_number_of_records_follow_by_name() {
    let dir = folder();
    let [memory, mapped] = BOTH.map(|storage| load(dir.path(), storage).unwrap());
    assert_eq!(
        (&mapped.train, &mapped.test, mapped.hash()),
        (&memory.train, &memory.test, memory.hash())
    );
    assert_eq!(memory.train.pixels(), mapped.train.pixels());
    assert_eq!(
        (mapped.train.len(), mapped.test.len(), mapped.classes),
        (201, 2, vec!["a".to_owned(), "b".into(), "c".into()])
    );
    assert_eq!(
        [69, 70, 200].map(|i| mapped.train.image(i)),
        [[b'1', 69, 186], [b'2', 0, 255], [b'b', 129, 126]].each_ref()
    );
    assert_eq!((mapped.train.label(69), mapped.train.label(200)), (0, 0));
    assert_eq!(Some(mapped.name.as_str()), dir.path().file_name().unwrap().to_str());
}

#[test]
fn what_is_missing_is_named() {
    let lacks = |what: &str| format!("DIR has no {what}, expected it in a folder of records");
    check_refused(
        |dir| fs::remove_file(dir.join(CLASSES)).unwrap(),
        &lacks(CLASSES),
        "batches.meta.txt",
    );
    check_refused(
        |dir| fs::remove_file(dir.join("test_batch.bin")).unwrap(),
        &lacks("test file (test*.bin)"),
        "test_batch.bin",
    );
    let no_training = |dir: &Path| {
        for name in ["a_1.bin", "a_2.bin", "b.bin"] {
            fs::remove_file(dir.join(name)).unwrap();
        }
    };
    check_refused(no_training, &lacks("training file (*.bin)"), "data_batch_1.bin");
    let error = load(Path::new("no/such"), Storage::Mapped).unwrap_err().to_string();
    assert!(error.starts_with("no/such/batches.meta.txt could not be read: "), "{error}");
}

#[test]
fn a_file_that_is_cut_short_grown_or_empty_is_named() {
    let message = |got: &str| {
        format!(
            "the length of DIR/b.bin is {got}, expected a multiple of 4: a byte for the label, \
             then an image of 1x1x3"
        )
    };
    for length in [0, 519, 521] {
        let resize = |dir: &Path| {
            fs::OpenOptions::new()
                .write(true)
                .open(dir.join("b.bin"))
                .unwrap()
                .set_len(length)
                .unwrap();
        };
        check_refused(resize, &message(&format!("{length} bytes")), "cut short");
    }
    let swap = |dir: &Path| {
        fs::remove_file(dir.join("b.bin")).unwrap();
        fs::create_dir(dir.join("b.bin")).unwrap();
    };
    check_refused(swap, &message("that of no regular file"), "cut short");
}

#[test]
fn labels_and_classes_that_do_not_fit_are_refused() {
    let label = |dir: &Path| fs::write(dir.join("b.bin"), [[0; 4], [3; 4]].concat()).unwrap();
    check_refused(label, "record 1 of DIR/b.bin has label 3, expected 0 to 2", "damaged");
    for (text, got) in [(String::new(), 0), ("x\n".repeat(257), 257)] {
        let message = format!(
            "the number of classes of DIR/batches.meta.txt is {got}, expected 1 to 256, one a line"
        );
        check_refused(|dir| fs::write(dir.join(CLASSES), text).unwrap(), &message, "one byte");
    }
    let shape = ImageShape { width: 0, ..SHAPE };
    let error = RecordsConfig { shape, ..RecordsConfig::default() }.load().unwrap_err().to_string();
    assert_eq!(error, "the image shape is 1x1x0, expected at least one channel, row and column");
    let dir = folder();
    let shape = ImageShape { width: usize::MAX, ..SHAPE };
    let error = RecordsConfig { shape, ..RecordsConfig::new(dir.path()) }.load().unwrap_err();
    assert!(error.to_string().contains("expected a multiple of"), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_end_in_the_same_images_or_the_same_error(
        bytes in prop::collection::vec(0_u8..4, 0..600),
    ) {
        let dir = folder();
        fs::write(dir.path().join("b.bin"), &bytes).unwrap();
        let [memory, mapped] = BOTH.map(|storage| load(dir.path(), storage));
        let good = !bytes.is_empty()
            && bytes.len() % 4 == 0
            && bytes.iter().step_by(4).all(|&label| label < 3);
        prop_assert_eq!(memory.is_ok(), good);
        match (memory, mapped) {
            (Ok(memory), Ok(mapped)) => prop_assert_eq!(memory.train, mapped.train),
            (memory, mapped) => {
                prop_assert_eq!(memory.unwrap_err().to_string(), mapped.unwrap_err().to_string());
            }
        }
    }
}
