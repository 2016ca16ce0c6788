//! From files in the format of MNIST to the batches of an epoch.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

mod common;

use std::fs;
use std::sync::Arc;

use zunder_data::idx::{FASHION_MNIST, load};
use zunder_data::{AugmentConfig, Images, Loader, LoaderConfig, Split, Standardisation};
use zunder_random::Key;

use self::common::{gzip, idx};

const SHAPE: [u32; 2] = [12, 9];
const AREA: usize = 12 * 9;

/// Image i has label i % 10, and its first pixel is 20 times that.
fn images(n: u32) -> (Vec<u8>, Vec<u8>) {
    let area = SHAPE[0] * SHAPE[1];
    (
        (0..n * area).map(|i| (i / area % 10 * 20 + i % area % 50) as u8).collect(),
        (0..n).map(|i| (i % 10) as u8).collect(),
    )
}

fn training_images() -> Images {
    let dir = tempfile::tempdir().unwrap();
    for (prefix, n) in [("train", 100), ("t10k", 20)] {
        let (pixels, labels) = images(n);
        let write = |name: &str, bytes: &[u8]| {
            fs::write(dir.path().join(format!("{prefix}-{name}.gz")), gzip(bytes)).unwrap();
        };
        write("images-idx3-ubyte", &idx(&[n, SHAPE[0], SHAPE[1]], &pixels));
        write("labels-idx1-ubyte", &idx(&[n], &labels));
    }
    let data = load(dir.path(), &FASHION_MNIST).unwrap();
    assert_eq!((data.test.len(), &*data.test.pixels()), (20, images(20).0.as_slice()));
    data.train
}

#[test]
fn grey_images_flow_through_as_one_channel() {
    let images = Arc::new(training_images());
    assert_eq!(images.shape().to_string(), "1x12x9");
    let split = Split::stratified(images.labels(), 10, 20, Key::new(1)).unwrap();
    let standardisation = Standardisation::fit(&images, &split.train).unwrap();
    assert_eq!((standardisation.mean.len(), standardisation.std.len()), (1, 1));

    let batches = |augment: &AugmentConfig, indices: &[u32]| {
        let pipeline = augment.init(images.shape(), &standardisation).unwrap();
        let config = LoaderConfig { batch_size: 7, ..LoaderConfig::default() };
        let loader =
            Loader::new(Arc::clone(&images), indices.to_vec(), pipeline, config, Key::new(2))
                .unwrap();
        loader.epoch(0).map(Result::unwrap).collect::<Vec<_>>()
    };
    let plain = batches(&AugmentConfig::default(), &split.train);
    let values: Vec<f32> = plain.iter().flat_map(|batch| batch.pixels.iter().copied()).collect();
    assert_eq!(values.len(), 80 * AREA);
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len() as f32;
    assert!(mean.abs() < 1e-4 && (variance - 1.0).abs() < 1e-4, "{mean} {variance}");
    for batch in plain {
        for (pixels, (&index, &label)) in
            batch.pixels.chunks_exact(AREA).zip(batch.indices.iter().zip(&batch.labels))
        {
            assert_eq!(label, index % 10);
            let first =
                (label as f32 * 20.0 / 255.0 - standardisation.mean[0]) / standardisation.std[0];
            assert!((pixels[0] - first).abs() < 1e-5, "{} instead of {first}", pixels[0]);
        }
    }

    let preset = AugmentConfig::preset("strong").unwrap();
    assert!(
        preset
            .init(images.shape(), &standardisation)
            .unwrap_err()
            .to_string()
            .contains("needs images of 3 channels")
    );
    let (suited, dropped) = preset.suited(FASHION_MNIST.invariance, images.shape());
    assert_eq!(dropped, ["saturation", "hue"]);
    let augmented = batches(&suited, &split.train);
    assert!(augmented.iter().all(|batch| batch.pixels.len() == batch.len() * AREA
        && batch.pixels.iter().all(|v| v.is_finite())));
    assert_ne!(augmented, batches(&AugmentConfig::default(), &split.train));
}
