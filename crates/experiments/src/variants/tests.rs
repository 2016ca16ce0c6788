//! Tests that claims fail when the effect is switched off.

use crate::{ExperimentConfig, Findings, experiment};

/// Parses settings as on the command line.
fn settings(all: &[&str]) -> Vec<(Vec<String>, toml::Value)> {
    all.iter().map(|setting| zunder::parse_setting(setting).unwrap()).collect()
}

/// Runs an experiment quickly on few images with further settings.
fn run(name: &str, more: &[&str]) -> Findings {
    let few = ["data.limit=500", "epochs=5"].into_iter().filter(|few| {
        more.iter().all(|setting| setting.split('=').next() != few.split('=').next())
    });
    let config = ExperimentConfig {
        quick: true,
        seeds: Some(2),
        settings: settings(&few.chain(more.iter().copied()).collect::<Vec<_>>()),
        ..ExperimentConfig::default()
    };
    experiment(name).unwrap().run(&config, &mut ()).unwrap().unwrap()
}

macro_rules! the_claim_fails_without_the_effect {
    ($($test:ident: $name:literal),*) => {$(
        #[test]
        fn $test() {
            let flags = experiment($name).unwrap().off().unwrap();
            let off = flags.split("--set ").map(str::trim).filter(|flag| !flag.is_empty());
            let off: Vec<&str> = off.collect();
            let findings = run($name, &off);
            let held: Vec<_> = findings.claims.iter().filter(|claim| claim.holds).collect();
            assert!(!findings.claims.is_empty() && held.is_empty(), "{held:#?}");
        }
    )*};
}

the_claim_fails_without_the_effect! {
    roc: "roc",
    templates: "templates",
    activations: "activations",
    dead_relu: "dead-relu",
    capacity: "capacity",
    losses: "losses",
    sgd: "sgd",
    optimisers: "optimisers",
    schedules: "schedules",
    init: "init",
    batch_norm: "batch-norm",
    weight_decay: "weight-decay",
    early_stopping: "early-stopping",
    dropout: "dropout",
    augmentation: "augmentation"
}

#[test]
fn every_experiment_has_a_test_and_what_a_page_needs() {
    let tested = include_str!("tests.rs");
    for found in super::ALL {
        assert!(tested.contains(&format!(": \"{}\"", found.name)), "no test of {}", found.name);
        let off = found.off().unwrap();
        assert!(
            !off.is_empty() && found.takes_data() && found.source.starts_with("Lecture 6a."),
            "{}",
            found.name
        );
    }
}

#[test]
fn the_effect_appears_and_the_page_says_so() {
    let findings = run("init", &["data.limit=1000", "epochs=8"]);
    assert!(
        findings.claims.iter().filter(|claim| claim.holds).count() >= 4,
        "{:#?}",
        findings.claims
    );
    assert!(
        findings
            .banner
            .as_deref()
            .is_some_and(|banner| banner.contains("synthetic") && banner.contains("quick"))
    );
    let folder = tempfile::tempdir().unwrap();
    let experiment = experiment("init").unwrap();
    let page = experiment.write(&findings, folder.path(), "zunder experiment init").unwrap();
    let html = std::fs::read_to_string(page).unwrap();
    for part in
        ["Observations", "✓ yes: ", "zunder experiment init", "seed", "model.initializer=he"]
    {
        assert!(html.contains(part), "{part}");
    }
    for figure in &findings.figures {
        let png = std::fs::read(folder.path().join(format!("{}.png", figure.name))).unwrap();
        assert!(png.starts_with(b"\x89PNG"), "{}", figure.name);
    }
    let record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("findings.json")).unwrap())
            .unwrap();
    assert_eq!(record["name"], "init");
    assert_eq!(record["claims"].as_array().unwrap().len(), findings.claims.len());
}

#[test]
fn seeds_and_settings_are_checked() {
    let refusal = |config: ExperimentConfig| {
        experiment("sgd").unwrap().run(&config, &mut ()).unwrap_err().to_string()
    };
    let message = refusal(ExperimentConfig { seeds: Some(1), ..ExperimentConfig::default() });
    assert!(message.contains("seeds is 1, expected 2 to 100"), "{message}");
    let message = refusal(ExperimentConfig {
        settings: settings(&["optimizer.momentun=0.5"]),
        ..ExperimentConfig::default()
    });
    assert!(message.contains("did you mean") && message.contains("momentum"), "{message}");
}

#[test]
fn whoever_asks_to_stop_gets_nothing() {
    struct Impatient;
    impl crate::Watch for Impatient {
        fn interrupt(&self) -> zunder_train::Interrupt {
            let interrupt = zunder_train::Interrupt::new();
            interrupt.request();
            interrupt
        }
    }
    let config = ExperimentConfig { quick: true, ..ExperimentConfig::default() };
    assert!(experiment("sgd").unwrap().run(&config, &mut Impatient).unwrap().is_none());
}
