//! The rules of the dependencies between the crates.

mod order;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use zunder::toml::{Table, Value as TomlValue};

/// The crates of the workspace and the one beside it, each with those that it may use. Dependencies
/// point down only; data, models and train do not depend on each other.
const ALLOWED: [(&str, &[&str]); 13] = [
    ("zunder-random", &[]),
    ("zunder-data", &["zunder-random"]),
    ("zunder-eval", &["zunder-random"]),
    ("zunder-fetch", &[]),
    ("zunder-launcher", &[]),
    ("zunder-models", &["zunder-random"]),
    ("zunder-report", &["zunder-eval", "zunder-random"]),
    ("zunder-train", &["zunder-eval", "zunder-random"]),
    (
        "zunder",
        &[
            "zunder-data",
            "zunder-eval",
            "zunder-fetch",
            "zunder-models",
            "zunder-random",
            "zunder-report",
            "zunder-train",
        ],
    ),
    (
        "zunder-experiments",
        &[
            "zunder",
            "zunder-data",
            "zunder-eval",
            "zunder-models",
            "zunder-random",
            "zunder-report",
            "zunder-train",
        ],
    ),
    (
        "zunder-burn-train",
        // Its tests compare with `zunder`.
        &["zunder", "zunder-data", "zunder-eval", "zunder-random", "zunder-train"],
    ),
    ("xtask", &["zunder", "zunder-burn-train", "zunder-experiments"]),
    ("zunder-tests", &["zunder", "zunder-experiments"]),
];

/// The crates that are published.
const LIBRARIES: [&str; 9] = [
    "zunder",
    "zunder-burn-train",
    "zunder-data",
    "zunder-eval",
    "zunder-fetch",
    "zunder-models",
    "zunder-random",
    "zunder-report",
    "zunder-train",
];

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The crate that is a workspace of its own, so that the ordinary build does not have the features
/// that it turns on.
const APART: &str = "crates/burn-train/Cargo.toml";

/// Returns the crates of the workspace and the one beside it, as cargo describes them, without the
/// program of others that is built with the latter.
fn packages() -> Vec<Value> {
    let metadata = |more: &[&str]| -> Value {
        let plain = ["metadata", "--no-deps", "--format-version", "1", "--offline"];
        serde_json::from_str(&cargo(&[&plain[..], more].concat())).unwrap()
    };
    let all = [metadata(&[]), metadata(&["--manifest-path", APART])];
    let all = all.iter().flat_map(|of| of["packages"].as_array().unwrap().clone());
    all.filter(|package| package["name"] != "consumer-burn-train").collect()
}

#[test]
fn arrows_go_down() {
    let allowed = BTreeMap::from(ALLOWED);
    let packages = packages();
    assert_eq!(packages.len(), allowed.len(), "a crate without a rule");
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        let rule = allowed.get(name).unwrap_or_else(|| panic!("no rule for {name}"));
        for dependency in package["dependencies"].as_array().unwrap() {
            let on = dependency["name"].as_str().unwrap();
            assert!(!on.starts_with("zunder") || rule.contains(&on), "{name} depends on {on}");
            let only_tests = dependency["kind"] == "dev";
            assert!(name != "zunder-launcher" || only_tests, "the launcher depends on {on}");
            let library = !["xtask", "zunder-tests"].contains(&name);
            assert!(
                !(library && ["clap", "anyhow"].contains(&on)),
                "the library {name} depends on {on}"
            );
        }
    }
}

/// Returns everything that a crate depends on, as in another project.
fn tree(package: &str) -> String {
    cargo(&[
        "tree",
        "--offline",
        "--package",
        package,
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ])
}

#[test]
fn plain_crates_pull_in_no_burn() {
    for package in ["zunder-random", "zunder-data", "zunder-eval", "zunder-fetch", "zunder-report"]
    {
        let tree = tree(package);
        let burn: Vec<&str> =
            tree.lines().filter(|l| l.starts_with("burn") || l.starts_with("cubecl")).collect();
        assert!(tree.contains(package) && burn.is_empty(), "{package}: {burn:?}");
    }
}

#[test]
fn libraries_choose_no_backend() {
    for package in ["zunder-models", "zunder-train"] {
        let tree = tree(package);
        assert!(tree.contains("burn-core"));
        for backend in ["burn-flex", "burn-ndarray", "burn-wgpu", "burn-cuda"] {
            assert!(!tree.lines().any(|l| l.starts_with(backend)), "{package} pulls in {backend}");
        }
    }
}

/// Returns the crates of the workspace that a program of `tests/consumer` depends on, and whether
/// it depends on Burn.
fn consumed(name: &str) -> (Vec<String>, bool) {
    let (manifest, package) = ("tests/consumer/Cargo.toml", format!("consumer-{name}"));
    let tree = cargo(&[
        "tree",
        "--offline",
        "--locked",
        "--manifest-path",
        manifest,
        "--package",
        &package,
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let mut crates: Vec<String> = tree
        .lines()
        .filter(|l| l.starts_with("zunder"))
        .filter_map(|l| l.split(' ').next())
        .map(str::to_owned)
        .collect();
    crates.sort();
    crates.dedup();
    (crates, tree.lines().any(|l| l.starts_with("burn")))
}

#[test]
fn a_program_pulls_in_the_crate_that_it_uses_and_little_else() {
    for (program, crates, burn) in [
        ("data", &["zunder-data", "zunder-random"][..], false),
        ("eval", &["zunder-eval", "zunder-random"], false),
        ("models", &["zunder-models", "zunder-random"], true),
        (
            "predict",
            &[
                "zunder",
                "zunder-data",
                "zunder-eval",
                "zunder-models",
                "zunder-random",
                "zunder-train",
            ],
            true,
        ),
        ("train", &["zunder-eval", "zunder-random", "zunder-train"], true),
    ] {
        assert_eq!(
            consumed(program),
            (crates.iter().map(|&name| name.to_owned()).collect(), burn),
            "{program}"
        );
    }
}

/// The crates of a dependency tree, each with the features that are turned on.
fn with_features(selection: &[&str], edges: &str) -> BTreeSet<String> {
    let mut arguments = vec!["tree", "--offline", "--locked"];
    arguments.extend(selection);
    arguments.extend(["--edges", edges, "--prefix", "none", "--format", "{p} [{f}]"]);
    let tree = cargo(&arguments);
    tree.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

/// `cargo test --workspace` compiles nothing again that `cargo xtask` has compiled.
#[test]
fn the_program_is_built_with_the_features_that_its_tests_have() {
    let program = with_features(&["--package", "xtask"], "normal");
    let tests = with_features(&["--workspace"], "normal,dev");
    let others: Vec<&String> = program.difference(&tests).collect();
    assert!(program.len() > 200, "{}", program.len());
    assert!(others.is_empty(), "compiled twice: {others:?}");
    // The check would see a difference: without default features it is another program.
    let smaller = with_features(
        &["--package", "xtask", "--no-default-features", "--features", "ndarray"],
        "normal",
    );
    assert!(smaller.difference(&tests).count() > 0);
}

/// Every library is described, licensed and fit to publish; the tools are not published.
#[test]
fn libraries_are_fit_to_publish() {
    for package in &packages() {
        let name = package["name"].as_str().unwrap();
        assert_eq!(
            package["publish"].is_null(),
            LIBRARIES.contains(&name),
            "whether {name} may be published"
        );
        if !LIBRARIES.contains(&name) {
            continue;
        }
        for field in ["description", "license", "readme", "rust_version"] {
            assert!(
                package[field].as_str().is_some_and(|text| !text.is_empty()),
                "{name} has no {field}"
            );
        }
        for field in ["keywords", "categories"] {
            assert!(
                package[field].as_array().is_some_and(|words| (1..=5).contains(&words.len())),
                "{name}: {field} {}",
                package[field]
            );
        }
        let folder = Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap();
        for file in ["README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
            assert!(folder.join(file).exists(), "{name} has no {file}");
        }
        assert!(folder.join("examples").is_dir(), "{name} has no example");
    }
}

/// Returns the text of a file of the repository.
fn text(path: &str) -> String {
    fs::read_to_string(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)).unwrap()
}

/// Returns the names and versions in a lock file.
fn pinned(lock: &str) -> BTreeSet<String> {
    text(lock)
        .split("[[package]]\n")
        .skip(1)
        .map(|package| package.lines().take(2).collect::<Vec<_>>().join(", "))
        .collect()
}

#[test]
fn programs_are_tested_with_the_versions_of_the_workspace() {
    let ours = pinned("Cargo.lock");
    let name = |package: &str| package.split(", ").next().unwrap_or_default().to_owned();
    let names: BTreeSet<String> = ours.iter().map(|package| name(package)).collect();
    // A crate that only a program of others has, such as the web framework of the service, has
    // no version here.
    for lock in ["tests/consumer/Cargo.lock", "crates/burn-train/Cargo.lock"] {
        let others: Vec<String> = pinned(lock)
            .into_iter()
            .filter(|package| names.contains(&name(package)) && !ours.contains(package))
            .collect();
        assert!(
            others.is_empty(),
            "not pinned in Cargo.lock: {others:#?}\nCONTRIBUTING.md explains how to renew {lock}"
        );
    }
}

/// Cargo inherits no settings from another workspace.
#[test]
fn the_crate_apart_has_the_settings_of_the_workspace() {
    let (root, apart) = (text("Cargo.toml"), text(APART));
    let after = |text: &str, start: &str| {
        let at = text.find(start).unwrap_or_else(|| panic!("no {start}"));
        text[at..].replace("[workspace.lints", "[lints")
    };
    assert_eq!(after(&apart, "[lints.rust]"), after(&root, "[workspace.lints.rust]"));
    let [root, apart] = [root, apart].map(|text| text.parse::<Table>().unwrap());
    let workspace = root["workspace"].as_table().unwrap();
    for field in ["version", "edition", "rust-version", "license"] {
        assert_eq!(apart["package"][field], workspace["package"][field], "{field}");
    }
    let version = |dependency: &TomlValue| dependency.get("version").unwrap_or(dependency).clone();
    let ours = workspace["dependencies"].as_table().unwrap();
    let mut compared = 0;
    for kind in ["dependencies", "dev-dependencies"] {
        for (name, dependency) in apart[kind].as_table().unwrap() {
            let Some(ours) = ours.get(name) else { continue };
            assert_eq!(version(dependency), version(ours), "{name}");
            compared += 1;
        }
    }
    assert!(compared > 8, "{compared}");
}
