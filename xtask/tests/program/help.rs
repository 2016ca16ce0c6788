//! The helps: the short ones fit on a screen, the long ones are complete.

use std::collections::BTreeSet;
use std::path::Path;

use crate::common::{run, text, zunder};

/// The commands with the flags of a training, most of which are in the long help only.
const LONG: [&str; 8] =
    ["train-cifar", "train", "doctor", "find-lr", "sweep", "bench", "config", "preview"];
const OTHER: [&str; 12] = [
    "experiment",
    "report",
    "evaluate",
    "compare",
    "predict",
    "export",
    "import",
    "fetch",
    "devices",
    "serve-device",
    "completions",
    "help",
];

fn shown(arguments: &[&str], columns: &str) -> String {
    let output = zunder(arguments, Path::new(".")).env("COLUMNS", columns).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {output:?}");
    text(&output.stdout)
}

/// Returns the long flags at the start of a line; descriptions are indented further.
fn flags(help: &str) -> BTreeSet<String> {
    let flag = |line: &str| {
        let long = line.strip_prefix("      --").or_else(|| line.strip_prefix("  -h, --"))?;
        Some(long.split([' ', '.']).next()?.to_owned())
    };
    help.lines().filter_map(flag).collect()
}

#[test]
fn a_help_fits_on_a_screen() {
    for columns in ["80", "100"] {
        for command in LONG.iter().chain(&OTHER) {
            let help = shown(&[command, "--help"], columns);
            assert!(
                help.lines().count() <= 60,
                "{command} at {columns}: {}\n{help}",
                help.lines().count()
            );
            let longest = help.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(
                longest <= columns.parse().unwrap(),
                "{command} at {columns}: {longest}\n{help}"
            );
        }
        assert!(shown(&["--help"], columns).lines().count() <= 60);
    }
}

#[test]
fn the_short_helps_are_one_and_name_the_long_one() {
    for command in LONG {
        let help = shown(&[command, "--help"], "80");
        for other in [&[command, "-h"][..], &["help", command]] {
            assert_eq!(shown(other, "80"), help, "{other:?}");
        }
        let last = help.lines().last().unwrap();
        assert!(last.ends_with(&format!(": zunder {command} --help-all")), "{last}");
        let (short, all) = (flags(&help), flags(&shown(&[command, "--help-all"], "80")));
        let hidden = all.difference(&short).count();
        assert!(short.is_subset(&all), "{command}");
        assert!(last.starts_with(&format!("{hidden} more flags")), "{command}: {last}, {hidden}");
    }
    for flag in [
        "dropout",
        "no-batch-norm",
        "weight-decay",
        "momentum",
        "label-smoothing",
        "mixup",
        "patience",
    ] {
        assert!(flags(&shown(&["train-cifar", "--help"], "80")).contains(flag), "{flag}");
    }
}

/// A flag that is not in the short help works and is completed.
#[test]
fn hidden_flags_work() {
    let folder = tempfile::tempdir().unwrap();
    let all = flags(&shown(&["train", "--help-all"], "80"));
    assert!(
        ["ema", "batch-norm", "image-size", "on-nan"].iter().all(|flag| all.contains(*flag)),
        "{all:?}"
    );
    let printed = run(&["config", "--ema=0.9", "--batch-norm"], folder.path());
    assert!(text(&printed.stdout).contains("\nema = 0.9\n"), "{printed:?}");
    for shell in ["bash", "fish", "zsh"] {
        let script = shown(&["completions", shell], "80");
        for flag in &all {
            assert!(script.contains(flag.as_str()), "{shell} does not complete --{flag}");
        }
    }
}

#[test]
fn without_a_command_it_says_where_to_start() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&[], folder.path());
    let err = text(&output.stderr);
    assert!(output.status.code() == Some(2) && output.stdout.is_empty(), "{err}");
    assert!(err.lines().count() <= 20, "{err}");
    let parts = [
        "zunder train-cifar\n",
        "zunder train --dataset folder --data-dir photos\n",
        "zunder experiment list\n",
        "zunder --help\n",
    ];
    for part in parts {
        assert!(err.contains(part), "no {part:?} in\n{err}");
    }
    let by_alias = zunder(&[], folder.path())
        .env("CARGO", "cargo")
        .env("CARGO_PKG_NAME", "zunder-launcher")
        .output();
    assert!(text(&by_alias.unwrap().stderr).contains("  cargo xtask train-cifar\n"));
    // A missing word elsewhere is reported by the parser.
    let output = run(&["help", "fly"], folder.path());
    assert!(
        output.status.code() == Some(2) && text(&output.stderr).contains("'fly'"),
        "{output:?}"
    );
}
