use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueHint};
use zunder::{Run, RunError};

use crate::args::OpenArgs;
use crate::output::{browser, file, stdout};

/// Compare runs, and say whether they differ by more than luck
#[derive(Args)]
pub struct Compare {
    /// The runs' folders, two or more; more than four are each compared with the first
    #[arg(value_name = "RUN", num_args = 2.., required = true, value_hint = ValueHint::DirPath)]
    runs: Vec<PathBuf>,
    /// The page to write; an earlier page of Zunder is replaced, no other file is
    #[arg(long, value_name = "FILE", default_value = "compare.html", value_hint = ValueHint::FilePath)]
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
