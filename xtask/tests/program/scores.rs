//! The output for undefined scores, and for scores that are not probabilities.

use std::path::Path;

use crate::common::{run, text};
use serde_json::Value;

/// Records of two classes, dark cats and bright dogs. All test images are cats.
fn without_a_class(folder: &Path) {
    let record = |label: u8, i: u32| {
        let pixel = move |at: u32| label * 120 + ((i * 31 + at * 7) % 90) as u8;
        std::iter::once(label).chain((0..3072).map(pixel))
    };
    std::fs::create_dir(folder.join("data")).unwrap();
    std::fs::write(folder.join("data/batches.meta.txt"), "cat\ndog\n").unwrap();
    let training: Vec<u8> = (0..200).flat_map(|i| record((i % 2) as u8, i)).collect();
    std::fs::write(folder.join("data/data_batch_1.bin"), training).unwrap();
    let test: Vec<u8> = (500..540).flat_map(|i| record(0, i)).collect();
    std::fs::write(folder.join("data/test_batch.bin"), test).unwrap();
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn train(folder: &Path, out: &str, more: &[&str]) -> String {
    let arguments =
        ["train", "--epochs", "5", "--hidden", "16", "--batch-size", "32", "--plain", "--out", out];
    let output = run(&[&arguments[..], more].concat(), folder);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn a_test_part_without_a_class_has_no_scores_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    without_a_class(dir);
    let out = train(dir, "run", &["--dataset", "records", "--data-dir", "data"]);
    let why = "No test image belongs to 1 of 2 classes (dog): its recall and its areas under the \
        ROC and the precision-recall curve are undefined, and averages leave it out.";
    assert!(
        out.contains("test accuracy 100.00 %") && out.contains(&format!("note: {why}")),
        "{out}"
    );

    let test = json(&dir.join("run/test.json"));
    assert_eq!(
        (&test["per_class"][1]["recall"], &test["per_class"][0]["recall"]),
        (&Value::Null, &Value::from(1.0))
    );
    assert_eq!(
        (&test["macro_recall"], &test["remarks"][0]),
        (&Value::from(1.0), &Value::from(why))
    );
    let evaluation = json(&dir.join("run/evaluation.json"));
    let report = &evaluation["report"];
    for undefined in [
        &report["one_vs_rest"]["macro_auc"],
        &report["matthews"],
        &report["binary"]["true_positive_rate"],
    ] {
        assert_eq!(undefined, &Value::Null, "{report}");
    }
    assert_eq!(evaluation["intervals"]["macro_auc"], Value::Null);
    assert_eq!(report["binary"]["specificity"], Value::from(1.0));

    let output = run(&["evaluate", "run"], dir);
    let out = text(&output.stdout);
    assert!(output.status.success() && out.contains(why), "{out}");
    for name in ["area under ROC", "Matthews", "Cohen's kappa", "sensitivity"] {
        let line = out.lines().find(|line| line.starts_with(name)).unwrap();
        assert!(line.contains('–') && !line.contains("0.0000"), "{line}");
    }
    let page = std::fs::read_to_string(dir.join("run/report.html")).unwrap();
    assert!(page.contains("No test image belongs to 1 of 2 classes (dog)"));
    // The letters of an encoded picture may be these by chance.
    let after = |part: &str| part.split_once('"').map(|(_, text)| text.to_owned());
    let texts: Vec<String> = page.split(";base64,").skip(1).filter_map(after).collect();
    assert!(!texts.is_empty() && texts.iter().all(|text| !text.contains("NaN")));
    let compared = run(&["compare", "run", "run"], dir);
    let out = text(&compared.stdout);
    assert!(
        compared.status.success() && out.contains("are correct on the same images"),
        "{out} {}",
        text(&compared.stderr)
    );
}

#[test]
fn scores_of_margins_are_no_probabilities() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let data = ["--dataset", "shapes", "--limit", "300", "--classes", "ring,bar"];
    for loss in ["hinge", "squared-hinge", "binary-hinge", "squared-error"] {
        let out = train(dir, loss, &[&data[..], &["--loss", loss]].concat());
        assert!(out.contains("note: The scores are not probabilities"), "{loss}: {out}");
        let test = json(&dir.join(loss).join("test.json"));
        assert!(test["loss"].is_null() && test["accuracy"].is_number(), "{test}");
        let report = &json(&dir.join(loss).join("evaluation.json"))["report"];
        for missing in [
            "log_loss",
            "brier_score",
            "expected_calibration_error",
            "maximum_calibration_error",
            "calibration",
        ] {
            assert!(report[missing].is_null(), "{loss}: {missing}");
        }
        assert!(report["one_vs_rest"]["macro_auc"].is_number());
        let csv = std::fs::read_to_string(dir.join(loss).join("predictions.csv")).unwrap();
        assert!(csv.starts_with("index,label,predicted,s_ring,s_bar\n"), "{csv}");
        assert!(!dir.join(loss).join("pictures/calibration.svg").exists());
    }
    train(dir, "logistic", &[&data[..], &["--loss", "logistic"]].concat());
    assert!(json(&dir.join("logistic/test.json"))["loss"].is_number());

    let evaluated = text(&run(&["evaluate", "hinge", "--threshold", "-0.5"], dir).stdout);
    assert!(
        evaluated.contains("predicted where its score exceeds the other by at least -0.5"),
        "{evaluated}"
    );
    let compared = run(&["compare", "hinge", "logistic"], dir);
    let out = text(&compared.stdout);
    let line = out.lines().find(|line| line.starts_with("hinge")).unwrap();
    assert!(compared.status.success() && line.split("  ").any(|cell| cell.trim() == "–"), "{out}");

    let preview =
        ["preview", "--dataset", "shapes", "--images", "1", "--draws", "1", "--out", "sheet.png"];
    assert!(run(&preview, dir).status.success());
    let answer = run(&["predict", "hinge", "sheet.png"], dir);
    let (out, err) = (text(&answer.stdout), text(&answer.stderr));
    assert!(
        answer.status.success() && !out.contains('%') && err.contains("scores, not probabilities"),
        "{out}{err}"
    );
    let answer = run(&["predict", "hinge", "sheet.png", "--json"], dir);
    let answer: Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert!(answer["scores"]["ring"].is_number() && answer["probabilities"].is_null(), "{answer}");
    // An imported model keeps its kind of scores.
    assert!(run(&["export", "hinge"], dir).status.success());
    let imported = run(&["import", "hinge/export", "--out", "imported"], dir);
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    let answer = run(&["predict", "imported", "sheet.png", "--json"], dir);
    let answer: Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert!(answer["scores"]["ring"].is_number() && answer["probabilities"].is_null(), "{answer}");
    let answer = run(&["predict", "logistic", "sheet.png", "--json"], dir);
    let answer: Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert!(answer["probabilities"]["ring"].is_number() && answer["scores"].is_null(), "{answer}");
}

#[test]
fn predictions_that_were_changed_are_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    without_a_class(dir);
    train(dir, "run", &["--dataset", "records", "--data-dir", "data"]);
    let path = dir.join("run/predictions.csv");
    let changed = std::fs::read_to_string(&path).unwrap().replacen(",0,0,", ",1,0,", 1);
    std::fs::write(&path, changed).unwrap();
    let refused = run(&["compare", "run", "run"], dir);
    let err = text(&refused.stderr);
    assert!(
        refused.status.code() == Some(2) && err.contains("error: run/predictions.csv: its "),
        "{err}"
    );
}
