//! Many configurations, each trained and validated; the test images are not read.

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

/// A grid or a random search in a folder of its own: `sweep.json`, and for each trial
/// `trials/NUMBER/` with its `config.toml`, which trains it again, and its `trial.json`;
/// `results.csv`, and a page, `index.html`.
///
/// Trials train as runs do, but leave no weights, and only validation images judge them.
///
/// ```no_run
/// use zunder::{Axis, RunOptions, Sweep, SweepConfig, Trials};
///
/// let config = SweepConfig { axes: vec![Axis::parse("optimizer.lr=0.01,0.03,0.1")?], ..SweepConfig::default() };
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
    /// The varied settings of each point, in the order of the axes.
    points: Vec<Vec<String>>,
    /// By what points are ranked.
    monitor: Monitor,
    /// SHA-256 of each trial's settings; none in sweeps from before them.
    #[serde(default)]
    settings_sha256: Vec<String>,
}

impl Sweep {
    /// A new one, in a folder that must be new or empty, or in a new folder under `sweeps/`. `file`
    /// and `settings` are the layers of the configuration that is varied, as of
    /// [`RunConfig::from_layers`]. Every point is checked before anything is written.
    ///
    /// # Errors
    /// Those of [`SweepConfig::validate`], of a configuration, and [`RunError::FolderExists`].
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
                let data = resolved.data.clone().absolute();
                configs.push(RunConfig { seed: resolved.seed + seed, data, ..resolved.clone() });
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
        // Last: it says that the others are there.
        write_sealed(&sweep.path.join(FILE), &sweep.record)?;
        Ok(sweep)
    }

    /// Takes up one that is there.
    ///
    /// # Errors
    /// [`RunError::OtherKind`], [`RunError::BadFile`].
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

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number of trials.
    pub fn len(&self) -> usize {
        self.record.points.len() * self.record.config.seeds
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The varied settings of a trial (from 1), such as `optimizer.lr=0.1`; empty of one that is
    /// not there.
    pub fn settings(&self, number: usize) -> &[String] {
        let point = number.checked_sub(1).map(|i| i / self.record.config.seeds);
        point.and_then(|point| self.record.points.get(point)).map_or(&[], Vec::as_slice)
    }

    /// Keeps other processes out from now on, for as long as this value or a clone of it lives;
    /// removes what a killed process was just writing.
    fn hold(&self) -> Result<(), RunError> {
        self.held.hold(&self.path, || {
            (1..=self.len()).for_each(|number| claim::sweep(&self.folder(number)))
        })
    }

    /// What a trial (from 1) came to, if it is done.
    ///
    /// # Errors
    /// [`RunError::BadFile`].
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

    /// Trains a trial (from 1), or finds it done. A trial that is stopped or killed is begun anew.
    /// Returns none if asked to stop. From then on no other process works on the sweep, for as long
    /// as this value lives.
    ///
    /// # Errors
    /// [`RunError::Config`] for one that is not there, [`RunError::Busy`], and those of
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
        // Another process may have done it meanwhile.
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

    /// The points that are done with all their seeds, the best first, by the figure that all trials
    /// monitor (see [`EarlyStoppingConfig`](crate::train::EarlyStoppingConfig)), or by accuracy
    /// where that or the loss is varied; writes them into `results.csv` and the page. Points of
    /// which all seeds diverged come last and have no [`accuracy`](SweepPoint::accuracy).
    ///
    /// # Errors
    /// [`RunError::BadFile`] for damaged records, [`RunError::Io`] for a folder that cannot be
    /// written.
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
        // Points that diverged with one seed rank behind all that did with none; with all seeds,
        // last.
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

    /// Points as a table for a terminal.
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

/// By what points can be ranked: what all their trials monitor. Accuracy where they monitor
/// different figures, and where losses of different kinds have no common scale.
fn common_monitor(configs: &[RunConfig]) -> Monitor {
    let Some(first) = configs.first() else { return Monitor::Accuracy };
    let alike = |config: &RunConfig| {
        config.early_stopping.monitor == first.early_stopping.monitor
            && config.loss.name() == first.loss.name()
    };
    if configs.iter().all(alike) { first.early_stopping.monitor } else { Monitor::Accuracy }
}

/// The hash of a trial's configuration but for where it computes.
fn settings_hash(config: &RunConfig) -> Result<String, RunError> {
    Ok(hex::encode(Sha256::digest(identity(config)?)))
}

/// The file by which a sweep is known.
const FILE: &str = "sweep.json";

/// A value as one types it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Float(number) => format!("{number:?}"), // 1e-9, not 0.000000001
        other => other.to_string(),
    }
}
