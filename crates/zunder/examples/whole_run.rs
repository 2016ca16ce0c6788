//! A small run on the synthetic data set, from its configuration to its predictions: `cargo run
//! --release -p zunder --example whole_run -- FOLDER`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::env;
use std::error::Error;
use std::path::Path;

use zunder::data::shapes::ShapesConfig;
use zunder::{DatasetName, ModelKind, Run, RunConfig, RunOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("expected a new folder for the run")?;
    let mut config = RunConfig::preset(ModelKind::Linear);
    config.data.dataset = DatasetName::Shapes;
    config.data.limit = Some(2000);
    config.epochs = 5;
    let run = Run::train_in(Path::new(&folder), &config, RunOptions::default())?;
    for epoch in run.epochs()? {
        println!(
            "epoch {}  loss {:.3}  validation accuracy {:.3}",
            epoch.epoch, epoch.train_loss, epoch.validation_accuracy
        );
    }

    let evaluation = Run::open(Path::new(&folder))?.evaluate_in_full(None)?;
    let (report, interval) = (&evaluation.report, evaluation.report.accuracy_interval);
    // Scores of a hinge loss have no log loss.
    let log_loss = report.log_loss.map_or_else(|| "–".to_owned(), |loss| format!("{loss:.3}"));
    println!(
        "test accuracy {:.3} ({:.3} to {:.3}), log loss {log_loss}",
        report.accuracy, interval.low, interval.high
    );

    let new = ShapesConfig { train: 10, test: 10, seed: 7 }.generate()?;
    let drawn: Vec<&String> =
        new.train.labels().iter().map(|&label| &new.classes[label as usize]).collect();
    for (answer, drawn) in run.predict(new.train.clone())?.iter().zip(drawn) {
        println!("a {drawn}: {}", answer.class);
    }
    Ok(())
}
