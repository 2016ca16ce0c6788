//! The command `compare`: compares runs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueHint};
use zunder::{Run, RunError};

use crate::args::OpenArgs;
use crate::output::{browser, file, stdout};

/// Compare runs, and test whether they differ by more than chance
#[derive(Args)]
pub struct Compare {
    /// Folders of two or more runs; if more than four, each is compared with the first
    #[arg(value_name = "RUN", num_args = 2.., required = true, value_hint = ValueHint::DirPath)]
    runs: Vec<PathBuf>,
    /// The page to write. Only an earlier page of Zunder is replaced
    #[arg(
        long,
        value_name = "FILE",
        default_value = "compare.html",
        value_hint = ValueHint::FilePath
    )]
    out: PathBuf,
    #[command(flatten)]
    open: OpenArgs,
}

impl Compare {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        file::check(&self.out)?;
        zunder::check_replaceable(&self.out)?;
        let runs =
            self.runs.iter().map(|path| Run::open(path)).collect::<Result<Vec<_>, RunError>>()?;
        let comparison = zunder::compare(&runs)?;
        stdout::text(&comparison.text);
        say!("");
        file::write(&self.out, comparison.html.as_bytes())?;
        say!("page    {}", self.out.display());
        if self.open.open {
            browser::open(&self.out);
        }
        Ok(ExitCode::SUCCESS)
    }
}
