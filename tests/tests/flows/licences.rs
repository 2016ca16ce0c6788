//! Checks licences and sources of everything that is compiled with the rules of `deny.toml`. `cargo
//! deny` would check the same, but takes longer to compile than the workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use spdx::{Expression, LicenseReq, ParseMode};
use zunder::toml::Table;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A package of the build.
struct Package {
    name: String,
    /// Its source, unless it is the registry.
    place: Option<String>,
    licence: String,
}

/// Returns what the workspace's build and tests compile on this machine, without the network.
fn packages() -> Vec<Package> {
    let tree = [
        "tree",
        "--offline",
        "--locked",
        "--workspace",
        "--edges",
        "normal,build,dev",
        "--prefix",
        "none",
        "--format",
        "{p}|{l}",
    ];
    let output = Command::new(env!("CARGO")).args(tree).current_dir(ROOT).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: BTreeSet<&str> = text
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty())
        .collect();
    let package = |line: &str| {
        let (package, licence) = line.split_once('|').unwrap();
        let (name, rest) = package.split_once(' ').unwrap();
        let place = rest.split_once(" (").map(|(_, place)| place.trim_end_matches(')').to_owned());
        Package {
            name: name.to_owned(),
            place: place.filter(|place| place != "proc-macro"),
            licence: licence.to_owned(),
        }
    };
    lines.into_iter().map(package).collect()
}

/// The rules of `deny.toml`.
struct Rules {
    allowed: BTreeSet<String>,
    exceptions: BTreeMap<String, BTreeSet<String>>,
    clarified: BTreeMap<String, String>,
}

impl Rules {
    fn read() -> Self {
        let text = std::fs::read_to_string(format!("{ROOT}/deny.toml")).unwrap();
        let table: Table = text.parse().unwrap();
        let licences = table["licenses"].as_table().unwrap();
        let word = |value: &zunder::toml::Value| value.as_str().unwrap().to_owned();
        let words = |value: &zunder::toml::Value| {
            value.as_array().unwrap().iter().map(word).collect::<BTreeSet<_>>()
        };
        let of = |key: &str| {
            licences[key].as_array().unwrap().iter().map(|entry| entry.as_table().unwrap())
        };
        for entry in of("exceptions").chain(of("clarify")) {
            assert!(
                entry["reason"].as_str().is_some_and(|reason| reason.len() > 20),
                "an exception without its reason: {entry:?}"
            );
        }
        Self {
            allowed: words(&licences["allow"]),
            exceptions: of("exceptions")
                .map(|entry| (word(&entry["crate"]), words(&entry["allow"])))
                .collect(),
            clarified: of("clarify")
                .map(|entry| (word(&entry["crate"]), word(&entry["expression"])))
                .collect(),
        }
    }

    /// Returns whether a licence expression is allowed for a crate.
    fn allow(&self, name: &str, licence: &str) -> bool {
        let own = self.exceptions.get(name);
        let met = |licence: &LicenseReq| {
            let licence = licence.to_string();
            self.allowed.contains(&licence) || own.is_some_and(|own| own.contains(&licence))
        };
        Expression::parse_mode(licence, ParseMode::LAX)
            .is_ok_and(|expression| expression.evaluate(met))
    }
}

#[test]
fn every_licence_is_allowed_or_an_exception_with_its_reason() {
    let (rules, packages) = (Rules::read(), packages());
    let licence =
        |package: &Package| rules.clarified.get(&package.name).unwrap_or(&package.licence).clone();
    let refused = packages.iter().filter(|package| !rules.allow(&package.name, &licence(package)));
    let refused: Vec<String> =
        refused.map(|package| format!("{}: {:?}", package.name, package.licence)).collect();
    assert!(
        packages.len() > 200,
        "the whole build is looked at, and not {} packages",
        packages.len()
    );
    assert!(refused.is_empty(), "not in deny.toml: {refused:#?}");
    // Some exceptions are for dependencies of other devices.
    let lock = std::fs::read_to_string(format!("{ROOT}/Cargo.lock")).unwrap();
    let names = rules.exceptions.keys().chain(rules.clarified.keys());
    let stale: Vec<&String> =
        names.filter(|name| !lock.contains(&format!("name = \"{name}\"\n"))).collect();
    assert!(stale.is_empty(), "exceptions that nothing needs: {stale:?}");
}

#[test]
fn everything_comes_from_the_registry_or_from_here() {
    let root = std::fs::canonicalize(ROOT).unwrap();
    for Package { name, place, .. } in packages() {
        let here =
            place.as_ref().is_none_or(|place| std::path::Path::new(place).starts_with(&root));
        assert!(here, "{name} comes from {place:?}");
    }
}

#[test]
fn a_licence_that_asks_for_more_is_refused() {
    let rules = Rules::read();
    for (licence, allowed) in [
        ("MIT OR GPL-3.0-only", true),
        ("MIT AND GPL-3.0-only", false),
        ("MIT/Apache-2.0", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("MPL-2.0", false),
        ("AGPL-3.0-or-later", false),
        ("", false),
    ] {
        assert_eq!(rules.allow("some-crate", licence), allowed, "{licence}");
    }
    assert!(rules.allow("colored", "MPL-2.0"));
}
