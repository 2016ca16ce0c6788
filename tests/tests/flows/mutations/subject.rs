//! The folders that are changed, and the commands that read them.

use std::fmt::Write as _;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use image::{Rgb, RgbImage};
use zunder::data::AugmentConfig;
use zunder::data::image_folder::ImageSize;
use zunder::eval::EpochRecord;
use zunder::models::MlpConfig;
use zunder::train::{Events, Interrupt, StepReport};
use zunder::{
    Axis, CrossValidation, DatasetName, HalvingConfig, ModelConfig, ModelKind, Run, RunConfig,
    RunEvents, RunOptions, Sweep, SweepConfig, Trials, compare,
};

use crate::mutations::Said;

/// The folder of one test, in which it trains what it changes.
///
/// Each test has a folder of its own with a fixed name: the tests then run in one process or in
/// several, and each change is the same in each run.
pub struct Subject(PathBuf);

/// Asks to stop in the last epoch.
#[derive(Default)]
struct Stop(Interrupt);

impl Events for Stop {
    fn step_finished(&mut self, step: &StepReport) {
        if step.epoch == 3 {
            self.0.request();
        }
    }
}

impl RunEvents for Stop {}

impl Subject {
    /// Creates an empty folder with pictures of two classes.
    pub fn new(name: &str) -> Self {
        let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutations");
        let folder = all.join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        // A path that was changed to a relative one must not lead into the repository.
        std::env::set_current_dir(all).unwrap();
        paint(&folder.join("photos"));
        Self(folder)
    }

    pub fn place(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Trains a run, and a twin with another seed. Returns their folders.
    pub fn runs(&self) -> [PathBuf; 2] {
        self.pair("run", |path, config| {
            Run::train_in(path, config, RunOptions::default()).unwrap();
        })
    }

    /// Returns two runs that were stopped in the last epoch.
    pub fn stopped_runs(&self) -> [PathBuf; 2] {
        self.pair("stopped", |path, config| {
            let mut stop = Stop::default();
            let interrupt = stop.0.clone();
            let options = RunOptions { events: Some(&mut stop), interrupt };
            Run::train_in(path, config, options).unwrap();
        })
    }

    /// Returns two sweeps of two trials.
    pub fn sweeps(&self) -> [PathBuf; 2] {
        self.pair("sweep", |path, config| {
            let axes = vec![Axis::parse("optimizer.lr=0.01,0.05").unwrap()];
            let settings = SweepConfig { axes, ..SweepConfig::default() };
            let file = path.with_extension("toml");
            fs::write(&file, config.to_toml().unwrap()).unwrap();
            Sweep::create(Some(path), Some(&file), &[], &settings).unwrap();
            sweep(path).unwrap();
        })
    }

    /// Returns two sweeps that were interrupted on their second rung, where one of two trials waits
    /// with a checkpoint.
    pub fn halved_sweeps(&self) -> [PathBuf; 2] {
        self.pair("halved", |path, config| {
            let axes = vec![Axis::parse("optimizer.lr=0.0001,0.01,0.03,0.05").unwrap()];
            let halving = Some(HalvingConfig { factor: 2, first: None });
            let settings = SweepConfig { axes, halving, ..SweepConfig::default() };
            let file = path.with_extension("toml");
            let config = RunConfig { epochs: 4, ..config.clone() };
            fs::write(&file, config.to_toml().unwrap()).unwrap();
            let sweep = Sweep::create(Some(path), Some(&file), &[], &settings).unwrap();
            let mut trials = Trials::default();
            for number in 1..=4 {
                sweep.run_to(number, 1, &mut trials, RunOptions::default()).unwrap();
            }
            let second = sweep.in_rung(2).unwrap()[0];
            sweep.run_to(second, 2, &mut trials, RunOptions::default()).unwrap();
            assert!(path.join(format!("trials/000{second}/paused/last.safetensors")).is_file());
        })
    }

    /// Returns two cross-validations of two folds.
    pub fn cross_validations(&self) -> [PathBuf; 2] {
        self.pair("folds", |path, config| {
            let mut config = config.clone();
            (config.data.folds, config.data.validation, config.epochs) =
                (Some(2), RunConfig::default().data.validation, 1);
            CrossValidation::create(path, &config).unwrap();
            folds(path).unwrap();
        })
    }

    /// Returns a run with a cache of its own, and the cache.
    pub fn cached(&self) -> (PathBuf, PathBuf) {
        let (run, cache) = (self.place("cached"), self.place("own-cache"));
        let mut config = config(&self.0, 1);
        config.data.image_folder.cache = Some(cache.clone());
        Run::train_in(&run, &config, RunOptions::default()).unwrap();
        (run, cache)
    }

    fn pair(&self, name: &str, make: impl Fn(&Path, &RunConfig)) -> [PathBuf; 2] {
        [(String::from(name), 1), (format!("{name}-twin"), 2)].map(|(name, seed)| {
            let path = self.place(&name);
            make(&path, &config(&self.0, seed));
            path
        })
    }
}

/// Writes pictures of two classes, one of which is brighter.
fn paint(folder: &Path) {
    for (class, bright) in [("dark", 40_u8), ("light", 150)] {
        fs::create_dir_all(folder.join(class)).unwrap();
        for i in 0..20_u8 {
            let image = RgbImage::from_fn(6, 6, |x, y| {
                Rgb([bright + i, (x * 30) as u8, (y * 20) as u8 + i])
            });
            image.save(folder.join(class).join(format!("{i}.png"))).unwrap();
        }
    }
}

fn config(folder: &Path, seed: u64) -> RunConfig {
    let mut config = RunConfig::preset(ModelKind::Mlp);
    config.model = ModelConfig::Mlp(MlpConfig { hidden: vec![4], ..MlpConfig::default() });
    config.augment = AugmentConfig::default();
    config.data.dataset = DatasetName::Folder;
    config.data.dir = folder.join("photos");
    config.data.image_folder.cache = Some(folder.join("cache"));
    config.data.image_folder.image_size = Some(ImageSize { height: 6, width: 6 });
    (config.data.validation, config.epochs, config.batch_size, config.threads, config.seed) =
        (0.25, 3, 8, 1, seed);
    config
}

/// Returns a name beside a folder that no other command has used.
fn fresh(folder: &Path, stem: &str) -> PathBuf {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    folder.with_file_name(format!("{stem}-{number}"))
}

pub fn predicted(folder: &Path) -> Said {
    let run = Run::open(folder)?;
    let photos = fs::read_dir(folder.with_file_name("photos").join("light")).unwrap();
    let mut files: Vec<PathBuf> = photos.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut said = format!("{:?}\n", run.classes()?);
    run.predict_files(&files, &mut |file, result| {
        writeln!(said, "{} {:?}", file.display(), result.unwrap()).unwrap();
        ControlFlow::Continue(())
    })?;
    Ok(said)
}

pub fn evaluated(folder: &Path) -> Said {
    let run = Run::open(folder)?;
    Ok(serde_json::to_string(&run.evaluate_in_full(None)?).unwrap())
}

pub fn compared(folder: &Path) -> Said {
    let comparison =
        compare(&[Run::open(folder)?, Run::open(&folder.with_file_name("run-twin"))?])?;
    Ok(comparison.text + &comparison.html)
}

/// Removes the tables of settings from a comparison.
pub fn without_settings(mut compared: String) -> String {
    for (start, end) in [
        ("\n\nsetting ", "<!DOCTYPE html>"),
        ("<section><h2>Differences in configuration", "</section>"),
    ] {
        let from = compared.find(start).expect("a comparison has both tables");
        let to = from + compared[from..].find(end).expect("a table ends");
        compared.replace_range(from..to, "");
    }
    compared
}

pub fn exported(folder: &Path) -> Said {
    let out = fresh(folder, "export");
    Run::open(folder)?.export(&out)?;
    let read = |name: &str| fs::read(out.join(name)).unwrap();
    let mut said = format!("{:?}", read("model.safetensors"));
    for name in ["model.json", "preprocessing.json", "README.md"] {
        said.push_str(&String::from_utf8(read(name)).unwrap());
    }
    fs::remove_dir_all(out).unwrap();
    Ok(said)
}

/// Trains one epoch, starting from the weights.
pub fn from(folder: &Path) -> Said {
    let file = folder.with_file_name("run").join("config.toml");
    let config = RunConfig::from_layers(Some(&file), &[]).unwrap();
    let config = RunConfig { init_from: Some(folder.to_owned()), epochs: 1, ..config };
    let trial = Trials::default().run(&config, RunOptions::default())?.unwrap();
    Ok(format!("{:?} {:?}", trial.losses, trial.plan.remarks))
}

pub fn resumed(folder: &Path) -> Said {
    let mut run = Run::open(folder)?;
    run.resume(RunOptions::default())?;
    let timeless = |record: &EpochRecord| EpochRecord {
        seconds: 0.0,
        images_per_second: 0.0,
        validation_seconds: 0.0,
        ..record.clone()
    };
    let epochs: Vec<EpochRecord> = run.epochs()?.iter().map(timeless).collect();
    let read = |path: PathBuf| fs::read(path).unwrap();
    let files = [
        run.folder().best(),
        run.folder().predictions(),
        run.folder().test(),
        run.folder().health(),
    ]
    .map(read);
    Ok(format!("{epochs:?} {files:?} {:?}", run.environment()?))
}

pub fn sweep(folder: &Path) -> Said {
    let sweep = Sweep::open(folder)?;
    let mut trials = Trials::default();
    for rung in 1..=sweep.rungs().len() {
        for number in sweep.in_rung(rung)? {
            sweep.run_to(number, rung, &mut trials, RunOptions::default())?;
        }
    }
    let point = |point: &zunder::SweepPoint| {
        let (settings, end) = (&point.settings, point.end);
        format!("{settings:?} {:?} {:?} {} {end:?}", point.accuracy, point.loss, point.diverged)
    };
    Ok(sweep.finish()?.iter().map(point).collect::<Vec<_>>().join("\n"))
}

pub fn folds(folder: &Path) -> Said {
    let validation = CrossValidation::open(folder)?;
    for fold in 1..=validation.folds() {
        validation.run(fold, RunOptions::default())?;
    }
    Ok(format!("{:?}", validation.finish()?.unwrap()))
}

/// Returns the predictions of an imported export.
pub fn imported(folder: &Path) -> Said {
    let out = fresh(folder, "import");
    Run::import(folder, Some(&out))?;
    let said = predicted(&out);
    fs::remove_dir_all(out).unwrap();
    said
}

/// Returns the remarks of the import of an export; none if it is refused.
pub fn told(folder: &Path) -> Vec<String> {
    let out = fresh(folder, "told");
    let Ok(run) = Run::import(folder, Some(&out)) else { return Vec::new() };
    let remarks = run.imported().unwrap().unwrap().remarks;
    fs::remove_dir_all(out).unwrap();
    remarks
}
