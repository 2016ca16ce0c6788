//! A panic in the program, or a thread that the system refuses to start, ends in a message.

use crate::common::{run, small, text, zunder};

/// The panic is triggered in the middle of the second checkpoint (see
/// `crates/train/src/stop_point.rs`, which is only in builds with debug assertions).
#[test]
#[cfg(debug_assertions)]
fn a_panic_is_a_sentence_and_the_run_can_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = zunder(&small(&["--plain", "--out", "run"]), folder.path());
    let output = command
        .env("ZUNDER_TEST_STOP_AT", "half last.safetensors 2 panic")
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap();
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    let told: Vec<&str> = err.lines().skip_while(|line| !line.starts_with("error: ")).collect();
    let sentence = "error: a defect of this program stopped it: a test requested this panic \
        (crates/train/src/stop_point.rs:";
    assert!(told[0].starts_with(sentence), "{err}");
    assert!(
        told.len() == 2
            && told[1].starts_with("hint: please report this message")
            && told[1].contains("--resume"),
        "{err}"
    );
    assert!(!err.contains("panicked at") && !err.contains("backtrace"), "{err}");
    let resumed = run(&["train", "--plain", "--resume", "run"], folder.path());
    assert_eq!(resumed.status.code(), Some(0), "{}", text(&resumed.stderr));
    let left = std::fs::read_dir(folder.path().join("run/checkpoints")).unwrap();
    assert!(
        left.into_iter().all(|entry| !entry
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with(".writing-"))
    );
}

/// With stacks larger than any memory the system refuses to start threads, as it does beyond a
/// limit on processes.
#[test]
#[cfg(target_os = "linux")]
fn a_refused_thread_is_not_a_defect() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        small(&["--plain"]),
        vec!["bench"],
        vec!["doctor", "--dataset=shapes"],
        vec!["preview", "--dataset=shapes"],
    ] {
        let mut command = zunder(&arguments, folder.path());
        command.env("RUST_MIN_STACK", (1_u64 << 50).to_string()).env_remove("RUST_BACKTRACE");
        let output = command.output().unwrap();
        let err = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {err}");
        assert!(err.starts_with("error: the system refused to start "), "{arguments:?}: {err}");
        assert!(
            err.contains("hint: ") && err.contains("limits on processes"),
            "{arguments:?}: {err}"
        );
        assert_eq!(err.lines().count(), 2, "{arguments:?}: {err}");
    }
}
