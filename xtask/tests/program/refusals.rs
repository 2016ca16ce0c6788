//! Wrong input: each case gives one sentence, a hint, the right exit code, and no partial files.

use std::path::PathBuf;

use crate::common::{run, text};

#[track_caller]
fn check_refused(arguments: &[&str], message: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("full")).unwrap();
    std::fs::write(folder.path().join("full/file"), "x").unwrap();
    std::fs::write(folder.path().join("bad.toml"), "epochs = \n").unwrap();
    std::fs::write(folder.path().join("key.toml"), "[optimizer]\nrate = 1\n").unwrap();
    let output = run(arguments, folder.path());
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {err}");
    assert!(err.starts_with("error: ") && err.contains(message), "{arguments:?}: {err}");
    assert!(err.contains("hint: "), "{arguments:?}: {err}");
    assert!(err.lines().count() <= 2, "one sentence and a hint: {err}");
    assert!(!err.contains("panicked") && output.stdout.is_empty());
    let mut left: Vec<PathBuf> =
        std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().path()).collect();
    left.sort();
    assert_eq!(left.len(), 3, "nothing half-written: {left:?}");
}

#[test]
fn wrong_input_ends_in_a_sentence() {
    check_refused(&["train-cifar", "--dataset", "cifar10", "--data-dir", "nowhere"], "nowhere");
    check_refused(&["train-cifar", "--dataset", "cifar10", "--data-dir", "full"], "full");
    check_refused(&["train-cifar", "--device", "abacus"], "device \"abacus\" is not in this build");
    check_refused(
        &["train-cifar", "--device", "flex:1"],
        "device \"flex:1\" is not a device's name",
    );
    check_refused(
        &["train-cifar", "--devices", "flex,flex"],
        "gradients.accumulate is 1 with 2 devices, expected 2 or more",
    );
    check_refused(
        &["train-cifar", "--devices", "flex,abacus", "--accumulate", "2"],
        "device \"abacus\" is not in this build",
    );
    check_refused(&["train-cifar", "--out", "full"], "full: already exists");
    check_refused(&["train-cifar", "--out", "bad.toml"], "bad.toml: already exists");
    check_refused(&["train-cifar", "--out", "/proc/none/run"], "/proc/none/run");
    check_refused(
        &["train-cifar", "--config", "none.toml"],
        "none.toml: cannot read the configuration",
    );
    check_refused(&["train-cifar", "--config", "bad.toml"], "bad.toml");
    check_refused(&["train-cifar", "--config", "key.toml"], "unknown field `rate`");
    check_refused(&["train-cifar", "--set", "epochs"], "no =");
    check_refused(&["train-cifar", "--lr=-1"], "optimizer.lr is -1");
    check_refused(
        &["train-cifar", "--model", "cnn"],
        "model.name is \"cnn\", expected one of linear, mlp, residual-mlp",
    );
    check_refused(&["train-cifar", "--optimizer", "adamm"], "nesterov");
    check_refused(&["train-cifar", "--clip-norm", "0"], "gradients.clip_norm is 0");
    check_refused(&["train-cifar", "--clip-norm", "NaN"], "gradients.clip_norm is NaN");
    check_refused(&["train-cifar", "--accumulate", "0"], "gradients.accumulate is 0");
    check_refused(&["train-cifar", "--ema", "1"], "ema is 1, expected a number in 0 <= ema < 1");
    check_refused(&["train-cifar", "--on-nan", "panic"], "rollback");
    check_refused(
        &["train-cifar", "--engine", "burn-train", "--l1", "0"],
        "cargo xtask-burn-train",
    );
    check_refused(
        &["train-cifar", "--engine", "burn-train"],
        "lasso is set, which Burn's learner cannot express as Zunder's loop does (--l1 0 trains",
    );
    check_refused(&["train-cifar", "--l1", "-1"], "lasso.l1 is -1, expected a finite number");
    check_refused(&["train-cifar", "--init-window", "0"], "init_window is 0, expected a share");
    if cfg!(not(feature = "remote")) {
        check_refused(&["train-cifar", "--device=remote:a:4400"], "cargo xtask-remote");
        check_refused(&["serve-device"], "cargo xtask-remote");
        check_refused(&["devices", "--remote", "a:4400"], "cargo xtask-remote");
    }
    check_refused(
        &["train-cifar", "--engine", "burn-train", "--ema", "0.9"],
        "ema is set, which Burn's learner cannot express",
    );
    check_refused(&["train-cifar", "--model", "linear", "--hidden", "3"], "hidden");
    check_refused(&["train-cifar", "--width", "3"], "width");
    check_refused(
        &["train-cifar", "--model", "residual-mlp", "--depth", "0"],
        "depth is 0, expected 1 to 1000",
    );
    check_refused(
        &["train-cifar", "--model", "residual-mlp", "--activation", "step"],
        "activation is step, which cannot be trained",
    );
    check_refused(&["train-cifar", "--init", "ones"], "ones");
    check_refused(&["train-cifar", "--augment", "wild"], "wild");
    check_refused(&["train-cifar", "--dataset", "imagenet"], "imagenet");
    check_refused(
        &["train-cifar", "--batch-size", "1"],
        "batch_size is 1, expected at least 2 with model.batch_norm = true",
    );
    check_refused(&["train-cifar", "--batch-size", "0"], "batch_size is 0, expected at least 1");
    check_refused(
        &["train-cifar", "--resume", "nowhere", "--epochs", "3"],
        "nowhere: is not a run's folder",
    );
    check_refused(&["train-cifar", "--dataset", "shapes", "--limit", "99999999"], "99999999");
    check_refused(&["train-cifar", "--resume", "full"], "full: is not a run's folder");
    check_refused(
        &["import", "nowhere"],
        "nowhere: is not an exported model, expected a folder or a file of weights",
    );
    check_refused(
        &["import", "full"],
        "full: is not an exported model, expected model.safetensors in it",
    );
    check_refused(
        &["import", "full/file"],
        "full/file: is not an exported model, expected model.json beside it",
    );
    check_refused(&["import", "nowhere", "--out", "full"], "full: already exists");
    check_refused(&["bench", "--seconds=-1"], "seconds is -1, expected a number in 0 < s <= 3600");
    check_refused(&["evaluate", "full"], "full: is not a run's folder");
    check_refused(&["evaluate", "nowhere"], "nowhere: is not a run's folder");
}

#[test]
fn wrong_usage_is_reported_by_the_parser() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["train-cifar", "--epochs", "many"][..],
        &["train-cifar", "--resume", "x", "--config", "x.toml"],
        &["train", "--resume", "x", "--out", "y"],
        &["train", "--resume", "x", "--preset", "best"],
        &["train", "--seed", "18446744073709551615"],
        &["fly"],
        &[],
    ] {
        let output = run(arguments, folder.path());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("--help"), "{arguments:?}");
    }
    for command in ["train-cifar", "train", "evaluate"] {
        let output = run(&[command, "--help"], folder.path());
        assert!(output.status.success() && text(&output.stdout).contains("Machine:"), "{command}");
    }
}

#[test]
fn a_folder_that_is_no_data_set_is_refused_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |arguments: &[&str]| {
        let output = run(&[&["train", "--dataset", "folder"], arguments].concat(), folder.path());
        assert_eq!(output.status.code(), Some(2));
        text(&output.stderr)
    };
    let err = refused(&["--data-dir", "photos"]);
    assert!(err.contains("photos") && err.contains("hint:"), "{err}");
    let err = refused(&["--data-dir", ".", "--image-size", "big"]);
    assert!(err.contains("image_size") || err.contains("big"), "{err}");
}

#[test]
fn a_command_that_was_refused_may_be_repeated_in_its_folder() {
    for (command, more) in [("train", "--folds=2"), ("sweep", "--vary=optimizer.lr=0.1,0.2")] {
        let folder = tempfile::tempdir().unwrap();
        let begin = |data: &[&str]| {
            let all = [command, "--model=linear", "--epochs=1", "--quiet", "--out=here", more];
            run(&[&all[..], data].concat(), folder.path())
        };
        let refused = begin(&["--dataset=cifar10", "--data-dir=nowhere"]);
        assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
        let done = begin(&["--dataset=shapes", "--limit=100"]);
        assert!(done.status.success(), "{command}: {}", text(&done.stderr));
        // What was trained is never replaced.
        let again = begin(&["--dataset=shapes", "--limit=100"]);
        assert!(text(&again.stderr).contains("here: already exists"), "{}", text(&again.stderr));
    }
}
