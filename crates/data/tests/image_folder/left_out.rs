//! Files that are not read: counted, named, refused if they are the majority; and folders that are
//! not data.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use zunder_data::image_folder::{ImageFolderConfig, LeftOutKind, OnUnread, find_images};

use super::{folder, load, refused, save};

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn formats_that_are_not_read_are_counted_and_named() {
    let dir = folder(2, 6);
    for name in ["a/1.HEIC", "a/2.heif", "b/3.cr2", "b/clip.mov", "b/notes.txt", "paper.pdf"] {
        write(&dir.path().join(name), b"?");
    }
    let folder = load(&ImageFolderConfig::new(dir.path()));
    assert_eq!(
        (folder.train_files.len() + folder.test_files.len(), folder.report.left_out.images()),
        (12, 5)
    );
    let told = folder.report.left_out.sentences();
    let has = |text: &str| told.iter().any(|sentence| sentence.starts_with(text));
    assert!(
        has(
            "left out: 1 .heic file, 1 .heif file (HEIC, which is not read): convert them to JPEG, \
             such as by `heif-convert"
        ),
        "{told:?}"
    );
    assert!(has("left out: 1 .cr2 file (camera raw, which is not read): develop them"), "{told:?}");
    assert!(has("left out: 1 .mov file (video, which is not read): take still images"), "{told:?}");
    assert!(has("left out: 1 .pdf file (PDF or PostScript, which is not read): draw"), "{told:?}");
    assert!(has("left out: 1 other file, no images (1 .txt file)"), "{told:?}");
}

#[test]
fn more_left_out_than_taken_is_refused_unless_allowed() {
    let dir = folder(2, 3);
    for i in 0..7 {
        write(&dir.path().join(format!("a/{i}.heic")), b"?");
        write(&dir.path().join(format!("b/{i}.txt")), b"?");
    }
    let config = ImageFolderConfig::new(dir.path());
    let (message, hint) = refused(&config);
    assert_eq!(
        message,
        "DIR has 7 images that are not read (7 .heic files) and 6 that are, expected more that are \
         read"
    );
    assert!(hint.contains("heif-convert") && hint.contains("--skip-unread"), "{hint}");
    let error = find_images(dir.path(), OnUnread::Refuse).unwrap_err();
    assert_eq!(error.to_string().replace(&dir.path().display().to_string(), "DIR"), message);

    let allowed = ImageFolderConfig { on_unread: OnUnread::Skip, ..config.clone() };
    assert_eq!(load(&allowed).report.left_out.images(), 7);
    let found = find_images(dir.path(), OnUnread::Skip).unwrap();
    assert_eq!(
        (found.files.len(), found.left_out.images(), found.left_out.count(LeftOutKind::NoPicture)),
        (6, 7, 7)
    );

    // Half is not the majority.
    fs::remove_file(dir.path().join("a/0.heic")).unwrap();
    assert_eq!(load(&config).report.left_out.images(), 6);
}

#[test]
fn a_class_of_such_a_format_is_refused_with_what_converts_it() {
    let dir = folder(3, 9);
    for i in 0..4 {
        write(&dir.path().join(format!("d/{i}.avif")), b"?");
    }
    let (message, hint) = refused(&ImageFolderConfig::new(dir.path()));
    assert_eq!(
        message,
        "the folder DIR/d has no image that is read (4 .avif files), expected at least one, since \
         it is a class"
    );
    assert!(hint.contains("avifdec"), "{hint}");
}

#[test]
fn images_in_no_class_count_as_left_out() {
    let dir = folder(2, 2);
    for i in 0..3 {
        save(&dir.path().join(format!("stray{i}.png")), i);
        save(&dir.path().join(format!("a/2024/{i}.png")), i);
    }
    let (message, hint) = refused(&ImageFolderConfig::new(dir.path()));
    assert_eq!(
        message,
        "DIR has 6 images that are not read (6 images in no class) and 4 that are, expected more \
         that are read"
    );
    assert!(hint.contains("directly into the folder of their class"), "{hint}");
}

#[test]
fn content_says_what_an_ending_does_not() {
    let dir = folder(2, 3);
    let png = fs::read(dir.path().join("a/0.png")).unwrap();
    write(&dir.path().join("a/without"), &png);
    write(&dir.path().join("b/phone.heic"), &png);
    write(&dir.path().join("b/other.bin"), &png);
    write(&dir.path().join("b/half.png.part"), &png);
    let folder = load(&ImageFolderConfig::new(dir.path()));
    assert_eq!(folder.train_files.len() + folder.test_files.len(), 8);
    assert_eq!(folder.report.left_out.count(LeftOutKind::Misnamed), 1);
}

#[test]
fn folders_that_are_no_data_change_nothing() {
    let dir = folder(2, 5);
    let config = ImageFolderConfig::new(dir.path());
    let before = load(&config);
    for (folder, files) in [
        ("runs/mlp-1", &["config.toml", "preprocessing.json", "pictures/curves.png"][..]),
        ("sweeps/sweep-1", &["sweep.json", "trials/0001/config.toml"]),
        ("experiments/init", &["findings.json", "index.html", "curves.png"]),
        ("export", &["model.json", "model.safetensors"]),
        ("a/.git", &["x.png"]),
        ("__MACOSX", &["a.png"]),
        ("a/@eaDir", &["0.png"]),
        ("lost+found", &[]),
    ] {
        fs::create_dir_all(dir.path().join(folder)).unwrap();
        for file in files {
            write(&dir.path().join(folder).join(file), b"?");
        }
    }
    let after = load(&config);
    assert_eq!(
        (after.dataset.hash(), &after.dataset.classes),
        (before.dataset.hash(), &before.dataset.classes)
    );
    assert_eq!((after.report.left_out.outputs.len(), after.report.left_out.system.len()), (4, 4));
    let told = after.report.left_out.sentences().join("\n");
    assert!(told.contains("passed over: 4 outputs of Zunder, the first "), "{told}");
    assert!(
        told.contains(
            "passed over: 4 folders, hidden or of the system (.git, @eaDir, __MACOSX, lost+found)"
        ),
        "{told}"
    );
    let found = find_images(dir.path(), OnUnread::Refuse).unwrap();
    assert_eq!(found.files.len(), 10, "{:?}", found.files);

    // With pictures it is a class.
    save(&dir.path().join("runs/1.png"), 1);
    save(&dir.path().join("runs/2.png"), 2);
    assert_eq!(load(&config).dataset.classes, ["a", "b", "runs"]);
}

#[test]
fn the_same_beside_official_parts() {
    let dir = tempfile::tempdir().unwrap();
    for part in ["train", "test"] {
        super::fill(&dir.path().join(part), 2, 3);
        write(&dir.path().join(part).join("__MACOSX/x.png"), b"?");
    }
    write(&dir.path().join("runs/x/config.toml"), b"");
    let folder = load(&ImageFolderConfig::new(dir.path()));
    assert_eq!(
        (folder.dataset.classes.len(), folder.dataset.train.len(), folder.dataset.test.len()),
        (2, 6, 6)
    );
    assert_eq!(
        (folder.report.left_out.outputs.len(), folder.report.left_out.folders.len()),
        (1, 0)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn pipes_are_counted_and_not_opened() {
    let dir = folder(2, 2);
    for name in ["a/pipe.png", "a/pipe", "b/pipe.heic"] {
        assert!(
            std::process::Command::new("mkfifo")
                .arg(dir.path().join(name))
                .status()
                .unwrap()
                .success()
        );
    }
    let folder = load(&ImageFolderConfig::new(dir.path()));
    assert_eq!(folder.report.left_out.count(LeftOutKind::Special), 3);
    let found = find_images(dir.path(), OnUnread::Refuse).unwrap();
    assert_eq!((found.files.len(), found.left_out.count(LeftOutKind::Special)), (4, 3));
}

#[cfg(unix)]
#[test]
fn links_lead_in_no_circle() {
    let dir = folder(2, 2);
    std::os::unix::fs::symlink(dir.path(), dir.path().join("a/up")).unwrap();
    let found = find_images(dir.path(), OnUnread::Refuse).unwrap();
    assert_eq!((found.files.len(), found.links), (4, vec![dir.path().join("a/up")]));
}

#[test]
fn parts_and_classes_in_another_spelling_are_matched() {
    let dir = tempfile::tempdir().unwrap();
    let names = [("Train", ["caf\u{e9}", "Cat", "dog"]), ("TEST", ["cafe\u{301}", "cat", "dog "])];
    for (part, classes) in names {
        for (class, tone) in classes.iter().zip(0..) {
            save(&dir.path().join(part).join(class).join("1.png"), 40 * tone);
        }
    }
    let folder = load(&ImageFolderConfig::new(dir.path()));
    let (train, test) = (&folder.dataset.train, &folder.dataset.test);
    assert_eq!((train.len(), test.len(), folder.dataset.classes.len()), (3, 3, 3));
    for i in 0..3 {
        assert_eq!((train.label(i), train.image(i)), (test.label(i), test.image(i)));
    }
    assert_eq!(folder.report.respelt.len(), 3);

    save(&dir.path().join("TEST/dogs/1.png"), 1);
    let (message, _) = refused(&ImageFolderConfig::new(dir.path()));
    let expected = "DIR/TEST/dogs is a class that DIR/Train does not have, expected only those \
        that it has (did you mean \"dog\"?)";
    assert_eq!(message, expected);
}

#[test]
fn classes_that_look_alike_are_told() {
    let dir = tempfile::tempdir().unwrap();
    for class in ["cat", "Cat", "dog"] {
        save(&dir.path().join(class).join("1.png"), 1);
        save(&dir.path().join(class).join("2.png"), 2);
    }
    assert_eq!(load(&ImageFolderConfig::new(dir.path())).report.alike, [["Cat", "cat"]]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// Every file of a folder is used or counted, whatever its name.
    #[test]
    fn no_file_is_lost_without_a_word(
        names in prop::collection::vec(
            (
                0_usize..2,
                "[a-c]{1,2}",
                "(|\\.|~)(|png|PNG|heic|Nef|txt|xyz|tar\\.gz|p|jpg)",
            ),
            0..30,
        ),
    ) {
        let dir = folder(2, 30);
        let mut all = std::collections::BTreeSet::new();
        for (class, stem, ending) in names {
            let path = dir.path().join(["a", "b"][class]).join(format!("x{stem}{ending}"));
            fs::copy(dir.path().join("a/0.png"), &path).unwrap();
            all.insert(path);
        }
        let folder = load(&ImageFolderConfig::new(dir.path()));
        let counted: usize = folder.report.left_out.files.iter().map(|files| files.count).sum();
        let taken = folder.train_files.len() + folder.test_files.len();
        prop_assert_eq!(taken + counted, 60 + all.len());
        let found = find_images(dir.path(), OnUnread::Refuse).unwrap();
        prop_assert_eq!((found.files.len(), &found.left_out), (taken, &folder.report.left_out));
    }
}
