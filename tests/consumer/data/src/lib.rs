//! A program that augments a folder of images with `zunder-data` alone.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use zunder_data::image_folder::ImageFolderConfig;
use zunder_data::{
    AugmentConfig, Batch, DataError, Flip, Key, Loader, LoaderConfig, MixUp, Standardisation,
};

/// Returns an epoch of a folder's training images, augmented, standardised and in batches of 4.
pub fn epoch(dir: &Path, epoch: u64, seed: u64) -> Result<Vec<Batch>, DataError> {
    let images =
        ImageFolderConfig { image_size: Some("16".parse()?), ..ImageFolderConfig::new(dir) }
            .load(&|_, _, _| ControlFlow::Continue(()))?
            .dataset
            .train;
    let all: Vec<u32> = (0..images.len() as u32).collect();
    let augment = AugmentConfig {
        horizontal_flip: Some(Flip::default()),
        mixup: Some(MixUp { alpha: 0.4, ..MixUp::default() }),
        ..AugmentConfig::preset("strong")?
    };
    let pipeline = augment.init(images.shape(), &Standardisation::fit(&images, &all)?)?;
    let config = LoaderConfig { batch_size: 4, ..LoaderConfig::default() };
    Loader::new(Arc::new(images), all, pipeline, config, Key::new(seed))?.epoch(epoch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    fn folder(per_class: u32) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (class, shade) in [("dark", 0), ("light", 128)] {
            std::fs::create_dir(dir.path().join(class)).unwrap();
            for i in 0..per_class {
                let image = RgbImage::from_fn(40, 30, |x, y| {
                    Rgb([shade + x as u8, shade + y as u8, shade + i as u8])
                });
                image.save(dir.path().join(class).join(format!("{i}.png"))).unwrap();
            }
        }
        dir
    }

    #[test]
    fn batches_are_random_by_name() {
        let dir = folder(10);
        let first = epoch(dir.path(), 0, 1).unwrap();
        // About a fifth of the images is the test part, each chosen by its content: here 2 of 20.
        assert_eq!(first.iter().map(Batch::len).collect::<Vec<_>>(), [4, 4, 4, 4, 2]);
        assert!(first.iter().all(|batch| batch.pixels.len() == batch.len() * 3 * 16 * 16
            && batch.pixels.iter().all(|x| x.is_finite())));
        assert!(first.iter().all(|batch| {
            batch.soft_labels.as_ref().is_some_and(|shares| shares.len() == batch.len() * 2)
        }));
        assert_eq!(first, epoch(dir.path(), 0, 1).unwrap());
        assert_ne!(first, epoch(dir.path(), 1, 1).unwrap());
    }

    #[test]
    fn a_broken_image_is_an_error_that_names_it() {
        let dir = folder(10);
        std::fs::write(dir.path().join("dark/broken.png"), b"no picture").unwrap();
        let error = epoch(dir.path(), 0, 1).unwrap_err();
        assert!(error.to_string().contains("broken.png"), "{error}");
    }
}
