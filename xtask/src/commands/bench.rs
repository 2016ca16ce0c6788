//! The command `bench`: measures the speed of a training.

use std::process::ExitCode;

use clap::Args;
use zunder::{Benchmark, BenchmarkConfig, RunOptions, Throughput, benchmark};

use crate::args::{OutputArgs, RecipeArgs};
use crate::commands::fetch::NetworkArgs;
use crate::format::{percent, thousands};
use crate::output::brief::{Brief, print_plan};
use crate::output::stdout;
use crate::signals;

/// Measure how fast a recipe trains on this machine, and where its time goes
///
/// In about half a minute it measures batches, training steps on a prepared batch, their matrix
/// products, and whole epochs with validation. Takes the flags of train and writes nothing. Other
/// programs should be idle meanwhile.
#[derive(Args)]
pub struct Bench {
    /// Approximate duration of the measurement, after loading the data
    #[arg(long, value_name = "S", default_value_t = BenchmarkConfig::default().seconds)]
    seconds: f64,
    /// Rounds of each measurement; the median is reported
    #[arg(long, value_name = "N", default_value_t = BenchmarkConfig::default().rounds)]
    rounds: usize,
    #[command(flatten)]
    recipe: RecipeArgs,
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl Bench {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let how = BenchmarkConfig { seconds: self.seconds, rounds: self.rounds };
        how.validate()?;
        let interrupt = signals::interrupt();
        let Some(config) = self.recipe.config_with_data(&self.network, &self.output, &interrupt)?
        else {
            return Ok(signals::interrupted());
        };
        let mut lines = Brief::new(&self.output, print_plan);
        let options = RunOptions { events: Some(&mut lines), interrupt };
        let measured = benchmark(&config, &how, options);
        drop(lines); // ends its line
        let Some(measured) = measured? else { return Ok(signals::interrupted()) };
        if self.output.json {
            stdout::json(&serde_json::to_string_pretty(&measured)?);
        } else if self.output.quiet {
            say!(
                "{} images/s in an epoch, {} in a step",
                speed(&measured.epoch),
                speed(&measured.step)
            );
        } else {
            print(&measured);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print(measured: &Benchmark) {
    let Benchmark { batches, step, products, epoch, .. } = measured;
    let threads = if measured.threads == 1 { "thread" } else { "threads" };
    say!("device  {} ({}), {} {threads}", measured.device, measured.adapter, measured.threads);
    say!("");
    say!(
        "{:<16} {:>12} {:>12}   median of {} rounds (fastest to slowest)",
        "",
        "images/s",
        "time",
        step.seconds.rounds
    );
    row(
        "batches",
        Some(batches),
        &batches.seconds,
        "only loading: draw, augment and standardise images",
    );
    row(
        "training step",
        Some(step),
        &step.seconds,
        "of a prepared batch: forward, backward, update",
    );
    row("matrix products", None, &products.seconds, "of a step, measured separately");
    let part = match measured.epoch_part {
        part if part < 1.0 => {
            format!("training and validation, extrapolated from {} of it", percent(part))
        }
        _ => "training and validation".to_owned(),
    };
    row("epoch", Some(epoch), &epoch.seconds, &part);
    say!("");
    say!(
        "{:<36} {:>10} {:>16} {:>15}   GFLOP/s",
        "matrix products of a layer",
        "forward",
        "weight gradient",
        "input gradient"
    );
    for size in &products.sizes {
        let layers = if size.layers == 1 {
            size.layer.clone()
        } else {
            format!("{} and {} more", size.layer, size.layers - 1)
        };
        let name = format!("{layers}, {} -> {}", size.inputs, size.outputs);
        let input =
            size.input_gradient.map_or_else(|| "-".to_owned(), |gflops| format!("{gflops:.0}"));
        say!("{name:<36} {:>10.0} {:>16.0} {input:>15}", size.forward, size.weight_gradient);
    }
    say!("");
    say!(
        "A step computes {:.2} GFLOP of matrix products in {}: {:.0} GFLOP/s, {:.0} % of the \
         {:.0} GFLOP/s of the matrix products alone.",
        products.flops as f64 / 1e9,
        time(step.seconds.median),
        measured.step_gflops,
        100.0 * measured.share_of_products,
        products.gflops
    );
    say!("Loading the data took {}.", time(measured.preparation_seconds));
}

fn row(name: &str, throughput: Option<&Throughput>, seconds: &zunder::Rounds, what: &str) {
    let speed = throughput.map_or_else(String::new, speed);
    let spread = format!("({} to {})", time(seconds.fastest), time(seconds.slowest));
    say!("{name:<16} {speed:>12} {:>12}   {spread:<24} {what}", time(seconds.median));
}

fn speed(throughput: &Throughput) -> String {
    thousands(throughput.images_per_second.round() as u64)
}

/// Formats seconds in a suitable unit with three digits.
fn time(seconds: f64) -> String {
    let (number, unit) = match seconds {
        s if s < 1e-3 => (s * 1e6, "us"),
        s if s < 1.0 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    let digits = if number < 10.0 { 2 } else { usize::from(number < 100.0) };
    format!("{number:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        assert_eq!(
            [0.000_123_4, 0.006_88, 0.0123, 1.5, 61.23].map(time),
            ["123 us", "6.88 ms", "12.3 ms", "1.50 s", "61.2 s"]
        );
    }
}
