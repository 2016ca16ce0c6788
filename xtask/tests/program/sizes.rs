//! Train, evaluate and predict at unusual sizes: from one pixel to images with more values than a
//! task of a kernel.

use std::fs;
use std::path::Path;

use crate::common::{run, text};

/// Creates a folder of records whose first pixels determine the class.
fn records(folder: &Path, classes: usize, [train, test]: [usize; 2], pixels: usize) {
    fs::create_dir(folder.join("records")).unwrap();
    let names: Vec<String> = (0..classes).map(|class| format!("class {class}")).collect();
    fs::write(folder.join("records/batches.meta.txt"), names.join("\n")).unwrap();
    for (name, n) in [("data_batch_1.bin", train), ("test_batch.bin", test)] {
        let mut bytes = Vec::with_capacity(n * (1 + pixels));
        for i in 0..n {
            let class = i % classes;
            bytes.push(class as u8);
            bytes.extend((0..pixels).map(|pixel| {
                (i * 31 + pixel * 7) as u8 / 2 + if pixel % classes == class { 100 } else { 0 }
            }));
        }
        fs::write(folder.join("records").join(name), bytes).unwrap();
    }
}

/// Trains on records, evaluates, and predicts images of the same shape.
#[track_caller]
fn check(shape: [usize; 3], classes: usize, images: [usize; 2], arguments: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let [channels, height, width] = shape;
    records(folder.path(), classes, images, channels * height * width);
    let shape = format!("data.record_shape={{channels={channels},height={height},width={width}}}");
    let common = [
        "train",
        "--dataset=records",
        "--data-dir=records",
        "--epochs=1",
        "--augment=none",
        "--plain",
        "--out=run",
    ];
    let train = [&common[..], &["--set", &shape], arguments].concat();
    for command in [&train[..], &["evaluate", "run"]] {
        let output = run(command, folder.path());
        assert_eq!(output.status.code(), Some(0), "{command:?}: {}", text(&output.stderr));
    }
    let predicted = run(&["predict", "run", "--json", "records/test_batch.bin"], folder.path());
    assert_ne!(predicted.status.code(), Some(101), "{}", text(&predicted.stderr));
}

const LINEAR: &str = "--model=linear";

/// 148 x 148 RGB has 65,712 values, more than a task of the products with few columns.
#[test]
fn images_may_have_more_values_than_a_task() {
    check([3, 148, 148], 2, [40, 6], &[LINEAR, "--batch-size=8"]);
    check([3, 148, 148], 2, [40, 6], &["--hidden=16", "--batch-size=8"]);
    check([1, 1, 65_536], 2, [24, 4], &[LINEAR, "--batch-size=8"]);
}

#[test]
fn images_may_be_one_pixel_or_a_line() {
    check([1, 1, 1], 2, [60, 10], &["--hidden=1", "--batch-size=8"]);
    check([3, 1, 1], 3, [60, 12], &[LINEAR, "--batch-size=1"]);
    check(
        [1, 300, 1],
        2,
        [60, 10],
        &["--hidden=1,1,1", "--batch-size=60", "--set=data.drop_last=false"],
    );
    check(
        [1, 1, 300],
        2,
        [60, 10],
        &["--hidden=2", "--batch-size=1", "--set=model.batch_norm=false"],
    );
}

#[test]
fn layers_may_be_wider_than_a_task() {
    check([1, 1, 4], 2, [24, 4], &["--hidden=66000", "--batch-size=8", "--set=model.dropout=0.5"]);
}

/// An epoch of 66,000 images in one batch: more rows than a task, and more than fit in 16 bits.
#[test]
fn a_batch_may_be_all_of_many_images() {
    check([1, 1, 2], 2, [66_000, 50], &[LINEAR, "--batch-size=all", "--set=data.validation=0.001"]);
    check(
        [1, 1, 2],
        2,
        [66_000, 50],
        &["--hidden=3", "--batch-size=all", "--set=data.validation=0.001"],
    );
}
