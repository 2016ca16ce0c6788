//! Whole runs through the library, on a small part of the synthetic set.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use zunder::data::Images;
use zunder::eval::EpochRecord;
use zunder::models::MlpConfig;
use zunder::train::{
    AdamConfig, EarlyStoppingConfig, Events, Interrupt, OnNan, OptimizerConfig, Outcome, Rollback,
    RollbackConfig, SourceError, StepReport,
};
use zunder::{
    DatasetName, ModelConfig, ModelKind, Plan, Run, RunConfig, RunError, RunEvents, RunOptions,
};

fn config() -> RunConfig {
    let mut config = RunConfig::preset(ModelKind::Mlp);
    config.model = ModelConfig::Mlp(MlpConfig { hidden: vec![24, 16], ..MlpConfig::default() });
    config.data.dataset = DatasetName::Shapes;
    config.data.limit = Some(600);
    config.data.validation = 0.02;
    config.epochs = 3;
    config.batch_size = 64;
    config.threads = 2;
    config
}

/// Asks to stop at a step of an epoch, and keeps the plan.
#[derive(Default)]
struct Watch {
    interrupt: Interrupt,
    stop: Option<(usize, usize)>,
    plan: Option<Plan>,
    tested: bool,
    rollbacks: usize,
}

impl Events for Watch {
    fn step_finished(&mut self, step: &StepReport) {
        if self.stop == Some((step.epoch, step.step)) {
            self.interrupt.request();
        }
    }

    fn rolled_back(&mut self, _: &Rollback) {
        self.rollbacks += 1;
    }
}

impl RunEvents for Watch {
    fn planned(&mut self, plan: &Plan) {
        self.plan = Some(plan.clone());
    }

    fn testing(&mut self) {
        self.tested = true;
        if self.stop == Some(AT_THE_TEST) {
            self.interrupt.request();
        }
    }
}

/// Stops when training is over and the test set is about to be read.
const AT_THE_TEST: (usize, usize) = (0, 0);

fn train(folder: &Path, config: &RunConfig, watch: &mut Watch) -> Result<Run, RunError> {
    let interrupt = watch.interrupt.clone();
    Run::train_in(folder, config, RunOptions { events: Some(watch), interrupt })
}

fn new_folder() -> (tempfile::TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("run");
    (parent, folder)
}

/// What must be equal in two equal runs: weights, predictions, test, the layers' health, and
/// metrics less their timings.
fn essence(run: &Run) -> ([Vec<u8>; 4], Vec<EpochRecord>) {
    let read = |path: PathBuf| std::fs::read(path).unwrap();
    let timeless = |r: &EpochRecord| EpochRecord {
        seconds: 0.0,
        images_per_second: 0.0,
        validation_seconds: 0.0,
        ..r.clone()
    };
    let folder = run.folder();
    let files = [folder.best(), folder.predictions(), folder.test(), folder.health()].map(read);
    (files, run.epochs().unwrap().iter().map(timeless).collect())
}

#[test]
fn a_run_leaves_a_whole_folder() {
    let (_parent, folder) = new_folder();
    let mut watch = Watch::default();
    let run = train(&folder, &config(), &mut watch).unwrap();
    assert_eq!(run.outcome(), Some(Outcome::Completed));
    let plan = watch.plan.unwrap();
    assert_eq!(
        (plan.train_images, plan.validation_images, plan.test_images, plan.steps, plan.batch_size),
        (600, 200, 2000, 9, 64)
    );
    assert!(plan.synthetic && watch.tested);

    let files: Vec<&str> = vec![
        "config.toml",
        "environment.json",
        "preprocessing.json",
        "metrics.csv",
        "health.csv",
        "checkpoints/last.safetensors",
        "best/model.safetensors",
        "test.json",
        "predictions.csv",
        "report.html",
        "evaluation.json",
        "pictures/calibration.png",
        "pictures/curves.png",
        "pictures/curves.svg",
        "pictures/precision_recall.svg",
        "pictures/roc.png",
        "pictures/schedule.png",
        "pictures/schedule.svg",
    ];
    for file in files {
        assert!(folder.join(file).metadata().is_ok_and(|m| m.len() > 0), "{file}");
    }
    assert_eq!((run.epochs().unwrap().len(), run.health().unwrap().len()), (3, 9));
    let predictions = std::fs::read_to_string(run.folder().predictions()).unwrap();
    assert_eq!(predictions.lines().count(), 2001);
    assert!(predictions.starts_with("index,label,predicted,p_circle,"));
    let report = std::fs::read_to_string(run.folder().report()).unwrap();
    assert!(
        report.contains("synthetic") && report.contains("<h2>Layers</h2>"),
        "banner and health"
    );

    // Opened again: the same configuration, and the same test without a file written.
    let again = Run::open(&folder).unwrap();
    assert_eq!(again.config(), run.config());
    let test = run.test().unwrap().unwrap();
    let before = modified(&folder);
    let written = std::fs::read_to_string(run.folder().test()).unwrap();
    assert_eq!(serde_json::to_string_pretty(&again.evaluate().unwrap()).unwrap() + "\n", written);
    assert_eq!(modified(&folder), before);
    assert!(test.accuracy_low < test.accuracy && test.accuracy < test.accuracy_high);

    // The saved configuration gives the same run.
    let (_other, twin) = new_folder();
    let rerun = train(&twin, again.config(), &mut Watch::default()).unwrap();
    assert_eq!(essence(&rerun), essence(&run));
}

fn modified(folder: &Path) -> BTreeMap<PathBuf, std::time::SystemTime> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .filter(|e| e.metadata().unwrap().is_file())
        .map(|e| (e.path(), e.metadata().unwrap().modified().unwrap()))
        .collect()
}

#[test]
fn predictions_of_images_are_those_of_the_test() {
    let (_parent, folder) = new_folder();
    let run = train(&folder, &config(), &mut Watch::default()).unwrap();
    let test = zunder::data::shapes::ShapesConfig::default().generate().unwrap().test;
    let shape = test.shape();
    let first = Images::new(
        shape,
        test.pixels()[..5 * shape.len()].to_vec(),
        test.labels()[..5].to_vec(),
        10,
    )
    .unwrap();
    let predictions = run.predict(first).unwrap();
    let file = std::fs::read_to_string(run.folder().predictions()).unwrap();
    for (prediction, line) in predictions.iter().zip(file.lines().skip(1)) {
        let columns: Vec<&str> = line.split(',').collect();
        assert_eq!(
            prediction.class,
            zunder::data::shapes::CLASSES[columns[2].parse::<usize>().unwrap()]
        );
        for (p, text) in prediction.scores.iter().zip(&columns[3..]) {
            assert!((p - text.parse::<f32>().unwrap()).abs() < 1e-5);
        }
    }
    assert_eq!(predictions.len(), 5);
    let small = Images::new(
        zunder::data::ImageShape { channels: 1, height: 2, width: 2 },
        vec![0; 4],
        vec![0],
        10,
    )
    .unwrap();
    assert_eq!(
        run.predict(small).unwrap_err().to_string(),
        "the images are 1x2x2, expected 3x32x32 as in training"
    );
}

/// Promise 3: the number of threads changes no bit.
#[test]
fn threads_do_not_matter() {
    let runs: Vec<_> = [1, 2, 3]
        .map(|threads| {
            let (_parent, folder) = new_folder();
            // Large enough for the matrix products to be split between threads.
            let model = ModelConfig::Mlp(MlpConfig { hidden: vec![96], ..MlpConfig::default() });
            essence(
                &train(
                    &folder,
                    &RunConfig { threads, model, epochs: 2, ..config() },
                    &mut Watch::default(),
                )
                .unwrap(),
            )
        })
        .into();
    assert!(runs[0] == runs[1] && runs[1] == runs[2]);
}

/// Promises 3 and 4: an interrupted run loses the epoch in progress, and ends in the same bits once
/// resumed, also with another number of threads and with Adam.
#[test]
fn a_resumed_run_equals_an_uninterrupted_one() {
    let early = EarlyStoppingConfig { patience: Some(3), ..EarlyStoppingConfig::default() };
    let config = RunConfig {
        optimizer: OptimizerConfig::Adam(AdamConfig::default()),
        early_stopping: early,
        ..config()
    };
    let (_parent, whole) = new_folder();
    let expected = essence(&train(&whole, &config, &mut Watch::default()).unwrap());
    for stop in [(1, 4), (2, 9), (3, 2)] {
        let (_parent, folder) = new_folder();
        let mut watch = Watch { stop: Some(stop), ..Watch::default() };
        let stopped = train(&folder, &config, &mut watch).unwrap();
        assert_eq!(
            (stopped.outcome(), stopped.epochs().unwrap().len()),
            (Some(Outcome::Interrupted), stop.0 - 1)
        );
        assert!(
            stopped.test().unwrap().is_none() && !watch.tested,
            "the test set is read once, at the end"
        );
        assert!(
            matches!(Run::open(&folder).unwrap().evaluate(), Err(RunError::NotFinished(_))),
            "the test set is read once, at the end"
        );
        let mut resumed = Run::open(&folder).unwrap();
        resumed.compute_on(None, Some(3), None).unwrap();
        assert_eq!(resumed.resume(RunOptions::default()).unwrap(), Outcome::Completed);
        assert!(essence(&resumed) == expected, "stopped at {stop:?}");
    }
}

/// The same with everything that is done to gradients and weights on the way: the mean over
/// batches, clipping, a moving average, and rates halved by a rollback.
#[test]
fn a_resumed_run_with_all_settings_of_the_training_equals_an_uninterrupted_one() {
    let mut config = config();
    let settings = [
        "optimizer=lion",
        "gradients.accumulate=2",
        "gradients.clip_norm=0.5",
        "gradients.clip_value=0.05",
        "ema=0.9",
        "on_nan=rollback",
    ];
    let settings: Vec<_> = settings.iter().map(|s| zunder::parse_setting(s).unwrap()).collect();
    let set = RunConfig::from_layers(None, &settings).unwrap();
    (config.optimizer, config.gradients, config.ema, config.on_nan) =
        (set.optimizer, set.gradients, set.ema, set.on_nan);
    let (_parent, whole) = new_folder();
    let mut watch = Watch::default();
    let expected = train(&whole, &config, &mut watch).unwrap();
    assert_eq!(watch.plan.unwrap().steps, 5, "nine batches");
    assert!(
        expected.epochs().unwrap().iter().all(|r| r.ema_accuracy.is_some() && r.ema_loss.is_some())
    );
    let (_parent, folder) = new_folder();
    train(&folder, &config, &mut Watch { stop: Some((2, 9)), ..Watch::default() }).unwrap();
    let mut resumed = Run::open(&folder).unwrap();
    resumed.compute_on(None, Some(1), None).unwrap();
    assert_eq!(resumed.resume(RunOptions::default()).unwrap(), Outcome::Completed);
    assert!(essence(&resumed) == essence(&expected));
}

/// A loss that is no number ends the run, or halves its rate a few times first; the folder stays
/// one that can be looked at.
#[test]
fn a_diverging_run_says_so() {
    let mut config = RunConfig { loss: zunder::train::Loss::SquaredError {}, ..config() };
    config.model = ModelConfig::Linear(zunder::models::LinearClassifierConfig::default());
    config.optimizer = OptimizerConfig::Sgd(zunder::train::SgdConfig {
        lr: 1e20,
        ..zunder::train::SgdConfig::default()
    });
    for (on_nan, halvings) in
        [(OnNan::default(), 0), (OnNan::Rollback(RollbackConfig { most: 2 }), 2)]
    {
        config.on_nan = on_nan;
        let (_parent, folder) = new_folder();
        let mut watch = Watch::default();
        let error = train(&folder, &config, &mut watch).unwrap_err();
        let (message, hint) = (error.to_string(), error.hint());
        assert!(
            message.contains(" of epoch 1 (learning rate ")
                && message.contains("largest gradients"),
            "{message}"
        );
        assert!(hint.contains("clip_norm") && !error.is_input(), "{hint}");
        assert_eq!(
            (watch.rollbacks, message.contains("after 2 rollbacks")),
            (halvings, halvings == 2),
            "{message}"
        );
        assert!(Run::open(&folder).unwrap().epochs().unwrap().is_empty());
    }
}

#[test]
fn a_run_interrupted_at_its_test_is_tested_once_resumed() {
    let (_parent, folder) = new_folder();
    let mut watch = Watch { stop: Some(AT_THE_TEST), ..Watch::default() };
    let stopped = train(&folder, &config(), &mut watch).unwrap();
    assert_eq!(
        (stopped.outcome(), stopped.epochs().unwrap().len()),
        (Some(Outcome::Interrupted), 3)
    );
    assert!(!folder.join("test.json").exists() && !folder.join("predictions.csv").exists());
    // What a kill between the last checkpoint and its row would leave.
    std::fs::remove_file(stopped.folder().metrics()).unwrap();
    std::fs::remove_file(stopped.folder().health()).unwrap();
    let mut resumed = Run::open(&folder).unwrap();
    assert_eq!(resumed.resume(RunOptions::default()).unwrap(), Outcome::Completed);
    let (_other, whole) = new_folder();
    assert!(
        essence(&resumed) == essence(&train(&whole, &config(), &mut Watch::default()).unwrap())
    );
}

#[test]
fn a_changed_configuration_is_not_resumed() {
    let (_parent, folder) = new_folder();
    let mut watch = Watch { stop: Some((2, 1)), ..Watch::default() };
    let stopped = train(&folder, &config(), &mut watch).unwrap();
    let text = std::fs::read_to_string(stopped.folder().config()).unwrap();
    std::fs::write(stopped.folder().config(), text.replace("seed = 1", "seed = 2")).unwrap();
    let error = Run::open(&folder).unwrap_err();
    assert!(
        error.to_string().ends_with("config.toml: seed is 2, and was 1 when the run began")
            && error.is_input(),
        "{error}"
    );
}

#[test]
fn seeds_differ() {
    let accuracy = |seed| {
        let (_parent, folder) = new_folder();
        train(&folder, &RunConfig { seed, epochs: 1, ..config() }, &mut Watch::default())
            .unwrap()
            .epochs()
            .unwrap()[0]
            .train_loss
    };
    assert_ne!(accuracy(1), accuracy(2));
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_written() {
    let (parent, folder) = new_folder();
    let refuse = |config: RunConfig, part: &str| {
        let error = train(&folder, &config, &mut Watch::default()).unwrap_err();
        assert!(error.to_string().contains(part) && error.is_input(), "{error}");
        assert!(!folder.exists(), "{error}");
    };
    refuse(
        RunConfig { device: "abacus".into(), ..config() },
        "device \"abacus\" is not in this build, expected one of flex",
    );
    refuse(RunConfig { epochs: 0, ..config() }, "epochs is 0");
    refuse(RunConfig { seed: u64::MAX, ..config() }, "seed is 18446744073709551615");
    refuse(RunConfig { threads: 1_000_000, ..config() }, "threads is 1000000");
    let mut tiny = config();
    tiny.data.validation = 1e-6;
    refuse(tiny, "data.validation is 0.000001: 0 of 10000 images");
    let mut nowhere = config();
    nowhere.data.dataset = DatasetName::Cifar10;
    nowhere.data.dir = parent.path().join("nowhere");
    refuse(nowhere, "nowhere");
    let mut broad = config();
    broad.augment.crop = Some(zunder::data::Crop { padding: 32, probability: 1.0 });
    refuse(broad, "crop.padding is 32");

    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("mine.txt"), "precious").unwrap();
    assert!(matches!(
        train(&folder, &config(), &mut Watch::default()),
        Err(RunError::FolderExists(_))
    ));
    assert!(matches!(Run::open(&folder), Err(RunError::NotARun { .. })));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn a_run_belongs_to_one_process_and_one_data_set() {
    let (_parent, folder) = new_folder();
    let mut watch = Watch { stop: Some((2, 1)), ..Watch::default() };
    train(&folder, &config(), &mut watch).unwrap();
    let lock = std::fs::File::options().write(true).open(folder.join(".lock")).unwrap();
    lock.lock().unwrap();
    let mut run = Run::open(&folder).unwrap();
    assert!(matches!(run.resume(RunOptions::default()), Err(RunError::Busy(_))));
    drop(lock);

    let environment = run.folder().environment();
    let text = std::fs::read_to_string(&environment).unwrap();
    let hash = run.environment().unwrap().dataset_hash;
    std::fs::write(&environment, text.replace(&hash, &format!("sha256-list:{}", "0".repeat(64))))
        .unwrap();
    assert!(matches!(run.resume(RunOptions::default()), Err(RunError::BadFile { .. })));
    // A run of an earlier version has no checksums.
    let checksums = folder.join("checksums.json");
    std::fs::rename(&checksums, folder.join("kept")).unwrap();
    assert!(matches!(run.resume(RunOptions::default()), Err(RunError::OtherData { .. })));
    std::fs::write(&environment, text).unwrap();
    std::fs::rename(folder.join("kept"), &checksums).unwrap();

    assert_eq!(run.resume(RunOptions::default()).unwrap(), Outcome::Completed);
    assert!(matches!(run.resume(RunOptions::default()), Err(RunError::Finished(_))));
}

/// A listener that fails, as one that writes to a full disk would.
struct Failing;

impl Events for Failing {
    fn epoch_finished(&mut self, _: &EpochRecord, _: bool) -> Result<(), SourceError> {
        Err("the disk is full".into())
    }
}

impl RunEvents for Failing {}

#[test]
fn a_failing_listener_stops_the_run() {
    let (_parent, folder) = new_folder();
    let options = RunOptions { events: Some(&mut Failing), ..RunOptions::default() };
    let error = Run::train_in(&folder, &config(), options).unwrap_err();
    assert_eq!((error.to_string().as_str(), error.is_input()), ("the disk is full", false));
}
