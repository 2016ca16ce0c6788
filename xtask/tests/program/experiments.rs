//! The commands experiment and sweep.

use crate::common::{run, text};
use serde_json::Value;

#[test]
fn the_list_has_every_experiment_and_unknown_names_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let list = run(&["experiment", "list"], folder.path());
    let out = text(&list.stdout);
    for name in ["backprop", "double-descent", "init", "dead-relu", "augmentation"] {
        assert!(
            list.status.success() && out.lines().any(|line| line.starts_with(name)),
            "{name}: {out}"
        );
    }
    for (arguments, expected) in [
        (&["experiment", "intit"][..], "(did you mean init?)"),
        (&["experiment", "sgd", "--expr", "x^2"], "only the experiment backprop uses it"),
        (&["experiment", "sgd", "--seeds", "1"], "seeds is 1, expected 2 to 100"),
        (&["experiment", "backprop", "--expr", "(x"], "has an error at character"),
        (&["experiment", "backprop", "--set", "epochs=3"], "epochs"),
        (
            &["experiment", "descent", "--set", "optimizer.momentum=1.5"],
            "optimizer.momentum is 1.5",
        ),
        (&["experiment", "play", "--set", "epochs=3"], "everything is set on the page"),
        (&["experiment", "plai"], "(did you mean play?)"),
        (&["experiment", "sgd", "--set", "epoch=3"], "(did you mean epochs?)"),
        (&["experiment", "sgd", "--dataset", "cifar10", "--data-dir", "nowhere"], "nowhere"),
    ] {
        let output = run(arguments, folder.path());
        let err = text(&output.stderr);
        assert!(
            output.status.code() == Some(2) && err.contains(expected) && err.contains("hint: "),
            "{arguments:?}: {err}"
        );
    }
    assert!(!folder.path().join("experiments").exists(), "something was written");
}

#[test]
fn backpropagation_is_that_of_the_lecture() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["experiment", "backprop"], folder.path());
    let out = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for part in [
        "∂f/∂x = 12",
        "∂f/∂y = -24",
        "∂f/∂z = -6",
        "∂f/∂w = 0",
        "yes    ",
        // Both passes, step by step.
        "v3 = v1 + v2",
        "(-8) + 5",
        "∂f/∂z = ∂f/∂v2 · ∂v2/∂z",
        "experiments/backprop/index.html",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let page =
        std::fs::read_to_string(folder.path().join("experiments/backprop/index.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("zunder experiment backprop"));
    assert!(page.contains("Step 12, backwards: ∂f/∂x") && !page.contains("Step 13"), "{page}");
    let other = run(
        &[
            "experiment",
            "backprop",
            "--expr",
            "x*y",
            "--at",
            "x=-2,y=0.5",
            "--json",
            "--out",
            "mine",
        ],
        folder.path(),
    );
    let record: Value = serde_json::from_slice(&other.stdout).unwrap();
    assert!(record["claims"][0]["evidence"].as_str().unwrap().contains("∂f/∂x = 0.5"), "{record}");
    assert!(folder.path().join("mine/backprop/graph.png").is_file());
    let page = std::fs::read_to_string(folder.path().join("mine/backprop/index.html")).unwrap();
    assert!(page.contains("zunder experiment backprop --expr 'x*y' --at x=-2,y=0.5"), "{page}");
}

#[test]
fn the_page_to_play_with_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["experiment", "play"], folder.path());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "page    experiments/play/index.html\n");
    let page = std::fs::read_to_string(folder.path().join("experiments/play/index.html")).unwrap();
    assert_eq!(page, zunder_experiments::play_page());
    let output = run(&["experiment", "play", "--json", "--out", "mine"], folder.path());
    let record: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(record["page"], "mine/play/index.html");
    assert!(folder.path().join("mine/play/index.html").is_file());
}

#[test]
fn the_numbers_of_the_slides_are_computed() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["experiment", "examples"], folder.path());
    let out = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for part in ["1160.4", "16.2", "0.8776", "2.1305", "AdaGrad, w2", "no other classes"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let hinge = run(&["experiment", "backprop", "--expr", "hinge"], folder.path());
    assert!(text(&hinge.stdout).contains("16.2"), "{}", text(&hinge.stderr));
}

#[test]
fn a_failed_claim_is_printed_and_ends_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let few = [
        "experiment",
        "schedules",
        "--quick",
        "--set",
        "data.limit=100",
        "--set",
        "epochs=1",
        "--set",
        "schedule=constant",
    ];
    let output = run(&few, folder.path());
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(
        out.contains("NO     ")
            && !out.contains("yes    ")
            && err.contains("note: On the synthetic set"),
        "{out}{err}"
    );
    let quiet = run(&[&few[..], &["--quiet"]].concat(), folder.path());
    assert!(text(&quiet.stdout).ends_with("claims fail\n") && quiet.stderr.is_empty(), "{quiet:?}");
}

/// Returns a sweep of a few seconds.
fn sweep<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let small = [
        "sweep",
        "--dataset",
        "shapes",
        "--limit",
        "300",
        "--hidden",
        "16",
        "--epochs",
        "2",
        "--batch-size",
        "64",
    ];
    small.into_iter().chain(more.iter().copied()).collect()
}

#[test]
fn a_sweep_ranks_its_points_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = sweep(&[
        "--vary",
        "optimizer.lr=1e-9,0.01",
        "--vary",
        "model.batch_norm=true,false",
        "--out",
        "s",
    ]);
    let output = run(&arguments, folder.path());
    let out = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let best = out.lines().find(|line| line.starts_with("best ")).unwrap();
    assert!(
        best.contains("optimizer.lr=0.01")
            && out.contains("sweep   4 trials in s")
            && out.contains("next    zunder train --config"),
        "{out}"
    );
    let read = |name: &str| std::fs::read_to_string(folder.path().join("s").join(name)).unwrap();
    let (csv, page) = (read("results.csv"), read("index.html"));
    assert!(
        csv.lines().count() == 5
            && csv.lines().nth(1).unwrap().starts_with("0.01,")
            && page.contains("4 of 4"),
        "{csv}"
    );
    assert!(
        !folder.path().join("s/trials/0001/best").exists()
            && !folder.path().join("s/trials/0001/test.json").exists()
    );

    // The state after an interrupt in the third trial.
    std::fs::remove_file(folder.path().join("s/trials/0003/trial.json")).unwrap();
    let again = run(&["sweep", "--resume", "s"], folder.path());
    let out = text(&again.stdout);
    assert!(again.status.success() && out.matches("already done").count() == 3, "{out}");
    // Everything but the seconds is as before.
    let without_seconds = |csv: &str| {
        csv.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(without_seconds(&read("results.csv")), without_seconds(&csv));
}

#[test]
fn suggested_points_follow_the_random_ones_and_go_on_after_an_interrupt() {
    let folder = tempfile::tempdir().unwrap();
    let vary = ["--vary", "optimizer.lr=0.001..1", "--random", "9", "--suggest", "--out", "s"];
    let output = run(&sweep(&vary), folder.path());
    let out = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(out.contains("sweep   9 trials in s") && out.contains("\n9/9  "), "{out}");
    let results = folder.path().join("s/results.csv");
    let rates = || {
        let csv = std::fs::read_to_string(&results).unwrap();
        csv.lines().map(|line| line.split(',').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let whole = rates();
    assert_eq!(whole.len(), 10);

    // The state after an interrupt in the suggested trial.
    std::fs::remove_file(folder.path().join("s/trials/0009/trial.json")).unwrap();
    let again = run(&["sweep", "--resume", "s"], folder.path());
    let out = text(&again.stdout);
    assert!(again.status.success() && out.matches("already done").count() == 8, "{out}");
    assert_eq!(rates(), whole);
}

#[test]
fn invalid_sweeps_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("full")).unwrap();
    std::fs::write(folder.path().join("full/a"), "").unwrap();
    for (more, expected) in [
        (&["--vary", "optimizer.lr=1e-4..1e-1"][..], "is a range"),
        (&["--vary", "optimizer.lr"], "is not KEY=VALUES"),
        (&["--vary", "optimizer.rate=0.1"], "unknown field"),
        (&["--vary", "optimizer.lr=0.1,-1"], "optimizer.lr is -1"),
        (&["--vary", "optimizer.lr=0.1", "--seeds", "0"], "expected 1 to 10000"),
        (&["--vary", "optimizer.lr=0.1", "--out", "full"], "already exists"),
        (&["--vary", "optimizer.lr=0.1", "--halving"], "there is 1 point"),
        (
            &["--vary", "optimizer.lr=0.1,0.2", "--random", "2", "--suggest"],
            "2 points are to be suggested, expected more than 8",
        ),
        (&["--vary", "optimizer.lr=2..1", "--random", "3"], "sweep --help-all` explains"),
        (&["--vary", "optimizer.lr=0.1,0.2", "--halving"], "epochs is 2, expected at least 3"),
    ] {
        let output = run(&sweep(more), folder.path());
        let err = text(&output.stderr);
        assert!(
            output.status.code() == Some(2) && err.contains(expected) && err.contains("hint: "),
            "{more:?}: {err}"
        );
    }
    for arguments in
        [&["sweep", "--resume", "full"][..], &["sweep", "--resume", "full", "--epochs", "3"]]
    {
        let output = run(arguments, folder.path());
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    }
    assert!(!folder.path().join("sweeps").exists());
}
