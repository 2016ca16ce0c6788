//! The command `export`: writes a run's model for other programs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueHint};
use zunder::{ExportFormat, Run};

use crate::signals;

/// Export a run's best model for other programs: PyTorch, ONNX, Rust
///
/// Each form has the preprocessing as JSON, a program that reads image files as Zunder does, and a
/// README.md: what the model is, what it was trained on, how accurate it is, how to run it.
#[derive(Args)]
pub struct Export {
    /// The run's folder
    #[arg(value_name = "RUN", value_hint = ValueHint::DirPath)]
    run: PathBuf,
    /// The form
    ///
    /// pytorch: safetensors with PyTorch's names and layouts, JSON with the layers, and a script
    /// that loads both into PyTorch; import reads it back. onnx: one file for ONNX Runtime and
    /// others, 8-bit images in, scores and probabilities out. burn: a record of Burn, and a Rust
    /// project that classifies image files by it.
    #[arg(
        long,
        value_name = "NAME",
        default_value = ExportFormat::PyTorch.name(),
        value_parser = PossibleValuesParser::new(ExportFormat::ALL.map(ExportFormat::name))
    )]
    format: String,
    /// Folder for the files, new or empty [default: export or export-NAME in the run's folder]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
}

impl Export {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let format = ExportFormat::from_name(&self.format).unwrap_or_default();
        let run = Run::open(&self.run)?;
        let folder = self.out.unwrap_or_else(|| run.path().join(format.default_folder()));
        signals::keep(format!(
            "{} may be incomplete: remove it, and run the command again",
            folder.display()
        ));
        run.export_as(format, &folder)?;
        say!("export  {}", folder.display());
        say!("        {}", format.files().join(", "));
        say!("        README.md says what the model is and how to run it");
        Ok(ExitCode::SUCCESS)
    }
}
