//! The project that `export --format burn` writes answers as `predict` does.
#![cfg(feature = "flex")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use burn::tensor::Device;
use classifier::Classifier;
use zunder::data::AugmentConfig;
use zunder::data::image_folder::{ImageSize, ResizeMode};
use zunder::models::{Activation, LinearClassifierConfig, MlpConfig, Norm, ResidualMlpConfig};
use zunder::train::Loss;
use zunder::{
    DatasetName, ExportFormat, ModelConfig, ModelKind, Predictor, Run, RunConfig, RunOptions,
    TestTimeAugmentation,
};

/// A BMP file whose pixels are computed from their place: blue, green, red.
fn bmp(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
    let padding = vec![0; (4 - 3 * width as usize % 4) % 4];
    let row = |y| [(0..width).flat_map(|x| pixel(x, y)).collect(), padding.clone()].concat();
    let body: Vec<u8> = (0..height).flat_map(row).collect();
    let size = body.len() as u32;
    let numbers = [54 + size, 0, 54, 40, width, height, 1 | 24 << 16, 0, size, 0, 0, 0, 0];
    [b"BM".to_vec(), numbers.into_iter().flat_map(u32::to_le_bytes).collect(), body].concat()
}

/// Photographs of two classes, one of which is brighter.
fn photographs(folder: &Path) {
    for (class, bright) in [("dark", 40_u8), ("light", 150)] {
        fs::create_dir_all(folder.join(class)).unwrap();
        for i in 0..20_u8 {
            let file = bmp(12, 10, |x, y| [bright + i, (x * 20) as u8, (y * 20) as u8 + 3 * i]);
            fs::write(folder.join(class).join(format!("{i}.bmp")), file).unwrap();
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

/// Runs with different models and preprocessing.
fn configs(photos: &Path) -> [RunConfig; 4] {
    let linear = config(photos, ModelConfig::Linear(LinearClassifierConfig::default()));
    let mut mlp = config(
        photos,
        ModelConfig::Mlp(MlpConfig {
            hidden: vec![9, 7],
            activation: Activation::Prelu,
            ..MlpConfig::default()
        }),
    );
    mlp.tta = TestTimeAugmentation::Mirror;
    let shifts = |pixels, mirror| TestTimeAugmentation::Shifts { pixels, mirror };
    let folder = &mut mlp.data.image_folder;
    (folder.resize, folder.channels, folder.background) = (ResizeMode::Pad, Some(1), [9, 99, 200]);
    folder.image_size = Some(ImageSize { height: 9, width: 7 });
    let residual = |norm| {
        let (width, depth, activation) = (6, 2, Activation::Gelu);
        let sizes = ResidualMlpConfig { width, depth, activation, ..ResidualMlpConfig::default() };
        config(photos, ModelConfig::ResidualMlp(ResidualMlpConfig { norm, ..sizes }))
    };
    let mut layer = residual(Norm::Layer);
    layer.tta = shifts(2, true);
    layer.data.image_folder.resize = ResizeMode::Stretch;
    (layer.data.image_folder.image_size, layer.pool) = (Some(ImageSize { height: 6, width: 6 }), 2);
    // A loss whose scores are not probabilities.
    let tta = TestTimeAugmentation::Cross { pixels: 1, mirror: false };
    let batch = RunConfig { loss: Loss::SquaredError {}, tta, ..residual(Norm::Batch) };
    [linear, mlp, layer, batch]
}

fn threads_can_share<T: Send + Sync>(_: &T) {}

#[test]
fn the_project_answers_as_predict_does() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    photographs(&photos);
    let sizes = [(12, 10), (31, 8), (5, 40), (64, 64)];
    let pictures = sizes.map(|(width, height)| {
        bmp(width, height, |x, y| [(x * 37) as u8, (y * 61) as u8, (x * y) as u8])
    });
    for (i, config) in configs(&photos).into_iter().enumerate() {
        let [run, export] = ["run", "export"].map(|name| dir.path().join(format!("{name}-{i}")));
        Run::train_in(&run, &config, RunOptions::default())
            .unwrap()
            .export_as(ExportFormat::Burn, &export)
            .unwrap();
        let predictor = Predictor::open(&run).unwrap();
        let expected = predictor.predict_bytes(&pictures).unwrap();
        let classifier = Classifier::load(&export, &Device::flex()).unwrap();
        threads_can_share(&classifier);
        assert_eq!(classifier.classes(), predictor.classes());
        assert_eq!(classifier.gives_probabilities(), i != 3);
        let images: Vec<Vec<u8>> =
            pictures.iter().map(|file| classifier.decode(file).unwrap()).collect();
        let answers = classifier.answer(&images).unwrap();
        assert_eq!(answers.len(), expected.len());
        for (got, expected) in answers.iter().zip(expected) {
            let expected = expected.unwrap().scores;
            assert_eq!(got.len(), expected.len());
            let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-5 * b.abs().max(1.0);
            assert!(got.iter().zip(&expected).all(near), "case {i}: {got:?}, {expected:?}");
        }
        assert!(classifier.decode(b"no image").is_err());
        assert!(classifier.answer(&[vec![0; 3]]).is_err());
    }
    let export = dir.path().join("export-0");
    the_program_answers(&export, &pictures[1]);
    the_manifest_is_that_of_this_package(&export);
    what_the_program_does_not_do_is_refused(&export);
}

/// `main.rs`, with an image and with a file that is none.
fn the_program_answers(export: &Path, picture: &[u8]) {
    let files = ["some.bmp", "none.bmp"].map(|name| export.join(name));
    fs::write(&files[0], picture).unwrap();
    fs::write(&files[1], "no image").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_classifier"))
        .args(&files)
        .env("CLASSIFIER", export)
        .output()
        .unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert!(out.contains("dark ") && out.contains('%') && out.lines().count() == 1, "{out}");
    assert!(err.contains("none.bmp"), "{err}");
}

/// The project that is written has the sources and the dependencies of this package, which are
/// thereby compiled.
fn the_manifest_is_that_of_this_package(export: &Path) {
    let text = fs::read_to_string(export.join("Cargo.toml")).unwrap();
    let written: toml::Table = text.parse().unwrap();
    let own: toml::Table = include_str!("../Cargo.toml").parse().unwrap();
    let mut names = Vec::new();
    for (name, dependency) in written["dependencies"].as_table().unwrap() {
        let mut dependency = dependency.clone();
        if let Some(path) = dependency.get_mut("path") {
            let below = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../crates");
            let file = Path::new(path.as_str().unwrap()).file_name().unwrap();
            assert!(below.join(file).is_dir(), "{path}");
            *path = toml::Value::String(format!("../../../crates/{}", file.to_str().unwrap()));
        }
        assert_eq!(own["dependencies"][name], dependency, "{name}");
        names.push(name.as_str());
    }
    assert_eq!(names.len(), own["dependencies"].as_table().unwrap().len());
    for backend in ["flex", "ndarray", "wgpu"] {
        let features = |table: &toml::Table| {
            let of = table["features"][backend].as_array().unwrap().clone();
            of.into_iter().filter(|name| !name.as_str().unwrap().starts_with("zunder/")).collect()
        };
        let [got, expected]: [Vec<toml::Value>; 2] = [features(&written), features(&own)];
        assert_eq!(got, expected);
    }
    for (file, path) in [("lib.rs", "lib"), ("main.rs", "bin")] {
        let own = if path == "lib" { &own["lib"]["path"] } else { &own["bin"][0]["path"] };
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(own.as_str().unwrap());
        let [got, expected] = [export.join("src").join(file), own].map(fs::read_to_string);
        assert_eq!(got.unwrap(), expected.unwrap());
    }
    // Cargo resolves it without network, by the versions of this workspace, and for this platform:
    // the crates of others are not downloaded.
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"), export.join("Cargo.lock"))
        .unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--manifest-path"])
        .arg(export.join("Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn what_the_program_does_not_do_is_refused(export: &Path) {
    for (file, from, to, message) in [
        ("preprocessing.json", "\"triangle\"", "\"lanczos\"", "resize.kernel is not \"triangle\""),
        ("preprocessing.json", "\"tta\": \"none\"", "\"tta\": \"rotate\"", "tta is \"rotate\""),
        ("classifier.json", "\"format\": 1", "\"format\": 9", "format is 9, expected 1"),
    ] {
        let path = export.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(&path, text.replace(from, to)).unwrap();
        let error = Classifier::load(export, &Device::flex()).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
        fs::write(&path, text).unwrap();
    }
}
