//! The settings that a resumed run may change, and the schedule that is printed before the first
//! step.

use std::path::Path;

use crate::common::{run, small, text};

/// A run that has been trained but not tested, as after a kill.
fn interrupted(folder: &Path, name: &str, more: &[&str]) {
    let output = run(&[small(&["--out", name]), more.to_vec()].concat(), folder);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for file in ["test.json", "predictions.csv", "evaluation.json", "report.html"] {
        std::fs::remove_file(folder.join(name).join(file)).unwrap();
    }
}

#[test]
fn epochs_may_change_and_all_else_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    interrupted(folder.path(), "run", &["--lr", "0.05"]);
    let resume = |more: &[&str]| {
        let output =
            run(&[&["train-cifar", "--plain", "--resume", "run"], more].concat(), folder.path());
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    for (more, message) in [
        (&["--lr", "0.01"][..], "run: optimizer.lr is 0.05 in this run, and 0.01 was asked for\n"),
        (
            &["--optimizer", "adam"],
            "run: optimizer.name is \"sgd\" in this run, and \"adam\" was asked for\n",
        ),
        (
            &["--set", "model.dropout=0.5"],
            "run: model.dropout is 0.0 in this run, and 0.5 was asked for\n",
        ),
        (&["--hidden", "9"], "run: model.hidden is [24, 16] in this run, and [9] was asked for\n"),
        (
            &["--dataset", "cifar10"],
            "run: data.dataset is \"shapes\" in this run, and \"cifar10\" was asked for\n",
        ),
        (
            &["--seed", "2", "--ema", "0.9"],
            "run: ema is 0.0 in this run, and 0.9 was asked for; seed is 1 in this run, and 2 was \
             asked for\n",
        ),
        (
            &["--positive", "ring"],
            "run: data.positive is none in this run, and \"ring\" was asked for\n",
        ),
        (&["--epochs", "2"], "run: epochs is 2, expected at least the 3 that are done\n"),
        (&["--augment", "none"], "augment."),
    ] {
        let (code, _, err) = resume(more);
        assert!(
            code == Some(2) && err.contains(message) && err.contains("\nhint: "),
            "{more:?}: {err}"
        );
        assert!(!folder.path().join("run/test.json").exists());
    }
    assert!(
        !std::fs::read_to_string(folder.path().join("run/config.toml"))
            .unwrap()
            .contains("Resumed"),
        "nothing is changed by a refusal"
    );

    let (code, out, err) =
        resume(&["--epochs", "5", "--threads", "1", "--lr", "0.05", "--limit", "600"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(
        out.contains(
            "resume  after epoch 3; 5 epochs instead of 3: from here on with the \
        learning rates of a run of 5\n"
        ),
        "{out}"
    );
    let config = std::fs::read_to_string(folder.path().join("run/config.toml")).unwrap();
    assert!(
        config.starts_with("# Resumed with other epochs: 3 until the end of epoch 3, then 5.")
            && config.contains("\nepochs = 5\n")
    );
    assert!(!config.contains("threads = 1"), "where it computed this time is not kept");
    let report = std::fs::read_to_string(folder.path().join("run/report.html")).unwrap();
    assert!(report.contains("the number of epochs was changed on the way"));

    let (code, _, err) = resume(&["--epochs", "9"]);
    assert!(
        code == Some(2)
            && err.contains("run: is finished")
            && err.contains("train --config run/config.toml"),
        "{err}"
    );
}

#[test]
fn the_epochs_that_are_done_may_be_all() {
    let folder = tempfile::tempdir().unwrap();
    interrupted(folder.path(), "run", &[]);
    let output = run(&["train", "--plain", "--resume", "run", "--epochs", "3"], folder.path());
    let out = text(&output.stdout);
    assert!(
        output.status.success()
            && out.contains("resume  after epoch 3\n")
            && out.contains("test accuracy"),
        "{out}"
    );
    assert!(
        !std::fs::read_to_string(folder.path().join("run/report.html"))
            .unwrap()
            .contains("changed on the way")
    );
}

#[test]
fn folds_keep_their_epochs() {
    let folder = tempfile::tempdir().unwrap();
    let data = [
        "train",
        "--dataset",
        "shapes",
        "--limit",
        "200",
        "--model",
        "linear",
        "--epochs",
        "1",
        "--folds",
        "2",
        "--quiet",
        "--out",
        "folds",
    ];
    assert!(run(&data, folder.path()).status.success());
    let output = run(&["train", "--resume", "folds", "--epochs", "2"], folder.path());
    let err = text(&output.stderr);
    assert!(
        output.status.code() == Some(2)
            && err.contains("folds: epochs is 1 in this run, and 2 was asked for"),
        "{err}"
    );
    assert!(
        run(&["train", "--resume", "folds", "--epochs", "1", "--threads", "1"], folder.path())
            .status
            .success()
    );
}

#[test]
fn a_dry_run_says_what_would_be_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&small(&["--out", "run", "--dry-run", "--schedule", "linear"]), folder.path());
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && err.is_empty(), "{err}");
    for part in [
        "600 training",
        "hidden 1",
        "3 epochs of 9 steps of 64 images",
        "GFLOP a step",
        "first 0.2, highest 0.2, last 0.0074",
    ] {
        assert!(out.contains(part), "no {part:?} in\n{out}");
    }
    assert!(
        out.ends_with("dry run: nothing was trained, and no run was created\n")
            && !out.contains("1/3"),
        "{out}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let folds = run(
        &["train", "--dataset=shapes", "--limit=200", "--model=linear", "--folds=3", "--dry-run"],
        folder.path(),
    );
    assert!(text(&folds.stdout).contains("fold 1 of 3 is the validation part"), "{folds:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// The plan of several devices says what they send, and that these are not several.
#[test]
fn a_dry_run_says_what_devices_send() {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--dry-run", "--devices", "flex,flex,flex", "--accumulate", "4"];
    let output = run(&small(&flags), folder.path());
    let out = text(&output.stdout);
    for part in [
        "device  flex, flex, flex, 2 threads; ",
        "gradients.accumulate is 4 with 3 devices, no multiple of them: 1 of them compute 2 \
         batches of an update, and the others wait for the last one",
        "devices are flex, flex, flex, and share the hardware of one: they are no faster than that",
        "MB of weights, ",
        "estimate: that pays from a batch size of ",
    ] {
        assert!(out.contains(part), "no {part:?} in\n{out}");
    }
    let output = run(&small(&["--devices", "flex,flex", "--device", "flex"]), folder.path());
    let err = text(&output.stderr);
    assert!(output.status.code() == Some(2) && err.contains("cannot be used with"), "{err}");
}

#[test]
fn the_schedule_is_drawn_before_the_first_step() {
    let folder = tempfile::tempdir().unwrap();
    for (number, (more, parts)) in [
        (&["--schedule=one-cycle"][..], &["first 0.008, highest 0.2, last 8e-7"][..]),
        (
            &["--schedule=plateau", "--set=schedule.warmup_epochs=1"],
            &[
                "first 0.002, highest 0.2\n",
                "multiplied by 0.1 after 3 epochs without a better validation loss",
            ],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("run-{number}");
        let output = run(&[small(&["--out", &name]), more.to_vec()].concat(), folder.path());
        let out = text(&output.stdout);
        let line = out
            .lines()
            .find(|line| line.starts_with("rate    "))
            .unwrap_or_else(|| panic!("{out} {}", text(&output.stderr)));
        assert!(line.chars().count() <= 80 && line.contains('█') && line.contains('▁'), "{line}");
        assert!(parts.iter().all(|part| out.contains(part)), "{out}");
        assert!(out.find("rate    ") < out.find(" 1/3 "));
        assert!(
            std::fs::read_to_string(folder.path().join(&name).join("pictures/schedule.svg"))
                .unwrap()
                .contains("learning rate")
        );
    }
}
