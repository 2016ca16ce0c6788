//! The commands around a training: config, find-lr, doctor, bench, export, import, completions,
//! --from.

use std::path::Path;

use crate::common::{run, small, text, zunder};
use serde_json::Value;

/// Returns the flags of a small run for another command than train.
fn flags<'a>(command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&[command], &small(more)[1..]].concat()
}

#[test]
fn a_printed_configuration_trains_as_its_preset() {
    let folder = tempfile::tempdir().unwrap();
    let printed = run(&["config", "--preset", "linear"], folder.path());
    let file = text(&printed.stdout);
    assert!(
        printed.status.success()
            && printed.stderr.is_empty()
            && file.starts_with("# Every setting of a run, from the preset linear."),
        "{printed:?}"
    );
    std::fs::write(folder.path().join("my.toml"), &file).unwrap();
    let shown =
        |arguments: &[&str]| text(&run(&[&["config"], arguments].concat(), folder.path()).stdout);
    assert_eq!(shown(&["--config", "my.toml"]), file);
    assert!(
        shown(&["--preset", "mlp", "--optimizer", "adam", "--lr", "0.002"])
            .contains("Default: 0.001.\nlr = 0.002\n")
    );
    let outcome = |arguments: &[&str], out: &str| {
        let set =
            ["--dataset", "shapes", "--limit", "300", "--epochs", "1", "--quiet", "--out", out];
        let output = run(&[&["train"], arguments, &set].concat(), folder.path());
        assert!(output.status.success(), "{}", text(&output.stderr));
        std::fs::read(folder.path().join(out).join("best/model.safetensors")).unwrap()
    };
    assert_eq!(outcome(&["--config", "my.toml"], "a"), outcome(&["--preset", "linear"], "b"));
}

#[test]
fn misspelt_names_are_answered_with_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key.toml"), "[optimizer]\nmomentun = 0.8\n").unwrap();
    for (arguments, meant) in [
        (&["--optimizer", "admw"][..], "(did you mean adamw?)"),
        (&["--set", "epoch=3"], "(did you mean epochs?)"),
        (&["--set", "dropout=0.1"], "(did you mean model.dropout?)"),
        (&["--config", "key.toml"], "(did you mean momentum?)"),
        (&["--model", "mpl"], "(did you mean mlp?)"),
        (&["--preset", "linaer"], "(did you mean linear?)"),
        (&["--augment", "ligth"], "(did you mean light?)"),
        (&["--schedule", "cosin"], "(did you mean cosine?)"),
        (&["--dataset", "fashon-mnist"], "(did you mean fashion-mnist?)"),
        (&["--activation", "gleu"], "(did you mean gelu?)"),
    ] {
        let output = run(&[&["train"], arguments].concat(), folder.path());
        let err = text(&output.stderr);
        assert!(
            output.status.code() == Some(2)
                && err.contains(meant)
                && err.contains("hint: `zunder config` prints"),
            "{arguments:?}: {err}"
        );
    }
}

#[test]
fn a_learning_rate_is_suggested() {
    let folder = tempfile::tempdir().unwrap();
    let json = |out: &str| {
        let output =
            run(&flags("find-lr", &["--json", "--steps", "80", "--out", out]), folder.path());
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let (a, b) = (json("a.png"), json("b.png"));
    assert_eq!(a, b, "the same seed");
    let rate = a["suggestion"].as_f64().unwrap();
    assert!((1e-3..=10.0).contains(&rate) && a["points"].as_array().unwrap().len() > 40, "{a}");
    assert!(std::fs::read(folder.path().join("a.png")).unwrap().starts_with(b"\x89PNG"));
    assert!(std::fs::read_to_string(folder.path().join("a.svg")).unwrap().contains("suggested"));
    let mut files: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["a.png", "a.svg", "b.png", "b.svg"], "no run is made");

    std::fs::write(folder.path().join("a.png"), "mine").unwrap();
    let again = run(&flags("find-lr", &["--out", "a.png"]), folder.path());
    assert!(
        again.status.code() == Some(2) && text(&again.stderr).contains("a.png: already exists"),
        "{again:?}"
    );
    let drawn = run(&flags("find-lr", &["--steps", "80", "--out", "c.png"]), folder.path());
    let out = text(&drawn.stdout);
    for part in
        ["  |", "o", "suggest ", "next    zunder train --lr ", "the loss is lowest at", "c.png"]
    {
        assert!(out.contains(part), "{part:?} in {out}");
    }
    assert!(out.is_ascii(), "plain characters: {out}");
    for (wrong, part) in [
        (["--steps", "3"], "steps is 3"),
        (["--from-lr", "0"], "from is 0"),
        (["--out", "x.jpg"], ".png"),
    ] {
        let output = run(&flags("find-lr", &wrong), folder.path());
        assert!(
            output.status.code() == Some(2) && text(&output.stderr).contains(part),
            "{wrong:?}: {output:?}"
        );
    }
}

#[test]
fn the_doctor_prints_one_line_per_check() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&flags("doctor", &["--out", "pictures"]), folder.path());
    let out = text(&output.stdout);
    assert!(output.status.success(), "{out}{}", text(&output.stderr));
    let names = [
        "duplicates",
        "classes",
        "content",
        "standardised",
        "augmentation",
        "loss at start",
        "one batch",
        "no input",
        "shuffled labels",
        "cost",
    ];
    for name in names {
        let line = out
            .lines()
            .find(|line| line.starts_with(&format!("{name:<15} | ")))
            .unwrap_or_else(|| panic!("{name} in {out}"));
        assert_eq!(line.split(" | ").count(), 4, "{line}");
    }
    assert!(out.contains("Test images were only compared for duplicates"), "{out}");
    assert!(folder.path().join("pictures/augmented.png").is_file());
    std::fs::write(folder.path().join("pictures/notes.txt"), "mine").unwrap();
    let refused = run(&flags("doctor", &["--out", "pictures"]), folder.path());
    assert_eq!(refused.status.code(), Some(2));

    let sick = run(&flags("doctor", &["--json", "--lr", "1e-12"]), folder.path());
    let value: Value = serde_json::from_slice(&sick.stdout).unwrap();
    assert_eq!((sick.status.code(), &value["sound"]), (Some(1), &Value::Bool(false)));
    let checks = value["checks"].as_array().unwrap();
    let fault = checks.iter().find(|check| check["verdict"] == "fault").unwrap();
    assert!(
        checks.len() == names.len()
            && fault["name"] == "one batch"
            && fault["advice"].as_str().unwrap().contains("find-lr"),
        "{fault}"
    );
}

#[test]
fn the_speed_of_a_training_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let short = ["--seconds", "0.4", "--rounds", "2"];
    for (model, layers) in [
        (&["--model", "linear"][..], 1),
        (&["--model", "residual-mlp", "--width", "16", "--depth", "3"], 8),
    ] {
        let arguments = ["bench", "--dataset", "shapes", "--limit", "600", "--json"];
        let output = run(&[&arguments, &short[..], model].concat(), folder.path());
        assert!(output.status.success(), "{}", text(&output.stderr));
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        let number = |path: &str| {
            value
                .pointer(path)
                .and_then(Value::as_f64)
                .unwrap_or_else(|| panic!("{path} in {value}"))
        };
        for part in ["batches", "step", "epoch"] {
            let [median, fastest, slowest] = ["median", "fastest", "slowest"]
                .map(|name| number(&format!("/{part}/seconds/{name}")));
            assert!(
                0.0 < fastest && fastest <= median && median <= slowest && slowest.is_finite(),
                "{value}"
            );
            let speed = number(&format!("/{part}/images")) / median;
            assert!(
                (number(&format!("/{part}/images_per_second")) / speed - 1.0).abs() < 1e-9,
                "{value}"
            );
        }
        assert_eq!((number("/step/images"), number("/step/seconds/rounds")), (128.0, 2.0));
        // 600 images are 4 full batches of 128.
        assert_eq!(number("/epoch/images"), 512.0);
        let flops = number("/products/flops");
        assert!(
            (number("/products/gflops") / (flops / number("/products/seconds/median") / 1e9) - 1.0)
                .abs()
                < 1e-9
        );
        assert!(
            (number("/share_of_products") / (number("/step_gflops") / number("/products/gflops"))
                - 1.0)
                .abs()
                < 1e-9
        );
        let sizes = value["products"]["sizes"].as_array().unwrap();
        assert_eq!(
            sizes.iter().map(|size| size["layers"].as_u64().unwrap()).sum::<u64>(),
            layers,
            "{value}"
        );
        // The forward product and two gradients of each layer, except the gradient of the first
        // layer's input.
        let products = |size: &Value, n: f64| {
            n * 256.0 * size["inputs"].as_f64().unwrap() * size["outputs"].as_f64().unwrap()
        };
        let all: f64 =
            sizes.iter().map(|size| products(size, 3.0 * size["layers"].as_f64().unwrap())).sum();
        assert_eq!(flops, all - products(&sizes[0], 1.0), "{value}");
        assert!(
            sizes[0]["input_gradient"].is_null()
                && sizes.iter().all(|size| size["forward"].as_f64().unwrap() > 0.0),
            "{value}"
        );
    }
    let shown = run(&flags("bench", &short), folder.path());
    let out = text(&shown.stdout);
    for part in [
        "training step ",
        "matrix products ",
        "epoch ",
        "hidden 1, 3072 -> 24",
        "GFLOP/s, ",
        "of 2 rounds",
    ] {
        assert!(
            shown.status.success() && out.contains(part),
            "{part:?} in {out}{}",
            text(&shown.stderr)
        );
    }
    for (wrong, part) in [
        (["--seconds", "0"], "seconds is 0"),
        (["--rounds", "0"], "rounds is 0"),
        (["--seconds", "NaN"], "seconds is NaN"),
    ] {
        let output = run(&flags("bench", &wrong), folder.path());
        assert!(
            output.status.code() == Some(2) && text(&output.stderr).contains(part),
            "{wrong:?}: {output:?}"
        );
    }
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing is written");
}

#[test]
fn completions_and_the_main_help() {
    let folder = tempfile::tempdir().unwrap();
    for (shell, part) in [
        ("bash", "complete -F _zunder"),
        ("zsh", "#compdef zunder"),
        ("fish", "complete -c zunder"),
    ] {
        let output = run(&["completions", shell], folder.path());
        let out = text(&output.stdout);
        assert!(
            output.status.success()
                && out.contains(part)
                && out.contains("find-lr")
                && !out.contains("cargo xtask"),
            "{shell}"
        );
    }
    let shown = text(&run(&["--help"], folder.path()).stdout);
    for part in [
        "Train:",
        "Look at runs:",
        "Data:",
        "This machine:",
        "Examples:",
        "  doctor ",
        "  completions ",
    ] {
        assert!(shown.contains(part) && !shown.contains("More:"), "{part} in {shown}");
    }
    // An installed program, or one run by Cargo for another package, uses its own name.
    let hint = |vars: &[(&str, &str)]| {
        let mut command = zunder(&["train", "--lr=-1"], Path::new("."));
        command.env_remove("CARGO_PKG_NAME").envs(vars.iter().copied());
        text(&command.output().unwrap().stderr)
    };
    assert!(hint(&[]).contains("`zunder config`"), "{}", hint(&[]));
    assert!(hint(&[("CARGO", "cargo"), ("CARGO_PKG_NAME", "other")]).contains("`zunder config`"));
    assert!(
        hint(&[("CARGO", "cargo"), ("CARGO_PKG_NAME", "zunder-launcher")])
            .contains("`cargo xtask config`")
    );
}
