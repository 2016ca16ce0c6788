//! Commands that are killed within a write, or refused, and then repeated: they continue, files of
//! the user are kept, and no unfinished file remains.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{run, text, zunder};
use zunder::train::UNFINISHED;

const SWEEP: [&str; 12] = [
    "sweep",
    "--dataset=shapes",
    "--limit=200",
    "--model=linear",
    "--epochs=1",
    "--threads=1",
    "--seeds=2",
    "--vary",
    "optimizer.lr=0.01,0.001",
    "--quiet",
    "--out",
    "s",
];
const FOLDS: [&str; 9] = [
    "train",
    "--dataset=shapes",
    "--limit=200",
    "--model=linear",
    "--epochs=2",
    "--folds=2",
    "--quiet",
    "--out",
    "f",
];

fn succeed(arguments: &[&str], folder: &Path) -> String {
    let output = run(arguments, folder);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

#[track_caller]
fn refuse(arguments: &[&str], folder: &Path, code: i32, parts: &[&str]) {
    let output = run(arguments, folder);
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {err}");
    assert!(err.lines().last().unwrap_or_default().starts_with("hint: "), "{arguments:?}: {err}");
    for part in parts {
        assert!(err.contains(part), "{arguments:?}: no {part:?} in {err}");
    }
}

/// Returns all files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    all.sort();
    all
}

#[track_caller]
fn assert_nothing_unfinished(folder: &Path) {
    let left: Vec<PathBuf> = files(folder);
    let left: Vec<&PathBuf> = left
        .iter()
        .filter(|file| file.file_name().unwrap().to_string_lossy().starts_with(UNFINISHED))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Starts a command and kills it at a place within its writes (`crates/train/src/stop_point.rs`).
#[cfg(debug_assertions)]
fn kill_at(place: &str, arguments: &[&str], folder: &Path) {
    let marker = folder.join("here");
    let mut command = zunder(arguments, folder);
    command.env("ZUNDER_TEST_STOP_AT", format!("{place} {}", marker.display()));
    let mut child = command
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let start = std::time::Instant::now();
    while !marker.exists() {
        let ended = child.try_wait().unwrap().is_some();
        assert!(
            !ended,
            "{place} was never reached: {}",
            text(&child.wait_with_output().unwrap().stderr)
        );
        assert!(start.elapsed() < std::time::Duration::from_mins(2), "{place} is not reached");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    fs::remove_file(&marker).unwrap();
}

/// Returns `results.csv` without its last column, the seconds.
fn results(sweep: &Path) -> Vec<String> {
    let csv = fs::read_to_string(sweep.join("results.csv")).unwrap();
    csv.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned()).collect()
}

#[cfg(debug_assertions)]
#[test]
fn a_sweep_that_is_killed_is_begun_or_goes_on_to_the_same_results() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    fs::create_dir(&whole).unwrap();
    succeed(&SWEEP, &whole);

    // Before the folder is a sweep, the command may be repeated, also with other settings.
    kill_at(
        "half config.toml 2",
        &[&SWEEP[..8], &["optimizer.lr=1,2,3", "--out", "s"]].concat(),
        folder.path(),
    );
    refuse(
        &["sweep", "--resume", "s"],
        folder.path(),
        2,
        &["s: is no sweep's folder", "sweep.json"],
    );
    kill_at("written sweep.json 1", &SWEEP, folder.path());
    kill_at("half trial.json 2", &SWEEP, folder.path());
    refuse(&SWEEP, folder.path(), 2, &["s: already exists"]);
    for place in ["written trial.json 1", "half results.csv 1"] {
        kill_at(place, &["sweep", "--resume", "s"], folder.path());
    }
    succeed(&["sweep", "--resume", "s"], folder.path());
    assert_eq!(results(&folder.path().join("s")), results(&whole.join("s")));
    assert_eq!(fs::read_dir(folder.path().join("s/trials")).unwrap().count(), 4);
    assert_nothing_unfinished(folder.path());
}

#[cfg(debug_assertions)]
#[test]
fn a_sweep_with_halving_that_is_killed_stops_the_same_trials() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    fs::create_dir(&whole).unwrap();
    let more = ["--epochs=4", "--vary=data.limit=100,200", "--halving", "--factor=2"];
    let arguments: Vec<&str> =
        SWEEP.iter().filter(|argument| **argument != "--epochs=1").copied().chain(more).collect();
    succeed(&arguments, &whole);
    let expected = results(&whole.join("s"));
    assert!(expected[4].contains("stopped: place"), "{expected:?}");

    // Killed within the checkpoint of a first rung, after one but before its record, within a
    // record, within the best weights, on the second rung, and while the results are written.
    kill_at("half last.safetensors 1", &arguments, folder.path());
    let resume = ["sweep", "--resume", "s"];
    for place in [
        "renamed last.safetensors 2",
        "half trial.json 3",
        "half best.safetensors 3",
        "renamed trial.json 6",
        "half last.safetensors 2",
        "half results.csv 1",
    ] {
        kill_at(place, &resume, folder.path());
    }
    let out = succeed(&resume, folder.path());
    assert!(out.contains("already done") && out.contains("halving 4 points"), "{out}");
    assert_eq!(results(&folder.path().join("s")), expected);
    let left = files(&folder.path().join("s/trials"));
    let names: Vec<_> = left.iter().map(|file| file.file_name().unwrap()).collect();
    assert!(names.iter().all(|name| *name == "config.toml" || *name == "trial.json"), "{left:?}");
    assert_nothing_unfinished(folder.path());
}

#[cfg(debug_assertions)]
#[test]
fn a_sweep_that_is_killed_while_it_suggests_goes_on_with_the_same_points() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    fs::create_dir(&whole).unwrap();
    let more = ["--vary=optimizer.momentum=0.1..0.9", "--random=10", "--suggest", "--seeds=1"];
    let arguments: Vec<&str> =
        SWEEP.iter().filter(|argument| **argument != "--seeds=2").copied().chain(more).collect();
    succeed(&arguments, &whole);

    // Killed within the configuration of the first suggested trial, after it, after the point is in
    // the sweep, and the same for the second one.
    kill_at("half config.toml 9", &arguments, folder.path());
    let resume = ["sweep", "--resume", "s"];
    for place in [
        "written config.toml 1",
        "half sweep.json 1",
        "renamed sweep.json 1",
        "half trial.json 1",
        "half config.toml 1",
    ] {
        kill_at(place, &resume, folder.path());
    }
    succeed(&resume, folder.path());
    assert_eq!(results(&folder.path().join("s")), results(&whole.join("s")));
    assert_eq!(fs::read_dir(folder.path().join("s/trials")).unwrap().count(), 10);
    assert_nothing_unfinished(folder.path());
}

#[cfg(debug_assertions)]
#[test]
fn folds_that_are_killed_go_on_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    fs::create_dir(&whole).unwrap();
    succeed(&FOLDS, &whole);

    // Killed before there is a cross-validation, before a fold has a configuration, within one, and
    // at the end.
    kill_at("half config.toml 1", &FOLDS, folder.path());
    kill_at("half config.toml 2", &FOLDS, folder.path());
    let resume = ["train", "--resume", "f", "--quiet"];
    for place in [
        "written environment.json 1",
        "half last.safetensors 2",
        "half config.toml 1",
        "written folds.json 1",
    ] {
        kill_at(place, &resume, folder.path());
    }
    succeed(&resume, folder.path());
    let read = |folder: &Path, file: &str| fs::read(folder.join("f").join(file)).unwrap();
    for file in [
        "folds.json",
        "fold-1/best/model.safetensors",
        "fold-2/best/model.safetensors",
        "fold-2/test.json",
    ] {
        assert!(read(folder.path(), file) == read(&whole, file), "{file}");
    }
    assert_nothing_unfinished(folder.path());
}

#[cfg(debug_assertions)]
#[test]
fn exports_imports_and_experiments_that_are_killed_are_given_again() {
    let folder = tempfile::tempdir().unwrap();
    succeed(
        &[
            "train",
            "--dataset=shapes",
            "--limit=200",
            "--model=linear",
            "--epochs=1",
            "--quiet",
            "--out",
            "r",
        ],
        folder.path(),
    );
    let export = ["export", "r", "--out", "e"];
    for place in ["half model.safetensors 1", "written model.py 1", "half model.json 1"] {
        kill_at(place, &export, folder.path());
    }
    succeed(&export, folder.path());
    let names: Vec<String> = files(&folder.path().join("e"))
        .iter()
        .map(|file| file.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    let expected = [
        "README.md",
        "images.safetensors",
        "model.json",
        "model.py",
        "model.safetensors",
        "preprocessing.json",
        "preprocessing.py",
    ];
    assert_eq!(names, expected);
    refuse(&export, folder.path(), 2, &["e: already exists"]);
    let onnx = ["export", "r", "--format", "onnx", "--out", "o"];
    for place in ["half README.md 1", "written predict.py 1", "half model.onnx 1"] {
        kill_at(place, &onnx, folder.path());
    }
    succeed(&onnx, folder.path());
    assert_eq!(files(&folder.path().join("o")).len(), 5);

    let import = ["import", "e", "--out", "i"];
    for place in ["written model.safetensors 1", "half config.toml 1"] {
        kill_at(place, &import, folder.path());
    }
    succeed(&import, folder.path());

    let experiment = ["experiment", "descent", "--out", "x", "--quiet"];
    kill_at("half findings.json 1", &experiment, folder.path());
    succeed(&experiment, folder.path());
    succeed(&experiment, folder.path());
    assert_nothing_unfinished(folder.path());
}

/// A fold may have been used by the user, so a folder in its place that is not a run is kept.
#[test]
fn a_fold_is_never_removed() {
    let folder = tempfile::tempdir().unwrap();
    succeed(&FOLDS, folder.path());
    let test = fs::read(folder.path().join("f/fold-2/test.json")).unwrap();
    fs::remove_file(folder.path().join("f/folds.json")).unwrap();
    fs::remove_file(folder.path().join("f/fold-2/config.toml")).unwrap();
    fs::write(folder.path().join("f/fold-2/notes.txt"), "precious").unwrap();
    let before = files(folder.path());
    let resume = ["train", "--resume", "f", "--quiet"];
    refuse(
        &resume,
        folder.path(),
        2,
        &["f/fold-2: has no config.toml but holds ", "move f/fold-2/"],
    );
    assert_eq!(
        (files(folder.path()), fs::read(folder.path().join("f/fold-2/test.json")).unwrap()),
        (before, test)
    );

    // Another process holds the lock of the cross-validation.
    let lock = fs::File::options().write(true).open(folder.path().join("f/.lock")).unwrap();
    lock.lock().unwrap();
    refuse(&resume, folder.path(), 2, &["f: another process is working on"]);
}

#[test]
fn wrong_folders_are_answered_with_the_right_command() {
    let folder = tempfile::tempdir().unwrap();
    succeed(&FOLDS, folder.path());
    succeed(&SWEEP, folder.path());
    succeed(&["export", "f/fold-1", "--out", "e"], folder.path());
    succeed(&["experiment", "descent", "--out", "x", "--quiet"], folder.path());
    for (arguments, parts) in [
        (
            &["train", "--resume", "s"][..],
            &["s: is a sweep, expected a run", "sweep --resume s"][..],
        ),
        (
            &["train", "--resume", "s/trials/0001"],
            &["is a trial of a sweep", "train --config s/trials/0001/config.toml"],
        ),
        (
            &["train", "--resume", "f/fold-1"],
            &["is a fold of a cross-validation", "train --resume f`"],
        ),
        (&["train", "--resume", "e"], &["e: is an export", "import e"]),
        (&["train", "--resume", "x/descent"], &["is an experiment's folder", "experiment NAME"]),
        (&["train", "--resume", "."], &["is not a run's folder"]),
        (&["evaluate", "f"], &["f: is a cross-validation", "f/fold-1"]),
        (&["predict", "s", "a.png"], &["s: is a sweep"]),
        (&["compare", "f/fold-1", "e"], &["e: is an export"]),
        (&["train", "--dataset=shapes", "--from", "s", "--out", "n"], &["s: is a sweep"]),
        (&["sweep", "--resume", "f"], &["f: is a cross-validation", "train --resume f"]),
        (&["sweep", "--resume", "f/fold-1"], &["f/fold-1: is a run", "train --resume"]),
        (&["sweep", "--resume", "s/trials/0001"], &["is a trial of a sweep"]),
        (&["sweep", "--resume", "x"], &["x: is no sweep's folder"]),
        (&["export", "f/fold-1", "--out", "s"], &["s: already exists"]),
    ] {
        refuse(arguments, folder.path(), 2, parts);
    }
    let current = folder.path().join("f/fold-1");
    refuse(&["train", "--resume", "."], &current, 2, &[".: is a fold of a cross-validation"]);
}
