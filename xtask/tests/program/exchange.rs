//! Weights that move between runs and programs: --from, export, import.

use crate::common::{run, small, text};

#[test]
fn a_run_starts_from_another_ones_weights() {
    let folder = tempfile::tempdir().unwrap();
    let train = |more: &[&str]| run(&small(more), folder.path());
    assert!(train(&["--quiet", "--out", "a"]).status.success());
    let warm = train(&["--from", "a", "--plain", "--out", "b"]);
    let out = text(&warm.stdout);
    assert!(
        warm.status.success() && out.contains("all weights start from the best epoch of a"),
        "{out}{}",
        text(&warm.stderr)
    );
    let best =
        |run: &str| std::fs::read(folder.path().join(run).join("best/model.safetensors")).unwrap();
    let config = std::fs::read_to_string(folder.path().join("b/config.toml")).unwrap();
    assert!(config.contains("init_from = ") && config.contains("init_sha256 = "), "{config}");
    let rerun =
        run(&["train", "--config", "b/config.toml", "--quiet", "--out", "c"], folder.path());
    assert!(
        rerun.status.success() && best("b") == best("c") && best("a") != best("b"),
        "{}",
        text(&rerun.stderr)
    );
    // Existing runs do not need the first run; a new one needs it unchanged.
    assert!(run(&["evaluate", "b", "--json"], folder.path()).status.success());
    std::fs::copy(
        folder.path().join("b/best/model.safetensors"),
        folder.path().join("a/best/model.safetensors"),
    )
    .unwrap();
    let refused = |arguments: &[&str], parts: &[&str]| {
        let output = run(arguments, folder.path());
        let err = text(&output.stderr);
        assert!(
            output.status.code() == Some(2)
                && parts.iter().all(|part| err.contains(part))
                && err.contains("hint: "),
            "{err}"
        );
        assert!(!folder.path().join("x").exists());
    };
    let again = ["train", "--config", "b/config.toml", "--quiet", "--out", "x"];
    refused(
        &again,
        &["a/best/model.safetensors: its content has SHA-256", "as checksums.json says"],
    );
    // A run of an earlier version has no checksums.
    std::fs::remove_file(folder.path().join("a/checksums.json")).unwrap();
    refused(&again, &["model.safetensors: has SHA-256", "as in init_sha256"]);
    let wider = [
        "train",
        "--dataset",
        "shapes",
        "--limit",
        "600",
        "--hidden",
        "24,17",
        "--from",
        "a",
        "--out",
        "x",
    ];
    refused(&wider, &["hidden.1", "[24, 16], expected [24, 17]", "a/config.toml"]);
    refused(&small(&["--from", "nowhere", "--out", "x"]), &["nowhere: is not a run's folder"]);
    let other = train(&["--from", "b", "--plain", "--classes", "ring,bar", "--out", "d"]);
    assert!(
        text(&other.stdout)
            .contains("output layer, which is initialised randomly (10 classes there and 2 here)"),
        "{}",
        text(&other.stderr)
    );
}

#[test]
fn a_model_is_exported_and_imported() {
    let folder = tempfile::tempdir().unwrap();
    let done = |arguments: &[&str]| {
        let output = run(arguments, folder.path());
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    done(&small(&["--quiet", "--out", "a"]));
    done(&["export", "a"]);
    let told = done(&["import", "a/export", "--out", "b"]);
    assert!(
        told.starts_with(
            "import  b: mlp, images of 3x32x32, 10 classes\nnext    zunder predict b IMAGE\n"
        ),
        "{told}"
    );
    done(&["preview", "--dataset", "shapes", "--out", "some.png"]);
    assert_eq!(
        done(&["predict", "a", "some.png", "--json"]),
        done(&["predict", "b", "some.png", "--json"])
    );
    let missing = run(&["predict", "b", "some.png", "nowhere.png"], folder.path());
    let err = text(&missing.stderr);
    assert!(
        missing.status.code() == Some(2)
            && err.contains("nowhere.png could not be read")
            && err.contains("hint: check that the path"),
        "{err}"
    );
    assert!(done(&["import", "a/export"]).starts_with("import  runs/imported-mlp-1: "));
    let on = [
        "train",
        "--config",
        "b/config.toml",
        "--from",
        "b",
        "--dataset",
        "shapes",
        "--limit",
        "200",
        "--epochs",
        "1",
        "--out",
        "c",
    ];
    assert!(done(&on).contains("all weights start from the imported model b"));
    for arguments in [&["evaluate", "b"][..], &["compare", "a", "b"], &["train", "--resume", "b"]] {
        let output = run(arguments, folder.path());
        let err = text(&output.stderr);
        assert!(
            output.status.code() == Some(2)
                && err.contains("b: is an imported model")
                && err.contains("train --from b"),
            "{err}"
        );
    }
}
