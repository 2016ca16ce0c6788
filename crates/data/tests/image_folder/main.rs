//! Tests of image folders: from files to data sets, refusals, and the cache.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of a test fail it by panicking"
)]

mod cache;
mod goldens;
mod groups;
mod layout;
mod left_out;
mod mixture;
mod refusals;
mod vanished;
mod zoo;

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use image::{Rgb, RgbImage};
use tempfile::TempDir;
use zunder_data::image_folder::{FolderStage, ImageFolder, ImageFolderConfig};
use zunder_data::{DataError, Storage};

/// Saves an image of 6 x 4 pixels whose colours identify `tone`; creates folders as necessary.
fn save(path: &Path, tone: u8) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_fn(6, 4, |x, y| Rgb([tone, x as u8 * 40, y as u8 * 60])).save(path).unwrap();
}

/// Creates `classes` folders, named a, b, ..., with `images` PNG files each.
fn folder(classes: u8, images: u8) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), classes, images);
    dir
}

fn fill(dir: &Path, classes: u8, images: u8) {
    for class in 0..classes {
        for i in 0..images {
            save(
                &dir.join(char::from(b'a' + class).to_string()).join(format!("{i}.png")),
                20 * class + i,
            );
        }
    }
}

#[track_caller]
fn load(config: &ImageFolderConfig) -> ImageFolder {
    config.load(&unwatched).unwrap_or_else(|error| panic!("{error}"))
}

/// Returns the message of the refusal, with the folder written as DIR, and its hint.
#[track_caller]
fn refused(config: &ImageFolderConfig) -> (String, String) {
    let error = config.load(&unwatched).unwrap_err();
    let dir = config.dir.display().to_string();
    (error.to_string().replace(&dir, "DIR").replace('\\', "/"), error.hint().unwrap_or_default())
}

/// Ignores the progress.
fn unwatched(_: FolderStage, _: usize, _: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Fails if anything is decoded.
fn not_decoded(stage: FolderStage, _: usize, _: usize) -> ControlFlow<()> {
    assert_ne!(stage, FolderStage::Decoding);
    ControlFlow::Continue(())
}

/// A progress callback can stop each stage, and no unfinished file is left.
#[test]
fn every_stage_can_be_stopped() {
    let dir = folder(2, 40);
    let cache = tempfile::tempdir().unwrap();
    for storage in [Storage::Memory, Storage::Mapped] {
        for stopped in [
            FolderStage::Reading,
            FolderStage::Surveying,
            FolderStage::Decoding,
            FolderStage::Keeping,
        ] {
            let after = AtomicUsize::new(0);
            let config = ImageFolderConfig {
                cache: Some(cache.path().into()),
                storage,
                ..ImageFolderConfig::new(dir.path())
            };
            let error = config.load(&|stage, _, total| {
                assert_eq!(total, 80);
                let stops = stage == stopped && after.fetch_add(1, Relaxed) >= 5;
                if stops { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            assert!(matches!(error, Err(DataError::Interrupted)), "{stopped:?}: {error:?}");
            assert!(after.load(Relaxed) < 40, "{stopped:?} went on");
            assert_eq!(std::fs::read_dir(cache.path()).unwrap().count(), 0, "{stopped:?}");
        }
    }
}
