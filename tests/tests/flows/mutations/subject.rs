//! The folders that are changed, and the commands that read them.

use std::fmt::Write as _;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use image::{Rgb, RgbImage};
use zunder::data::AugmentConfig;
use zunder::data::image_folder::ImageSize;
use zunder::eval::EpochRecord;
use zunder::models::MlpConfig;
use zunder::train::{Events, Interrupt, StepReport};
use zunder::{
    Axis, CrossValidation, DatasetName, ModelConfig, ModelKind, Run, RunConfig, RunEvents,
    RunOptions, Sweep, SweepConfig, Trials, compare,
};

use crate::mutations::Said;

/// Folders of one tiny training of each kind, and of a twin with another seed.
pub struct Subject {
    folder: PathBuf,
    pub run: PathBuf,
    pub twin: PathBuf,
    pub stopped: PathBuf,
    pub stopped_twin: PathBuf,
    pub export: PathBuf,
    pub export_twin: PathBuf,
    pub import: PathBuf,
}

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
    pub fn get() -> &'static Self {
        static SUBJECT: OnceLock<Subject> = OnceLock::new();
        SUBJECT.get_or_init(Self::make)
    }

    pub fn place(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Returns a run with a cache of its own, and the cache.
    pub fn cached(&self) -> (PathBuf, PathBuf) {
        let (run, cache) = (self.place("cached"), self.place("own-cache"));
        let mut config = config(&self.folder, 1);
        config.data.image_folder.cache = Some(cache.clone());
        Run::train_in(&run, &config, RunOptions::default()).unwrap();
        (run, cache)
    }

    fn make() -> Self {
        // Created again by each run of the tests. A static is never dropped, so the folder is kept
        // until then.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutations");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        // A path that was changed to a relative one must not lead into the repository.
        std::env::set_current_dir(&folder).unwrap();
        paint(&folder.join("photos"));
        let place = |name: &str| folder.join(name);
        let (config, other) = (config(&folder, 1), config(&folder, 2));
        for (config, end) in [(&config, ""), (&other, "-twin")] {
            let run =
                Run::train_in(&place(&format!("run{end}")), config, RunOptions::default()).unwrap();
            let mut stop = Stop::default();
            let interrupt = stop.0.clone();
            Run::train_in(
                &place(&format!("stopped{end}")),
                config,
                RunOptions { events: Some(&mut stop), interrupt },
            )
            .unwrap();
            run.export(&place(&format!("export{end}"))).unwrap();
            let axes = vec![Axis::parse("optimizer.lr=0.01,0.05").unwrap()];
            let file = run.folder().config();
            let path = place(&format!("sweep{end}"));
            Sweep::create(
                Some(&path),
                Some(&file),
                &[],
                &SweepConfig { axes, ..SweepConfig::default() },
            )
            .unwrap();
            sweep(&path).unwrap();
            let mut config = config.clone();
            (config.data.folds, config.data.validation, config.epochs) =
                (Some(2), RunConfig::default().data.validation, 1);
            let path = place(&format!("folds{end}"));
            CrossValidation::create(&path, &config).unwrap();
            folds(&path).unwrap();
        }
        Run::import(&place("export"), Some(&place("import"))).unwrap();
        Self {
            run: place("run"),
            twin: place("run-twin"),
            stopped: place("stopped"),
            stopped_twin: place("stopped-twin"),
            export: place("export"),
            export_twin: place("export-twin"),
            import: place("import"),
            folder,
        }
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

/// Returns a name that no other command has used.
fn fresh(stem: &str) -> PathBuf {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let folder = &Subject::get().folder;
    folder.join("out").join(format!("{stem}-{}", NUMBER.fetch_add(1, Ordering::Relaxed)))
}

pub fn predicted(folder: &Path) -> Said {
    let run = Run::open(folder)?;
    let photos = fs::read_dir(Subject::get().place("photos/light")).unwrap();
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
    let comparison = compare(&[Run::open(folder)?, Run::open(&Subject::get().twin)?])?;
    Ok(comparison.text + &comparison.html)
}

pub fn exported(folder: &Path) -> Said {
    let out = fresh("export");
    Run::open(folder)?.export(&out)?;
    let read = |name: &str| fs::read(out.join(name)).unwrap();
    let said = format!(
        "{:?} {}",
        read("model.safetensors"),
        String::from_utf8(read("model.json")).unwrap()
    );
    fs::remove_dir_all(out).unwrap();
    Ok(said)
}

/// Trains one epoch, starting from the weights.
pub fn from(folder: &Path) -> Said {
    let config =
        RunConfig::from_layers(Some(&Subject::get().run.join("config.toml")), &[]).unwrap();
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
    for number in 1..=sweep.len() {
        sweep.run(number, &mut trials, RunOptions::default())?;
    }
    let point = |point: &zunder::SweepPoint| {
        format!("{:?} {:?} {:?} {}", point.settings, point.accuracy, point.loss, point.diverged)
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
    let out = fresh("import");
    Run::import(folder, Some(&out))?;
    let said = predicted(&out);
    fs::remove_dir_all(out).unwrap();
    said
}

/// Returns the remarks of the import of an export; none if it is refused.
pub fn told(folder: &Path) -> Vec<String> {
    let out = fresh("told");
    let Ok(run) = Run::import(folder, Some(&out)) else { return Vec::new() };
    let remarks = run.imported().unwrap().unwrap().remarks;
    fs::remove_dir_all(out).unwrap();
    remarks
}
