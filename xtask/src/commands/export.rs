//! The command `export`: writes a run's weights for other programs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueHint};
use zunder::Run;

use crate::signals;

/// Export a run's best weights for other programs, such as PyTorch
///
/// Writes safetensors with PyTorch's names and layouts, JSON with classes and standardisation, and
/// a script that loads both into PyTorch.
#[derive(Args)]
pub struct Export {
    /// The run's folder
    #[arg(value_name = "RUN", value_hint = ValueHint::DirPath)]
    run: PathBuf,
    /// Folder for the files, new or empty [default: export in the run's folder]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
}

impl Export {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let run = Run::open(&self.run)?;
        let folder = self.out.unwrap_or_else(|| run.path().join("export"));
        signals::keep(format!(
            "{} may be incomplete: remove it, and run the command again",
            folder.display()
        ));
        run.export(&folder)?;
        say!("export  {}", folder.display());
        say!(
            "        model.safetensors (weights), model.json (classes, standardisation), model.py \
             (PyTorch: python model.py IMAGE)"
        );
        Ok(ExitCode::SUCCESS)
    }
}
