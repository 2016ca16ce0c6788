//! Weights that are NaN or differ from those written: each command refuses them with a message.

use std::fs;
use std::path::Path;

use crate::common::{run, text};
use zunder::train::{NamedTensor, read_weights, write_weights};

const TRAIN: [&str; 11] = [
    "train-cifar",
    "--plain",
    "--dataset",
    "shapes",
    "--limit",
    "300",
    "--hidden",
    "8",
    "--epochs",
    "2",
    "--set=data.validation=0.02",
];

/// Creates a run, and an image to predict.
fn trained(folder: &Path) {
    let output = run(&[&TRAIN[..], &["--out", "run"]].concat(), folder);
    assert!(output.status.success(), "{}", text(&output.stderr));
    // Grey PPM files are not supported, so this is an image of the simplest format: 2 x 2 pixels as
    // BMP.
    let head: [u8; 54] = {
        let mut head = [0; 54];
        head[..2].copy_from_slice(b"BM");
        for (place, value) in
            [(2, 70_u8), (10, 54), (14, 40), (18, 2), (22, 2), (26, 1), (28, 24), (34, 16)]
        {
            head[place] = value;
        }
        head
    };
    fs::write(
        folder.join("ant.bmp"),
        [&head[..], &[9, 80, 200, 30, 60, 90, 0, 0, 1, 2, 3, 250, 240, 230, 0, 0]].concat(),
    )
    .unwrap();
}

/// The commands that read the weights of a run.
const COMMANDS: [&[&str]; 4] = [
    &["predict", "run", "ant.bmp"],
    &["evaluate", "run"],
    &["export", "run", "--out", "export"],
    &[
        "train-cifar",
        "--plain",
        "--dataset",
        "shapes",
        "--limit",
        "300",
        "--hidden",
        "8",
        "--from",
        "run",
        "--out",
        "on",
    ],
];

#[track_caller]
fn refused(folder: &Path, arguments: &[&str], message: &str) {
    let output = run(arguments, folder);
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {err}");
    assert!(
        err.starts_with("error: ") && err.contains(message) && err.contains("\nhint: "),
        "{arguments:?}: {err}"
    );
    assert!(
        !err.contains("panicked") && output.stdout.is_empty(),
        "{arguments:?}: {}",
        text(&output.stdout)
    );
    assert!(!folder.join("on").exists() && !folder.join("export").exists());
}

#[test]
fn weights_that_are_no_numbers_are_refused_by_every_command() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let best = folder.path().join("run/best/model.safetensors");
    let (whole, tensors) = (fs::read(&best).unwrap(), read_weights(&best).unwrap());
    let changed = |name: &str, value: f32| {
        let change = |tensor: &NamedTensor| {
            let mut tensor = tensor.clone();
            if tensor.name == name {
                tensor.values[1] = value;
            }
            tensor
        };
        tensors.iter().map(change).collect::<Vec<_>>()
    };
    let expected = "expected finite numbers from -1e19 to 1e19";
    let cases = [
        ("mlp.output.weight", f32::NAN, format!("holds NaN in mlp.output.weight, {expected}")),
        (
            "mlp.hidden.0.linear.weight",
            f32::INFINITY,
            format!("holds inf in mlp.hidden.0.linear.weight, {expected}"),
        ),
        ("mlp.output.bias", -3e38, format!("holds -3e38 in mlp.output.bias, {expected}")),
        (
            "mlp.hidden.0.norm.running_var",
            -1.0,
            "holds -1 in mlp.hidden.0.norm.running_var, expected finite numbers from 0".to_owned(),
        ),
    ];
    for (name, value, message) in &cases {
        write_weights(&best, &changed(name, *value), "epoch 1").unwrap();
        for arguments in COMMANDS {
            refused(folder.path(), arguments, message);
        }
    }

    // Finite weights that are not those of the run, and a flipped bit.
    write_weights(&best, &changed("mlp.output.bias", 1e15), "epoch 1").unwrap();
    for arguments in COMMANDS {
        refused(folder.path(), arguments, "model.safetensors: its content has SHA-256 ");
    }
    let mut flipped = whole.clone();
    let last = flipped.len() - 2;
    flipped[last] ^= 1;
    fs::write(&best, &flipped).unwrap();
    for arguments in COMMANDS {
        refused(folder.path(), arguments, "as in the file");
    }

    // A run of an earlier version has no hashes: an overflow is reported with the image.
    fs::remove_file(folder.path().join("run/checksums.json")).unwrap();
    let mut large = changed("mlp.output.bias", 1e18);
    for (name, value) in [("norm.gamma", 0.0), ("norm.beta", 9e18), ("output.weight", 9e18)] {
        large
            .iter_mut()
            .filter(|tensor| tensor.name.ends_with(name))
            .for_each(|tensor| tensor.values.fill(value));
    }
    write_weights(&best, &large, "epoch 1").unwrap();
    for (arguments, image) in [
        (COMMANDS[0], "ant.bmp: its score of the class \"circle\" is "),
        (COMMANDS[1], "test image 0: its score"),
    ] {
        let output = run(arguments, folder.path());
        let err = text(&output.stderr);
        assert!(output.status.code() == Some(1) && output.stdout.is_empty(), "{err}");
        assert!(
            err.contains(image)
                && err.contains(", expected a finite number")
                && err.contains("\nhint: "),
            "{err}"
        );
    }
}

#[test]
fn a_changed_checkpoint_is_not_resumed() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    for file in ["test.json", "predictions.csv", "evaluation.json", "report.html"] {
        fs::remove_file(folder.path().join("run").join(file)).unwrap();
    }
    let last = folder.path().join("run/checkpoints/last.safetensors");
    let whole = fs::read(&last).unwrap();
    let resume: &[&str] = &["train-cifar", "--plain", "--resume", "run"];
    for place in [whole.len() - 3, whole.len() / 2, whole.len() / 3] {
        let mut bytes = whole.clone();
        bytes[place] ^= 2;
        fs::write(&last, bytes).unwrap();
        let output = run(resume, folder.path());
        let err = text(&output.stderr);
        assert!(
            output.status.code() == Some(2)
                && err.contains("last.safetensors: ")
                && err.contains("hint: "),
            "{err}"
        );
    }
    fs::write(&last, whole).unwrap();
    let config = folder.path().join("run/config.toml");
    let text_of = fs::read_to_string(&config).unwrap();
    fs::write(&config, text_of.replace("seed = 1", "seed = 2")).unwrap();
    refused(folder.path(), resume, "config.toml: seed is 2, and was 1 when the run began");
    fs::write(&config, text_of.replace("threads = 0", "threads = 1")).unwrap();
    assert!(run(resume, folder.path()).status.success());
}

#[test]
fn a_foreign_shape_takes_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let at = |name: &str| folder.path().join(name);
    let output = run(&["export", "run", "--out", "export"], folder.path());
    assert!(output.status.success(), "{}", text(&output.stderr));
    fs::remove_file(at("run/checksums.json")).unwrap();
    for (file, arguments) in [
        ("run/preprocessing.json", COMMANDS[0]),
        ("export/preprocessing.json", &["import", "export"]),
    ] {
        let whole = fs::read_to_string(at(file)).unwrap();
        // Weights of 1.6 GB, and more weights than supported.
        for (side, message) in [
            ("4096", "weights, expected 402653264"),
            ("18446744073709551615", "18446744073709551615"),
        ] {
            let sides = |text: &str, name: &str| {
                text.replace(&format!("\"{name}\": 32"), &format!("\"{name}\": {side}"))
            };
            fs::write(at(file), sides(&sides(&whole, "height"), "width")).unwrap();
            let output = run(arguments, folder.path());
            let err = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{file}: {err}");
            assert!(
                err.contains(message) && err.contains("hint: ") && !err.contains("panicked"),
                "{file}: {err}"
            );
        }
        fs::write(at(file), whole).unwrap();
    }
}
