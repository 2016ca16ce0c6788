//! Tests of the experiments that compare variants.

use crate::controls::{COARSE, check_with, controls, run};
use crate::{ExperimentConfig, experiment};

/// 500 validation images: to validate takes about as long as to train on few images.
const FEWER: &str = "data.validation=0.05";

controls! {
    roc: "roc", &[], &[];
    losses: "losses", &["cross-entropy", "hinge"], &["data.limit=500"];
    optimisers: "optimisers", &["plain SGD", "momentum 0.8", "Adam"], &["data.limit=500"];
    schedules: "schedules", &["constant", "cosine"], &["seeds=5", COARSE];
    activations: "activations", &["logistic", "tanh", "relu", "swish"],
        &["data.limit=500", "batch_size=16", "optimizer.lr=0.003"];
    sgd: "sgd", &["batch 64", "all"], &["epochs=5", COARSE];
    dropout: "dropout", &[], &["seeds=5", COARSE];
    weight_decay: "weight-decay", &[], &["data.limit=300", FEWER, COARSE];
    early_stopping: "early-stopping", &[], &[];
    init: "init", &["small", "Xavier", "He"], &[COARSE];
    dead_relu: "dead-relu", &["relu", "low rate", "leaky-relu", "batch norm"], &[];
    augmentation: "augmentation", &[], &[FEWER, COARSE];
    capacity: "capacity", &["3 units", "8 units", "512 units"], &["data.limit=1000", "epochs=10"];
}

#[test]
fn templates() {
    let [random, zeros] = ["from random weights", "from zeros"];
    let [penalty, first] = ["from zeros, weight decay 1", "from zeros, first step"];
    let of_controls: [&[&str]; 3] = [&[random], &[zeros, first], &[zeros, penalty]];
    // No claim is about validation images.
    let size = ["data.limit=2000", "epochs=30", "data.validation=0.01"];
    check_with("templates", &[], &of_controls, &size);
}

#[test]
fn batch_norm() {
    let inits = ["small without", "small with", "He without", "He with"];
    let rates = ["0.3 without", "0.3 with"];
    check_with("batch-norm", &[&inits[..], &rates].concat(), &[&inits, &rates], &[FEWER, COARSE]);
}

#[test]
fn every_experiment_has_a_test_and_what_a_page_needs() {
    let tested = include_str!("tests.rs");
    for found in super::ALL {
        let named = [": ", "("].map(|before| format!("{before}\"{}\"", found.name));
        assert!(named.iter().any(|name| tested.contains(name)), "no test of {}", found.name);
        assert!(found.takes_data() && found.source.starts_with("Lecture 6a."), "{}", found.name);
    }
}

#[test]
fn the_effect_appears_and_the_page_says_so() {
    let findings = run("init", &[], &["data.limit=1000", "epochs=6", COARSE]);
    assert!(
        findings.claims.iter().filter(|claim| claim.holds).count() >= 3,
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
        settings: vec![zunder::parse_setting("optimizer.momentun=0.5").unwrap()],
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
