//! The model card of an export.

use std::fs;
use std::path::Path;

use image::{Rgb, RgbImage};
use zunder::{DatasetName, ExportFormat, ModelKind, Run, RunConfig, RunOptions};

/// Pictures of two classes, whose names Markdown would take for something else.
fn paint(folder: &Path) {
    for (class, bright) in [("a|b*<", 40_u8), ("night", 150)] {
        fs::create_dir_all(folder.join(class)).unwrap();
        for i in 0..20_u8 {
            let image = RgbImage::from_fn(6, 6, |x, _| Rgb([bright + i, x as u8 * 20, 3 * i]));
            image.save(folder.join(class).join(format!("{i}.png"))).unwrap();
        }
    }
}

#[test]
#[cfg(unix)]
fn a_card_has_the_figures_of_its_run_and_no_path() {
    let dir = tempfile::tempdir().unwrap();
    let place = |name: &str| dir.path().join(name);
    paint(&place("photos"));
    let mut config = RunConfig::preset(ModelKind::Linear);
    (config.data.dataset, config.data.dir) = (DatasetName::Folder, place("photos"));
    (config.data.validation, config.epochs, config.batch_size) = (0.25, 1, 8);
    config.pool = 2;
    let run = Run::train_in(&place("run"), &config, RunOptions::default()).unwrap();
    // Of the export, which has the pooling in its layer.
    let parameters = (run.decoder().unwrap().shape.len() + 1) * run.classes().unwrap().len();
    let (test, environment) = (run.test().unwrap().unwrap(), run.environment().unwrap());
    for (format, command) in [
        (ExportFormat::PyTorch, "python model.py"),
        (ExportFormat::Onnx, "python predict.py"),
        (ExportFormat::Burn, "cargo run --release -- cat.jpg"),
    ] {
        let folder = place(format.default_folder());
        run.export_as(format, &folder).unwrap();
        assert!(format.files().iter().all(|file| folder.join(file).is_file()), "{format:?}");
        let card = fs::read_to_string(folder.join("README.md")).unwrap();
        for part in [
            format!("| accuracy | {:.4} | {:.4} |", test.accuracy, test.accuracy_low),
            format!("{parameters} parameters. In training, the means of 2 x 2 pixels were"),
            format!("| training images | {} |", environment.train_images),
            environment.dataset_hash.clone(),
            "| a\\|b\\*\\< | ".to_owned(),
            command.to_owned(),
            "dir = \"DATA\"".to_owned(),
        ] {
            assert!(card.contains(&part), "{part} in {card}");
        }
        assert!(!card.contains(dir.path().to_str().unwrap()), "{card}");
    }
    let back = Run::import(&place("export"), Some(&place("back"))).unwrap();
    back.export(&place("again")).unwrap();
    let card = fs::read_to_string(place("again").join("README.md")).unwrap();
    let origin = back.imported().unwrap().unwrap().sha256;
    assert!(card.contains("an imported model has no test") && card.contains(&origin), "{card}");
    assert!(!card.contains(&environment.dataset_hash), "{card}");
}
