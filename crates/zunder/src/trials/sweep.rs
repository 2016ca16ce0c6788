//! Sweeps: trains and validates many configurations. The test images are not used.

mod axis;
mod config;
mod page;
mod record;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use toml::Value;
use zunder_train::Monitor;

use crate::config::changes::identity;
use crate::folder::claim::{self, Held};
use crate::folder::files::{numbered_in, write_text};
use crate::folder::kind::no_sweep;
use crate::folder::sealed::{read_sealed, write_sealed};
use crate::{RunConfig, RunError, RunOptions, Trials};

pub use axis::{Axis, AxisValues};
pub use config::SweepConfig;
pub use record::{SweepPoint, TrialRecord};

/// A grid or random search in its own folder: `sweep.json`; for each trial `trials/NUMBER/` with a
/// `config.toml` that repeats it and its result `trial.json`; `results.csv`; and the page
/// `index.html`.
///
/// Trials are trained like runs, but store no weights and are evaluated on the validation images
/// only.
///
/// ```no_run
/// use zunder::{Axis, RunOptions, Sweep, SweepConfig, Trials};
///
/// let axes = vec![Axis::parse("optimizer.lr=0.01,0.03,0.1")?];
/// let config = SweepConfig { axes, ..SweepConfig::default() };
/// let sweep = Sweep::create(Some("sweeps/rates".as_ref()), None, &[], &config)?;
/// let mut trials = Trials::default();
/// for number in 1..=sweep.len() {
///     sweep.run(number, &mut trials, RunOptions::default())?; // trains it, or finds it done
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
}

impl Sweep {
    /// Creates a sweep in a new or empty folder, by default one under `sweeps/`. `file` and
    /// `settings` are the layers of the base configuration, as for [`RunConfig::from_layers`].
    /// Checks every point before anything is written.
    ///
    /// # Errors
    /// Returns the errors of [`SweepConfig::validate`] and of a configuration, and
    /// [`RunError::FolderExists`].
    pub fn create(
        path: Option<&Path>,
        file: Option<&Path>,
        settings: &[(Vec<String>, Value)],
        config: &SweepConfig,
    ) -> Result<Self, RunError> {
        config.validate()?;
        let base = RunConfig::from_layers(file, settings)?;
        let values = config.points(base.seed);
        let mut configs = Vec::new();
        for point in &values {
            let varied =
                config.axes.iter().zip(point).map(|(axis, value)| axis.setting(value.clone()));
            let layers: Vec<_> = settings.iter().cloned().chain(varied).collect();
            let resolved = RunConfig::from_layers(file, &layers)?;
            crate::device(&resolved.device)?;
            for seed in 0..config.seeds as u64 {
                let seed = resolved.seed + seed;
                configs.push(RunConfig { seed, ..resolved.clone().absolute() });
            }
        }
        let path = match path {
            Some(path) => path.to_owned(),
            None => numbered_in(Path::new("sweeps"), "sweep")?,
        };
        let held = Held::of(claim::SWEEP.claim(&path)?);
        let name = |(axis, value): (&Axis, &Value)| format!("{}={}", axis.key, plain(value));
        let points =
            values.iter().map(|point| config.axes.iter().zip(point).map(name).collect()).collect();
        let settings_sha256 = configs.iter().map(settings_hash).collect::<Result<_, _>>()?;
        let record = SweepRecord {
            config: config.clone(),
            points,
            monitor: common_monitor(&configs),
            settings_sha256,
        };
        let sweep = Self { path, held, record };
        for (i, config) in configs.iter().enumerate() {
            let folder = sweep.folder(i + 1);
            fs::create_dir_all(&folder).map_err(RunError::io("make the folder", &folder))?;
            write_text(&folder.join("config.toml"), &config.to_toml()?)?;
        }
        // Written last: it shows that the other files are complete.
        write_sealed(&sweep.path.join(FILE), &sweep.record)?;
        Ok(sweep)
    }

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
        Ok(Self { path: path.to_owned(), held: Held::default(), record })
    }

    /// Returns the path of its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the number of trials.
    pub fn len(&self) -> usize {
        self.record.points.len() * self.record.config.seeds
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
            (1..=self.len()).for_each(|number| claim::sweep(&self.folder(number)));
        })
    }

    /// Returns the result of a trial (counted from 1), if it is done.
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

    /// Trains a trial (counted from 1), or returns its result if it is done. A trial that was
    /// interrupted starts again. Returns `None` if interrupted. Locks the sweep until this value is
    /// dropped.
    ///
    /// # Errors
    /// Returns [`RunError::Config`] for an unknown trial, [`RunError::Busy`], and the errors of
    /// [`Trials::run`].
    pub fn run(
        &self,
        number: usize,
        trials: &mut Trials,
        options: RunOptions<'_>,
    ) -> Result<Option<TrialRecord>, RunError> {
        if !(1..=self.len()).contains(&number) {
            return Err(RunError::config(
                "sweep",
                format!("trial is {number}, expected 1 to {}", self.len()),
            ));
        }
        if let Some(done) = self.result(number)? {
            return Ok(Some(done));
        }
        self.hold()?;
        // Another process may have finished it in the meantime.
        if let Some(done) = self.result(number)? {
            return Ok(Some(done));
        }
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
        let Some(trial) = trials.run(&config, options)? else { return Ok(None) };
        let record = TrialRecord::of(&trial, self.settings(number).to_vec(), expected.cloned());
        write_sealed(&self.folder(number).join("trial.json"), &record)?;
        Ok(Some(record))
    }

    /// Returns the points that are done with all their seeds, the best first, ranked by the value
    /// that all trials monitor (see [`EarlyStoppingConfig`](crate::train::EarlyStoppingConfig)), or
    /// by accuracy if that setting or the loss is varied. Writes them to `results.csv` and the
    /// page. Points of which all seeds diverged come last and have no
    /// [`accuracy`](SweepPoint::accuracy).
    ///
    /// # Errors
    /// Returns [`RunError::BadFile`] if a record is damaged, and [`RunError::Io`] if the folder
    /// cannot be written.
    pub fn finish(&self) -> Result<Vec<SweepPoint>, RunError> {
        let seeds = self.record.config.seeds;
        let mut points = Vec::new();
        for (i, settings) in self.record.points.iter().enumerate() {
            let numbers = i * seeds + 1..=(i + 1) * seeds;
            let records: Vec<TrialRecord> = numbers
                .clone()
                .filter_map(|number| self.result(number).transpose())
                .collect::<Result<_, _>>()?;
            if records.len() == seeds {
                points.push(SweepPoint::of(
                    settings.clone(),
                    self.folder(*numbers.start()).join("config.toml"),
                    &records,
                ));
            }
        }
        // Points that diverged with some seeds rank behind those that did not, and points that
        // diverged with all seeds rank last.
        let monitor = self.record.monitor;
        points.sort_by(|a, b| {
            let (worth_a, worth_b) = (a.worth(monitor), b.worth(monitor));
            let ranked =
                worth_b.is_some().cmp(&worth_a.is_some()).then(a.diverged.cmp(&b.diverged));
            ranked.then_with(|| worth_b.unwrap_or(0.0).total_cmp(&worth_a.unwrap_or(0.0)))
        });
        self.hold()?;
        write_text(&self.path.join("results.csv"), &page::csv(&self.record.config.axes, &points))?;
        if !points.is_empty() {
            write_text(
                &self.path.join("index.html"),
                &page::html(&self.path, &self.record, &points)?,
            )?;
        }
        Ok(points)
    }

    /// Formats points as a table for a terminal.
    pub fn table(&self, points: &[SweepPoint]) -> String {
        let mut text = page::table(&self.record.config.axes, points).text();
        for line in page::leakages(points) {
            text.push('\n');
            text.push_str(&line);
        }
        text
    }

    fn folder(&self, number: usize) -> PathBuf {
        self.path.join("trials").join(format!("{number:04}"))
    }
}

/// Returns the value by which points are ranked: the one that all their trials monitor. Accuracy if
/// they monitor different values, or if their losses have different scales.
fn common_monitor(configs: &[RunConfig]) -> Monitor {
    let Some(first) = configs.first() else { return Monitor::Accuracy };
    let alike = |config: &RunConfig| {
        config.early_stopping.monitor == first.early_stopping.monitor
            && config.loss.name() == first.loss.name()
    };
    if configs.iter().all(alike) { first.early_stopping.monitor } else { Monitor::Accuracy }
}

/// Returns the hash of a trial's configuration without the device and the folders.
fn settings_hash(config: &RunConfig) -> Result<String, RunError> {
    Ok(hex::encode(Sha256::digest(identity(config)?)))
}

/// Name of the file that identifies a sweep.
const FILE: &str = "sweep.json";

/// Formats a value as a user would type it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Float(number) => format!("{number:?}"), // 1e-9, not 0.000000001
        other => other.to_string(),
    }
}
