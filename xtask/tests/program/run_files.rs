//! Other things in place of a run's files, and runs that cannot be resumed.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::common::{run, small, text, zunder};

const LINEAR: [&str; 7] = [
    "train",
    "--dataset=shapes",
    "--limit=200",
    "--model=linear",
    "--epochs=2",
    "--quiet",
    "--out",
];

#[track_caller]
fn told(arguments: &[&str], folder: &Path, code: i32, parts: &[&str]) -> String {
    let output = run(arguments, folder);
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {err}");
    assert!(
        code == 0 || err.lines().last().unwrap_or_default().starts_with("hint: "),
        "{arguments:?}: {err}"
    );
    for part in parts {
        assert!(err.contains(part), "{arguments:?}: no {part:?} in {err}");
    }
    text(&output.stdout)
}

/// A run that has been trained but not tested, as after a kill.
fn untested(run: &Path) {
    for file in ["checksums.json", "test.json", "evaluation.json", "predictions.csv", "report.html"]
    {
        fs::remove_file(run.join(file)).unwrap();
    }
}

/// Returns the exit code and the errors of a command, which must end by itself.
fn ended(arguments: &[&str], folder: &Path) -> (i32, String) {
    let mut command = zunder(arguments, folder);
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_mins(1) {
            child.kill().unwrap();
            panic!("{arguments:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), text(&output.stderr))
}

/// Puts something in the place of a file.
type Put = fn(&Path);

/// A pipe blocks for ever, a device has no end, a folder is not a file, and a huge file takes all
/// memory: none of them is read, whichever file it replaces.
#[cfg(unix)]
#[test]
fn only_regular_files_of_their_size_are_read() {
    let folder = tempfile::tempdir().unwrap();
    told(&[&LINEAR[..], &["run"]].concat(), folder.path(), 0, &[]);
    let put: [(&str, Put); 4] = [
        ("pipe", |path| {
            assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
        }),
        ("device", |path| std::os::unix::fs::symlink("/dev/zero", path).unwrap()),
        ("folder", |path| fs::create_dir(path).unwrap()),
        ("huge", |path| fs::File::create(path).unwrap().set_len(1 << 42).unwrap()),
    ];
    let commands: [(&str, &[&str]); 7] = [
        ("config.toml", &["evaluate", "run"]),
        ("environment.json", &["evaluate", "run"]),
        ("preprocessing.json", &["evaluate", "run"]),
        ("best/model.safetensors", &["evaluate", "run"]),
        ("predictions.csv", &["compare", "run", "run"]),
        ("metrics.csv", &["compare", "run", "run"]),
        ("test.json", &["compare", "run", "run"]),
    ];
    let check = |file: &str, arguments: &[&str], name: &str, put: Put| {
        let (path, kept) = (folder.path().join("run").join(file), folder.path().join("kept"));
        fs::rename(&path, &kept).unwrap();
        put(&path);
        let (code, err) = ended(arguments, folder.path());
        let told = err.contains(file) || err.contains("its training is not finished");
        assert!(code == 2 && told && err.contains("\nhint: "), "{name} as {file}: {code} {err}");
        if path.is_dir() {
            fs::remove_dir(&path).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
        fs::rename(&kept, &path).unwrap();
    };
    for (file, arguments) in commands {
        for (name, put) in put {
            check(file, arguments, name, put);
        }
    }
    untested(&folder.path().join("run"));
    for file in ["checkpoints/last.safetensors", "checkpoints/last.records"] {
        for (name, put) in put {
            check(file, &["train", "--resume", "run", "--quiet"], name, put);
        }
    }
    told(&["train", "--resume", "run", "--quiet"], folder.path(), 0, &[]);
}

#[test]
fn a_run_without_its_checkpoint_is_not_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    told(&[&LINEAR[..], &["run"]].concat(), folder.path(), 0, &[]);
    let place = folder.path().join("run");
    untested(&place);
    fs::rename(place.join("checkpoints/last.safetensors"), folder.path().join("kept")).unwrap();
    let resume = ["train", "--resume", "run", "--quiet"];
    let missing = "checkpoints/last.safetensors is missing";
    told(
        &resume,
        folder.path(),
        2,
        &["run: metrics.csv has 2 epochs but", missing, "train --config run/config.toml"],
    );
    let metrics = fs::read(place.join("metrics.csv")).unwrap();
    fs::remove_file(place.join("metrics.csv")).unwrap();
    told(&resume, folder.path(), 2, &["run: best/model.safetensors is there but", missing]);
    assert!(
        !place.join("metrics.csv").exists() && !place.join("test.json").exists(),
        "nothing was written"
    );

    // With the checkpoint the run continues, and the partial row of a killed process is completed.
    fs::write(place.join("metrics.csv"), &metrics[..metrics.len() - 9]).unwrap();
    fs::rename(folder.path().join("kept"), place.join("checkpoints/last.safetensors")).unwrap();
    told(&resume, folder.path(), 0, &[]);
    assert_eq!(fs::read(place.join("metrics.csv")).unwrap(), metrics);
}

#[test]
fn a_run_that_diverged_says_what_helps() {
    let folder = tempfile::tempdir().unwrap();
    let train = small(&["--set=model.batch_norm=false", "--lr=1e20", "--quiet", "--out", "run"]);
    told(&train, folder.path(), 1, &["the loss is ", "lower the learning rate"]);
    told(
        &["train", "--resume", "run"],
        folder.path(),
        2,
        &[
            "run: its training diverged, and would diverge again: the loss is",
            "train --config run/config.toml --lr 1e19",
            "--on-nan rollback",
        ],
    );
    let anew = ["train", "--config", "run/config.toml", "--lr", "0.01", "--quiet", "--out", "anew"];
    told(&anew, folder.path(), 0, &[]);
    let out = told(&["compare", "run", "anew"], folder.path(), 0, &[]);
    assert!(out.contains("run: diverged in epoch 1, and is shown up to that epoch"), "{out}");
    // With other epochs the learning rates differ, so the training is attempted.
    told(&["train", "--resume", "run", "--epochs", "4"], folder.path(), 1, &["the loss is "]);
}

#[test]
fn a_fold_that_diverged_leaves_no_mean() {
    let folder = tempfile::tempdir().unwrap();
    let train = [
        "train",
        "--dataset=shapes",
        "--limit=200",
        "--model=linear",
        "--lr=1e38",
        "--folds=2",
        "--epochs=1",
        "--quiet",
        "--out",
        "f",
    ];
    told(&train, folder.path(), 1, &["fold 1 of 2 has no result, so there is no mean", "loss is "]);
    told(
        &["train", "--resume", "f"],
        folder.path(),
        2,
        &["f/fold-1: its training diverged", "fold 1 of 2 has no result"],
    );
    assert!(!folder.path().join("f/folds.json").exists());
}

#[test]
fn a_sweep_whose_trials_all_diverged_has_no_best() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = |values: &'static str, out: &'static str, more: &[&'static str]| {
        let base = [
            "sweep",
            "--dataset=shapes",
            "--limit=200",
            "--model=linear",
            "--epochs=1",
            "--vary",
            values,
            "--out",
            out,
        ];
        [&base[..], more].concat()
    };
    let out = told(
        &sweep("optimizer.lr=1e37,1e38", "s", &[]),
        folder.path(),
        1,
        &["s: all of its trials diverged (2 of 2)", "lower learning rates"],
    );
    assert!(
        !out.contains("best    ") && !out.contains("next    ") && out.contains("2/2  –"),
        "{out}"
    );
    let csv = fs::read_to_string(folder.path().join("s/results.csv")).unwrap();
    assert!(csv.lines().skip(1).all(|line| line.contains(",,,,1,1,")), "{csv}");
    let page = fs::read_to_string(folder.path().join("s/index.html")).unwrap();
    assert!(page.contains("every trial diverged") && !page.contains("The best point is"));

    let out = told(&sweep("optimizer.lr=1e38,0.01", "t", &["--json"]), folder.path(), 0, &[]);
    let points: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(
        points[0]["settings"][0] == "optimizer.lr=0.01"
            && points[0]["validation_accuracy"].is_f64(),
        "{out}"
    );
    assert!(
        points[1]["validation_accuracy"].is_null()
            && points[1]["validation_loss"].is_null()
            && points[1]["diverged"] == 1
    );
    let out = told(
        &sweep("optimizer.lr=1e38", "u", &["--json"]),
        folder.path(),
        1,
        &["u: all of its trials diverged"],
    );
    assert!(
        serde_json::from_str::<serde_json::Value>(&out).unwrap()[0]["validation_accuracy"]
            .is_null()
    );
}

#[test]
fn no_rate_is_suggested_where_none_lowers_the_loss() {
    let folder = tempfile::tempdir().unwrap();
    let find = |from: &'static str, to: &'static str| {
        [
            "find-lr",
            "--dataset=shapes",
            "--limit=200",
            "--model=linear",
            "--from-lr",
            from,
            "--to-lr",
            to,
            "--steps=200",
        ]
    };
    let out = told(
        &find("1e-12", "1e-11"),
        folder.path(),
        1,
        &["no learning rate from 1e-12 to 1e-11 lowered the loss", "doctor"],
    );
    assert!(!out.contains("suggest"), "{out}");
    // The pictures are replaced, since the program created them.
    told(&find("1e-5", "1"), folder.path(), 0, &[]);
    fs::write(folder.path().join("find-lr.svg"), "mine").unwrap();
    told(
        &find("1e-5", "1"),
        folder.path(),
        2,
        &["find-lr.svg: already exists and was not written by Zunder"],
    );
    assert_eq!(fs::read(folder.path().join("find-lr.svg")).unwrap(), b"mine");
}

#[test]
fn only_own_pages_and_pictures_are_replaced() {
    let folder = tempfile::tempdir().unwrap();
    told(&[&LINEAR[..], &["run"]].concat(), folder.path(), 0, &[]);
    let compare = ["compare", "run", "run", "--out", "page.html"];
    let preview = ["preview", "--dataset=shapes", "--images=1", "--draws=1", "--out", "sheet.png"];
    let doctor = [
        "doctor",
        "--dataset=shapes",
        "--limit=200",
        "--model=mlp",
        "--hidden=8",
        "--quiet",
        "--out",
        "pictures",
    ];
    for (arguments, file) in
        [(&compare[..], "page.html"), (&preview, "sheet.png"), (&doctor, "pictures/augmented.png")]
    {
        let twice = || run(arguments, folder.path());
        assert!(
            twice().status.code() < Some(2) && twice().status.code() < Some(2),
            "{arguments:?}: {}",
            text(&twice().stderr)
        );
        let file = folder.path().join(file);
        let first = fs::read(&file).unwrap();
        assert!(!first.is_empty());
        fs::write(file.with_file_name("mine.txt"), "mine").unwrap();
        fs::write(&file, "mine").unwrap();
        told(arguments, folder.path(), 2, &["already exists"]);
        assert_eq!(fs::read(&file).unwrap(), b"mine", "{arguments:?}");
    }
}

#[test]
fn settings_without_an_effect_are_told_before_the_first_step() {
    let folder = tempfile::tempdir().unwrap();
    let plan = |more: &[&str]| {
        let base = [
            "train",
            "--dataset=shapes",
            "--limit=200",
            "--model=linear",
            "--epochs=2",
            "--dry-run",
        ];
        told(&[&base[..], more].concat(), folder.path(), 0, &[])
    };
    let out = plan(&[
        "--set=schedule.warmup_epochs=3",
        "--ema=0.999",
        "--batch-size=500",
        "--set=early_stopping.patience=9",
    ]);
    for part in [
        "schedule.warmup_epochs is 3, and the run has 2 epochs",
        "ema is 0.999, which takes 8990 updates to reach",
        "batch_size is 500, and the training part has 200 images",
        "early_stopping.patience is 9, and the run has 2 epochs",
    ] {
        assert!(out.contains(part), "no {part:?} in {out}");
    }
    assert!(!plan(&["--batch-size=all"]).contains("batch_size is"));
}

#[test]
fn a_log_has_each_event_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let quick = ["train", "--dataset=shapes", "--limit=200", "--model=linear", "--epochs=2"];
    let train = |more: &[&str]| run(&[&quick, more].concat(), folder.path());
    assert!(train(&["--quiet", "--log", "--out=r"]).status.success());
    let lines = fs::read_to_string(folder.path().join("r/events.jsonl")).unwrap();
    let events: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|line| line["event"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(events, ["started", "epoch", "layers", "epoch", "layers", "testing"]);
    let folds = train(&["--log", "--folds=2", "--out=f"]);
    let err = text(&folds.stderr);
    assert!(folds.status.code() == Some(2) && err.contains("has no log of events"), "{err}");
    assert!(!folder.path().join("f").exists());
}
