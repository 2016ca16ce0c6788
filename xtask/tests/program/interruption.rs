//! Runs that are interrupted, killed, or lose the reader of their output.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{SMALL, run, small, text, zunder};

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

/// Promise 4, for the signal that a process cannot handle.
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

/// A reader that goes away (`| head -1`) is no reason to stop, nor to panic.
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
