//! Tests of the program's output and exit codes.

use crate::common::{run, small, text};

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
        "positive: bar, predicted where",
        "false negatives",
        "specificity",
    ] {
        assert!(out.contains(part), "{part:?} is not in {out}");
    }
    let refused = run(&["evaluate", "a", "--sensitivity", "95"], folder.path());
    let err = text(&refused.stderr);
    assert!(
        refused.status.code() == Some(2)
            && err.contains("the requested sensitivity is 95")
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
fn gradient_and_weight_options_are_printed() {
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
    // A loss that is NaN is reported with what was tried, and is not a wrong input.
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
        "runs    folds (one folder per fold)",
    ] {
        assert!(out.contains(part), "no {part:?} in\n{out}");
    }
    let record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("folds/folds.json")).unwrap())
            .unwrap();
    assert_eq!(record["validation_accuracy"]["values"].as_array().unwrap().len(), 2);
    let again = run(&arguments, folder.path());
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("already exists"));
}
