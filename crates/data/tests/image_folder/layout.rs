//! The classes and parts of image files.

use std::fs;
use std::path::PathBuf;

use zunder_data::image_folder::{ImageFolderConfig, LeftOutKind, ResizeMode};

use super::{fill, folder, load, refused, save};

#[test]
fn a_test_part_is_taken_by_seed_from_every_class() {
    let dir = folder(3, 10);
    let with = |seed| load(&ImageFolderConfig { seed, ..ImageFolderConfig::new(dir.path()) });
    let (first, other) = (with(0), with(1));
    for part in [&first.dataset.train, &first.dataset.test] {
        assert!((0..3).all(|class| part.labels().contains(&class)), "{:?}", part.labels());
    }
    assert!(first.test_files.is_sorted() && first.train_files.is_sorted());
    assert!(first.test_files.iter().all(|path| !first.train_files.contains(path)));
    assert_eq!(first.train_files.len() + first.test_files.len(), 30);
    assert_ne!(first.test_files, other.test_files);
    assert_eq!(first.report.official_test, None);
    // Runs must be tested on the same images for years: this choice must never change.
    let names: Vec<_> = first
        .test_files
        .iter()
        .map(|path| path.strip_prefix(dir.path()).unwrap().display().to_string())
        .collect();
    assert_eq!(
        names,
        ["a/0.png", "a/9.png", "b/0.png", "b/5.png", "b/8.png", "c/3.png", "c/7.png", "c/9.png"]
    );

    let half = load(&ImageFolderConfig { test_share: 0.5, ..ImageFolderConfig::new(dir.path()) });
    assert!((8..=22).contains(&half.dataset.test.len()), "{}", half.dataset.test.len());
    let least = load(&ImageFolderConfig { test_share: 1e-9, ..ImageFolderConfig::new(dir.path()) });
    assert_eq!(
        (least.dataset.test.labels(), least.report.classes_without_test),
        (&[0, 1, 2][..], Vec::new())
    );
}

#[test]
fn an_official_test_part_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = |inside: &str| dir.path().join(inside);
    fill(&path("train"), 3, 4);
    fill(&path("valid"), 2, 3);
    save(&path("extra/z/1.png"), 0);
    fs::write(path("README.txt"), "").unwrap();
    let folder = load(&ImageFolderConfig::new(dir.path()));
    assert_eq!(
        (folder.dataset.train.len(), folder.dataset.test.labels()),
        (12, [0, 0, 0, 1, 1, 1].as_slice())
    );
    assert_eq!(folder.report.official_test, Some(path("valid")));
    assert_eq!(folder.report.classes_without_test, ["c"]);
    assert_eq!(
        (folder.report.left_out.count(LeftOutKind::NoPicture), folder.report.left_out.folders),
        (1, vec![path("extra")])
    );

    // A test part is preferred to a validation part.
    fill(&path("test"), 3, 1);
    let folder = load(&ImageFolderConfig::new(dir.path()));
    assert_eq!((folder.report.official_test, folder.dataset.test.len()), (Some(path("test")), 3));
    assert_eq!(folder.report.left_out.folders, [path("extra"), path("valid")]);

    save(&path("test/d/1.png"), 0);
    let (message, hint) = refused(&ImageFolderConfig::new(dir.path()));
    assert_eq!(
        message,
        "DIR/test/d is a class that DIR/train does not have, expected only those that it has"
    );
    assert!(hint.contains("remove it"));
}

#[test]
fn a_class_may_be_called_train() {
    let dir = tempfile::tempdir().unwrap();
    for (class, i) in [("train", 1), ("train", 2), ("plane", 1), ("plane", 2)] {
        save(&dir.path().join(class).join(format!("{i}.png")), i);
    }
    assert_eq!(load(&ImageFolderConfig::new(dir.path())).dataset.classes, ["plane", "train"]);
}

#[test]
fn what_is_hidden_nested_or_no_image_is_left_out() {
    let dir = folder(2, 2);
    let path = |inside: &str| dir.path().join(inside);
    for file in
        ["a/notes.txt", "a/no_ending", "b/Thumbs.db", "labels.csv", "a/.hidden.png", ".DS_Store"]
    {
        fs::write(path(file), "x").unwrap();
    }
    save(&path(".git/1.png"), 0);
    save(&path("a/.cache/1.png"), 0);
    save(&path("b/old/1.png"), 0);
    save(&path("b/looks.png/1.png"), 0);
    let folder = load(&ImageFolderConfig::new(dir.path()));
    assert_eq!(folder.dataset.classes, ["a", "b"]);
    assert_eq!(folder.train_files.len() + folder.test_files.len(), 4);
    let left_out = folder.report.left_out;
    assert_eq!(left_out.count(LeftOutKind::NoPicture), 4);
    assert_eq!((left_out.count(LeftOutKind::Hidden), left_out.count(LeftOutKind::NoClass)), (1, 2));
    assert_eq!(left_out.folders, [path("b/looks.png"), path("b/old")]);
    assert_eq!(left_out.system, [path(".git"), path("a/.cache")]);
    let told = left_out.sentences().join("\n");
    assert!(
        told.contains(
            "left out: 4 other files, no images (1 file without an ending, 1 .csv \
        file, 1 .db file, 1 .txt file)"
        ),
        "{told}"
    );
    assert!(told.contains("left out: 2 images in no class, the first "), "{told}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_cannot_lead_in_a_circle() {
    let dir = folder(2, 2);
    let path = |inside: &str| dir.path().join(inside);
    std::os::unix::fs::symlink(dir.path(), path("a/up")).unwrap();
    std::os::unix::fs::symlink(path("b"), path("c")).unwrap();
    std::os::unix::fs::symlink(path("b/0.png"), path("a/link.png")).unwrap();
    let folder = load(&ImageFolderConfig::new(dir.path()));
    assert_eq!(folder.dataset.classes, ["a", "b", "c"]);
    assert_eq!(folder.train_files.len() + folder.test_files.len(), 7);
    assert_eq!(folder.report.left_out.folders, [path("a/up")]);
}

#[test]
fn a_configuration_has_defaults_and_refuses_unknown_names() {
    let read = |text| serde_json::from_str::<ImageFolderConfig>(text);
    let config =
        read(r#"{ "dir": "pets", "image_size": 32, "resize": "pad", "on_broken": "skip" }"#)
            .unwrap();
    assert_eq!(
        (config.dir, config.resize, config.test_share),
        (PathBuf::from("pets"), ResizeMode::Pad, 0.2)
    );
    assert!(read(r#"{ "size": 3 }"#).is_err());
    let all = ImageFolderConfig {
        cache: Some("cache".into()),
        channels: Some(1),
        ..ImageFolderConfig::default()
    };
    assert_eq!(read(&serde_json::to_string(&all).unwrap()).unwrap(), all);
}
