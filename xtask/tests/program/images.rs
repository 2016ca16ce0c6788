//! The commands around images: preview, fetch, predict.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

use crate::common::{run, small, text, zunder};

#[test]
fn a_preview_is_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let preview = |more: &[&str]| {
        run(
            &[&["preview", "--dataset", "shapes", "--images", "3", "--draws", "2"], more].concat(),
            folder.path(),
        )
    };
    for more in [
        &["--augment", "strong"][..],
        &["--each"],
        &["--each", "--augment", "standard"],
        &["--set=augment.elastic.alpha=50", "--out", "mine.png"],
    ] {
        let output = preview(more);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success() && err.is_empty(), "{err}");
        assert!(
            out.contains(if more.contains(&"mine.png") {
                "sheet   mine.png (3 rows"
            } else {
                "sheet   preview.png"
            }),
            "{out}"
        );
    }
    for file in ["preview.png", "mine.png"] {
        assert!(std::fs::read(folder.path().join(file)).unwrap().starts_with(b"\x89PNG"));
    }
    for (more, code, parts) in [
        (
            &["--augment", "heavy"][..],
            2,
            &["augment.preset is \"heavy\"", "none, weak, light, standard, strong"][..],
        ),
        (
            &["--set=augment.rotation.degrees=500"],
            2,
            &["augment.rotation.degrees is 500", "0 to 180"],
        ),
        (&["--set=augment.spin.degrees=5"], 2, &["spin"]),
        (&["--out", "no/such/folder.png"], 2, &["no/such/folder.png"]),
        (&["--out", "precious.txt"], 2, &["precious.txt", ".png"]),
        (&["--each", "--augment", "none"], 2, &["no step"]),
    ] {
        let output = preview(more);
        let err = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{err}");
        assert!(parts.iter().all(|part| err.contains(part)) && !err.contains("panicked"), "{err}");
    }
}

#[test]
fn fetch_lists_data_sets_and_explains_downloads_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let list = run(&["fetch"], folder.path());
    let out = text(&list.stdout);
    assert!(
        list.status.success()
            && out.contains("cifar10 ")
            && out.contains("fashion-mnist")
            && out.contains("not present"),
        "{out}"
    );
    for (name, words) in [
        ("mnist", ["offline forbids to fetch it", "curl"]),
        ("imagenet", ["not a data set of the catalogue", "cifar100"]),
    ] {
        let refused = run(&["fetch", name], folder.path());
        let err = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{err}");
        assert!(words.iter().all(|word| err.contains(word)), "{err}");
    }
}

#[test]
fn predict_names_the_classes_of_files_and_skips_broken_ones() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(&small(&["--out", "run", "--quiet"]), folder.path()).status.success());
    std::fs::create_dir(folder.path().join("photos")).unwrap();
    let preview = run(
        &[
            "preview",
            "--dataset",
            "shapes",
            "--images",
            "1",
            "--draws",
            "1",
            "--out",
            "photos/sheet.png",
        ],
        folder.path(),
    );
    assert!(preview.status.success(), "{}", text(&preview.stderr));

    let output = run(&["predict", "run", "photos", "--top", "2"], folder.path());
    let out = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        out.starts_with("photos/sheet.png  ")
            && out.lines().count() == 1
            && out.matches('%').count() == 2,
        "{out}"
    );

    std::fs::write(folder.path().join("photos/broken.jpg"), "x").unwrap();
    let output = run(&["predict", "run", "photos", "--csv"], folder.path());
    assert_eq!(output.status.code(), Some(1));
    let out = text(&output.stdout);
    let [names, row] = out.lines().collect::<Vec<_>>()[..] else { panic!("{out}") };
    assert!(names.starts_with("index,file,label,predicted,p_"), "{out}");
    assert!(row.starts_with("1,photos/sheet.png,,") && row.split(',').count() == 4 + 10, "{out}");

    let output = run(&["predict", "run", "photos", "--json"], folder.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("skipped photos/broken.jpg cannot be decoded"),
        "{}",
        text(&output.stderr)
    );
    assert!(text(&output.stderr).contains("1 of 2 files could not be decoded"));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let probabilities = answer["probabilities"].as_object().unwrap();
    assert_eq!((answer["file"].as_str(), probabilities.len()), (Some("photos/sheet.png"), 10));
    let sum: f64 = probabilities.values().map(|p| p.as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-5, "{sum}");

    for (arguments, part) in [
        (["predict", "run", "nothing.jpg"], "nothing.jpg could not be read"),
        (["predict", "photos", "photos"], "is not a run's folder"),
        (["predict", "run", "run/best"], "no image in run/best"),
    ] {
        let output = run(&arguments, folder.path());
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains(part), "{}", text(&output.stderr));
    }
}

#[test]
fn predict_answers_paths_from_standard_input_as_they_come() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(&small(&["--out", "run", "--quiet"]), folder.path()).status.success());
    let preview =
        ["preview", "--dataset=shapes", "--images=1", "--draws=1", "--out=photos/sheet.png"];
    std::fs::create_dir(folder.path().join("photos")).unwrap();
    assert!(run(&preview, folder.path()).status.success());
    let alone = run(&["predict", "run", "photos/sheet.png", "--json"], folder.path());

    let mut child = zunder(&["predict", "run", "-", "--json"], folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    // The input stays open: each answer comes before the next path is written.
    for path in ["photos/sheet.png\n", "\nphotos\r\n"] {
        stdin.write_all(path.as_bytes()).unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        assert_eq!(answer, text(&alone.stdout));
    }
    stdin.write_all(b"missing.png\nphotos/sheet.png").unwrap();
    drop(stdin);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, text(&alone.stdout));
    let output = child.wait_with_output().unwrap();
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("skipped missing.png could not be read"), "{err}");
    assert!(err.contains("1 of 4 files could not be decoded"), "{err}");

    let mixed = run(&["predict", "run", "-", "photos"], folder.path());
    let err = text(&mixed.stderr);
    assert!(mixed.status.code() == Some(2) && err.contains("expected - alone"), "{err}");
    let none = run(&["predict", "run", "-"], folder.path());
    assert!(none.status.success() && none.stdout.is_empty(), "{}", text(&none.stderr));
}
