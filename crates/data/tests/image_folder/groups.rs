//! Image folders with groups.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use super::*;

/// Three images of each of ten patients. `patient` returns the patient of an image.
fn patients(dir: &Path, patient: impl Fn(u8) -> String) -> PathBuf {
    let mut csv = "group,image\n".to_owned();
    for class in ["a", "b"] {
        for i in 0..30 {
            writeln!(csv, "{class}{},{class}/{i}.png", patient(i)).unwrap();
        }
    }
    let path = dir.join("patients.csv");
    fs::write(&path, csv).unwrap();
    path
}

#[test]
fn the_test_part_is_taken_in_whole_groups() {
    let dir = folder(2, 30);
    let groups = Some(patients(dir.path(), |i| (i / 3).to_string()));
    let folder = load(&ImageFolderConfig { groups, ..ImageFolderConfig::new(dir.path()) });
    // `a/7.png` is of patient a2.
    let patient = |file: &PathBuf| {
        let number: u32 = file.file_stem().unwrap().to_str().unwrap().parse().unwrap();
        (file.parent().unwrap().to_owned(), number / 3)
    };
    let train: HashSet<_> = folder.train_files.iter().map(patient).collect();
    let test: HashSet<_> = folder.test_files.iter().map(patient).collect();
    assert!(train.is_disjoint(&test), "{train:?} {test:?}");
    assert_eq!((train.len() + test.len(), folder.test_files.len()), (20, 3 * test.len()));
    let groups = folder.train_groups.unwrap();
    assert_eq!(groups.len(), folder.train_files.len());
    for (file, group) in folder.train_files.iter().zip(&groups) {
        let same = |(other, g): (&PathBuf, &u32)| (patient(other) == patient(file)) == (g == group);
        assert!(folder.train_files.iter().zip(&groups).all(same));
    }
}

#[test]
fn groups_that_no_split_can_keep_are_refused() {
    let dir = folder(2, 30);
    let config =
        |groups| ImageFolderConfig { groups: Some(groups), ..ImageFolderConfig::new(dir.path()) };
    let one = patients(dir.path(), |_| String::new());
    let (message, _) = refused(&config(one));
    assert_eq!(
        message,
        "test_share is 0.2, expected some images on each side of the split; there is none for the \
         test, for images that belong together stay so"
    );
    let (message, hint) = refused(&config(dir.path().join("none.csv")));
    assert!(message.starts_with("DIR/none.csv could not be read"), "{message} {hint}");

    let official = tempfile::tempdir().unwrap();
    fill(&official.path().join("train"), 2, 2);
    fill(&official.path().join("test"), 2, 1);
    let path = official.path().join("groups.csv");
    let write = |last: &str| {
        fs::write(
            &path,
            format!(
                "image,group\ntrain/a/0.png,1\ntrain/a/1.png,1\ntrain/b/0.png,2\n\
                 train/b/1.png,3\ntest/a/0.png,4\n{last}"
            ),
        )
    };
    let config =
        ImageFolderConfig { groups: Some(path.clone()), ..ImageFolderConfig::new(official.path()) };
    write("test/b/0.png,3").unwrap();
    let (message, _) = refused(&config);
    assert_eq!(
        message,
        "DIR/groups.csv has the group 3 in the training part and in the test part, expected each \
         group in one of them"
    );
    write("").unwrap();
    let (message, hint) = refused(&config);
    assert_eq!(
        message,
        "DIR/groups.csv does not name the image test/b/0.png (its first row names train/a/0.png), \
         expected a row for each image"
    );
    assert!(hint.contains("image,group"), "{hint}");
    write("test/b/0.png,5").unwrap();
    assert_eq!(load(&config).train_groups, Some(vec![0, 0, 1, 2]));
}
