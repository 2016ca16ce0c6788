//! Messages about files that are not read, the program's own output among the data, names and
//! encodings.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::common::{run, text};
use image::{Rgb, RgbImage};

/// Creates `n` images per class, with one colour per class.
fn photos(dir: &Path, classes: &[&str], n: u8) {
    for (class, tone) in classes.iter().zip(1_u8..) {
        fs::create_dir_all(dir.join(class)).unwrap();
        for i in 0..n {
            let pixel = |x: u32, y: u32| Rgb([tone * 50, (x * 20) as u8 + i, (y * 20) as u8]);
            RgbImage::from_fn(8, 8, pixel).save(dir.join(class).join(format!("{i}.png"))).unwrap();
        }
    }
}

const SMALL: [&str; 9] =
    ["train", "--dataset", "folder", "--hidden", "8", "--epochs", "1", "--batch-size", "8"];

fn train(folder: &Path, more: &[&str]) -> Output {
    run(&[&SMALL[..], more].concat(), folder)
}

#[track_caller]
fn refused(output: &Output, message: &str, hint: &str) {
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains(message) && err.contains("hint: ") && err.contains(hint), "{err}");
}

/// Trains, tests, trains again and resumes in the folder of the images.
#[test]
fn a_run_among_its_images_is_no_class() {
    let dir = tempfile::tempdir().unwrap();
    photos(dir.path(), &["cat", "dog"], 20);
    for _ in 0..2 {
        let output = train(dir.path(), &["--data-dir", "."]);
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let again = train(dir.path(), &["--data-dir", "."]);
    assert!(
        text(&again.stdout).contains("passed over: 1 output of Zunder, the first ./runs"),
        "{}",
        text(&again.stdout)
    );
    let runs: Vec<_> =
        fs::read_dir(dir.path().join("runs")).unwrap().map(|run| run.unwrap().path()).collect();
    let first = runs[0].display().to_string();
    for arguments in [&["evaluate", &first][..], &["predict", &first, "."]] {
        let output = run(arguments, dir.path());
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    }
    let output = run(&["predict", &first, "."], dir.path());
    assert_eq!(text(&output.stdout).lines().count(), 40);
    assert!(
        text(&output.stderr).contains("passed over: 1 output of Zunder"),
        "{}",
        text(&output.stderr)
    );
    let finished = run(&["train", "--resume", &first], dir.path());
    assert!(text(&finished.stderr).contains("is finished"), "{}", text(&finished.stderr));
}

#[test]
fn images_in_other_formats_are_never_left_out_silently() {
    let dir = tempfile::tempdir().unwrap();
    photos(dir.path(), &["cat", "dog"], 20);
    assert!(train(dir.path(), &["--data-dir", ".", "--out", "run"]).status.success());
    let phone = dir.path().join("phone");
    fs::create_dir(&phone).unwrap();
    for i in 0..160 {
        fs::write(phone.join(format!("{i}.HEIC")), "?").unwrap();
    }
    let message = "phone has 160 images that are not read (160 .heic files) and 0 that are";
    refused(&run(&["predict", "run", "phone"], dir.path()), message, "heif-convert");
    refused(
        &run(&["predict", "run", "phone", "--skip-unread"], dir.path()),
        "no image in phone",
        "pass image files",
    );
    fs::copy(dir.path().join("cat/1.png"), phone.join("1.png")).unwrap();
    let output = run(&["predict", "run", "phone", "--skip-unread"], dir.path());
    assert!(output.status.success() && text(&output.stdout).lines().count() == 1);
    assert!(
        text(&output.stderr).contains("left out: 160 .heic files (HEIC, which is not read)"),
        "{}",
        text(&output.stderr)
    );

    fs::rename(&phone, dir.path().join("cat/phone")).unwrap();
    for i in 0..41 {
        fs::write(dir.path().join(format!("dog/{i}.heic")), "?").unwrap();
    }
    refused(&train(dir.path(), &["--data-dir", "."]), "41 .heic files", "--skip-unread");
    let output = train(dir.path(), &["--data-dir", ".", "--skip-unread"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("left out: 41 .heic files"), "{}", text(&output.stdout));
}

#[test]
fn a_limit_that_loses_classes_is_refused_with_the_smallest_that_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let output = |limit: &str| {
        run(
            &[
                "train-cifar",
                "--dataset",
                "shapes",
                "--limit",
                limit,
                "--hidden",
                "8",
                "--epochs",
                "1",
                "--dry-run",
            ],
            dir.path(),
        )
    };
    refused(
        &output("5"),
        "data.limit is 5, which leaves 5 of 10 classes without a training image",
        "pass --limit 10 or more",
    );
    assert!(output("10").status.success());
}

#[test]
fn other_encodings_are_named() {
    let dir = tempfile::tempdir().unwrap();
    photos(dir.path(), &["cat", "dog"], 10);
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    fs::write(dir.path().join("my.toml"), utf_16("\u{feff}epochs = 1\n")).unwrap();
    fs::write(dir.path().join("latin.toml"), b"# caf\xE9\nepochs = 1\n").unwrap();
    fs::write(dir.path().join("groups.csv"), utf_16("image,group\n")).unwrap();
    let config = |file: &str| train(dir.path(), &["--data-dir", ".", "--config", file]);
    refused(
        &config("my.toml"),
        "my.toml is in UTF-16 (little-endian), expected UTF-8",
        "iconv -f UTF-16 -t UTF-8 my.toml",
    );
    refused(
        &config("latin.toml"),
        "it has the byte E9 in line 1, as in Latin-1",
        "iconv -f LATIN1",
    );
    refused(
        &train(dir.path(), &["--data-dir", ".", "--groups", "groups.csv"]),
        "groups.csv is in UTF-16",
        "iconv -f UTF-16LE",
    );

    let rows: String = ["cat", "dog"]
        .iter()
        .flat_map(|class| (0..10).map(move |i| format!(".\\{class}\\{i}.png;{class} {i}\r\n")))
        .collect();
    fs::write(dir.path().join("groups.csv"), format!("\u{feff}sep=;\r\nImage;Group\r\n{rows}"))
        .unwrap();
    let output = train(dir.path(), &["--data-dir", ".", "--groups", "groups.csv"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn names_that_look_alike_are_taken_or_answered() {
    let dir = tempfile::tempdir().unwrap();
    photos(dir.path(), &["cat", "dog"], 10);
    let output = train(
        dir.path(),
        &["--data-dir", ".", "--classes", "Dog,CAT", "--positive", "Cat", "--dry-run"],
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let output = train(dir.path(), &["--data-dir", ".", "--positive", "cot"]);
    refused(
        &output,
        "data.positive is \"cot\", expected one of the two classes, cat and dog (did you \
         mean \"cat\"?)",
        "",
    );
    photos(dir.path(), &["Cat"], 10);
    let output = train(dir.path(), &["--data-dir", ".", "--dry-run"]);
    assert!(
        text(&output.stdout).contains("\"Cat\" and \"cat\" look similar but are different classes"),
        "{}",
        text(&output.stdout)
    );
}
