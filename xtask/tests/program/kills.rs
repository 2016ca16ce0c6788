//! Promises 3 and 4 through the program: a run that is killed, at any moment and any number of
//! times, ends with the same bits, and so does one with another number of threads.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use crate::common::{run, text, zunder};
use zunder::train::{Key, UNFINISHED};

/// A run with all kinds of state: a moving average of the weights, rates that fall with the
/// validation loss, early stopping, batch norm, mixed images, dropout. The required improvement of
/// 0.3 makes sure that the training stops early.
const RUN: [&str; 25] = [
    "train",
    "--dataset=shapes",
    "--limit=600",
    "--set=data.validation=0.02",
    "--hidden=32,16",
    "--batch-size=50",
    "--epochs=40",
    "--seed=3",
    "--ema=0.9",
    "--schedule=plateau",
    "--set=schedule.patience=1",
    "--set=schedule.factor=0.5",
    "--set=schedule.min_delta=0.1",
    "--set=early_stopping.patience=8",
    "--set=early_stopping.min_delta=0.3",
    "--set=augment.mixup.alpha=0.4",
    "--set=model.dropout=0.2",
    "--optimizer=adam",
    "--lr=0.005",
    "--clip-norm=2",
    "--accumulate=2",
    "--on-nan=rollback",
    "--set=data.drop_last=false",
    "--plain",
    "--out",
];

/// The number of kills at random moments.
const RANDOM_KILLS: u64 = 12;
/// The number of kills of one run, before it may finish.
const KILLS_A_RUN: usize = 4;

/// Returns the next command of a run: its start or, if it has a configuration already, its resume,
/// each time with another number of threads.
fn next(folder: &Path, name: &str, count: usize) -> Command {
    let threads = (1 + count % 3).to_string();
    let begun = folder.join(name).join("config.toml").is_file();
    let arguments: Vec<&str> = if begun {
        vec!["train", "--plain", "--resume", name]
    } else {
        [&RUN[..], &[name]].concat()
    };
    let mut command = zunder(&[&arguments[..], &["--threads", &threads]].concat(), folder);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Lets a run finish.
fn finish(folder: &Path, name: &str, count: usize) {
    let output = next(folder, name, count).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// Kills a process after a delay. Returns whether it was still running.
fn kill_after(mut child: Child, delay: Duration) -> bool {
    let start = Instant::now();
    while start.elapsed() < delay {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{}", text(&child.wait_with_output().unwrap().stderr));
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

/// Files with their content.
type Essence = Vec<(&'static str, Vec<u8>)>;

/// Returns what must be equal: weights, predictions, all scores, and the records without timings.
fn essence(run: &Path) -> Essence {
    let files =
        ["best/model.safetensors", "health.csv", "predictions.csv", "evaluation.json", "test.json"];
    let mut essence: Vec<_> =
        files.into_iter().map(|file| (file, std::fs::read(run.join(file)).unwrap())).collect();
    essence.push(("metrics.csv", records(run).concat().join("\n").into_bytes()));
    essence
}

/// Returns the rows of `metrics.csv`, including the header, without the columns of timings.
fn records(run: &Path) -> Vec<Vec<String>> {
    let csv = std::fs::read_to_string(run.join("metrics.csv")).unwrap();
    let mut rows = csv.lines().map(|row| row.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = rows.next().unwrap();
    let kept = |row: Vec<String>| {
        row.into_iter()
            .zip(&header)
            .filter(|(_, name)| !is_timing(name))
            .map(|(value, _)| value)
            .collect()
    };
    [header.clone()].into_iter().chain(rows).map(kept).collect()
}

fn is_timing(column: &str) -> bool {
    column.ends_with("seconds") || column == "images_per_second"
}

#[track_caller]
fn assert_same(run: &Path, expected: &[(&str, Vec<u8>)]) {
    for ((file, got), (_, expected)) in essence(run).iter().zip(expected) {
        assert!(got == expected, "{file} of {}", run.display());
    }
    for folder in ["", "best", "checkpoints", "pictures"] {
        let names = std::fs::read_dir(run.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let left: Vec<String> = names.filter(|name| name.starts_with(UNFINISHED)).collect();
        assert!(left.is_empty(), "{left:?} in {folder:?}");
    }
}

/// The files of a run without kills, and its duration. It is checked that the run has what the
/// tests need.
static UNDISTURBED: LazyLock<(Essence, Duration)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    finish(folder.path(), "whole", 0);
    let (run, duration) = (folder.path().join("whole"), start.elapsed());
    let records = records(&run);
    let column = |name: &str| records[0].iter().position(|column| column == name).unwrap();
    let values =
        |name: &str| records[1..].iter().map(|row| row[column(name)].clone()).collect::<Vec<_>>();
    let rates = values("learning_rate");
    assert!(rates.iter().any(|rate| *rate != rates[0]), "the rate falls: {rates:?}");
    assert!((8..40).contains(&rates.len()), "it stops early, after {}", rates.len());
    assert!(values("ema_accuracy").iter().all(|value| !value.is_empty()));
    (essence(&run), duration)
});

#[test]
fn a_run_killed_at_random_moments_ends_in_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let (expected, mut span) = UNDISTURBED.clone();
    let (mut kills, mut processes) = (0, 0);
    for number in 1.. {
        let name = format!("run-{number}");
        for _ in 0..KILLS_A_RUN {
            // Uniform over the epochs and, after some resumes, the test. The first quarter of the
            // time is for loading the data.
            let share = Key::new(1).named("kill").word(kills) as f64 / u64::MAX as f64;
            processes += 1;
            let child = next(folder.path(), &name, processes).spawn().unwrap();
            if !kill_after(child, span.mul_f64(0.25 + 0.6 * share)) {
                // The rest takes less time, or the machine is faster than before.
                span = span.mul_f64(0.8);
                break;
            }
            kills += 1;
        }
        if !folder.path().join(&name).join("test.json").is_file() {
            processes += 1;
            finish(folder.path(), &name, processes);
        }
        assert_same(&folder.path().join(&name), &expected);
        if kills >= RANDOM_KILLS {
            break;
        }
        assert!(number < 40, "{kills} kills only: the processes end before");
    }
}

/// The same at chosen places: a process stops there (see `crates/train/src/stop_point.rs`, which is
/// only in builds with debug assertions) and is killed.
#[cfg(debug_assertions)]
#[test]
fn a_run_killed_within_its_writes_ends_in_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let (expected, _) = &*UNDISTURBED;
    let places = [
        // Before there is a run.
        "half environment.json 1",
        "written config.toml 1",
        "half schedule.png 1",
        // An epoch that is lost: within the write of its checkpoint, and just before the rename.
        "half last.safetensors 1",
        "written last.safetensors 1",
        // An epoch that is kept, but not in the file of the best weights.
        "renamed last.safetensors 1",
        "half model.safetensors 1",
        "renamed model.safetensors 1",
        // An epoch that is kept, but without its row or with a part of it (the first write is at
        // the start).
        "half metrics.csv 2",
        "renamed last.safetensors 2",
        "written metrics.csv 3",
        "half health.csv 2",
        // The records of an epoch before its checkpoint: a part, and all of them.
        "half last.records 1",
        "written last.records 2",
        // After the training.
        "half predictions.csv 1",
        "renamed evaluation.json 1",
        "written curves.png 1",
        "half report.html 1",
        "written test.json 1",
    ];
    let (name, marker) = ("run", folder.path().join("here"));
    for (place, count) in places.into_iter().zip(1..) {
        let stop = format!("{place} {}", marker.display());
        let mut child =
            next(folder.path(), name, count).env("ZUNDER_TEST_STOP_AT", stop).spawn().unwrap();
        let start = Instant::now();
        while !marker.exists() {
            let ended = child.try_wait().unwrap().is_some();
            assert!(
                !ended,
                "{place} was never reached: {}",
                text(&child.wait_with_output().unwrap().stderr)
            );
            assert!(start.elapsed() < Duration::from_mins(2), "{place} is not reached");
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        std::fs::remove_file(&marker).unwrap();
        assert!(!folder.path().join(name).join("test.json").exists(), "{place}");
    }
    finish(folder.path(), name, 0);
    assert_same(&folder.path().join(name), expected);
}

/// Batch norm and dropout in a network whose matrix products are large enough to be split between
/// threads.
#[track_caller]
fn assert_bits_at_any_threads(device: &str) {
    let folder = tempfile::tempdir().unwrap();
    let train = [
        "train",
        "--dataset=shapes",
        "--limit=600",
        "--set=data.validation=0.02",
        "--hidden=160,96",
        "--set=model.dropout=0.2",
    ];
    let runs: Vec<_> = ["1", "2", "3"]
        .map(|threads| {
            let name = format!("threads-{threads}");
            let more =
                ["--epochs=2", "--quiet", "--device", device, "--threads", threads, "--out", &name];
            // burn-ndarray reads its number of threads from this variable, once per process.
            let output = zunder(&[&train[..], &more].concat(), folder.path())
                .env("MATMUL_NUM_THREADS", threads)
                .output()
                .unwrap();
            assert!(output.status.success(), "{}", text(&output.stderr));
            essence(&folder.path().join(name))
        })
        .into();
    assert!(runs[0] == runs[1] && runs[1] == runs[2]);
}

#[test]
fn threads_change_no_bit_on_flex() {
    assert_bits_at_any_threads("flex");
}

#[cfg(feature = "ndarray")]
#[test]
fn threads_change_no_bit_on_ndarray() {
    assert_bits_at_any_threads("ndarray");
}

#[test]
fn a_folder_that_is_taken_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, names) in [
        ("other files", &["best/mine.txt"][..]),
        ("no lock", &["environment.json"]),
        ("a run", &[".lock", "config.toml"]),
    ] {
        let taken = folder.path().join(kind);
        for name in names {
            std::fs::create_dir_all(taken.join(name).parent().unwrap()).unwrap();
            std::fs::write(taken.join(name), "mine").unwrap();
        }
        let refused = run(&[&RUN[..], &[kind]].concat(), folder.path());
        let err = text(&refused.stderr);
        assert!(
            refused.status.code() == Some(2) && err.contains("already exists"),
            "{kind}: {err}"
        );
        assert!(
            names.iter().all(|name| std::fs::read(taken.join(name)).unwrap() == b"mine"),
            "{kind}"
        );
    }
}
