//! Flags that stand for a setting: each is equivalent to its `--set`, in every command that has it.

use std::fs;
use std::path::Path;

use crate::common::{run, small, text};

/// Flags with equivalent settings, alone and combined with others.
const SAME: [(&[&str], &[&str]); 20] = [
    (&["--dropout", "0.3"], &["--set=model.dropout=0.3"]),
    (&["--dropout", "0"], &["--set=model.dropout=0"]),
    (&["--no-batch-norm"], &["--set=model.batch_norm=false"]),
    (
        &["--batch-norm", "--set=model.batch_norm=false"],
        &["--set=model.batch_norm=false", "--set=model.batch_norm=true"],
    ),
    (&["--weight-decay", "1e-4"], &["--set=optimizer.weight_decay=1e-4"]),
    (&["--momentum", "0.8"], &["--set=optimizer.momentum=0.8"]),
    (&["--label-smoothing", "0.1"], &["--set=loss.label_smoothing=0.1"]),
    (&["--mixup", "0.4"], &["--set=augment.mixup.alpha=0.4"]),
    (&["--mixup", "0"], &["--set=augment.mixup=false"]),
    (&["--patience", "2"], &["--set=early_stopping.patience=2"]),
    // Combined with a choice that has these settings too.
    (
        &["--model=residual-mlp", "--dropout", "0.3"],
        &["--model=residual-mlp", "--set=model.dropout=0.3"],
    ),
    (
        &["--momentum", "0.5", "--optimizer=nesterov"],
        &["--set=optimizer.momentum=0.5", "--set=optimizer.name=nesterov"],
    ),
    (
        &["--weight-decay=0.05", "--optimizer=adamw"],
        &["--set=optimizer=adamw", "--set=optimizer.weight_decay=0.05"],
    ),
    // Overriding presets.
    (&["--preset=best", "--mixup=0"], &["--preset=best", "--set=augment.mixup=false"]),
    (&["--preset=best", "--dropout=0.1"], &["--preset=best", "--set=model.dropout=0.1"]),
    (&["--augment=none", "--mixup=0.2"], &["--augment=none", "--set=augment.mixup.alpha=0.2"]),
    (&["--mixup=0.2", "--augment=strong"], &["--set=augment.mixup.alpha=0.2", "--augment=strong"]),
    (
        &["--mixup=0.2", "--set=augment.mixup.probability=0.5"],
        &["--set=augment.mixup.probability=0.5", "--set=augment.mixup.alpha=0.2"],
    ),
    // Overriding --set, as flags do.
    (&["--dropout=0.1", "--set=model.dropout=0.5"], &["--set=model.dropout=0.1"]),
    (&["--mixup=0", "--set=augment.mixup.alpha=0.3"], &[]),
];

#[test]
fn a_flag_is_its_setting() {
    let folder = tempfile::tempdir().unwrap();
    let file = "model.dropout = 0.45\noptimizer.momentum = 0.7\naugment.mixup.alpha = 0.9\n";
    fs::write(folder.path().join("my.toml"), file).unwrap();
    let config = |arguments: &[&str]| {
        let output = run(&[&["config"], arguments].concat(), folder.path());
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    for (flags, settings) in SAME {
        assert_eq!(config(flags), config(settings), "{flags:?}");
        // Overriding a file too.
        let over = |more: &[&str]| config(&[&["--config=my.toml"], more].concat());
        let takes_file =
            !flags.iter().any(|flag| flag.contains("residual") || flag.contains("adamw"));
        assert!(!takes_file || settings.is_empty() || over(flags) == over(settings), "{flags:?}");
    }
    assert!(config(&["--config=my.toml"]).contains("dropout = 0.45"));
    assert!(config(&["--config=my.toml", "--dropout=0.2"]).contains("\ndropout = 0.2\n"));
}

/// Returns the configurations that a command writes into its folder.
fn left(command: &str, more: &[&str], folder: &Path) -> Vec<String> {
    let out = folder.join("out");
    let place = out.display().to_string();
    let vary: &[&str] = if command == "sweep" { &["--vary=optimizer.lr=0.01,0.02"] } else { &[] };
    let flags = [&small(&["--out", &place, "--quiet"])[1..], vary, more].concat();
    // One epoch is enough, and folds have their own validation part.
    let kept = |word: &&str| !(more.contains(&"--folds=2") && word.starts_with("--set=data"));
    let flags = flags.into_iter().filter(kept).map(|word| if word == "3" { "1" } else { word });
    let flags: Vec<&str> = flags.collect();
    let output = run(&[&[command], &flags[..]].concat(), folder);
    assert!(output.status.success(), "{command} {more:?}: {}", text(&output.stderr));
    let files: &[&str] = match command {
        "sweep" => &["trials/0001/config.toml", "trials/0002/config.toml"],
        _ if more.contains(&"--folds=2") => &["fold-1/config.toml", "fold-2/config.toml"],
        _ => &["config.toml"],
    };
    let found = files.iter().map(|file| fs::read_to_string(out.join(file)).unwrap()).collect();
    fs::rename(&out, folder.join(format!("old-{}", fs::read_dir(folder).unwrap().count())))
        .unwrap();
    found
}

const ALL_FLAGS: [&str; 7] = [
    "--dropout=0.3",
    "--no-batch-norm",
    "--weight-decay=1e-4",
    "--momentum=0.8",
    "--label-smoothing=0.1",
    "--mixup=0.4",
    "--patience=7",
];
const ALL_SETTINGS: [&str; 7] = [
    "--set=model.dropout=0.3",
    "--set=model.batch_norm=false",
    "--set=optimizer.weight_decay=1e-4",
    "--set=optimizer.momentum=0.8",
    "--set=loss.label_smoothing=0.1",
    "--set=augment.mixup.alpha=0.4",
    "--set=early_stopping.patience=7",
];

#[test]
fn runs_folds_and_sweeps_keep_the_same_configuration() {
    let folder = tempfile::tempdir().unwrap();
    for (command, more) in
        [("train", &[][..]), ("train-cifar", &[]), ("train", &["--folds=2"]), ("sweep", &[])]
    {
        let with = |flags: &[&str]| left(command, &[more, flags].concat(), folder.path());
        let (flags, settings) = (with(&ALL_FLAGS), with(&ALL_SETTINGS));
        assert_eq!(flags, settings, "{command} {more:?}");
        assert!(flags.iter().all(|config| config.contains("patience = 7")), "{flags:?}");
    }
}

#[test]
fn other_commands_take_them_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let found = |flags: &[&str]| {
        let arguments = [&["find-lr"], &small(&["--json", "--steps=20"])[1..], flags].concat();
        let output = run(&arguments, folder.path());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let (flags, settings) = (found(&ALL_FLAGS[..6]), found(&ALL_SETTINGS[..6]));
    assert_eq!(flags, settings);
    assert_ne!(flags, found(&[]));
    let sheet = |flags: &[&str]| {
        let arguments = ["preview", "--dataset=shapes", "--images=3", "--draws=2"];
        let output = run(&[&arguments, flags].concat(), folder.path());
        assert!(output.status.success(), "{}", text(&output.stderr));
        fs::read(folder.path().join("preview.png")).unwrap()
    };
    assert!(sheet(&["--mixup=1"]) == sheet(&["--set=augment.mixup.alpha=1"]));
    assert!(sheet(&["--mixup=1"]) != sheet(&[]) && sheet(&["--mixup=0"]) == sheet(&[]));
    // Only the chosen steps, not all that exist.
    assert!(sheet(&["--mixup=1", "--each"]) == sheet(&["--set=augment.mixup.alpha=1", "--each"]));
}

/// The commands with the flags of `train`.
const COMMANDS: [&str; 7] =
    ["train", "train-cifar", "doctor", "find-lr", "bench", "config", "sweep"];

fn refused(command: &str, more: &[&str], folder: &Path) -> String {
    let vary: &[&str] = if command == "sweep" { &["--vary=seed=1,2"] } else { &[] };
    let output = run(&[&[command], vary, more].concat(), folder);
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{command} {more:?}: {err}");
    assert!(output.stdout.is_empty() && err.lines().count() == 2, "{command} {more:?}: {err}");
    err
}

#[test]
fn settings_that_the_choice_lacks_are_refused_by_flag() {
    let folder = tempfile::tempdir().unwrap();
    for (more, message) in [
        (
            &["--model=linear", "--dropout=0.3"][..],
            "error: --dropout: model.dropout is set, and model.name is linear, which does not have \
             it, expected mlp or residual-mlp\nhint: ",
        ),
        (
            &["--preset=linear", "--no-batch-norm"],
            "error: --no-batch-norm: model.batch_norm is set",
        ),
        (&["--model=residual-mlp", "--batch-norm"], "error: --batch-norm: model.batch_norm is set"),
        (
            &["--optimizer=adam", "--momentum=0.9"],
            "error: --momentum: optimizer.momentum is set, and optimizer.name is adam",
        ),
        (
            &["--loss=hinge", "--label-smoothing=0.1"],
            "error: --label-smoothing: loss.label_smoothing is set, and loss.name is hinge",
        ),
        (&["--width=3"], "error: --width: model.width is set, and model.name is mlp"),
        (
            &["--model=linear", "--set=model.dropout=0.3"],
            "error: configuration: model.dropout is set",
        ),
    ] {
        for command in COMMANDS {
            let err = refused(command, more, folder.path());
            assert!(err.starts_with(message), "{command}: {err}");
        }
    }
    let point = ["sweep", "--vary=model.name=mlp,linear", "--dropout=0.3"];
    let err = text(&run(&point, folder.path()).stderr);
    assert!(
        err.starts_with("error: --dropout: model.dropout is set, and model.name is linear"),
        "{err}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
}

#[test]
fn values_out_of_range_are_refused_as_those_of_the_setting() {
    let folder = tempfile::tempdir().unwrap();
    for (flag, setting, values) in [
        ("--dropout", "model.dropout", &["1", "-0.1", "NaN"][..]),
        ("--weight-decay", "optimizer.weight_decay", &["-1", "inf"]),
        ("--momentum", "optimizer.momentum", &["1", "-0.5"]),
        ("--label-smoothing", "loss.label_smoothing", &["1", "-0.1"]),
        ("--mixup", "augment.mixup.alpha", &["-1", "101", "NaN"]),
        ("--patience", "early_stopping.patience", &["0"]),
    ] {
        for value in values {
            let given = format!("{flag}={value}");
            let set = format!("--set={setting}={}", value.to_lowercase());
            for command in COMMANDS {
                let err = refused(command, &[&given], folder.path());
                assert_eq!(err, refused(command, &[&set], folder.path()), "{command}");
            }
            // A negative number may be a separate argument.
            assert_eq!(
                refused("train", &[flag, value], folder.path()),
                refused("train", &[&given], folder.path())
            );
        }
    }
    for wrong in [
        &["--dropout", "much"][..],
        &["--patience=-1"],
        &["--batch-norm", "--no-batch-norm"],
        &["--mixup"],
    ] {
        let output = run(&[&["train"], wrong].concat(), folder.path());
        assert_eq!(output.status.code(), Some(2), "{wrong:?}: {}", text(&output.stderr));
    }
}

#[test]
fn a_resumed_run_refuses_other_values() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(&small(&["--out=run", "--quiet", "--mixup=0.4"]), folder.path()).status.success());
    for file in ["test.json", "predictions.csv", "evaluation.json", "report.html"] {
        fs::remove_file(folder.path().join("run").join(file)).unwrap();
    }
    for (flag, message) in [
        ("--dropout=0.5", "model.dropout is 0.0 in this run, and 0.5 was asked for"),
        ("--no-batch-norm", "model.batch_norm is true in this run, and false was asked for"),
        ("--weight-decay=0", "optimizer.weight_decay is 0.0005 in this run, and 0.0 was asked for"),
        ("--momentum=0.5", "optimizer.momentum is 0.9 in this run, and 0.5 was asked for"),
        ("--label-smoothing=0.2", "loss.label_smoothing is 0.1 in this run, and 0.2 was asked for"),
        ("--mixup=0.5", "augment.mixup.alpha is 0.4 in this run, and 0.5 was asked for"),
        ("--mixup=0", "augment.mixup.alpha is 0.4 in this run, and none was asked for"),
        ("--patience=3", "early_stopping.patience is none in this run, and 3 was asked for"),
    ] {
        let err = refused("train", &["--resume=run", flag], folder.path());
        assert!(err.contains(message), "{flag}: {err}");
    }
    let err = refused("train", &["--resume=run", "--depth=3"], folder.path());
    assert!(err.starts_with("error: --depth: model.depth is set"), "{err}");
    let same = ["train", "--resume=run", "--quiet", "--mixup=0.4", "--dropout=0", "--momentum=0.9"];
    let output = run(&same, folder.path());
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn patience_ends_a_training_that_no_longer_improves() {
    let folder = tempfile::tempdir().unwrap();
    // With a tiny learning rate no epoch is better than the first.
    let output =
        run(&small(&["--out=run", "--plain", "--patience=1", "--lr=1e-12"]), folder.path());
    let out = text(&output.stdout);
    assert!(output.status.success() && out.contains(" 2/3 ") && !out.contains(" 3/3 "), "{out}");
}
