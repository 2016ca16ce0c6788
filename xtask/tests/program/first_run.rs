//! The suggestions at the end of a first run: commands that work.

use std::fs;
use std::path::Path;

use crate::common::{run, text, zunder};

/// Returns the suggestions in an output: each command with its description.
fn next(out: &str) -> Vec<(String, String)> {
    let (_, steps) =
        out.split_once("\nnext    ").unwrap_or_else(|| panic!("no next step in\n{out}"));
    let part = |line: &str| {
        let (command, about) = line.split_once("   # ").unwrap();
        (command.trim().to_owned(), about.to_owned())
    };
    steps.lines().map(part).collect()
}

const TINY: [&str; 6] =
    ["--limit=200", "--hidden=8", "--augment=none", "--epochs=1", "--batch-size=50", "--seed=3"];

fn trained(more: &[&str], folder: &Path) -> String {
    let output = run(&[&["train-cifar"], &TINY[..], more].concat(), folder);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn the_synthetic_set_leads_to_real_images() {
    let folder = tempfile::tempdir().unwrap();
    let out = trained(&["--out=my run"], folder.path());
    let steps = next(&out);
    let commands: Vec<&str> = steps.iter().map(|(command, _)| command.as_str()).collect();
    assert_eq!(
        commands,
        [
            "zunder fetch cifar10",
            "zunder train --dataset folder --data-dir photos",
            "zunder report 'my run' --open",
            "zunder evaluate 'my run'",
        ]
    );
    assert!(steps[0].1.contains("by hand"), "{steps:?}");
    // The commands work as printed, in a shell that finds the program.
    let shell = |line: &str| {
        let line = line.replace("zunder", &format!("'{}'", env!("CARGO_BIN_EXE_zunder")));
        let mut command = std::process::Command::new("sh");
        let output = command
            .args(["-c", &line])
            .current_dir(folder.path())
            .env("ZUNDER_OFFLINE", "1")
            .output();
        (output.as_ref().unwrap().status.code(), text(&output.unwrap().stderr))
    };
    for command in &commands[3..] {
        let (code, err) = shell(&format!("{command}   # what it does"));
        assert_eq!(code, Some(0), "{command}: {err}");
    }
    // Without a network, the first command says how to download the files by hand, in lines to
    // copy.
    let (code, err) = shell(commands[0]);
    assert_eq!(code, Some(2));
    let curl = "\n  curl -L --create-dirs -o datasets/cifar-10-binary.tar.gz https://";
    assert!(err.contains(curl) && !err.contains("\\n"), "{err}");
}

#[test]
fn the_steps_name_the_folder_of_the_data_and_leave_out_what_was_done() {
    let folder = tempfile::tempdir().unwrap();
    let out = trained(&["--data-dir=my data", "--open", "--out=run"], folder.path());
    let place = fs::canonicalize(folder.path()).unwrap().join("my data");
    let steps = next(&out);
    assert_eq!(steps[0].0, format!("zunder fetch cifar10 --data-dir '{}'", place.display()));
    assert!(!out.contains("zunder report"), "{out}");
    let by_alias = [&["train-cifar", "--dataset=shapes"], &TINY[..]].concat();
    let by_alias = zunder(&by_alias, folder.path())
        .env("CARGO", "cargo")
        .env("CARGO_PKG_NAME", "zunder-launcher")
        .output();
    let out = text(&by_alias.unwrap().stdout);
    assert!(next(&out)[0].0.starts_with("cargo xtask fetch cifar10"), "{out}");
}

/// Images in the layout of CIFAR-10, `n` per class and file.
fn cifar10(folder: &Path, n: usize) {
    fs::create_dir_all(folder).unwrap();
    let names =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
    fs::write(folder.join("batches.meta.txt"), names.join("\n")).unwrap();
    for (i, name) in [
        "data_batch_1",
        "data_batch_2",
        "data_batch_3",
        "data_batch_4",
        "data_batch_5",
        "test_batch",
    ]
    .iter()
    .enumerate()
    {
        let image = |j: usize| {
            let label = (j % 10) as u8;
            let pixel = move |k: usize| (k * 7 + j * 31 + i * 131) as u8 / 2 + label * 12;
            std::iter::once(label).chain((0..3072).map(pixel)).collect::<Vec<u8>>()
        };
        fs::write(
            folder.join(format!("{name}.bin")),
            (0..10 * n).flat_map(image).collect::<Vec<u8>>(),
        )
        .unwrap();
    }
}

#[test]
fn cifar_10_leads_to_the_tools_and_the_best_recipe() {
    let folder = tempfile::tempdir().unwrap();
    cifar10(&folder.path().join("datasets/cifar-10-batches-bin"), 1000);
    let out = trained(&["--out=run"], folder.path());
    let commands: Vec<String> = next(&out).into_iter().map(|(command, _)| command).collect();
    assert_eq!(
        commands,
        [
            "zunder evaluate run",
            "zunder report run --open",
            "zunder predict run IMAGE",
            "zunder train-cifar --preset best",
            "zunder experiment list",
        ]
    );
    let out = trained(&["--dataset=shapes", "--out=other"], folder.path());
    assert_eq!(next(&out)[0].0, "zunder train-cifar");
}

#[test]
fn after_a_fetch_its_training_is_suggested() {
    let folder = tempfile::tempdir().unwrap();
    for (place, arguments, command) in [
        ("datasets", &["fetch", "cifar10"][..], "zunder train-cifar"),
        (
            "my data",
            &["fetch", "cifar10", "--data-dir=my data"],
            "zunder train-cifar --data-dir 'my data'",
        ),
    ] {
        let set = folder.path().join(place).join("cifar-10-batches-bin");
        fs::create_dir_all(&set).unwrap();
        // Complete by the sizes of the files, which are sparse.
        for name in [
            "data_batch_1",
            "data_batch_2",
            "data_batch_3",
            "data_batch_4",
            "data_batch_5",
            "test_batch",
        ] {
            fs::File::create(set.join(format!("{name}.bin"))).unwrap().set_len(30_730_000).unwrap();
        }
        fs::write(
            set.join("batches.meta.txt"),
            "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n",
        )
        .unwrap();
        let output = run(arguments, folder.path());
        let out = text(&output.stdout);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(
            out.starts_with("CIFAR-10 is complete in ")
                && out.ends_with(&format!("\nnext    {command}\n")),
            "{out}"
        );
    }
}

#[test]
fn quiet_and_json_have_no_steps() {
    let folder = tempfile::tempdir().unwrap();
    for (out, flag) in [("a", "--quiet"), ("b", "--json")] {
        let shown = trained(&["--out", out, flag], folder.path());
        assert!(!shown.contains("next"), "{shown}");
    }
}
