//! Exports against `predict`, by ONNX Runtime and by the Python that an export has.
//!
//! The tests need Python with onnx, onnxruntime, numpy and pillow: `ZUNDER_PYTHON`, by default
//! `python3`. Without it they print a note and pass, unless `ZUNDER_REQUIRE_PYTHON` is set.

#![allow(clippy::print_stdout, reason = "shown if a test fails")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use image::{Rgb, RgbImage};
use serde_json::{Value, json};
use zunder::data::image_folder::{ImageSize, ResizeMode};
use zunder::data::{AugmentConfig, Images};
use zunder::models::{Activation, LinearClassifierConfig, MlpConfig, Norm, ResidualMlpConfig};
use zunder::train::Loss;
use zunder::{
    DatasetName, ExportFormat, ModelConfig, ModelKind, Run, RunConfig, RunOptions,
    TestTimeAugmentation,
};

/// Returns the interpreter, if it has all that the scripts need.
fn python() -> Option<String> {
    let python = std::env::var("ZUNDER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let imports = ["-c", "import numpy, onnx, onnxruntime, PIL"];
    let found = Command::new(&python).args(imports).output();
    if found.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    assert!(
        std::env::var_os("ZUNDER_REQUIRE_PYTHON").is_none(),
        "{python} has not all of numpy, onnx, onnxruntime and pillow"
    );
    // Written directly, since the test harness hides the output of a test that passes.
    let mut terminal = std::io::stderr();
    writeln!(terminal, "skipped: {python} has not all of numpy, onnx, onnxruntime and pillow")
        .unwrap();
    None
}

/// Runs a script of `tests/python`, which must succeed.
#[track_caller]
fn script(python: &str, name: &str, argument: &Path) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(name);
    let output = Command::new(python).arg(file).arg(argument).output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    println!("{out}");
    assert!(output.status.success(), "{out}{err}");
}

/// Pictures of two classes, one of which is brighter.
fn paint(folder: &Path) {
    for (class, bright) in [("dark", 40_u8), ("light", 150)] {
        fs::create_dir_all(folder.join(class)).unwrap();
        for i in 0..20_u8 {
            let image = RgbImage::from_fn(12, 10, |x, y| {
                Rgb([bright + i, (x * 20) as u8, (y * 20) as u8 + 3 * i])
            });
            image.save(folder.join(class).join(format!("{i}.png"))).unwrap();
        }
    }
}

fn config(photos: &Path, model: ModelConfig) -> RunConfig {
    let mut config = RunConfig { model, ..RunConfig::preset(ModelKind::Mlp) };
    config.augment = AugmentConfig::default();
    // So low that no probability is 0 or 1.
    config.optimizer = config.optimizer.with_lr(0.002);
    (config.data.dataset, config.data.dir) = (DatasetName::Folder, photos.to_owned());
    config.data.image_folder.cache = Some(PathBuf::new());
    (config.data.validation, config.epochs, config.batch_size, config.threads) = (0.25, 2, 8, 1);
    config
}

const VIEWS: [TestTimeAugmentation; 4] = [
    TestTimeAugmentation::None,
    TestTimeAugmentation::Mirror,
    TestTimeAugmentation::Shifts { pixels: 1, mirror: true },
    TestTimeAugmentation::Cross { pixels: 2, mirror: false },
];

#[test]
fn onnx_runtime_answers_as_predict_does() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let place = |name: &str| dir.path().join(name);
    paint(&place("photos"));
    let mlp = |activation, batch_norm| {
        let hidden = vec![9, 7];
        ModelConfig::Mlp(MlpConfig { hidden, activation, batch_norm, ..MlpConfig::default() })
    };
    let residual = |norm, activation| {
        let (width, depth, expansion) = (6, 2, 3);
        let sizes = ResidualMlpConfig { width, depth, expansion, ..ResidualMlpConfig::default() };
        ModelConfig::ResidualMlp(ResidualMlpConfig { norm, activation, ..sizes })
    };
    let trainable = Activation::ALL.into_iter().filter(|f| f.check_trainable().is_ok());
    let mut models =
        vec![("linear".to_owned(), ModelConfig::Linear(LinearClassifierConfig::default()))];
    models.extend(trainable.map(|f| (format!("mlp {}", f.name()), mlp(f, false))));
    models.push(("mlp relu, batch norm".to_owned(), mlp(Activation::Relu, true)));
    models.push(("residual, layer norm".to_owned(), residual(Norm::Layer, Activation::Prelu)));
    models.push(("residual, batch norm".to_owned(), residual(Norm::Batch, Activation::Relu)));
    let mut cases = Vec::new();
    for (name, model) in models {
        for channels in [1, 3] {
            // What shifts do does not depend on the activation.
            let shifts = name.starts_with("linear") || name.contains("norm");
            for tta in VIEWS.into_iter().take(if shifts { 4 } else { 2 }) {
                let mut config = RunConfig { tta, ..config(&place("photos"), model.clone()) };
                // Odd sides cannot be pooled by two.
                let (height, pool) = if tta == VIEWS[3] { (4, 2) } else { (5, 1) };
                config.data.image_folder.image_size = Some(ImageSize { height, width: 6 });
                (config.data.image_folder.channels, config.pool) = (Some(channels), pool);
                let colour = if channels == 1 { "grey" } else { "colour" };
                let name = format!("{name}, {colour}, tta {tta}, pool {pool}");
                cases.push(scored(dir.path(), &name, &config, cases.len()));
            }
        }
    }
    // A loss whose scores are not probabilities.
    let mut distances =
        config(&place("photos"), ModelConfig::Linear(LinearClassifierConfig::default()));
    distances.loss = Loss::SquaredError {};
    cases.push(scored(dir.path(), "linear, squared error", &distances, cases.len()));
    fs::write(place("cases.json"), Value::Array(cases).to_string()).unwrap();
    script(&python, "check.py", &place("cases.json"));
}

/// Trains a model, exports it, and returns a case of images of its own shape.
fn scored(dir: &Path, name: &str, config: &RunConfig, number: usize) -> Value {
    let place = |name: &str| dir.join(format!("{name}-{number}"));
    let run = Run::train_in(&place("run"), config, RunOptions::default()).unwrap();
    run.export_as(ExportFormat::Onnx, &place("onnx")).unwrap();
    run.export(&place("pytorch")).unwrap();
    let shape = run.decoder().unwrap().shape;
    let n = 8;
    let pixels: Vec<u8> = (0..n * shape.len()).map(|i| ((i * 2_654_435_761) >> 7) as u8).collect();
    fs::write(place("pixels"), &pixels).unwrap();
    let images = Images::new(shape, pixels, vec![0; n], 2).unwrap();
    let scores: Vec<Vec<f32>> =
        run.predict(images).unwrap().into_iter().map(|prediction| prediction.scores).collect();
    json!({
        "name": name,
        "onnx": place("onnx"),
        "pytorch": place("pytorch"),
        "shape": [shape.channels, shape.height, shape.width],
        "classes": run.classes().unwrap(),
        "pixels": place("pixels"),
        "scores": scores,
    })
}

#[test]
fn python_reads_pictures_as_predict_does() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let place = |name: &str| dir.path().join(name);
    paint(&place("photos"));
    script(&python, "pictures.py", &place("pictures"));
    let mut pictures: Vec<PathBuf> =
        fs::read_dir(place("pictures")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pictures.sort();
    assert!(pictures.len() > 100, "{}", pictures.len());
    let (crop, pad, stretch) = (ResizeMode::Crop, ResizeMode::Pad, ResizeMode::Stretch);
    let mut cases = Vec::new();
    for (i, (resize, channels, height, width, background, depth)) in [
        (crop, 3, 12, 16, [255, 255, 255], 16),
        (stretch, 3, 9, 9, [10, 200, 90], 10),
        (pad, 3, 16, 12, [200, 10, 30], 12),
        (crop, 1, 8, 8, [0, 0, 0], 16),
        (pad, 1, 20, 10, [10, 200, 90], 16),
        (stretch, 1, 5, 31, [255, 255, 255], 10),
        (crop, 3, 64, 48, [10, 200, 90], 8),
    ]
    .into_iter()
    .enumerate()
    {
        let mut config =
            config(&place("photos"), ModelConfig::Linear(LinearClassifierConfig::default()));
        config.tta = VIEWS[i % 4];
        let folder = &mut config.data.image_folder;
        (folder.resize, folder.channels, folder.background, folder.depth) =
            (resize, Some(channels), background, depth);
        folder.image_size = Some(ImageSize { height, width });
        let run =
            Run::train_in(&place(&format!("run-{i}")), &config, RunOptions::default()).unwrap();
        let onnx = place(&format!("onnx-{i}"));
        run.export_as(ExportFormat::Onnx, &onnx).unwrap();
        let (predictor, decoder) = (run.predictor().unwrap(), run.decoder().unwrap());
        let (mut pixels, mut scores) = (Vec::new(), Vec::new());
        // One at a time, so that the images of a batch change no last bit.
        for file in &pictures {
            let answer = predictor.predict_bytes(&[fs::read(file).unwrap()]).unwrap().remove(0);
            scores.push(answer.map_or_else(|_| Vec::new(), |answer| answer.scores));
            pixels.extend(decoder.read(file).unwrap_or_default());
        }
        let file = place(&format!("pixels-{i}"));
        fs::write(&file, pixels).unwrap();
        cases.push(json!({
            "name": format!(
                "{resize:?} {channels}x{height}x{width}, depth {depth}, tta {}",
                config.tta
            ),
            "onnx": onnx,
            "shape": [channels, height, width],
            "classes": run.classes().unwrap(),
            "pictures": pictures,
            "pixels": file,
            "scores": scores,
        }));
    }
    fs::write(place("cases.json"), Value::Array(cases).to_string()).unwrap();
    script(&python, "check.py", &place("cases.json"));
}
