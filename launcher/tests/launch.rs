//! Tests of the launcher with a script in place of cargo, which creates the program or fails.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

/// A target folder with the launcher and a cargo that runs `script`.
struct House {
    folder: tempfile::TempDir,
}

impl House {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let launcher = folder.path().join("debug/zunder-launcher");
        fs::create_dir(launcher.parent().unwrap()).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_zunder-launcher"), launcher).unwrap();
        let house = Self { folder };
        house.executable("cargo", script);
        house
    }

    fn executable(&self, name: &str, script: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn call(&self, arguments: &[&str]) -> Output {
        let folder = self.folder.path();
        let mut command = Command::new(folder.join("debug/zunder-launcher"));
        command
            .args(arguments)
            .env("CARGO", folder.join("cargo"))
            .env("CARGO_MANIFEST_DIR", "/somewhere/launcher")
            .env("HERE", folder);
        loop {
            match command.output() {
                // A process that another test has just started still holds the copied file open.
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {}
                output => return output.unwrap(),
            }
        }
    }
}

/// A cargo that has nothing to build.
const FRESH: &str = "echo \"$@\" > $HERE/arguments
echo '    Finished `dev` profile [optimized] target(s) in 0.10s' >&2";

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn without_anything_to_build_only_the_program_is_heard() {
    let house = House::new(FRESH);
    house.executable("debug/zunder", "echo \"got $1 and $2\"; echo aside >&2; exit 42");
    let output = house.call(&["flex", "train cifar", "--help"]);
    assert_eq!(output.status.code(), Some(42));
    assert_eq!(text(&output.stdout), "got train cifar and --help\n");
    assert_eq!(text(&output.stderr), "aside\n");
    let arguments = fs::read_to_string(house.folder.path().join("arguments")).unwrap();
    for expected in ["--features flex", "--profile dev", "/somewhere/launcher/../Cargo.toml"] {
        assert!(arguments.contains(expected), "{arguments}");
    }
    assert!(!arguments.contains("term.progress"), "no bar in a pipe: {arguments}");
}

#[test]
fn another_backend_is_another_feature_and_fully_optimised() {
    let house = House::new(FRESH);
    house.executable("release/zunder", "echo released");
    let output = house.call(&["wgpu"]);
    assert_eq!(text(&output.stdout), "released\n");
    let arguments = fs::read_to_string(house.folder.path().join("arguments")).unwrap();
    assert!(arguments.contains("--features wgpu --profile release"), "{arguments}");
}

#[test]
fn a_build_shows_itself() {
    let make = "echo '   Compiling burn v0.22.1' >&2
mkdir -p $HERE/debug; printf '#!/bin/sh\\necho runs' > $HERE/debug/zunder
chmod +x $HERE/debug/zunder
echo '    Finished in 9s' >&2";
    let house = House::new(make);
    let first = house.call(&["flex"]);
    assert_eq!(text(&first.stdout), "runs\n");
    let shown = text(&first.stderr);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].starts_with("Building zunder. The first time"), "{shown}");
    assert_eq!(lines[1..], ["   Compiling burn v0.22.1", "    Finished in 9s"]);
    house.executable("cargo", "echo '   Compiling zunder v0.1.0' >&2");
    let again = house.call(&["flex"]);
    assert!(text(&again.stderr).starts_with("Building zunder again"), "{again:?}");
}

#[test]
fn a_failed_build_keeps_cargos_words_and_code() {
    for script in ["echo 'error: no' >&2; exit 101", "printf 'error: no' >&2; exit 101"] {
        let house = House::new(script);
        house.executable("debug/zunder", "echo old");
        let output = house.call(&["flex"]);
        assert_eq!(output.status.code(), Some(101));
        assert!(text(&output.stderr).ends_with("error: no\n") || script.starts_with("printf"));
        assert!(text(&output.stderr).contains("error: no"), "{output:?}");
        assert!(output.stdout.is_empty(), "an old program was run");
    }
}

#[test]
fn signals_are_the_programs_own() {
    let house = House::new(FRESH);
    house.executable("debug/zunder", "kill -TERM $$");
    assert_eq!(house.call(&["flex"]).status.signal(), Some(15));
}

#[test]
fn missing_programs_are_reported() {
    let house = House::new(FRESH);
    let output = house.call(&["flex"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("error: cannot run "), "{output:?}");
    fs::remove_file(house.folder.path().join("cargo")).unwrap();
    let output = house.call(&["flex"]);
    assert!(text(&output.stderr).contains("cargo"), "{output:?}");
    for arguments in [&["train"][..], &[]] {
        let output = house.call(arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).starts_with("error: "), "{output:?}");
    }
}

/// The aliases of the repository name builds that the launcher knows.
#[test]
fn every_alias_names_a_backend() {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cargo/config.toml");
    let config = fs::read_to_string(config).unwrap();
    let aliases: Vec<&str> = config.lines().filter(|line| line.starts_with("xtask")).collect();
    assert_eq!(aliases.len(), 9);
    let house = House::new(FRESH);
    for profile in ["debug", "release"] {
        house.executable(&format!("{profile}/zunder"), "echo runs");
    }
    for alias in aliases {
        let backend = alias.trim_end_matches('"').rsplit(' ').next().unwrap();
        assert_eq!(text(&house.call(&[backend]).stdout), "runs\n", "{alias}");
    }
}
