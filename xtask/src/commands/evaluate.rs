use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueHint};
use zunder::Run;

use crate::args::{MachineArgs, PlaceArgs};
use crate::output;

#[derive(Args)]
pub struct Evaluate {
    /// The run's folder
    #[arg(value_name = "RUN", value_hint = ValueHint::DirPath)]
    run: PathBuf,
    /// The result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    machine: MachineArgs,
}

impl Evaluate {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let mut run = Run::open(&self.run)?;
        run.compute_on(self.machine.device.as_deref(), self.machine.threads, self.place.data_dir.as_deref())?;
        let test = run.evaluate()?;
        if self.json {
            say!("{}", serde_json::to_string_pretty(&test)?);
        } else {
            output::result::print_details(&test);
        }
        Ok(ExitCode::SUCCESS)
    }
}
