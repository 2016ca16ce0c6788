//! Mapped files give the same bits as memory, from the statistics to the batches.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

mod common;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use zunder_data::idx::{FASHION_MNIST, load_with};
use zunder_data::records::RecordsConfig;
use zunder_data::shapes::{CLASSES, ShapesConfig};
use zunder_data::{
    AugmentConfig, Batch, Dataset, Images, Loader, LoaderConfig, Sampling, Split, Standardisation,
    Storage,
};
use zunder_random::Key;

use self::common::{gzip, idx};

/// 700 drawn images in three files of different length, and a test file.
fn records(dir: &Path) {
    let data = ShapesConfig { train: 700, test: 10, seed: 5 }.generate().unwrap();
    let write = |name: &str, images: &Images, range: std::ops::Range<usize>| {
        let bytes: Vec<u8> =
            range.flat_map(|i| [&[images.label(i) as u8], images.image(i)].concat()).collect();
        fs::write(dir.join(name), bytes).unwrap();
    };
    fs::write(dir.join("batches.meta.txt"), CLASSES.join("\n")).unwrap();
    for (name, range) in [
        ("data_batch_1.bin", 0..333),
        ("data_batch_2.bin", 333..334),
        ("data_batch_3.bin", 334..700),
    ] {
        write(name, &data.train, range);
    }
    write("test_batch.bin", &data.test, 0..10);
}

fn load_records(storage: Storage) -> Dataset {
    let dir = tempfile::tempdir().unwrap();
    records(dir.path());
    let dataset = RecordsConfig { storage, ..RecordsConfig::new(dir.path()) }.load().unwrap();
    Dataset { name: "records".into(), ..dataset }
}

fn load_idx(storage: Storage) -> Dataset {
    let dir = tempfile::tempdir().unwrap();
    for (prefix, n) in [("train", 500_u32), ("t10k", 20)] {
        let write = |name: &str, bytes: Vec<u8>| {
            fs::write(dir.path().join(format!("{prefix}-{name}-ubyte")), bytes).unwrap();
        };
        write(
            "images-idx3",
            idx(&[n, 12, 9], &(0..n * 108).map(|i| (i * i / 7) as u8).collect::<Vec<u8>>()),
        );
        // Labels are read, so they may be compressed.
        write(
            "labels-idx1",
            gzip(&idx(&[n], &(0..n).map(|i| (i % 10) as u8).collect::<Vec<u8>>())),
        );
    }
    load_with(dir.path(), &FASHION_MNIST, storage).unwrap()
}

fn batches(images: &Arc<Images>, split: &Split, config: &LoaderConfig) -> Vec<Batch> {
    let standardisation = Standardisation::fit(images, &split.train).unwrap();
    let (augment, _) =
        AugmentConfig::preset("standard").unwrap().suited(FASHION_MNIST.invariance, images.shape());
    let pipeline = augment.init(images.shape(), &standardisation).unwrap();
    let loader =
        Loader::new(Arc::clone(images), split.train.clone(), pipeline, config.clone(), Key::new(2))
            .unwrap();
    loader.epoch(3).map(Result::unwrap).collect()
}

/// The files are deleted by then, as their folder is: mapped data remain (on Windows the folder
/// cannot be removed and remains too).
fn check(load: fn(Storage) -> Dataset) {
    let [memory, mapped] = [Storage::Memory, Storage::Mapped].map(load);
    assert_eq!(
        (&mapped.train, &mapped.test, mapped.hash()),
        (&memory.train, &memory.test, memory.hash())
    );
    let some = [3, 1, 8].map(|class| memory.classes[class].clone());
    let [some_memory, some_mapped] =
        [&memory, &mapped].map(|data| data.clone().select_classes(&some).unwrap().dataset);
    assert_eq!(
        (&some_mapped.train, &some_mapped.test, some_mapped.hash()),
        (&some_memory.train, &some_memory.test, some_memory.hash())
    );
    check_batches(memory, mapped);
    check_batches(some_memory, some_mapped);
}

fn check_batches(memory: Dataset, mapped: Dataset) {
    let (n_classes, validation) = (memory.classes.len(), memory.train.len() / 7);
    let split =
        Split::stratified(memory.train.labels(), n_classes, validation, Key::new(1)).unwrap();
    assert_eq!(
        split,
        Split::stratified(mapped.train.labels(), n_classes, validation, Key::new(1)).unwrap()
    );
    let [memory, mapped] = [memory, mapped].map(|data| Arc::new(data.train));
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let fit =
            |images: &Images| pool.install(|| Standardisation::fit(images, &split.train).unwrap());
        assert_eq!(fit(&memory), fit(&mapped));
    }
    for (sampling, shuffle_block) in [
        (Sampling::Sequential, 1),
        (Sampling::Shuffled, 1),
        (Sampling::Shuffled, 2),
        (Sampling::Balanced, 1),
    ] {
        for threads in [0, 1, 3] {
            let config = LoaderConfig {
                batch_size: 32,
                sampling,
                shuffle_block,
                threads,
                ..LoaderConfig::default()
            };
            assert!(
                batches(&memory, &split, &config) == batches(&mapped, &split, &config),
                "{config:?}"
            );
        }
    }
}

#[test]
fn records_are_the_same_mapped() {
    check(load_records);
}

#[test]
fn idx_files_are_the_same_mapped() {
    check(load_idx);
}
