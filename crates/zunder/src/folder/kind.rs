//! What a folder holds, where a command expected something else.

#[cfg(feature = "report")]
use std::io;
use std::path::Path;
#[cfg(feature = "report")]
use std::path::PathBuf;

use crate::folder::checksums::Checksums;
use crate::{RunConfig, RunError, program};
#[cfg(feature = "report")]
use crate::{RunFolder, check_replaceable};

/// What Zunder leaves in folders, beside runs.
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
    /// By the files in a folder, and in those above it.
    fn of(folder: &Path) -> Self {
        let has = |name: &str| folder.join(name).is_file();
        // So that `.` and `fold-1/` have a name and a parent.
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

/// Whether a folder holds a cross-validation: a configuration with `data.folds` and without
/// `data.fold`, as it was written.
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

/// The page that a command left in a folder: `report.html` of a run, `index.html` of a sweep, of an
/// experiment or of all experiments.
///
/// # Errors
/// [`RunError::NotFinished`] for a run that has not been tested, [`RunError::Imported`] for a model
/// that was not trained here, [`RunError::OtherKind`] and [`RunError::NotARun`] for a folder that
/// has no page, [`RunError::Io`] if the page is gone.
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
        // Of all experiments, which have a folder each below it.
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

/// Refuses what is no run, with what it is and the command it belongs to.
pub(crate) fn check_run(folder: &Path) -> Result<(), RunError> {
    let (here, program) = (folder.display(), program());
    let (what, hint) = match FolderKind::of(folder) {
        FolderKind::Sweep => (
            "a sweep",
            format!(
                "`{program} sweep --resume {here}` goes on with it; its trials keep no weights"
            ),
        ),
        FolderKind::Trial => (
            "a trial of a sweep",
            format!(
                "`{program} train --config {here}/config.toml` trains the same as a run of its own"
            ),
        ),
        FolderKind::Folds => (
            "a cross-validation",
            format!(
                "name the run of a fold, such as {here}/fold-1; `{program} train --resume {here}` \
                 goes on with all of them"
            ),
        ),
        FolderKind::Export => (
            "an export",
            format!(
                "`{program} import {here}` makes a model of it that predicts and can be trained on"
            ),
        ),
        FolderKind::Experiment => (
            "an experiment's folder",
            format!("`{program} experiment NAME` repeats it, and has no run to go on with"),
        ),
        FolderKind::Fold | FolderKind::Run => return Ok(()),
        FolderKind::Other => {
            return Err(RunError::NotARun { folder: folder.to_owned(), missing: "config.toml" });
        }
    };
    Err(RunError::OtherKind { folder: folder.to_owned(), what, expected: "a run", hint })
}

/// Refuses to go on with one fold alone, and with what is no run.
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
    let hint = format!("`{} train --resume {}` goes on with all folds", program(), above.display());
    Err(RunError::OtherKind {
        folder: folder.to_owned(),
        what: "a fold of a cross-validation",
        expected: "a run of its own",
        hint,
    })
}

/// Why a folder without `sweep.json` is no sweep.
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
            of("a run", format!("`{program} train --resume {here}` goes on with it"))
        }
        FolderKind::Folds => {
            of("a cross-validation", format!("`{program} train --resume {here}` goes on with it"))
        }
        FolderKind::Trial => of("a trial of a sweep", "name the folder of the sweep".to_owned()),
        _ => of(
            "no sweep's folder",
            format!("name a folder that `{program} sweep` made, such as one under sweeps/"),
        ),
    }
}
