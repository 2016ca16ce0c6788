//! Output that cannot be written, and names that contain terminal controls.
#![cfg(unix)]

use std::fs::{self, File};
use std::path::Path;
use std::process::{Output, Stdio};

use crate::common::{run, text, zunder};

/// Data and training of about a second.
const QUICK: [&str; 8] = [
    "--dataset=shapes",
    "--limit=200",
    "--hidden=8",
    "--augment=none",
    "--batch-size=50",
    "--set=data.validation=0.02",
    "--seed=1",
    "--device=flex",
];

/// Creates a folder with two runs, an export, and images to predict.
fn prepared() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["run", "other"] {
        let output = run(&quick(&["train", "--epochs=1", "--quiet", "--out", name]), folder.path());
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    assert!(run(&["export", "run"], folder.path()).status.success());
    fs::create_dir(folder.path().join("photos")).unwrap();
    for name in ["a", "b"] {
        let out = format!("photos/{name}.png");
        assert!(
            run(
                &["preview", "--dataset=shapes", "--images=1", "--draws=1", "--out", &out],
                folder.path()
            )
            .status
            .success()
        );
    }
    folder
}

fn quick<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    arguments.iter().copied().chain(QUICK).collect()
}

/// Returns all commands that print something, in each of their forms.
fn commands() -> Vec<Vec<&'static str>> {
    let short = [
        "--help",
        "--version",
        "help train",
        "train --help",
        "config --preset mlp",
        "completions bash",
        "devices",
        "devices --json",
        "fetch",
        "evaluate run",
        "evaluate run --json",
        "report run",
        "predict run photos",
        "predict run photos --json",
        "predict run photos --csv",
        "compare run other --out OUT.html",
        "preview --dataset shapes --images 1 --draws 1 --out OUT.png",
        "export run --out OUT",
        "export run --format onnx --out OUT",
        "export run --format burn --out OUT",
        "import run/export --out OUT",
        "train --epochs=1 --folds=2 --dataset=shapes --limit=200 --hidden=8 --batch-size=50 --out \
         OUT",
        "experiment list",
        "experiment backprop --out OUT",
        "experiment backprop --json --out OUT",
        "experiment play --out OUT",
    ];
    let of_training = [
        "train --dry-run --epochs=1",
        "train --epochs=1 --out OUT",
        "train --epochs=1 --json --out OUT",
        "train --epochs=1 --quiet --out OUT",
        "sweep --vary optimizer.lr=0.01,0.1 --epochs=1 --out OUT",
        "sweep --vary optimizer.lr=0.01,0.1 --epochs=1 --json --out OUT",
        "find-lr --steps=20 --out OUT.png",
        "bench --seconds=0.2 --rounds=1",
        "doctor",
    ];
    let words = |line: &'static str| line.split(' ').collect::<Vec<_>>();
    short.map(words).into_iter().chain(of_training.map(|line| quick(&words(line)))).collect()
}

/// Runs a command with a unique name for its output files.
fn with_stdout(arguments: &[&str], number: usize, folder: &Path, stdout: Stdio) -> Output {
    let arguments: Vec<String> =
        arguments.iter().map(|word| word.replace("OUT", &format!("out-{number}"))).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    zunder(&arguments, folder)
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap()
}

#[test]
fn lost_output_is_a_failure_of_every_command() {
    let Ok(full) = File::options().write(true).open("/dev/full") else { return };
    let folder = prepared();
    for (i, arguments) in commands().iter().enumerate() {
        let output = with_stdout(arguments, i, folder.path(), full.try_clone().unwrap().into());
        let err = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {err}");
        assert!(
            err.contains("error: cannot write to standard output: No space left on device"),
            "{arguments:?}: {err}"
        );
        assert!(err.contains("\nhint: ") || err.starts_with("hint: "), "{arguments:?}: {err}");
        assert!(!err.contains("panicked"), "{arguments:?}: {err}");
    }
    // The output files are complete.
    for (i, arguments) in commands()
        .iter()
        .enumerate()
        .filter(|(_, a)| a[0] == "train" && a.contains(&"OUT") && !a.contains(&"--folds=2"))
    {
        assert!(folder.path().join(format!("out-{i}/test.json")).exists(), "{arguments:?}");
    }
}

#[test]
fn a_reader_that_left_is_no_failure() {
    let folder = prepared();
    for (i, arguments) in commands().iter().enumerate() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = with_stdout(arguments, i, folder.path(), writer.into());
        let err = text(&output.stderr);
        let expected = if arguments[0] == "doctor" { vec![0, 1] } else { vec![0] };
        assert!(expected.contains(&output.status.code().unwrap()), "{arguments:?}: {err}");
        assert!(!err.contains("error") && !err.contains("panicked"), "{arguments:?}: {err}");
    }
}

/// A file descriptor that is open for reading only, such as `1< file`.
#[test]
fn output_that_may_not_be_written_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let output =
        with_stdout(&["devices"], 0, folder.path(), File::open("/dev/null").unwrap().into());
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.starts_with("error: cannot write to standard output: "), "{err}");
}

#[test]
fn lost_errors_change_no_exit_code() {
    let Ok(full) = File::options().write(true).open("/dev/full") else { return };
    let folder = tempfile::tempdir().unwrap();
    for (arguments, code) in [
        (&["devices"][..], 0),
        (&["evaluate", "none"], 2),
        (&["fly"], 2),
        (&["train", "--lr=-1"], 2),
    ] {
        let status = zunder(arguments, folder.path())
            .stdout(Stdio::null())
            .stderr(full.try_clone().unwrap())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
}

/// Asserts that a terminal shows this text unchanged: no control characters except line breaks, no
/// bidi marks, no invisible characters.
#[track_caller]
fn assert_visible(bytes: &[u8], what: &str) {
    let shown = std::str::from_utf8(bytes).unwrap_or_else(|_| panic!("{what}: no UTF-8"));
    let hidden = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(
                c,
                '\u{200b}'..='\u{200f}'
                    | '\u{202a}'..='\u{202e}'
                    | '\u{2066}'..='\u{2069}'
                    | '\u{feff}'
            )
    };
    assert!(!shown.contains(hidden), "{what}: {shown:?}");
    for line in shown.lines() {
        assert!(!line.starts_with("FORGED"), "{what}: a name began a line: {shown}");
    }
}

/// Names that a file may have, each with controls for a terminal or a forged line.
const HOSTILE: [&str; 6] = [
    "\x1b[2Jclear",
    "line\nFORGED error: x",
    "back\r\x08\x08",
    "\u{9b}31mred",
    "turn\u{202e}gnp",
    "hid\u{200b}den\u{feff}\x7f",
];

#[test]
fn names_cannot_command_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(
        run(&["preview", "--dataset=shapes", "--images=1", "--draws=1", "--out=a.png"], at)
            .status
            .success()
    );
    assert!(
        run(&["preview", "--dataset=shapes", "--images=2", "--draws=1", "--out=b.png"], at)
            .status
            .success()
    );
    for (i, name) in HOSTILE.iter().enumerate() {
        fs::create_dir_all(at.join("photos").join(name)).unwrap();
        for copy in 0..12 {
            let source = if (i + copy) % 2 == 0 { "a.png" } else { "b.png" };
            fs::copy(
                at.join(source),
                at.join("photos").join(name).join(format!("{name}{copy}.png")),
            )
            .unwrap();
        }
        fs::write(at.join("photos").join(name).join(format!("{name}broken.png")), "x").unwrap();
    }
    let data = [
        "--dataset=folder",
        "--data-dir=photos",
        "--hidden=8",
        "--batch-size=8",
        "--augment=none",
        "--epochs=1",
        "--set=data.validation=0.2",
    ];
    let skip = "--set=data.image_folder.on_broken=\"skip\"";
    let training: Vec<&str> =
        ["train"].into_iter().chain(data).chain([skip, "--out=run"]).collect();
    let output = run(&training, at);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_visible(&output.stdout, "train");
    assert_visible(&output.stderr, "train");
    let hostile = |flag: &str| format!("{flag}{}", HOSTILE[1]);
    let classes = format!("{},other", hostile("--classes="));
    let key = hostile("--set=");
    for (arguments, code) in [
        (vec!["evaluate", "run"], 0),
        (vec!["evaluate", "run", "--json"], 0),
        (vec!["predict", "run", "photos"], 1),
        (vec!["predict", "run", "photos", "--json"], 1),
        (vec!["predict", HOSTILE[1], "photos"], 2),
        (vec!["predict", "run", HOSTILE[0]], 2),
        (vec!["config", &classes], 0),
        (vec!["config", &key], 2),
        (vec!["train", "--dataset", HOSTILE[1]], 2),
        (vec!["train", "--config", HOSTILE[0]], 2),
        (vec!["train", "--dataset=folder", "--data-dir=photos"], 2),
        (vec!["train", "--resume", HOSTILE[1]], 2),
        (vec![HOSTILE[1]], 2),
        (vec!["train", "--epochs", HOSTILE[1]], 2),
        (vec!["experiment", HOSTILE[1]], 2),
        (vec!["fetch", HOSTILE[1]], 2),
        (vec!["import", HOSTILE[1]], 2),
        (vec!["compare", HOSTILE[0], HOSTILE[1]], 2),
        (vec!["preview", "--dataset=shapes", "--out", HOSTILE[1]], 2),
    ] {
        let output = run(&arguments, at);
        let what = format!("{arguments:?}: {} {}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{what}");
        assert_visible(&output.stdout, &what);
        assert_visible(&output.stderr, &what);
    }
    // JSON has the exact name.
    let output = run(&["predict", "run", "photos", "--json"], at);
    let first: serde_json::Value =
        serde_json::from_str(text(&output.stdout).lines().next().unwrap()).unwrap();
    let classes: Vec<&str> =
        first["probabilities"].as_object().unwrap().keys().map(String::as_str).collect();
    assert!(HOSTILE.iter().all(|name| classes.contains(name)), "{classes:?}");
    // A printed configuration too.
    let printed = run(&["config", &classes_flag()], at);
    fs::write(at.join("my.toml"), &printed.stdout).unwrap();
    let again = run(&["config", "--config", "my.toml"], at);
    assert_eq!(text(&again.stdout), text(&printed.stdout));
    assert!(text(&printed.stdout).contains("\\U0000202E"), "{}", text(&printed.stdout));
}

fn classes_flag() -> String {
    format!("--classes={},plain", HOSTILE[4])
}

/// File names need not be valid text.
#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_text_stay_distinct() {
    use std::os::unix::ffi::OsStrExt;
    let folder = prepared();
    for byte in [0xfe_u8, 0xff] {
        let name = [b"x".as_slice(), &[byte], b".png"].concat();
        fs::copy(
            folder.path().join("photos/a.png"),
            folder.path().join("photos").join(std::ffi::OsStr::from_bytes(&name)),
        )
        .unwrap();
    }
    let output = run(&["predict", "run", "photos"], folder.path());
    let out = text(&output.stdout);
    assert!(out.contains("photos/x\\xfe.png") && out.contains("photos/x\\xff.png"), "{out}");
}

#[test]
fn wide_names_stay_in_their_columns() {
    let folder = prepared();
    fs::copy(folder.path().join("photos/a.png"), folder.path().join("photos/猫の写真.png"))
        .unwrap();
    let output = run(&["predict", "run", "photos", "--top", "1"], folder.path());
    let out = text(&output.stdout);
    // Each of the four wide characters takes two columns.
    let place = |name: &str| {
        out.lines()
            .find(|line| line.contains(name))
            .unwrap()
            .trim_start_matches("photos/")
            .chars()
            .count()
    };
    assert_eq!(place("a.png") - place("猫の写真.png"), 4, "{out}");
}

/// Paths that cannot be written to are refused before the work, with a message.
#[test]
fn places_that_take_no_file_are_refused_at_once() {
    let folder = prepared();
    fs::write(folder.path().join("file"), "x").unwrap();
    let training = quick(&["--epochs=1"]);
    for place in ["file/x", "/proc/none/x"] {
        let picture = format!("{place}.png");
        for (command, out) in [
            ("train", place),
            ("sweep", place),
            ("find-lr", &picture),
            ("doctor", place),
            ("experiment", place),
            ("preview", &picture),
            ("compare", place),
            ("export", place),
            ("import", place),
        ] {
            let mut arguments = vec![command];
            match command {
                "sweep" => arguments.extend(["--vary", "optimizer.lr=0.1,0.2"]),
                "experiment" => arguments.push("backprop"),
                "compare" => arguments.extend(["run", "other"]),
                "export" => arguments.push("run"),
                "import" => arguments.push("run/export"),
                _ => {}
            }
            if ["train", "sweep", "find-lr", "doctor"].contains(&command) {
                arguments.extend(&training);
            }
            arguments.extend(["--out", out]);
            let output = run(&arguments, folder.path());
            let err = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {err}");
            assert!(
                err.starts_with("error: ") && err.contains(place) && err.contains("\nhint: "),
                "{arguments:?}: {err}"
            );
            assert!(
                !err.contains("already exists") && output.stdout.is_empty(),
                "{arguments:?}: {err}"
            );
        }
    }
}
