//! Whole runs through the library, on a small part of the synthetic set.

mod devices;
mod refusals;
mod resume;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use zunder::data::Images;
use zunder::eval::EpochRecord;
use zunder::models::MlpConfig;
use zunder::train::{
    AdamConfig, EarlyStoppingConfig, Events, OnNan, OptimizerConfig, Outcome, RollbackConfig,
    SourceError,
};
use zunder::{
    DatasetName, ModelConfig, ModelKind, Run, RunConfig, RunError, RunEvents, RunOptions,
};

use crate::watch::{AT_THE_TEST, Watch, train};

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

fn new_folder() -> (tempfile::TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("run");
    (parent, folder)
}

/// Returns what must be equal in two equal runs: weights, predictions, test, health of the layers,
/// and metrics without timings.
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

    // Opened again: the same configuration, and the same test without writing a file.
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
            // The matrix products are large enough to be split between threads.
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

/// A loss that is NaN ends the run, or first halves its learning rate a few times. The folder can
/// still be opened.
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
