//! The command `report`: prints or opens the page of a run.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueHint};

use crate::args::OpenArgs;
use crate::output::browser;

/// Print the path of the page of a run, a sweep or an experiment, or open it
///
/// The page was written by the command that created the folder; nothing is computed.
#[derive(Args)]
pub struct Report {
    /// The folder of a run, a sweep or an experiment
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    folder: PathBuf,
    #[command(flatten)]
    open: OpenArgs,
}

impl Report {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let page = zunder::page_of(&self.folder)?;
        say!("page    {}", page.display());
        if self.open.open {
            browser::open(&page);
        }
        Ok(ExitCode::SUCCESS)
    }
}
