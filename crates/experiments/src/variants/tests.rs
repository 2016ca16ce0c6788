//! Tests of the experiments that compare variants.

use crate::controls::{controls, run};
use crate::{ExperimentConfig, experiment};

controls! {
    roc: "roc", &[], &[];
    losses: "losses", &["cross-entropy", "hinge"], &["data.limit=500"];
    optimisers: "optimisers", &["plain SGD", "momentum 0.8", "Adam"], &["data.limit=500"];
    schedules: "schedules", &["constant", "cosine"], &["data.limit=500"];
    activations: "activations", &["logistic", "tanh", "relu", "swish"],
        &["data.limit=500", "batch_size=16", "optimizer.lr=0.003"];
    sgd: "sgd", &["batch 64", "all"], &["epochs=5"];
    batch_norm: "batch-norm", &[], &["data.limit=500"];
    dropout: "dropout", &[], &["data.limit=300", "optimizer.lr=0.01"];
    weight_decay: "weight-decay", &[], &["data.limit=300", "optimizer.lr=0.01"];
    early_stopping: "early-stopping", &[], &[];
    init: "init", &["small", "Xavier", "He"], &[];
    dead_relu: "dead-relu", &["relu", "low rate", "leaky-relu", "batch norm"], &[];
    templates: "templates", &[], &["data.limit=2000", "epochs=30"];
    capacity: "capacity", &["3 units", "8 units", "512 units"], &["data.limit=1000", "epochs=10"];
}

macro_rules! the_claim_fails_without_the_effect {
    ($($test:ident: $name:literal, $off:expr;)*) => {$(
        #[test]
        fn $test() {
            let size = &["data.limit=500", "epochs=5"];
            let findings = run($name, &[], &[&size[..], $off].concat());
            let held: Vec<_> = findings.claims.iter().filter(|claim| claim.holds).collect();
            assert!(!findings.claims.is_empty() && held.is_empty(), "{held:#?}");
        }
    )*};
}

the_claim_fails_without_the_effect! {
    augmentation: "augmentation", &["augment=none", "data.limit=500"];
}

#[test]
fn every_experiment_has_a_test_and_what_a_page_needs() {
    let tested = include_str!("tests.rs");
    for found in super::ALL {
        assert!(tested.contains(&format!(": \"{}\"", found.name)), "no test of {}", found.name);
        assert!(found.takes_data() && found.source.starts_with("Lecture 6a."), "{}", found.name);
    }
}

#[test]
fn the_effect_appears_and_the_page_says_so() {
    let findings = run("init", &[], &["data.limit=1000", "epochs=6"]);
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
