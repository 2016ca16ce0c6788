//! A predictor is loaded once and answers as its run does, also from several threads at a time.

use std::io::Cursor;
use std::thread;

use image::{ImageFormat, RgbImage};
use zunder::data::Images;
use zunder::data::shapes::ShapesConfig;
use zunder::{DatasetName, ModelKind, Prediction, Predictor, Run, RunConfig, RunError, RunOptions};

/// An image as the bytes of a PNG file.
fn png(images: &Images, i: usize) -> Vec<u8> {
    let (shape, planes) = (images.shape(), images.image(i));
    let size = shape.height * shape.width;
    let pixels = (0..size).flat_map(|at| (0..3).map(move |channel| planes[channel * size + at]));
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_raw(shape.width as u32, shape.height as u32, pixels.collect())
        .unwrap()
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

#[test]
fn a_predictor_answers_as_its_run_does_from_several_threads() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = RunConfig::preset(ModelKind::Mlp);
    (config.data.dataset, config.data.limit) = (DatasetName::Shapes, Some(300));
    (config.epochs, config.threads) = (1, 2);
    let run = Run::train_in(&folder.path().join("run"), &config, RunOptions::default()).unwrap();
    let images = ShapesConfig { train: 10, test: 40, seed: 7 }.generate().unwrap().test;
    let files: Vec<Vec<u8>> = (0..images.len()).map(|i| png(&images, i)).collect();
    let expected = run.predict(images.clone()).unwrap();

    let predictor = Predictor::open(run.path()).unwrap();
    // No file of the run is read any more.
    std::fs::rename(run.path(), folder.path().join("moved")).unwrap();
    assert_eq!(predictor.classes().len(), expected[0].scores.len());
    thread::scope(|scope| {
        let ask = || {
            let of_files = predictor.predict_bytes(&files).unwrap();
            let of_files: Vec<Prediction> = of_files.into_iter().map(Result::unwrap).collect();
            (predictor.predict(images.clone()).unwrap(), of_files)
        };
        for thread in [scope.spawn(ask), scope.spawn(ask)] {
            let (of_images, of_files) = thread.join().unwrap();
            assert_eq!(of_images, expected);
            assert_eq!(of_files, expected);
        }
    });
}

#[test]
fn bytes_that_are_no_image_are_a_result_and_another_shape_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = RunConfig::preset(ModelKind::Linear);
    (config.data.dataset, config.data.limit) = (DatasetName::Shapes, Some(200));
    (config.epochs, config.threads) = (1, 1);
    let run = Run::train_in(&folder.path().join("run"), &config, RunOptions::default()).unwrap();
    let predictor = run.predictor().unwrap();
    let images = ShapesConfig { train: 10, test: 10, seed: 7 }.generate().unwrap().test;

    let results = predictor.predict_bytes(&[b"no image".to_vec(), png(&images, 0)]).unwrap();
    let error = results[0].as_ref().unwrap_err().to_string();
    assert!(error.starts_with("image 0"), "{error}");
    let alone = predictor.predict_bytes(&[png(&images, 0)]).unwrap().remove(0).unwrap();
    assert_eq!(results[1].as_ref().unwrap(), &alone);
    assert!(predictor.predict_bytes::<Vec<u8>>(&[]).unwrap().is_empty());

    let shape = zunder::data::ImageShape { channels: 1, height: 2, width: 2 };
    let other = Images::new(shape, vec![0; 4], vec![0], 2).unwrap();
    assert!(matches!(predictor.predict(other), Err(RunError::OtherShape { .. })));
}
