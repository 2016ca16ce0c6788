//! The command `doctor`: checks data and model before a long run.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueHint};
use serde_json::json;
use zunder::{Check, DoctorReport, RunError, RunOptions, Verdict, doctor, program};

use crate::args::{OutputArgs, RecipeArgs};
use crate::commands::fetch::NetworkArgs;
use crate::output::brief::Brief;
use crate::output::{browser, file, stdout};
use crate::signals;

/// Check data and model before a long run, in less than a minute
///
/// It checks duplicates across the parts, the classes, the standardisation, the augmentation and
/// the initial loss, and makes three short trainings. Takes the flags of train. The exit code is 1
/// if a check finds a fault.
#[derive(Args)]
pub struct Doctor {
    /// Folder for pictures [default: none, no pictures]
    ///
    /// New, empty or of an earlier diagnosis. The pictures show augmented images, and pairs of
    /// images that are in two parts.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
    #[command(flatten)]
    recipe: RecipeArgs,
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    output: OutputArgs,
    /// Open the pictures in the browser at the end, with --out
    #[arg(long, requires = "out", help_heading = "Output")]
    open: bool,
}

impl Doctor {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        self.out.as_deref().map_or(Ok(()), DoctorReport::check_folder)?;
        self.out.as_deref().map_or(Ok(()), file::check_new_folder)?;
        let interrupt = signals::interrupt();
        let Some(config) = self.recipe.config_with_data(&self.network, &self.output, &interrupt)?
        else {
            return Ok(signals::interrupted());
        };
        let mut lines =
            Brief::new(&self.output, |_| say!("{:<15} | value | verdict | what to do", "check"));
        let found =
            doctor(&config, RunOptions { events: Some(&mut lines), interrupt }, &mut |check| {
                self.tell(check);
            })?;
        let Some(found) = found else { return Ok(signals::interrupted()) };
        let pictures = self.pictures(&found)?;
        if self.output.json {
            let pictures: Vec<String> =
                pictures.iter().map(|file| file.display().to_string()).collect();
            let record =
                json!({ "sound": found.is_sound(), "checks": found.checks, "pictures": pictures });
            stdout::json(&serde_json::to_string_pretty(&record)?);
        } else {
            self.conclude(&found, &pictures);
        }
        if self.open {
            for picture in &pictures {
                browser::open(picture);
            }
        }
        Ok(if found.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Prints a line when a check is done; with --quiet only for checks with findings.
    fn tell(&self, check: &Check) {
        if self.output.json || (self.output.quiet && check.verdict == Verdict::Good) {
            return;
        }
        let advice = if check.advice.is_empty() { "nothing to do" } else { &check.advice };
        say!("{:<15} | {} | {} | {advice}", check.name, check.value, check.verdict);
    }

    fn conclude(&self, found: &DoctorReport, pictures: &[PathBuf]) {
        for file in pictures {
            say!("picture         {}", file.display());
        }
        if self.output.quiet {
            return;
        }
        say!("");
        say!(
            "Test images were only compared for duplicates; no decision about the training \
             depends on them."
        );
        let count = |verdict| found.checks.iter().filter(|check| check.verdict == verdict).count();
        match (count(Verdict::Fault), count(Verdict::Warning)) {
            (0, 0) => say!(
                "All {} checks passed. Next: {} train, with the same flags",
                found.checks.len(),
                program()
            ),
            (0, warnings) => {
                say!(
                    "No fault; {warnings} of {} checks gave a warning. Next: {} train, with the \
                     same flags",
                    found.checks.len(),
                    program()
                );
            }
            (faults, _) => say!(
                "{faults} of {} checks found a fault: correct it before a training",
                found.checks.len()
            ),
        }
    }

    fn pictures(&self, found: &DoctorReport) -> Result<Vec<PathBuf>, RunError> {
        let Some(folder) = &self.out else { return Ok(Vec::new()) };
        signals::keep(format!("{} may lack pictures: run the command again", folder.display()));
        found.write_pictures(folder)
    }
}
