//! The rules of the house: who may depend on whom.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// Every crate of the workspace with the crates of the workspace that it may use. Arrows go down only; data, models and train do not know each other.
const ALLOWED: [(&str, &[&str]); 11] = [
    ("zunder-random", &[]),
    ("zunder-data", &["zunder-random"]),
    ("zunder-eval", &["zunder-random"]),
    ("zunder-fetch", &[]),
    ("zunder-models", &["zunder-random"]),
    ("zunder-report", &["zunder-eval", "zunder-random"]),
    ("zunder-train", &["zunder-eval", "zunder-random"]),
    ("zunder", &["zunder-data", "zunder-eval", "zunder-fetch", "zunder-models", "zunder-random", "zunder-report", "zunder-train"]),
    ("zunder-experiments", &["zunder", "zunder-data", "zunder-eval", "zunder-models", "zunder-random", "zunder-report", "zunder-train"]),
    ("xtask", &["zunder", "zunder-experiments"]),
    ("zunder-tests", &["zunder", "zunder-experiments"]),
];

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn arrows_go_down() {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1", "--offline"])).unwrap();
    let allowed = BTreeMap::from(ALLOWED);
    let packages = metadata["packages"].as_array().unwrap();
    assert_eq!(packages.len(), allowed.len(), "a crate without a rule");
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let rule = allowed.get(name).unwrap_or_else(|| panic!("no rule for {name}"));
        for dependency in package["dependencies"].as_array().unwrap() {
            let on = dependency["name"].as_str().unwrap();
            assert!(!on.starts_with("zunder") || rule.contains(&on), "{name} depends on {on}");
            let library = !["xtask", "zunder-tests"].contains(&name);
            assert!(!(library && ["clap", "anyhow"].contains(&on)), "the library {name} depends on {on}");
        }
    }
}

/// Everything that a crate alone pulls in, as a stranger's project would.
fn tree(package: &str) -> String {
    cargo(&["tree", "--offline", "--package", package, "--edges", "normal", "--prefix", "none", "--format", "{p}"])
}

#[test]
fn plain_crates_pull_in_no_burn() {
    for package in ["zunder-random", "zunder-data", "zunder-eval", "zunder-fetch", "zunder-report"] {
        let tree = tree(package);
        let burn: Vec<&str> = tree.lines().filter(|l| l.starts_with("burn") || l.starts_with("cubecl")).collect();
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
