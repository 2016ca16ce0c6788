//! The output in terminals with different capabilities, which `script` provides.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{small, text};

/// Returns what a terminal receives from `zunder ARGUMENTS`; `None` if there is no `script`.
/// `terminal` is the value of TERM, and `before` are commands that the shell runs first.
fn shown(
    arguments: &[&str],
    terminal: Option<&str>,
    before: &str,
    folder: &Path,
) -> Option<String> {
    let words: Vec<String> = arguments.iter().map(|word| format!("'{word}'")).collect();
    let line = format!("{before} exec '{}' {}", env!("CARGO_BIN_EXE_zunder"), words.join(" "));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).current_dir(folder);
    command.env_remove("CARGO").env_remove("TERM").env("ZUNDER_OFFLINE", "1").stdin(Stdio::null());
    if let Some(terminal) = terminal {
        command.env("TERM", terminal);
    }
    let output = command.output().ok()?;
    assert!(output.status.success(), "{}", text(&output.stdout));
    Some(text(&output.stdout))
}

const DASHBOARD: &str = "\x1b[?1049h";
const SIZE: &str = "stty rows 30 cols 100;";

#[test]
fn only_a_terminal_that_moves_its_cursor_gets_the_dashboard() {
    let folder = tempfile::tempdir().unwrap();
    let train = |out: &str, terminal: Option<&str>, before: &str| {
        shown(&small(&["--out", out]), terminal, before, folder.path())
    };
    let Some(able) = train("able", Some("xterm"), SIZE) else { return };
    assert!(able.contains(DASHBOARD) && able.contains("test accuracy"), "{able:?}");
    for (i, (terminal, before)) in [
        (Some("dumb"), SIZE),
        (None, SIZE),
        (Some(""), SIZE),
        (Some("xterm"), "stty rows 30 cols 39;"),
        (Some("xterm"), "stty rows 9 cols 100;"),
    ]
    .into_iter()
    .enumerate()
    {
        let plain = train(&format!("plain-{i}"), terminal, before).unwrap();
        assert!(
            !plain.contains(DASHBOARD) && plain.contains("1/3"),
            "{terminal:?} {before}: {plain:?}"
        );
        // A line may be overwritten where the cursor can move, but never by a control code
        // elsewhere.
        assert!(before != SIZE || !plain.contains('\x1b'), "{terminal:?}: {plain:?}");
    }
}

#[test]
fn codes_for_help_are_for_terminals_that_know_them() {
    let folder = tempfile::tempdir().unwrap();
    let help =
        |terminal: Option<&str>, before: &str| shown(&["--help"], terminal, before, folder.path());
    let Some(styled) = help(Some("xterm"), SIZE) else { return };
    assert!(styled.contains("\x1b["), "{styled:?}");
    for (terminal, before) in
        [(Some("dumb"), SIZE), (None, SIZE), (Some("xterm"), "export NO_COLOR=1;")]
    {
        let plain = help(terminal, before).unwrap();
        assert!(!plain.contains('\x1b') && plain.contains("Usage:"), "{plain:?}");
    }
}

#[test]
fn no_colour_means_no_colour() {
    let folder = tempfile::tempdir().unwrap();
    let before = format!("{SIZE} export NO_COLOR=1;");
    let Some(shown) = shown(&small(&["--out", "run"]), Some("xterm"), &before, folder.path())
    else {
        return;
    };
    assert!(shown.contains(DASHBOARD), "{shown:?}");
    // Control codes for colours end with m and have a parameter of at least 30.
    for code in
        shown.split("\x1b[").skip(1).filter_map(|rest| rest.split_once('m')).map(|(code, _)| code)
    {
        let colours = code
            .split(';')
            .filter_map(|number| number.parse::<u32>().ok())
            .filter(|number| (30..=109).contains(number));
        assert!(
            code.contains(|c: char| !c.is_ascii_digit() && c != ';') || colours.count() == 0,
            "{code:?}"
        );
    }
}

/// The terminal goes away during a run that ignores SIGHUP, as with `nohup`. The run succeeds,
/// since the reader has left.
#[test]
fn a_dashboard_outlives_its_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let long = |word: &&str| format!("'{}'", if *word == "3" { "40" } else { word });
    let words: Vec<String> = small(&["--out", "run"]).iter().map(long).collect();
    let line = format!(
        "trap '' HUP; {SIZE} '{}' {}; echo $? > code",
        env!("CARGO_BIN_EXE_zunder"),
        words.join(" ")
    );
    let mut command = Command::new("script");
    command
        .args(["-qec", &line, "/dev/null"])
        .current_dir(folder.path())
        .env("TERM", "xterm")
        .env("ZUNDER_OFFLINE", "1");
    let Ok(mut child) = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn() else { return };
    let exists = |file: &str| folder.path().join(file).exists();
    let wait_for = |file: &str| {
        let start = Instant::now();
        while !exists(file) {
            assert!(start.elapsed() < Duration::from_mins(2), "no {file}");
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    wait_for("run/checkpoints/last.safetensors");
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for("code");
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(std::fs::read_to_string(folder.path().join("code")).unwrap().trim(), "0");
    assert!(exists("run/test.json"));
}
