//! The program as a user meets it: output, exit codes, signals.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{SMALL, run, small, text, zunder};

#[test]
fn a_run_in_lines_and_its_evaluation() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&small(&["--out", "run"]), folder.path());
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && err.is_empty(), "{err}");
    for part in [
        "data    shapes: 600 training, 200 validation, 2,000 test images",
        "hidden 1",
        "3/3",
        "test accuracy",
        "the synthetic set",
        "zunder evaluate run",
    ] {
        assert!(out.contains(part), "no {part:?} in\n{out}");
    }
    assert!(!out.contains('\u{1b}'), "no terminal codes when redirected");
    let rows: Vec<&str> = out.lines().filter(|l| l.contains("/3 ")).collect();
    assert!(rows.len() == 3 && rows.iter().all(|r| r.len() == rows[0].len()), "aligned: {rows:?}");

    let evaluation = run(&["evaluate", "run"], folder.path());
    let out = text(&evaluation.stdout);
    assert!(
        evaluation.status.success()
            && out.contains("accuracy")
            && out.contains("hourglass")
            && out.contains("precision"),
        "{out}"
    );
    let json = run(&["evaluate", "run", "--json"], folder.path());
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let file: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("run/evaluation.json")).unwrap())
            .unwrap();
    assert_eq!(value, file);
    let refused = run(&["evaluate", "run", "--threshold", "0.5"], folder.path());
    assert!(
        text(&refused.stderr)
            .starts_with("error: evaluation: a threshold is for two classes, and the run has 10"),
        "{refused:?}"
    );
}

#[test]
fn two_classes_have_a_threshold_and_two_runs_a_comparison() {
    let folder = tempfile::tempdir().unwrap();
    for (seed, out) in [("1", "a"), ("2", "b")] {
        let output = run(
            &small(&["--classes=ring,bar", "--quiet", "--seed", seed, "--out", out]),
            folder.path(),
        );
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let evaluation = run(&["evaluate", "a", "--sensitivity", "0.9"], folder.path());
    let out = text(&evaluation.stdout);
    for part in [
        "threshold for a sensitivity of 0.9, chosen on the validation images",
        "positive: bar, taken where",
        "false negatives",
        "specificity",
    ] {
        assert!(out.contains(part), "{part:?} is not in {out}");
    }
    let refused = run(&["evaluate", "a", "--sensitivity", "95"], folder.path());
    let err = text(&refused.stderr);
    assert!(
        refused.status.code() == Some(2)
            && err.contains("the wanted sensitivity is 95")
            && err.contains("hint: write 95 % as 0.95"),
        "{err}"
    );

    let comparison = run(&["compare", "a", "b", "--out", "page.html"], folder.path());
    let out = text(&comparison.stdout);
    assert!(
        comparison.status.success() && out.contains("seed") && out.ends_with("page    page.html\n"),
        "{out} {}",
        text(&comparison.stderr)
    );
    assert!(
        std::fs::read_to_string(folder.path().join("page.html"))
            .unwrap()
            .starts_with("<!DOCTYPE html>")
    );
    assert_eq!(run(&["compare", "a"], folder.path()).status.code(), Some(2));
    std::fs::write(folder.path().join("b/predictions.csv"), "index,label\n").unwrap();
    let damaged = run(&["compare", "a", "b"], folder.path());
    assert!(
        !damaged.status.success() && text(&damaged.stderr).starts_with("error: "),
        "{damaged:?}"
    );
}

#[test]
fn a_residual_network_by_its_flags() {
    let folder = tempfile::tempdir().unwrap();
    let network = [
        "--model",
        "residual-mlp",
        "--width",
        "16",
        "--depth",
        "2",
        "--activation",
        "gelu",
        "--init",
        "he",
    ];
    let data = [
        "train-cifar",
        "--dataset",
        "shapes",
        "--limit",
        "300",
        "--epochs",
        "1",
        "--out",
        "run",
        "--plain",
    ];
    let output = run(&[&data[..], &network[..]].concat(), folder.path());
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && err.is_empty(), "{err}");
    for part in [
        "model   residual-mlp: 6 layers, deep",
        "block 2 expand     16 -> 32    layer norm, linear, gelu",
        "output             16 -> 10",
    ] {
        assert!(out.contains(part), "no {part:?} in\n{out}");
    }
    let saved = std::fs::read_to_string(folder.path().join("run/config.toml")).unwrap();
    for line in [
        "name = \"residual-mlp\"",
        "width = 16",
        "depth = 2",
        "activation = \"gelu\"",
        "initializer = \"he\"",
    ] {
        assert!(saved.contains(line), "no {line:?} in\n{saved}");
    }
}

#[test]
fn json_and_quiet_print_the_result_alone() {
    let folder = tempfile::tempdir().unwrap();
    let json = run(&small(&["--json", "--epochs=1", "--out", "a"]), folder.path());
    assert_eq!(json.status.code(), Some(2), "an option given twice is refused");
    let output = run(
        &[
            "train",
            "--dataset",
            "shapes",
            "--limit",
            "300",
            "--model",
            "linear",
            "--epochs",
            "1",
            "--json",
            "--out",
            "a",
        ],
        folder.path(),
    );
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["n"], 2000);
    let output = run(
        &[
            "train",
            "--dataset",
            "shapes",
            "--limit",
            "300",
            "--model",
            "linear",
            "--epochs",
            "1",
            "--quiet",
        ],
        folder.path(),
    );
    let out = text(&output.stdout);
    assert!(out.starts_with("test accuracy ") && out.contains("runs/shapes-linear-1"), "{out}");
}

#[test]
fn what_is_done_to_gradients_and_weights_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let flags = [
        "--optimizer",
        "lion",
        "--clip-norm",
        "0.5",
        "--accumulate",
        "3",
        "--ema",
        "0.9",
        "--on-nan",
        "rollback",
        "--out",
        "run",
    ];
    let output = run(&small(&flags), folder.path());
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && err.is_empty(), "{err}");
    for part in [
        "3 epochs of 3 steps of 3 x 64 images",
        "lion (rate 0.0001), norm clipped to 0.5, moving average 0.9,",
        " average ",
    ] {
        assert!(out.contains(part), "no {part:?} in\n{out}");
    }
    // A loss without a value is told with what was tried, and is no wrong input.
    let output = run(
        &small(&[
            "--lr",
            "1e30",
            "--loss",
            "squared-error",
            "--on-nan",
            "rollback",
            "--out",
            "other",
        ]),
        folder.path(),
    );
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(
        out.contains("back to the start, with half the learning rate (rollback 1 of 3)"),
        "{out}"
    );
    assert!(
        err.contains("error: the loss is ")
            && err.contains("after 3 rollbacks")
            && err.contains("hint: "),
        "{err}"
    );
}

/// Starts a long run and waits until it has a checkpoint.
fn start_long(folder: &Path) -> std::process::Child {
    let arguments: Vec<&str> =
        SMALL.iter().map(|a| if *a == "3" { "400" } else { a }).chain(["--out", "run"]).collect();
    let child =
        zunder(&arguments, folder).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while !folder.join("run/checkpoints/last.safetensors").exists() {
        assert!(start.elapsed() < Duration::from_mins(2), "no checkpoint");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_130_and_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let child = start_long(folder.path());
    assert!(
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success()
    );
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let err = text(&output.stderr);
    assert!(
        err.contains("interrupted after") && err.contains("zunder train --resume run"),
        "{err}"
    );
    assert!(!folder.path().join("run/test.json").exists());
}

/// Promise 4, with the one signal that nothing can prepare for.
#[test]
fn a_killed_run_goes_on_to_the_same_weights() {
    let folder = tempfile::tempdir().unwrap();
    let whole = run(&small(&["--out", "whole"]), folder.path());
    assert!(whole.status.success());
    let mut resumes = 0;
    for milliseconds in [0, 7, 30] {
        let name = format!("killed-{milliseconds}");
        let arguments = small(&["--out", &name, "--threads", "1"]);
        let mut child = zunder(&arguments, folder.path()).stdout(Stdio::null()).spawn().unwrap();
        let checkpoint = folder.path().join(&name).join("checkpoints/last.safetensors");
        let start = Instant::now();
        while !checkpoint.exists() && child.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < Duration::from_mins(2), "no epoch");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        if !folder.path().join(&name).join("test.json").exists() {
            let resumed = run(&["train", "--resume", &name, "--threads", "2"], folder.path());
            assert!(resumed.status.success(), "{}", text(&resumed.stderr));
            resumes += 1;
        }
        let read =
            |run: &str, file: &str| std::fs::read(folder.path().join(run).join(file)).unwrap();
        for file in ["best/model.safetensors", "predictions.csv", "test.json"] {
            assert!(read(&name, file) == read("whole", file), "{file} after {milliseconds} ms");
        }
    }
    assert!(resumes > 0, "every run was finished before it was killed");
}

/// A reader that goes away (`| head -1`) is no reason to stop, and none to panic.
#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = zunder(&small(&["--out", "run"]), folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(folder.path().join("run/test.json").exists());
}

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
            &["augment.preset is \"heavy\"", "none, light, standard, strong"][..],
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
fn fetch_lists_what_there_is_and_says_how_to_do_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let list = run(&["fetch"], folder.path());
    let out = text(&list.stdout);
    assert!(
        list.status.success()
            && out.contains("cifar10 ")
            && out.contains("fashion-mnist")
            && out.contains("not here"),
        "{out}"
    );
    for (name, words) in [
        ("mnist", ["offline forbids to fetch it", "curl"]),
        ("imagenet", ["no data set to fetch", "cifar100"]),
    ] {
        let refused = run(&["fetch", name], folder.path());
        let err = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{err}");
        assert!(words.iter().all(|word| err.contains(word)), "{err}");
    }
}

#[test]
fn devices_lists_this_build_and_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let list = run(&["devices"], folder.path());
    let out = text(&list.stdout);
    assert!(list.status.success() && out.starts_with("flex ") && out.contains("CPU"), "{out}");
    assert!(out.contains("not in this build: cargo xtask-cuda has it"), "{out}");
    let json = run(&["devices", "--json"], folder.path());
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(
        (&value["devices"][0]["name"], &value["devices"][0]["adapter"]["kind"]),
        (&"flex".into(), &"cpu".into())
    );
    let absent = value["not_in_this_build"].as_array().unwrap();
    assert!(
        absent
            .iter()
            .any(|backend| backend["backend"] == "cuda" && backend["alias"] == "cargo xtask-cuda"),
        "{absent:?}"
    );
}

#[test]
fn cross_validation_prints_each_fold_and_their_mean() {
    let folder = tempfile::tempdir().unwrap();
    let data = [
        "train",
        "--dataset",
        "shapes",
        "--limit",
        "200",
        "--hidden",
        "16",
        "--epochs",
        "1",
        "--classes",
        "circle,square",
    ];
    let more = ["--positive", "circle", "--sampling", "balanced", "--folds", "2", "--out", "folds"];
    let arguments: Vec<&str> = data.into_iter().chain(more).collect();
    let output = run(&arguments, folder.path());
    let out = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for part in [
        "fold    1 of 2",
        "fold    2 of 2",
        "cross-validation: fold 2 of 2 is the validation part",
        "binary: circle and square (positive: circle)",
        "deviation",
        "runs    folds (one folder a fold)",
    ] {
        assert!(out.contains(part), "no {part:?} in\n{out}");
    }
    let record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("folds/folds.json")).unwrap())
            .unwrap();
    assert_eq!(record["validation_accuracy"]["values"].as_array().unwrap().len(), 2);
    let again = run(&arguments, folder.path());
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("exists already"));
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
