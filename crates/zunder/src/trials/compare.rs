//! Compares runs side by side.

use zunder_eval::{
    BootstrapConfig, Decisions, EnvironmentRecord, EpochRecord, Leakage, TestRecord,
};
use zunder_models::Key;
use zunder_report::ComparedRun;
use zunder_train::{BestEpoch, FileKind};

use crate::run::data_hash::by_one_algorithm;
use crate::{Run, RunError};

/// A comparison of runs, as text and as a page.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunComparison {
    /// Tables for a terminal.
    pub text: String,
    /// Self-contained page with the curves, the tests, and the settings that differ.
    pub html: String,
}

/// The contents of a run's files.
struct ComparedFiles {
    name: String,
    path: String,
    /// Epoch in which it diverged.
    diverged: Option<usize>,
    epochs: Vec<EpochRecord>,
    best_epoch: Option<usize>,
    test: Option<TestRecord>,
    decisions: Option<Decisions>,
    environment: EnvironmentRecord,
    config_toml: String,
    leakage: Option<Leakage>,
}

/// Compares runs by their files: tables, curves, and the settings that differ; for runs that were
/// tested on the same images also an exact paired test ([`mcnemar`](zunder_eval::mcnemar)) and a
/// paired bootstrap.
///
/// An unfinished run is shown up to its last epoch; if it diverged, its name says so.
///
/// ```no_run
/// use std::path::Path;
///
/// use zunder::{Run, compare};
///
/// let open = |name: &str| Run::open(Path::new(name));
/// let runs = [open("runs/cifar10-linear-1")?, open("runs/cifar10-mlp-1")?];
/// std::fs::write("compare.html", compare(&runs)?.html)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Returns [`RunError::Report`] for fewer than two runs, and [`RunError::Io`],
/// [`RunError::BadFile`] or [`RunError::Eval`] if a file of a run is missing or damaged.
pub fn compare(runs: &[Run]) -> Result<RunComparison, RunError> {
    let read = runs.iter().map(ComparedFiles::from).collect::<Result<Vec<_>, _>>()?;
    let environments: Vec<_> =
        runs.iter().zip(&read).map(|(run, read)| (run, &read.environment)).collect();
    let (hashes, unhashed) = by_one_algorithm(&environments);
    let compared: Vec<ComparedRun<'_>> = read
        .iter()
        .zip(&hashes)
        .map(|(run, hash)| ComparedRun {
            name: &run.name,
            epochs: &run.epochs,
            best_epoch: run.best_epoch,
            test: run.test.as_ref(),
            decisions: run.decisions.as_ref(),
            dataset_hash: Some(hash),
            config_toml: &run.config_toml,
        })
        .collect();
    let mut comparison = zunder_report::compare(
        &compared,
        &BootstrapConfig::default(),
        Key::new(0).named("compare"),
    )?;
    let diverged = read.iter().filter_map(|run| {
        let epoch = run.diverged?;
        Some(format!("{}: diverged in epoch {epoch}, and is shown up to that epoch", run.path))
    });
    comparison.notes = read
        .iter()
        .filter_map(|run| Some(format!("{}: {}", run.name, run.leakage.as_ref()?)))
        .chain(diverged)
        .chain(unhashed)
        .collect();
    Ok(RunComparison { text: comparison.text(), html: comparison.html() })
}

impl ComparedFiles {
    fn from(run: &Run) -> Result<Self, RunError> {
        run.folder().check_trained()?;
        // Without this check, a finished run whose test was removed would appear unfinished.
        run.folder().check_file(&run.folder().test())?;
        let (epochs, test, leakage) = (run.epochs()?, run.test()?, run.leakage()?);
        let decisions = test.as_ref().map(|test| decisions(run, test)).transpose()?;
        let (path, diverged) = (run.path().display().to_string(), run.diverged()?);
        let mark =
            diverged.map_or_else(String::new, |epoch| format!(" (diverged in epoch {epoch})"));
        Ok(Self {
            name: format!("{path}{mark}{}", if leakage.is_some() { " †" } else { "" }),
            path,
            diverged,
            best_epoch: BestEpoch::replay(&epochs, &run.config().fit().early_stopping).epoch(),
            epochs,
            test,
            decisions,
            environment: run.environment()?,
            config_toml: run.config().to_toml()?,
            leakage,
        })
    }
}

/// Returns labels and predicted classes of the test images, checked against the run's `test.json`.
fn decisions(run: &Run, test: &TestRecord) -> Result<Decisions, RunError> {
    let path = run.folder().predictions();
    run.folder().check_file(&path)?;
    let file = FileKind::Predictions.open(&path)?;
    let bad = |problem: String| RunError::BadFile { path: path.clone(), problem };
    let decisions = Decisions::read_csv(file).map_err(|error| bad(error.to_string()))?;
    let found = decisions
        .confusion_matrix(test.confusion.n_classes())
        .map_err(|error| bad(error.to_string()))?;
    if found != test.confusion {
        return Err(bad("its labels and predicted classes are not those of test.json".to_owned()));
    }
    Ok(decisions)
}
