//! Many configurations, each trained and validated; the test images are not read.

mod axis;
mod page;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::Value;
use zunder_eval::Spread;
use zunder_random::Key;
use zunder_train::Monitor;

use crate::folder::{lock, numbered_in, read_json, write_json, write_text};
use crate::{RunConfig, RunError, RunFolder, RunOptions, Trial, Trials};

pub use axis::{Axis, AxisValues};

/// More trials are a mistake.
const MOST: usize = 10_000;

/// What a sweep tries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SweepConfig {
    /// What is varied.
    pub axes: Vec<Axis>,
    /// How many points are drawn at random, at least 1. Default: none, the grid of all combinations.
    pub random: Option<usize>,
    /// Trials of each point, with seeds from the configuration's on, at least 1. Default: 1.
    pub seeds: usize,
}

impl Default for SweepConfig {
    fn default() -> Self {
        Self { axes: Vec::new(), random: None, seeds: 1 }
    }
}

/// A grid or a random search in a folder of its own: `sweep.json`, and for each trial `trials/NUMBER/` with its `config.toml`, which trains it again, and its `trial.json`; `results.csv`, and a page, `index.html`.
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
/// println!("{}", sweep.finish()?[0].accuracy.mean);
/// # Ok::<(), zunder::RunError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sweep {
    path: PathBuf,
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
}

/// What a trial came to: the content of `trial.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrialRecord {
    /// The varied settings.
    pub varied: Vec<String>,
    /// Its seed.
    pub seed: u64,
    /// The validation accuracy of the best epoch.
    pub validation_accuracy: f64,
    /// The validation loss of the best epoch; none where no epoch was finished.
    pub validation_loss: Option<f64>,
    /// The best epoch, from 1.
    pub best_epoch: Option<usize>,
    /// Epochs that were finished.
    pub epochs: usize,
    /// The training accuracy of the last epoch.
    pub train_accuracy: Option<f64>,
    /// Parameters of the model.
    pub parameters: usize,
    /// Seconds of training.
    pub seconds: f64,
    /// What ended it if its loss was no finite number.
    pub divergence: Option<String>,
}

/// A point of a sweep with all its seeds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SweepPoint {
    /// The varied settings, such as `optimizer.lr=0.1`.
    pub settings: Vec<String>,
    /// The configuration of its first seed, as a file.
    pub config: PathBuf,
    /// The validation accuracy over the seeds.
    pub accuracy: Spread,
    /// The validation loss over the seeds that did not diverge.
    pub loss: Option<Spread>,
    /// How many diverged.
    pub diverged: usize,
    /// Seconds of training, all seeds together.
    pub seconds: f64,
    /// Parameters of the model.
    pub parameters: usize,
}

impl SweepConfig {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// [`RunError::Config`] without an axis, for a key that comes twice, a range in a grid, and numbers out of range.
    pub fn validate(&self) -> Result<(), RunError> {
        let refuse = |problem: String| Err(RunError::config("sweep", problem));
        if self.axes.is_empty() {
            return refuse("nothing is varied, expected at least one setting such as optimizer.lr=0.01,0.1".to_owned());
        }
        for (i, axis) in self.axes.iter().enumerate() {
            if self.axes[..i].iter().any(|before| before.key == axis.key) {
                return refuse(format!("{} is varied twice, expected once", axis.key));
            }
            match &axis.values {
                AxisValues::Range { low, high, .. } if self.random.is_none() => {
                    return refuse(format!(
                        "{} is a range, {low}..{high}, expected values for a grid, or a number of random points",
                        axis.key
                    ));
                }
                AxisValues::List(list) if list.is_empty() => return refuse(format!("{} has no value, expected at least one", axis.key)),
                _ => {}
            }
        }
        let size = |axis: &Axis| if let AxisValues::List(list) = &axis.values { list.len() } else { 1 };
        let points = self.random.unwrap_or_else(|| self.axes.iter().map(size).fold(1, usize::saturating_mul));
        let trials = points.saturating_mul(self.seeds);
        if !(1..=MOST).contains(&trials) {
            return refuse(format!("{points} points with {} seeds are {trials} trials, expected 1 to {MOST}", self.seeds));
        }
        Ok(())
    }

    /// The values of each point, in the order of the axes.
    fn points(&self, seed: u64) -> Vec<Vec<Value>> {
        if let Some(n) = self.random {
            let key = Key::new(seed).named("sweep");
            return (0..n as u64).map(|i| self.axes.iter().map(|axis| axis.draw(key.at(i))).collect()).collect();
        }
        self.axes.iter().fold(vec![Vec::new()], |points, axis| {
            let AxisValues::List(list) = &axis.values else { return points };
            points.iter().flat_map(|point| list.iter().map(|value| [&point[..], std::slice::from_ref(value)].concat())).collect()
        })
    }
}

impl Sweep {
    /// A new one, in a folder that must be new or empty, or in a new folder under `sweeps/`. `file` and `settings` are the layers of the configuration that is varied, as of [`RunConfig::from_layers`]. Every
    /// point is checked before anything is written.
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
            let varied = config.axes.iter().zip(point).map(|(axis, value)| axis.setting(value.clone()));
            let layers: Vec<_> = settings.iter().cloned().chain(varied).collect();
            let resolved = RunConfig::from_layers(file, &layers)?;
            crate::device(&resolved.device)?;
            for seed in 0..config.seeds as u64 {
                let data = resolved.data.clone().absolute();
                configs.push(RunConfig { seed: resolved.seed + seed, data, ..resolved.clone() });
            }
        }
        let path = match path {
            Some(path) => {
                RunFolder::check_free(path)?;
                path.to_owned()
            }
            None => numbered_in(Path::new("sweeps"), "sweep")?,
        };
        let name = |(axis, value): (&Axis, &Value)| format!("{}={}", axis.key, plain(value));
        let points = values.iter().map(|point| config.axes.iter().zip(point).map(name).collect()).collect();
        let sweep = Self { path, record: SweepRecord { config: config.clone(), points, monitor: base.early_stopping.monitor } };
        for (i, config) in configs.iter().enumerate() {
            let folder = sweep.folder(i + 1);
            fs::create_dir_all(&folder).map_err(RunError::io("make the folder", &folder))?;
            write_text(&folder.join("config.toml"), &config.to_toml()?)?;
        }
        // Last: it says that the others are there.
        write_json(&sweep.path.join(FILE), &sweep.record)?;
        Ok(sweep)
    }

    /// Takes up one that is there.
    ///
    /// # Errors
    /// [`RunError::NotARun`], [`RunError::BadFile`].
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let file = path.join(FILE);
        if !file.is_file() {
            return Err(RunError::NotARun { folder: path.to_owned(), missing: FILE });
        }
        Ok(Self { path: path.to_owned(), record: read_json(&file)? })
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

    /// The varied settings of a trial (from 1), such as `optimizer.lr=0.1`; empty of one that is not there.
    pub fn settings(&self, number: usize) -> &[String] {
        let point = number.checked_sub(1).map(|i| i / self.record.config.seeds);
        point.and_then(|point| self.record.points.get(point)).map_or(&[], Vec::as_slice)
    }

    /// Keeps other processes out for as long as the file lives.
    ///
    /// # Errors
    /// [`RunError::Busy`].
    pub fn lock(&self) -> Result<File, RunError> {
        lock(&self.path)
    }

    /// What a trial (from 1) came to, if it is done.
    ///
    /// # Errors
    /// [`RunError::BadFile`].
    pub fn result(&self, number: usize) -> Result<Option<TrialRecord>, RunError> {
        let file = self.folder(number).join("trial.json");
        if file.is_file() { read_json(&file).map(Some) } else { Ok(None) }
    }

    /// Trains a trial (from 1), or finds it done. A trial that is stopped or killed is begun anew. Returns none if asked to stop.
    ///
    /// # Errors
    /// [`RunError::Config`] for one that is not there, and those of [`Trials::run`].
    pub fn run(&self, number: usize, trials: &mut Trials, options: RunOptions<'_>) -> Result<Option<TrialRecord>, RunError> {
        if !(1..=self.len()).contains(&number) {
            return Err(RunError::config("sweep", format!("trial is {number}, expected 1 to {}", self.len())));
        }
        if let Some(done) = self.result(number)? {
            return Ok(Some(done));
        }
        let config = RunConfig::from_layers(Some(&self.folder(number).join("config.toml")), &[])?;
        let Some(trial) = trials.run(&config, options)? else { return Ok(None) };
        let record = TrialRecord::of(&trial, self.settings(number).to_vec());
        write_json(&self.folder(number).join("trial.json"), &record)?;
        Ok(Some(record))
    }

    /// The points that are done with all their seeds, the best first, by the monitored figure (see [`EarlyStoppingConfig`](crate::train::EarlyStoppingConfig)); writes them into `results.csv` and the page.
    ///
    /// # Errors
    /// [`RunError::BadFile`] for damaged records, [`RunError::Io`] for a folder that cannot be written.
    pub fn finish(&self) -> Result<Vec<SweepPoint>, RunError> {
        let seeds = self.record.config.seeds;
        let mut points = Vec::new();
        for (i, settings) in self.record.points.iter().enumerate() {
            let numbers = i * seeds + 1..=(i + 1) * seeds;
            let records: Vec<TrialRecord> =
                numbers.clone().filter_map(|number| self.result(number).transpose()).collect::<Result<_, _>>()?;
            if records.len() == seeds {
                points.push(SweepPoint::of(settings.clone(), self.folder(*numbers.start()).join("config.toml"), &records)?);
            }
        }
        let worth = |point: &SweepPoint| match self.record.monitor {
            Monitor::Loss => point.loss.as_ref().map_or(f64::NEG_INFINITY, |loss| -loss.mean),
            _ => point.accuracy.mean,
        };
        points.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
        write_text(&self.path.join("results.csv"), &page::csv(&self.record.config.axes, &points))?;
        if !points.is_empty() {
            write_text(&self.path.join("index.html"), &page::html(&self.path, &self.record, &points)?)?;
        }
        Ok(points)
    }

    /// Points as a table for a terminal.
    pub fn table(&self, points: &[SweepPoint]) -> String {
        page::table(&self.record.config.axes, points).text()
    }

    fn folder(&self, number: usize) -> PathBuf {
        self.path.join("trials").join(format!("{number:04}"))
    }
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

impl TrialRecord {
    fn of(trial: &Trial, varied: Vec<String>) -> Self {
        let last = trial.epochs.last();
        Self {
            varied,
            seed: trial.plan.config.seed,
            validation_accuracy: trial.accuracy(),
            validation_loss: Some(trial.loss()).filter(|loss| loss.is_finite()),
            best_epoch: trial.best_epoch,
            epochs: trial.epochs.len(),
            train_accuracy: last.map(|record| record.train_accuracy).filter(|accuracy| accuracy.is_finite()),
            parameters: trial.plan.summary.parameters(),
            seconds: trial.seconds(),
            divergence: trial.divergence.clone(),
        }
    }
}

impl SweepPoint {
    fn of(settings: Vec<String>, config: PathBuf, records: &[TrialRecord]) -> Result<Self, RunError> {
        let losses: Vec<f64> = records.iter().filter_map(|record| record.validation_loss).collect();
        Ok(Self {
            settings,
            config,
            accuracy: Spread::of(records.iter().map(|record| record.validation_accuracy).collect())?,
            loss: Spread::of(losses).ok(),
            diverged: records.iter().filter(|record| record.divergence.is_some()).count(),
            seconds: records.iter().map(|record| record.seconds).sum(),
            parameters: records.first().map_or(0, |record| record.parameters),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: [&str; 6] = ["data.dataset=shapes", "data.limit=1500", "model.hidden=[32]", "epochs=3", "batch_size=64", "threads=1"];

    fn settings() -> Vec<(Vec<String>, Value)> {
        SMALL.iter().map(|setting| crate::parse_setting(setting).unwrap()).collect()
    }

    fn config(axes: &[&str], random: Option<usize>, seeds: usize) -> SweepConfig {
        SweepConfig { axes: axes.iter().map(|axis| Axis::parse(axis).unwrap()).collect(), random, seeds }
    }

    #[test]
    fn a_grid_has_all_combinations_and_goes_on_where_it_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grid");
        let asked = config(&["optimizer=sgd,adam", "optimizer.lr=1e-9,0.003"], None, 2);
        let sweep = Sweep::create(Some(&path), None, &settings(), &asked).unwrap();
        assert_eq!((sweep.len(), sweep.settings(4)), (8, &["optimizer=sgd".to_owned(), "optimizer.lr=0.003".to_owned()][..]));
        let mut trials = Trials::default();
        for number in [1, 2, 7, 8] {
            sweep.run(number, &mut trials, RunOptions::default()).unwrap().unwrap();
        }
        let again = Sweep::open(&path).unwrap();
        assert!(again.result(1).unwrap().is_some() && again.result(3).unwrap().is_none());
        let points = again.finish().unwrap();
        // Of the two points that are done, the one that learns is ahead.
        assert_eq!(points.iter().map(|point| point.settings[1].as_str()).collect::<Vec<_>>(), ["optimizer.lr=0.003", "optimizer.lr=1e-9"]);
        assert!(points[0].accuracy.mean > points[1].accuracy.mean && points[0].accuracy.values.len() == 2);
        let csv = fs::read_to_string(path.join("results.csv")).unwrap();
        assert!(csv.starts_with("optimizer,optimizer.lr,validation_accuracy,") && csv.lines().count() == 3, "{csv}");
        let page = fs::read_to_string(path.join("index.html")).unwrap();
        assert!(page.contains("2 of 4") && page.contains("optimizer.lr, a dot a trial."));
        // What is done is not done again, and the configuration of a point trains it.
        let before = again.result(7).unwrap().unwrap();
        let kept = again.run(7, &mut trials, RunOptions::default()).unwrap().unwrap();
        assert_eq!(before, kept);
        let config = RunConfig::from_layers(Some(&points[0].config), &[]).unwrap();
        assert_eq!(trials.run(&config, RunOptions::default()).unwrap().unwrap().accuracy(), before.validation_accuracy);
    }

    #[test]
    fn random_points_are_the_same_again_and_whole_numbers_stay_whole() {
        let folder = tempfile::tempdir().unwrap();
        let points = |name: &str| {
            let asked = config(&["optimizer.lr=1e-4..1e-1", "batch_size=16..256"], Some(5), 1);
            let sweep = Sweep::create(Some(&folder.path().join(name)), None, &settings(), &asked).unwrap();
            (1..=sweep.len()).map(|number| sweep.settings(number).to_vec()).collect::<Vec<_>>()
        };
        let first = points("a");
        assert_eq!(first, points("b"));
        assert!(first.iter().all(|point| point[1].strip_prefix("batch_size=").unwrap().parse::<usize>().is_ok()), "{first:?}");
        assert!(first.iter().enumerate().all(|(i, point)| first[..i].iter().all(|before| before != point)));
    }

    #[test]
    fn what_makes_no_sense_is_refused_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none");
        let refusal = |asked: &SweepConfig| Sweep::create(Some(&path), None, &settings(), asked).unwrap_err().to_string();
        for (asked, expected) in [
            (config(&[], None, 1), "nothing is varied"),
            (config(&["epochs=1,2", "epochs=3"], None, 1), "epochs is varied twice"),
            (config(&["optimizer.lr=1e-4..1e-1"], None, 1), "is a range"),
            (config(&["epochs=1,2"], None, 0), "expected 1 to 10000"),
            (config(&["epochs=1,2"], Some(20_000), 1), "expected 1 to 10000"),
            (config(&["optimizer.lr=0.1,-1"], None, 1), "optimizer.lr is -1"),
            (config(&["optimizer.momentun=0.5"], None, 1), "did you mean"),
        ] {
            let message = refusal(&asked);
            assert!(message.contains(expected), "{message}");
        }
        assert!(!path.exists());
        assert!(Sweep::open(&path).unwrap_err().to_string().contains("sweep.json"));
    }
}
