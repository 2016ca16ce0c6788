//! The command `import`: reads weights of other programs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueHint};
use zunder::{Run, program};

use crate::shell;
use crate::signals;

/// Import a model that export wrote, changed in PyTorch or not
///
/// The folder that it creates can be used by predict and train --from. It has no training and no
/// test, so evaluate and compare refuse it.
#[derive(Args)]
pub struct Import {
    /// The folder with model.safetensors and model.json, or a file of weights beside a model.json
    #[arg(value_name = "FOLDER|FILE", value_hint = ValueHint::AnyPath)]
    source: PathBuf,
    /// Folder for the model, new or empty [default: runs/ and a name with a number]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
}

impl Import {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let out = self.out.as_deref().unwrap_or(Path::new("runs"));
        signals::keep(format!(
            "a folder of the model in {} may be incomplete: remove it, and run the command again",
            out.display()
        ));
        let run = Run::import(&self.source, self.out.as_deref())?;
        let (folder, program, shape, classes) =
            (run.path().display(), program(), run.decoder()?.shape, run.classes()?.len());
        say!(
            "import  {folder}: {}, images of {shape}, {classes} classes",
            run.config().model.kind().name()
        );
        for remark in run.imported()?.map(|import| import.remarks).unwrap_or_default() {
            say!("note    {remark}");
        }
        let (folder, config) = (shell::path(run.path()), shell::path(&run.folder().config()));
        say!("next    {program} predict {folder} IMAGE");
        say!("        {program} train --config {config} --from {folder} --dataset NAME");
        Ok(ExitCode::SUCCESS)
    }
}
