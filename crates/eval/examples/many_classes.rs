//! Prints time, memory and file sizes of a test set by the number of classes: `cargo run --release
//! -p zunder-eval --example many_classes -- 10000 1000`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::time::Instant;

use zunder_eval::{BootstrapConfig, Key, Predictions, ReportConfig, ScoreIntervals};

fn main() -> Result<(), Box<dyn Error>> {
    let numbers = std::env::args().skip(1).map(|n| n.parse()).collect::<Result<Vec<usize>, _>>()?;
    let [samples, classes] = numbers[..] else {
        return Err(
            "expected two arguments: the number of samples and the number of classes".into()
        );
    };
    let predictions = made_up(samples, classes)?;
    let names: Vec<String> = (0..classes).map(|i| format!("class_{i:05}")).collect();
    let matrix = 4 * samples * classes;
    let mut start = Instant::now();
    let mut lap = |what: &str, size: Option<usize>| {
        let size = size.map_or_else(String::new, |size| format!("{:.1} MB", size as f64 / 1e6));
        println!("{what:<22} {:>8.2} s  {size}", start.elapsed().as_secs_f64());
        start = Instant::now();
    };
    let mut csv = Vec::new();
    predictions.write_csv(&names, &mut csv)?;
    lap("predictions.csv", Some(csv.len()));
    drop(csv);
    let test = predictions.evaluate(&names)?;
    lap("test.json", Some(serde_json::to_vec_pretty(&test)?.len()));
    let report = predictions.report(&ReportConfig::default())?;
    lap("scores and curves", None);
    let scored = predictions.scored()?;
    let intervals = ScoreIntervals::new(
        &scored,
        &scored.predicted(),
        &BootstrapConfig::default(),
        Key::new(1),
    )?;
    lap("intervals", None);
    lap("evaluation.json", Some(serde_json::to_vec_pretty(&(&report, &intervals))?.len()));
    println!(
        "most memory {:.0} MB, the probabilities {:.0} MB",
        peak()? / 1e3,
        matrix as f64 / 1e6
    );
    Ok(())
}

/// Labels, and the softmax of normal scores. The score of the true class is raised by 4.
fn made_up(samples: usize, classes: usize) -> Result<Predictions, Box<dyn Error>> {
    let mut rng = Key::new(1).rng();
    let labels: Vec<u32> = (0..samples).map(|_| rng.below(classes) as u32).collect();
    let mut probabilities = Vec::with_capacity(samples * classes);
    let mut row = vec![0.0_f64; classes];
    for &label in &labels {
        for e in &mut row {
            *e = (2.0 * rng.normal()).exp();
        }
        row[label as usize] *= 4.0_f64.exp();
        let sum: f64 = row.iter().sum();
        probabilities.extend(row.iter().map(|e| (e / sum) as f32));
    }
    Ok(Predictions::new((0..samples as u32).collect(), labels, probabilities, classes)?)
}

/// Returns the peak memory of the process in kB.
fn peak() -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
