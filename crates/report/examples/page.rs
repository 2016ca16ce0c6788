//! Writes the page of a made-up run, to look at: `cargo run -p zunder-report --example page -- report.html`.

use std::error::Error;

use zunder_eval::{EnvironmentRecord, EpochRecord, Predictions, TestRecord};
use zunder_report::{RunReport, html};

const CLASSES: [&str; 10] = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
const CONFIG: &str = "\
seed = 0

[data]
dataset = \"shapes\"
batch_size = 128
augment = \"standard\"

[model]
kind = \"mlp\"
hidden = [1024, 512]
activation = \"relu\"
dropout = 0.2

[optimizer]
kind = \"adamw\"
lr = 0.001
";

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name the file to write")?;
    let epochs: Vec<EpochRecord> = (1..=60).map(epoch).collect();
    let test = test()?;
    let environment = EnvironmentRecord {
        zunder_version: "0.1.0".to_owned(),
        commit: Some("503b8a3c91d2f04e".to_owned()),
        device: "flex".to_owned(),
        adapter: None,
        threads: 8,
        cpu: Some("Example CPU 9000 8-Core Processor".to_owned()),
        os: "linux x86_64".to_owned(),
        dataset: "shapes".to_owned(),
        dataset_sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        synthetic: true,
        train_images: 45_000,
        validation_images: 5_000,
        test_images: 10_000,
        parameters: 3_805_450,
    };
    let summary = [("model", "mlp 3072-1024-512-10"), ("optimiser", "adamw, lr 0.001"), ("epochs", "60, best 48"), ("time", "4 min 12 s")];
    let report = RunReport {
        title: "shapes-mlp-2026-01-31",
        summary: summary.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        epochs: &epochs,
        best_epoch: Some(48),
        test: Some(&test),
        environment: &environment,
        config_toml: CONFIG,
        reproduce: "cargo xtask train --config runs/shapes-mlp-2026-01-31/config.toml --seed 0",
    };
    std::fs::write(path, html(&report)?)?;
    Ok(())
}

/// A curve that falls fast, then slowly, with some unrest.
fn epoch(epoch: usize) -> EpochRecord {
    let t = epoch as f64;
    let unrest = (t * 12.9898).sin() * 0.03 / t.sqrt();
    EpochRecord {
        epoch,
        train_loss: 1.05 + 1.2 * (-t / 14.0).exp() + unrest / 3.0,
        train_accuracy: 0.63 - 0.43 * (-t / 14.0).exp(),
        penalty: 0.0,
        validation_loss: 1.22 + 0.9 * (-t / 9.0).exp() + unrest * 2.0 + 0.0015 * (t - 48.0).abs(),
        validation_accuracy: 0.57 - 0.33 * (-t / 9.0).exp() - unrest - 0.0008 * (t - 48.0).abs(),
        learning_rate: 0.001 * (1.0 + (std::f64::consts::PI * t / 60.0).cos()) / 2.0,
        seconds: 4.2,
        images_per_second: 11_000.0,
        validation_seconds: 0.3,
        ..EpochRecord::default()
    }
}

/// Ten thousand images; vehicles are mostly taken for vehicles, and animals for animals.
fn test() -> Result<TestRecord, zunder_eval::EvalError> {
    let vehicle = |class: usize| matches!(class, 0 | 1 | 8 | 9);
    let mut labels = Vec::new();
    let mut probabilities = Vec::new();
    for i in 0..10_000_usize {
        let truth = i % 10;
        let chance = (i * 7919 % 10_007) as f64 / 10_007.0;
        let other = (truth + 1 + i / 10 % 9) % 10;
        let likely = vehicle(other) == vehicle(truth);
        let wrong = chance < if vehicle(truth) { 0.3 } else { 0.5 } + if likely { 0.35 } else { -0.3 };
        let taken_for = if wrong { other } else { truth };
        labels.push(truth as u32);
        probabilities.extend((0..10).map(|class| if class == taken_for { 0.55 } else { 0.05 }));
    }
    Predictions::new((0..10_000).collect(), labels, probabilities, 10)?.evaluate(&CLASSES.map(str::to_owned))
}
