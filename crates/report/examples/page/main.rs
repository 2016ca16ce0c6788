//! Writes the page of a made-up run: `cargo run -p zunder-report --example page -- report.html
//! [KIND]`.
//!
//! KIND is `ten` (classes, the default), `two`, `hundred`, `grey`, `short` (1 epoch), `long` (300
//! epochs), `compare`, or `png`, which writes a plot.

mod made_up;

use std::error::Error;
use std::io::Write;

use made_up::{CONFIG, Run, environment};
use zunder_eval::{BootstrapConfig, ReportConfig, ScoreIntervals};
use zunder_random::Key;
use zunder_report::{
    ComparedRun, ContactSheet, MistakeLimits, Mistakes, RunReport, SheetRow, WeightPictures,
    compare, html, learning_curves, png,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("expected the file to write")?;
    let kind = arguments.next().unwrap_or_else(|| "ten".to_owned());
    match kind.as_str() {
        "compare" => std::fs::write(path, comparison()?)?,
        "png" => {
            std::fs::write(path, png(&learning_curves(&Run::new(10, 60, 3).epochs(), Some(48))?)?)?;
        }
        "two" => std::fs::write(path, page(&Run::new(2, 30, 3))?)?,
        "hundred" => std::fs::write(path, page(&Run::new(100, 60, 3))?)?,
        "grey" => std::fs::write(path, page(&Run::new(10, 60, 1))?)?,
        "short" => std::fs::write(path, page(&Run::new(10, 1, 3))?)?,
        "long" => std::fs::write(path, page(&Run::new(10, 300, 3))?)?,
        "ten" => std::fs::write(path, page(&Run::new(10, 60, 3))?)?,
        _ => {
            let expected = "ten, two, hundred, grey, short, long, compare or png";
            return Err(format!("the kind of page is {kind}, expected {expected}").into());
        }
    }
    Ok(())
}

fn page(run: &Run) -> Result<String, Box<dyn Error>> {
    let (classes, epochs, predictions) = (run.classes(), run.epochs(), run.predictions(0.0)?);
    let health = run.health();
    let threshold = (run.classes == 2).then_some(0.4);
    let metrics = predictions.report(&ReportConfig { threshold, ..ReportConfig::default() })?;
    let test = match threshold {
        Some(threshold) => predictions.evaluate_at(threshold, &classes)?,
        None => predictions.evaluate(&classes)?,
    };
    let scored = predictions.scored()?;
    let predicted = threshold
        .map_or_else(|| Ok(scored.predicted()), |threshold| scored.predicted_at(threshold))?;
    let bootstrap = BootstrapConfig { resamples: 20, ..BootstrapConfig::default() };
    let intervals = ScoreIntervals::new(&scored, &predicted, &bootstrap, Key::new(1))?;
    let image = |index: u32| Some((format!("test/image_{index:05}.png"), run.picture(index)));
    let mistakes =
        Mistakes::select(&predictions, &predicted, &classes, &MistakeLimits::default(), image);
    let row = |i: u32| SheetRow {
        caption: classes[i as usize % classes.len()].clone(),
        details: String::new(),
        pictures: (0..7).map(|draw| run.picture(i + 1000 * draw)).collect(),
    };
    let augmented = ContactSheet {
        title: "Augmented training images".to_owned(),
        subtitle: "crop (padding 4), flip (probability 0.5)".to_owned(),
        columns: std::iter::once("original".to_owned())
            .chain((1..=6).map(|epoch| format!("epoch {epoch}")))
            .collect(),
        rows: (0..10).map(row).collect(),
    };
    let schedule: Vec<f64> =
        (0..epochs.len() * 352).map(|i| run.learning_rate(i as f64 / 352.0)).collect();
    let weights: Vec<f32> = (0..200).flat_map(|unit| run.weights(unit)).collect();
    let size = run.channels * 32 * 32;
    let layer = |title, names, weights| WeightPictures {
        title,
        names,
        channels: run.channels,
        height: 32,
        width: 32,
        weights,
    };
    let environment = environment(run);
    let best = epochs.len() * 4 / 5;
    let summary = [
        ("Data", "shapes".to_owned()),
        ("Images", "45,000 training, 5,000 validation, 10,000 test".to_owned()),
        ("Model", "mlp 3072-1024-512-10, 3,805,450 parameters".to_owned()),
        ("Best epoch", format!("{} of {}", best.max(1), epochs.len())),
        ("Training time", "4 min 12 s, 11,000 images/s".to_owned()),
    ];
    let report = RunReport {
        summary: summary.map(|(key, value)| (key.to_owned(), value)).into(),
        epochs: &epochs,
        best_epoch: Some(best.max(1)),
        schedule: &schedule,
        health: &health,
        test: Some(&test),
        metrics: Some(&metrics),
        intervals: Some(&intervals),
        mistakes: Some(&mistakes),
        augmented: Some(&augmented),
        weights: vec![
            layer("Template of each class", &classes, &weights[..size * classes.len()]),
            layer("First layer", &[], &weights),
        ],
        config_toml: CONFIG,
        reproduce: "cargo xtask train --config runs/shapes-mlp-2026-01-31/config.toml --seed 0",
        ..RunReport::new("shapes-mlp-2026-01-31", &environment)
    };
    let start = std::time::Instant::now();
    let page = html(&report)?;
    writeln!(std::io::stdout(), "{} bytes in {:.3} s", page.len(), start.elapsed().as_secs_f64())?;
    Ok(page)
}

fn comparison() -> Result<String, Box<dyn Error>> {
    let made = [Run::new(10, 60, 3), Run::new(10, 40, 3), Run::new(10, 60, 3), Run::new(10, 1, 3)];
    let names = [
        "shapes-mlp-2026-01-31",
        "shapes-mlp-dropout-0.5-and-a-much-longer-name-than-the-others",
        "cnn",
        "cnn-1-epoch",
    ];
    let better = [0.0, 0.02, 0.15, -0.1];
    let epochs = made.each_ref().map(Run::epochs);
    let configs = [
        CONFIG.to_owned(),
        CONFIG.replace("0.2", "0.5"),
        CONFIG.replace("\"mlp\"\nhidden = [1024, 512]", "\"cnn\""),
        CONFIG.replace("adamw", "sgd"),
    ];
    let mut predictions = Vec::new();
    for (run, better) in made.iter().zip(better) {
        predictions.push(run.predictions(better)?);
    }
    let mut tests = Vec::new();
    for (run, predictions) in made.iter().zip(&predictions) {
        tests.push(predictions.evaluate(&run.classes())?);
    }
    let decisions: Vec<_> = predictions.iter().map(zunder_eval::Predictions::decisions).collect();
    let runs: Vec<ComparedRun> = (0..4)
        .map(|i| ComparedRun {
            name: names[i],
            epochs: &epochs[i],
            best_epoch: Some(epochs[i].len()),
            test: Some(&tests[i]),
            decisions: (i < 3).then(|| &decisions[i]),
            dataset_hash: None,
            config_toml: &configs[i],
        })
        .collect();
    let comparison = compare(&runs, &BootstrapConfig::default(), Key::new(0))?;
    writeln!(std::io::stdout(), "{}", comparison.text())?;
    Ok(comparison.html())
}
