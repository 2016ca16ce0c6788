//! Sweeps: trains and validates many configurations. The test images are not used.

mod axis;
mod config;
mod create;
mod halving;
mod ladder;
mod page;
mod ranking;
mod record;
mod stored;
mod suggest;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zunder_train::Monitor;

use crate::folder::claim::{self, Held};
use crate::folder::kind::no_sweep;
use crate::folder::sealed::{read_sealed, write_sealed};
use crate::trials::paused::PausedTrial;
use crate::{RunConfig, RunError, RunOptions, Trials};

pub use axis::{Axis, AxisValues};
pub use config::SweepConfig;
pub use halving::{HalvingConfig, PointEnd, Rung};
pub use record::{RungRecord, SweepPoint, TrialRecord};

use create::{Base, settings_hash};
use ladder::Ladder;

/// A grid or random search in its own folder: `sweep.json`; for each trial `trials/NUMBER/` with a
/// `config.toml` that repeats it and its result `trial.json`; `results.csv`; and the page
/// `index.html`.
///
/// Trials are trained like runs, but store no weights and are evaluated on the validation images
/// only. With [halving](SweepConfig::halving), trials that pause keep a checkpoint in
/// `trials/NUMBER/paused/`, which is removed when they end.
///
/// ```no_run
/// use zunder::{Axis, RunOptions, Sweep, SweepConfig, Trials};
///
/// let axes = vec![Axis::parse("optimizer.lr=0.01,0.03,0.1")?];
/// let config = SweepConfig { axes, ..SweepConfig::default() };
/// let sweep = Sweep::create(Some("sweeps/rates".as_ref()), None, &[], &config)?;
/// let mut trials = Trials::default();
/// for rung in 1..=sweep.rungs().len() { // more than one with halving
///     for number in sweep.in_rung(rung)? {
///         sweep.run_to(number, rung, &mut trials, RunOptions::default())?; // or finds it done
///     }
/// }
/// if let Some(accuracy) = sweep.finish()?.first().and_then(|best| best.accuracy.clone()) {
///     println!("{}", accuracy.mean);
/// }
/// # Ok::<(), zunder::RunError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sweep {
    path: PathBuf,
    held: Held,
    record: SweepRecord,
}

/// The content of `sweep.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct SweepRecord {
    config: SweepConfig,
    /// Varied settings of each point, in the order of the axes.
    points: Vec<Vec<String>>,
    /// Value by which points are ranked.
    monitor: Monitor,
    /// SHA-256 of each trial's settings; empty in sweeps of earlier versions.
    #[serde(default)]
    settings_sha256: Vec<String>,
    /// Epochs of the rungs, with halving: ascending, the last one is the number of all epochs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rungs: Vec<usize>,
    /// What suggested points change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base: Option<Base>,
}

impl Sweep {
    /// Opens an existing sweep.
    ///
    /// # Errors
    /// Returns [`RunError::OtherKind`] or [`RunError::BadFile`].
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let file = path.join(FILE);
        if !file.is_file() {
            return Err(no_sweep(path));
        }
        let record: SweepRecord = read_sealed(&file)?;
        let trials = record.points.len().saturating_mul(record.config.seeds);
        let hashes = record.settings_sha256.len();
        if record.config.validate().is_err() || (hashes != 0 && hashes != trials) {
            let problem = format!(
                "says {trials} trials, and the settings of {hashes}, expected a sweep as it was \
                 begun"
            );
            return Err(RunError::BadFile { path: file, problem });
        }
        let rungs = &record.rungs;
        let ascending = rungs.first().is_none_or(|&first| first > 0)
            && rungs.windows(2).all(|pair| pair[0] < pair[1])
            && rungs.last().is_none_or(|&last| last <= 1_000_000);
        let planned = record.config.size().saturating_mul(record.config.seeds);
        if trials > planned || record.base.is_some() != record.config.suggest {
            let problem = format!(
                "says {trials} of {planned} trials, base {}, suggest {}, expected at most all, and \
                 both or none of base and suggest",
                record.base.is_some(),
                record.config.suggest
            );
            return Err(RunError::BadFile { path: file, problem });
        }
        if !ascending || (rungs.len() < 2) != record.config.halving.is_none() {
            let problem = format!("has the rungs {rungs:?}, expected those of a sweep as it began");
            return Err(RunError::BadFile { path: file, problem });
        }
        Ok(Self { path: path.to_owned(), held: Held::default(), record })
    }

    /// Returns the path of its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the number of trials so far; [suggestions](Self::suggest) add to it.
    pub fn len(&self) -> usize {
        self.record.points.len() * self.record.config.seeds
    }

    /// Returns the number of trials of the whole sweep, including those of points that are not
    /// suggested yet.
    pub fn planned(&self) -> usize {
        self.record.config.size() * self.record.config.seeds
    }

    /// Returns true if there are no trials.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the varied settings of a trial (counted from 1), such as `optimizer.lr=0.1`; empty
    /// for an unknown one.
    pub fn settings(&self, number: usize) -> &[String] {
        let point = number.checked_sub(1).map(|i| i / self.record.config.seeds);
        point.and_then(|point| self.record.points.get(point)).map_or(&[], Vec::as_slice)
    }

    /// Locks the folder until this value and all clones of it are dropped; removes unfinished files
    /// of killed processes.
    fn hold(&self) -> Result<(), RunError> {
        self.held.hold(&self.path, || {
            // A process may have been killed while it wrote a trial that it then did not list.
            for number in 1..=self.planned() {
                claim::sweep(&self.folder(number));
                claim::sweep(&self.paused(number));
            }
        })
    }

    /// Returns the result of a trial (counted from 1), if it is done; with halving, the last one of
    /// a rung.
    ///
    /// # Errors
    /// Returns [`RunError::BadFile`].
    pub fn result(&self, number: usize) -> Result<Option<TrialRecord>, RunError> {
        let file = self.folder(number).join("trial.json");
        if !file.exists() {
            return Ok(None);
        }
        let record: TrialRecord = read_sealed(&file)?;
        if record.varied != self.settings(number) {
            let (got, expected) = (record.varied.join(" "), self.settings(number).join(" "));
            return Err(RunError::BadFile {
                path: file,
                problem: format!("is about {got}, expected {expected}"),
            });
        }
        let expected = number.checked_sub(1).and_then(|i| self.record.settings_sha256.get(i));
        if let (Some(got), Some(expected)) = (&record.settings_sha256, expected)
            && got != expected
        {
            let problem =
                format!("is about settings with SHA-256 {got}, expected {expected} as in {FILE}");
            return Err(RunError::BadFile { path: file, problem });
        }
        Ok(Some(record))
    }

    /// Trains a trial to its last epoch: like [`run_to`](Self::run_to) with the last rung.
    ///
    /// # Errors
    /// Returns the errors of [`run_to`](Self::run_to).
    pub fn run(
        &self,
        number: usize,
        trials: &mut Trials,
        options: RunOptions<'_>,
    ) -> Result<Option<TrialRecord>, RunError> {
        self.run_to(number, self.record.rungs.len().max(1), trials, options)
    }

    /// Trains a trial to a rung (both counted from 1; there is only one without halving), or
    /// returns its result if it is done. A trial that was interrupted starts again; with halving,
    /// it goes on after its last finished epoch. Returns `None` if interrupted. Locks the sweep
    /// until this value is dropped.
    ///
    /// # Errors
    /// Returns [`RunError::Config`] for an unknown trial or a rung that it does not reach,
    /// [`RunError::Busy`], and the errors of [`Trials::run_until`].
    pub fn run_to(
        &self,
        number: usize,
        rung: usize,
        trials: &mut Trials,
        options: RunOptions<'_>,
    ) -> Result<Option<TrialRecord>, RunError> {
        if !(1..=self.len()).contains(&number) {
            return Err(RunError::config(
                "sweep",
                format!("trial is {number}, expected 1 to {}", self.len()),
            ));
        }
        let done = |record: &TrialRecord| {
            record.divergence.is_some() || record.rungs.len() >= rung.min(self.record.rungs.len())
        };
        if let Some(done) = self.result(number)?.filter(done) {
            return Ok(Some(done));
        }
        self.hold()?;
        // Another process may have finished it in the meantime.
        if let Some(done) = self.result(number)?.filter(done) {
            return Ok(Some(done));
        }
        if !self.in_rung(rung)?.contains(&number) {
            return Err(RunError::config(
                "sweep",
                format!("trial {number} is not on rung {rung}, expected one that goes on to it"),
            ));
        }
        self.remove_checkpoints(&Ladder::of(&self.record, &self.records()?))?;
        let file = self.folder(number).join("config.toml");
        let config = RunConfig::from_layers(Some(&file), &[])?;
        let expected = self.record.settings_sha256.get(number - 1);
        if let (Some(expected), got) = (expected, settings_hash(&config)?)
            && got != *expected
        {
            let problem = format!(
                "its settings are others than when the sweep began (SHA-256 {got}, and {expected} \
                 in {FILE})"
            );
            return Err(RunError::BadFile { path: file, problem });
        }
        let paused = self.paused(number);
        let rungs = self.record.rungs.get(..rung).unwrap_or_default();
        let trial = match rungs.last() {
            Some(&epochs) => trials.run_until(&config, epochs, &paused, options)?,
            None => trials.run(&config, options)?,
        };
        let Some(trial) = trial else { return Ok(None) };
        let record =
            TrialRecord::of(&trial, self.settings(number).to_vec(), expected.cloned(), rungs);
        write_sealed(&self.folder(number).join("trial.json"), &record)?;
        if rungs.len() == self.record.rungs.len() || record.divergence.is_some() {
            PausedTrial(&paused).remove()?;
        }
        Ok(Some(record))
    }

    fn folder(&self, number: usize) -> PathBuf {
        self.path.join("trials").join(format!("{number:04}"))
    }

    /// Returns the folder of a trial's checkpoint.
    fn paused(&self, number: usize) -> PathBuf {
        self.folder(number).join("paused")
    }
}

/// Name of the file that identifies a sweep.
const FILE: &str = "sweep.json";
