//! Detects what a folder contains, for errors about the wrong kind of folder.

#[cfg(feature = "report")]
use std::io;
use std::path::Path;
#[cfg(feature = "report")]
use std::path::PathBuf;

use crate::folder::checksums::Checksums;
use crate::{RunConfig, RunError, program};
#[cfg(feature = "report")]
use crate::{RunFolder, check_replaceable};

/// The kinds of folders that Zunder creates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FolderKind {
    Sweep,
    Trial,
    Folds,
    Fold,
    Export,
    Experiment,
    Run,
    Other,
}

impl FolderKind {
    /// Detects the kind from the files in a folder and in those above it.
    fn of(folder: &Path) -> Self {
        let has = |name: &str| folder.join(name).is_file();
        // Gives `.` and `fold-1/` a name and a parent.
        let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let above = |levels: usize| absolute.ancestors().nth(levels);
        let within = |levels: usize, name: &str| {
            above(levels).is_some_and(|folder| folder.join(name).is_file())
        };
        match has("config.toml") {
            _ if has("sweep.json") => Self::Sweep,
            true if within(2, "sweep.json") && !has("environment.json") => Self::Trial,
            true if is_cross_validation(folder) => Self::Folds,
            true if above(1).is_some_and(is_cross_validation) => Self::Fold,
            true => Self::Run,
            false if has("model.json") && has("model.safetensors") => Self::Export,
            false if has("findings.json") => Self::Experiment,
            false => Self::Other,
        }
    }
}

/// Returns true if a folder contains a cross-validation: a configuration with `data.folds` and
/// without `data.fold`.
pub(crate) fn is_cross_validation(folder: &Path) -> bool {
    let file = folder.join("config.toml");
    if !file.is_file() {
        return false;
    }
    let Ok(config) = RunConfig::from_layers(Some(&file), &[]) else { return false };
    let checked = Checksums::read(folder)
        .and_then(|checksums| checksums.map_or(Ok(()), |all| all.check_config(folder, &config)));
    config.data.folds.is_some() && config.data.fold.is_none() && checked.is_ok()
}

/// Returns the page in a folder: `report.html` of a run, `index.html` of a sweep, of an experiment
/// or of all experiments.
///
/// # Errors
/// Returns [`RunError::NotFinished`] for a run that has not been tested, [`RunError::Imported`] for
/// an imported model, [`RunError::OtherKind`] or [`RunError::NotARun`] for a folder without a page,
/// and [`RunError::Io`] if the page is missing.
///
/// ```no_run
/// let page = zunder::page_of("runs/cifar10-mlp-1".as_ref())?;
/// assert!(page.ends_with("report.html"));
/// # Ok::<(), zunder::RunError>(())
/// ```
#[cfg(feature = "report")]
pub fn page_of(folder: &Path) -> Result<PathBuf, RunError> {
    let index = folder.join("index.html");
    let page = match FolderKind::of(folder) {
        FolderKind::Sweep | FolderKind::Experiment => index,
        // The page of all experiments is in the folder above theirs.
        FolderKind::Other if index.is_file() && check_replaceable(&index).is_ok() => index,
        _ => {
            let run = RunFolder::open(folder)?;
            run.check_trained()?;
            run.check_usable()?;
            run.report()
        }
    };
    if page.is_file() {
        return Ok(page);
    }
    Err(RunError::io("open the page", &page)(io::ErrorKind::NotFound.into()))
}

/// Returns an error that names the kind of the folder and its command, unless it is a run.
pub(crate) fn check_run(folder: &Path) -> Result<(), RunError> {
    let (here, program) = (folder.display(), program());
    let (what, hint) = match FolderKind::of(folder) {
        FolderKind::Sweep => (
            "a sweep",
            format!("`{program} sweep --resume {here}` resumes it; its trials store no weights"),
        ),
        FolderKind::Trial => (
            "a trial of a sweep",
            format!("`{program} train --config {here}/config.toml` trains it again as a run"),
        ),
        FolderKind::Folds => (
            "a cross-validation",
            format!(
                "name the run of a fold, such as {here}/fold-1; `{program} train --resume {here}` \
                 resumes all of them"
            ),
        ),
        FolderKind::Export => (
            "an export",
            format!("`{program} import {here}` imports it for prediction and further training"),
        ),
        FolderKind::Experiment => (
            "an experiment's folder",
            format!("`{program} experiment NAME` repeats it; there is no run to resume"),
        ),
        FolderKind::Fold | FolderKind::Run => return Ok(()),
        FolderKind::Other => {
            return Err(RunError::NotARun { folder: folder.to_owned(), missing: "config.toml" });
        }
    };
    Err(RunError::OtherKind { folder: folder.to_owned(), what, expected: "a run", hint })
}

/// Returns an error for a single fold of a cross-validation and for a folder that is not a run.
pub(crate) fn check_resumable(folder: &Path) -> Result<(), RunError> {
    if FolderKind::of(folder) != FolderKind::Fold {
        return check_run(folder);
    }
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let above = folder
        .parent()
        .filter(|above| !above.as_os_str().is_empty())
        .or(absolute.parent())
        .unwrap_or(folder);
    let hint = format!("`{} train --resume {}` resumes all folds", program(), above.display());
    Err(RunError::OtherKind {
        folder: folder.to_owned(),
        what: "a fold of a cross-validation",
        expected: "a run of its own",
        hint,
    })
}

/// Returns the reason why a folder without `sweep.json` is not a sweep.
pub(crate) fn no_sweep(folder: &Path) -> RunError {
    let (here, program) = (folder.display(), program());
    let of = |what, hint| RunError::OtherKind {
        folder: folder.to_owned(),
        what,
        expected: "a sweep, with sweep.json in it",
        hint,
    };
    match FolderKind::of(folder) {
        FolderKind::Run | FolderKind::Fold => {
            of("a run", format!("`{program} train --resume {here}` resumes it"))
        }
        FolderKind::Folds => {
            of("a cross-validation", format!("`{program} train --resume {here}` resumes it"))
        }
        FolderKind::Trial => of("a trial of a sweep", "name the folder of the sweep".to_owned()),
        _ => of(
            "no sweep's folder",
            format!("name a folder that `{program} sweep` created, such as one under sweeps/"),
        ),
    }
}
