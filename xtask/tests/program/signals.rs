//! Ctrl-C and SIGTERM, in every command and at any time: the program ends within a second, with
//! exit code 130.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::common::{run, small, text, zunder};

/// The number of image files per class, which take a few seconds to read.
const FILES: usize = 1500;

/// The promise is one second; the rest allows for a busy machine.
const PATIENCE: Duration = Duration::from_secs(4);

fn send(signal: &str, child: &Child) {
    Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
}

/// Starts a command and sends a signal after `delay`. Returns the output and the time to the end.
fn interrupted(
    arguments: &[&str],
    delay: Duration,
    signal: &str,
    folder: &Path,
) -> (Output, Duration) {
    let mut command = zunder(arguments, folder);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(delay);
    send(signal, &child);
    let start = Instant::now();
    let output = child.wait_with_output().unwrap();
    (output, start.elapsed())
}

/// Creates a folder with a run, and with photos that take long to read.
fn prepared() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(run(&small(&["--out", "run", "--quiet"]), at).status.success());
    for (class, images) in [("a", "1"), ("b", "2")] {
        fs::create_dir_all(at.join("photos").join(class)).unwrap();
        let sheet = format!("photos/{class}/0.png");
        assert!(
            run(
                &["preview", "--dataset=shapes", "--images", images, "--draws=1", "--out", &sheet],
                at
            )
            .status
            .success()
        );
        for i in 1..FILES {
            fs::hard_link(at.join(&sheet), at.join(format!("photos/{class}/{i}.png"))).unwrap();
        }
    }
    folder
}

#[test]
fn every_command_ends_within_a_second() {
    let folder = prepared();
    let data = ["--dataset=folder", "--data-dir=photos", "--hidden=8"];
    let with = |words: &[&'static str]| words.iter().copied().chain(data).collect::<Vec<&str>>();
    let commands = [
        with(&["train", "--plain"]),
        with(&["train", "--plain", "--storage=mapped"]),
        with(&["train", "--dry-run"]),
        with(&["doctor"]),
        with(&["find-lr"]),
        with(&["bench"]),
        with(&["sweep", "--vary", "optimizer.lr=0.1,0.2"]),
        vec!["preview", "--dataset=folder", "--data-dir=photos"],
        vec!["predict", "run", "photos"],
        vec!["evaluate", "run"],
        vec!["experiment", "descent"],
        vec!["experiment", "double-descent"],
        vec!["experiment", "init"],
    ];
    let mut worst = Duration::ZERO;
    for arguments in &commands {
        for (delay, signal) in [(150, "-INT"), (700, "-TERM"), (1500, "-INT")] {
            let (output, took) =
                interrupted(arguments, Duration::from_millis(delay), signal, folder.path());
            let err = text(&output.stderr);
            if output.status.success() {
                continue; // it finished before the signal
            }
            assert_eq!(output.status.code(), Some(130), "{arguments:?} after {delay} ms: {err}");
            assert!(took < PATIENCE, "{arguments:?} after {delay} ms took {took:?}");
            assert!(
                err.contains("interrupted") && !err.contains("panicked"),
                "{arguments:?} after {delay} ms: {err}"
            );
            worst = worst.max(took);
        }
    }
    assert!(worst > Duration::ZERO, "nothing was interrupted");
    // Temporary files are removed now, or by the next start of the run.
    let left = |folder: &Path| {
        fs::read_dir(folder).map_or(0, |entries| {
            entries
                .flatten()
                .filter(|e| e.file_name().to_string_lossy().starts_with(".writing-"))
                .count()
        })
    };
    assert_eq!(left(folder.path()), 0);
}

/// A full pipe blocks the writer, but a signal still ends the program.
#[test]
fn a_reader_that_does_not_read_holds_nothing_up() {
    let folder = prepared();
    let child = zunder(&["predict", "run", "photos", "--json"], folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(2));
    send("-INT", &child);
    let (mut child, start) = (child, Instant::now());
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(start.elapsed() < PATIENCE, "it still waits");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.code(), Some(130));
}

#[test]
fn the_answer_says_what_is_kept() {
    let folder = prepared();
    let train =
        ["train", "--plain", "--dataset=folder", "--data-dir=photos", "--hidden=8", "--out=new"];
    let (output, _) = interrupted(&train, Duration::from_millis(300), "-INT", folder.path());
    assert_eq!(output.status.code(), Some(130));
    assert!(
        text(&output.stderr).contains("interrupted; nothing was written"),
        "{}",
        text(&output.stderr)
    );
    assert!(!folder.path().join("new").exists());
    // The same folder can be used for a run afterwards.
    let (output, _) = interrupted(
        &["predict", "run", "photos"],
        Duration::from_millis(300),
        "-INT",
        folder.path(),
    );
    assert!(
        text(&output.stderr).contains("interrupted; the predictions so far are complete"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_run_that_is_to_outlive_its_terminal_does() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = small(&["--out", "run", "--quiet"]);
    let ignoring = |command: &mut Command| {
        command.current_dir(folder.path()).env_remove("CARGO").env("ZUNDER_OFFLINE", "1");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    };
    let mut nohup = Command::new("nohup");
    let Ok(mut child) = ignoring(nohup.arg(env!("CARGO_BIN_EXE_zunder")).args(&arguments)) else {
        return;
    };
    std::thread::sleep(Duration::from_millis(400));
    send("-HUP", &child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    // Without `nohup` a run ends when its terminal is closed.
    let (output, _) = interrupted(
        &small(&["--epochs=500", "--quiet", "--out=other"][1..]),
        Duration::from_millis(10),
        "-HUP",
        folder.path(),
    );
    assert!([Some(130), Some(0), None].contains(&output.status.code()), "{:?}", output.status);
}
