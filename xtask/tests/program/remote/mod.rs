//! Runs on a device of another process: what they learn, and what becomes of them when the server,
//! the connection or the client fails.
#![cfg(all(feature = "remote", unix))]

mod faults;
mod proxy;
mod server;
mod serving;

use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use crate::common::{run, small, text, zunder};
use server::Server;

/// A run that takes minutes on the server, to be ended on the way.
const LONG: [&str; 9] = [
    "train",
    "--dataset=shapes",
    "--limit=600",
    "--hidden=24,16",
    "--epochs=500",
    "--batch-size=64",
    "--set=data.validation=0.02",
    "--plain",
    "--out=run",
];

/// The limit on the time until a fault is reported, which allows for a busy machine.
const REPORTED: Duration = Duration::from_mins(1);

/// Starts a long run on a device. Devices are given up after 1 s in which they do not answer, in
/// place of 30 s.
fn start(device: &str, folder: &Path) -> Child {
    zunder(&[&LONG[..], &["--device", device]].concat(), folder)
        .env("ZUNDER_REMOTE_WAIT", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Returns the number of finished epochs.
fn epochs(folder: &Path) -> usize {
    std::fs::read_to_string(folder.join("run/metrics.csv"))
        .map_or(0, |csv| csv.lines().count().saturating_sub(1))
}

/// Waits until a run has finished an epoch.
fn wait_for_an_epoch(child: &mut Child, folder: &Path) {
    let began = Instant::now();
    while epochs(folder) < 1 {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before its first epoch");
        assert!(began.elapsed() < 3 * REPORTED, "no epoch was finished");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Returns the output of a run that ends by itself, within the limit.
fn ended(mut child: Child) -> Output {
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > REPORTED {
            child.kill().unwrap();
            panic!("the run hangs");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().unwrap()
}

/// Checks that a run ended with one sentence about its device and a hint, and exit code 1.
#[track_caller]
fn check_sentence(output: &Output, expected: &str) -> String {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let errors = said.lines().filter(|line| line.starts_with("error: ")).count();
    assert_eq!(errors, 1, "{said}");
    assert!(said.contains("error: device remote:") && said.contains(expected), "{said}");
    assert!(said.contains("hint: ") && !said.contains("defect"), "{said}");
    assert!(!said.contains("panicked") && !said.contains("burn"), "{said}");
    said
}

/// Checks that a run was ended by a fault with the last epoch kept, and can be finished on another
/// device.
#[track_caller]
fn check_lost(child: Child, expected: &str, folder: &Path) {
    let said = check_sentence(&ended(child), expected);
    let kept = epochs(folder);
    assert!(kept >= 1 && said.contains("was lost"), "{said}");
    assert!(said.contains("kept") && said.contains("--resume run --device"), "{said}");
    let more = (kept + 1).to_string();
    let resumed = run(
        &["train", "--resume", "run", "--device", "flex", "--plain", "--epochs", &more],
        folder,
    );
    assert!(resumed.status.success(), "{}", text(&resumed.stderr));
    assert_eq!(epochs(folder), kept + 1);
}

/// Returns a column of the records of a run.
fn column(folder: &Path, name: &str) -> Vec<f64> {
    let csv = std::fs::read_to_string(folder.join("metrics.csv")).unwrap();
    let mut rows = csv.lines().map(|row| row.split(','));
    let place = rows.next().unwrap().position(|column| column == name).unwrap();
    rows.map(|mut row| row.nth(place).unwrap().parse().unwrap()).collect()
}

#[test]
fn a_remote_device_learns_what_a_local_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[]);
    let device = server.device();
    for (name, device) in [("here", "flex"), ("there", &device)] {
        let output =
            run(&small(&["--device", device, "--plain", "--out", name, "--seed=2"]), folder.path());
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    for name in ["train_loss", "validation_loss"] {
        let [here, there] = ["here", "there"].map(|run| column(&folder.path().join(run), name));
        assert_eq!((here.len(), there.len()), (3, 3));
        for (here, there) in here.iter().zip(&there) {
            assert!((here - there).abs() < 1e-4, "{name}: {here} here, {there} on the server");
        }
    }
    // A run of one device is evaluated on the other.
    for (name, device) in [("here", device.as_str()), ("there", "flex")] {
        let output = run(&["evaluate", name, "--device", device], folder.path());
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let listed = run(&["devices", "--remote", server.address()], folder.path());
    assert!(listed.status.success(), "{}", text(&listed.stderr));
    let listed = text(&listed.stdout);
    assert!(listed.starts_with(&device) && listed.contains("answers in"), "{listed}");
    let lines = server.stop();
    let sessions = lines.iter().filter(|line| line.starts_with("session ")).count();
    assert_eq!(sessions, 3, "{lines:?}");
    assert_eq!(lines.last().map(String::as_str), Some("stopped"), "{lines:?}");
}

/// Two servers that do not know each other's address compute the batches of each update.
#[test]
fn several_remote_devices_learn_what_one_here_does() {
    let folder = tempfile::tempdir().unwrap();
    let servers = [Server::start(&[]), Server::start(&[])];
    let both = servers.each_ref().map(Server::device).join(",");
    let mixed = format!("flex,{}", servers[0].device());
    for (name, devices) in [("here", "flex"), ("there", &both), ("mixed", &mixed)] {
        let flags = ["--devices", devices, "--plain", "--out", name, "--seed=2", "--accumulate=2"];
        let output = run(&small(&flags), folder.path());
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let [here, there, mixed] =
        ["here", "there", "mixed"].map(|run| column(&folder.path().join(run), "train_loss"));
    assert_eq!(here.len(), 3);
    for ((here, there), mixed) in here.iter().zip(&there).zip(&mixed) {
        assert!(
            (here - there).abs() < 1e-4 && (here - mixed).abs() < 1e-4,
            "{here} {there} {mixed}"
        );
    }
    // One of them dies.
    let [first, second] = servers;
    let run = zunder(&[&LONG[..], &["--devices", &both, "--accumulate=2"]].concat(), folder.path())
        .env("ZUNDER_REMOTE_WAIT", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut run = run.unwrap();
    wait_for_an_epoch(&mut run, folder.path());
    let lost = second.device();
    second.send("-STOP");
    check_lost(run, &format!("{lost} was lost: the server has not answered"), folder.path());
    drop((first, second));
}
