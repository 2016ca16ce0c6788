//! The command `evaluate`: evaluates a run's best epoch again.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueHint};
use zunder::eval::Wanted;
use zunder::{Run, Threshold};

use crate::args::{MachineArgs, OpenArgs, PlaceArgs};
use crate::output::{self, browser};

/// Evaluate a run's best epoch on its test set again; writes nothing
#[derive(Args)]
pub struct Evaluate {
    /// The run's folder
    #[arg(value_name = "RUN", value_hint = ValueHint::DirPath)]
    run: PathBuf,
    /// Two classes: predict positive from the probability P on
    ///
    /// For scores that are not probabilities, P is the margin over the score of the other class.
    #[arg(
        long,
        value_name = "P",
        allow_negative_numbers = true,
        conflicts_with_all = ["sensitivity", "specificity"]
    )]
    threshold: Option<f32>,
    /// Two classes: choose the threshold that reaches this sensitivity
    ///
    /// The highest threshold at which this share of the positive validation images, such as 0.95,
    /// is predicted positive.
    #[arg(long, value_name = "SHARE", conflicts_with = "specificity")]
    sensitivity: Option<f64>,
    /// Two classes: choose the threshold that reaches this specificity
    ///
    /// The lowest threshold at which this share of the negative validation images is predicted
    /// negative.
    #[arg(long, value_name = "SHARE")]
    specificity: Option<f64>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    machine: MachineArgs,
    #[command(flatten)]
    open: OpenArgs,
}

impl Evaluate {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let mut run = Run::open(&self.run)?;
        run.compute_on(
            self.machine.device.as_deref(),
            self.machine.threads,
            self.place.data_dir.as_deref(),
        )?;
        let evaluation = run.evaluate_in_full(self.threshold())?;
        if self.json {
            output::stdout::json(&serde_json::to_string_pretty(&evaluation)?);
        } else {
            output::result::print_details(&evaluation)?;
        }
        if self.open.open {
            browser::open(&run.folder().report());
        }
        Ok(ExitCode::SUCCESS)
    }

    fn threshold(&self) -> Option<Threshold> {
        let given = self.threshold.map(Threshold::At);
        let sensitivity =
            self.sensitivity.map(|share| Threshold::Chosen(Wanted::Sensitivity(share)));
        given
            .or(sensitivity)
            .or(self.specificity.map(|share| Threshold::Chosen(Wanted::Specificity(share))))
    }
}
