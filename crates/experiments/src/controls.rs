//! Tests the controls of experiments: where claims must hold, and where they must fail.

use crate::{Claim, ExperimentConfig, Findings, experiment};

/// Stands for [`ExperimentConfig::coarse_grids`] among the settings of a test.
pub(crate) const COARSE: &str = "coarse grids";

/// Runs the named variants of an experiment quickly (without a name all of them), with settings as
/// on the command line; later ones override earlier ones. `seeds=5` sets the number of seeds, and
/// [`COARSE`] halves the grids.
pub(crate) fn run(name: &str, variants: &[&str], settings: &[&str]) -> Findings {
    let seeds = settings.iter().find_map(|setting| setting.strip_prefix("seeds="));
    let of_runs = |setting: &&&str| !setting.starts_with("seeds=") && **setting != COARSE;
    let of_runs = settings.iter().filter(of_runs);
    let config = ExperimentConfig {
        quick: true,
        coarse_grids: settings.contains(&COARSE),
        seeds: seeds.map(|seeds| seeds.parse().unwrap()),
        variants: variants.iter().map(|name| (*name).to_owned()).collect(),
        settings: of_runs.map(|setting| zunder::parse_setting(setting).unwrap()).collect(),
        ..ExperimentConfig::default()
    };
    experiment(name).unwrap().run(&config, &mut ()).unwrap().unwrap()
}

/// Tests an experiment with those of its variants that claims are about, at the size that `size`
/// sets. Every claim must hold (positive control).
/// With the settings of a negative control in addition, the claims that it names must fail,
/// although the compared runs differ, and a mean difference must be at most the margin: a verdict
/// that fails for lack of seeds is no control. Each claim needs a control.
pub(crate) fn check(name: &str, variants: &[&str], size: &[&str]) {
    check_with(name, variants, &[], size);
}

/// [`check`], with the variants that the claims of each negative control are about, so that it
/// trains no others; without an entry all of `variants`.
pub(crate) fn check_with(name: &str, variants: &[&str], of_controls: &[&[&str]], size: &[&str]) {
    let positive = run(name, variants, size).claims;
    for (i, claim) in positive.iter().enumerate() {
        println!("{name} {}: {}", i + 1, described(claim));
    }
    let failed = positive.iter().filter(|claim| !claim.holds);
    let mut errors: Vec<String> = failed.map(|claim| claim.evidence.clone()).collect();
    let controls = experiment(name).unwrap().controls();
    for (place, control) in controls.iter().enumerate() {
        let variants = of_controls.get(place).unwrap_or(&variants);
        let found = run(name, variants, &[size, control.settings].concat());
        let (runs_differ, negative) = (differ(&found), found.claims);
        for number in control.fails {
            let claim = &negative[number - 1];
            println!("{name} {number} with {:?}: {}", control.settings, described(claim));
            let mean = claim.values.iter().sum::<f64>() / claim.values.len() as f64;
            let differs = claim.values != positive[number - 1].values
                && (claim.values.iter().any(|value| *value != 0.0) || runs_differ);
            let absent = claim.margin.is_none_or(|margin| mean <= margin);
            if claim.holds || !differs || !absent {
                errors.push(format!("with {:?}: {}", control.settings, claim.evidence));
            }
        }
    }
    for number in 1..=positive.len() {
        if !controls.iter().any(|control| control.fails.contains(&number)) {
            errors.push(format!("claim {number} has no control"));
        }
    }
    assert!(!positive.is_empty() && errors.is_empty(), "{name}: {errors:#?}");
}

/// Returns true if the variants of an experiment have different losses.
fn differ(findings: &Findings) -> bool {
    let table = findings.tables.iter().find(|table| table.caption.starts_with("Best validation"));
    let losses = |row: &Vec<String>| (row.get(2).cloned(), row.get(4).cloned());
    table.is_some_and(|table| table.rows.iter().any(|row| losses(row) != losses(&table.rows[0])))
}

fn described(claim: &Claim) -> String {
    format!("{}: {}", if claim.holds { "holds" } else { "fails" }, claim.evidence)
}

/// Defines a test for each experiment: its name, the variants, and the settings of the tests' size.
macro_rules! controls {
    ($($test:ident: $name:literal, $variants:expr, $size:expr;)*) => {$(
        #[test]
        fn $test() {
            crate::controls::check($name, $variants, $size);
        }
    )*};
}
pub(crate) use controls;
