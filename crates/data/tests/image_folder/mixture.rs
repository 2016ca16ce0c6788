//! Folders with files of every kind.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;

use image::{GrayImage, ImageBuffer, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use tempfile::TempDir;
use zunder_data::image_folder::{FolderStage, ImageFolderConfig, ImageSize};

use super::load;

const UPRIGHT: &[u8] = include_bytes!("../goldens/image_folder/orientation_6.jpg");

/// The classes `a,"b<` and `Zoë` with RGBA, 16-bit, grey and rotated images, each 48x64 except the
/// rotated ones.
fn mixture() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (class, tone) in [("a,\"b<", 10_u8), ("Zoë", 200)] {
        let dir = dir.path().join(class);
        fs::create_dir(&dir).unwrap();
        for i in 0..3 {
            let path = |name: &str| dir.join(format!("{i}-{name}"));
            RgbaImage::from_pixel(64, 48, Rgba([tone, 0, 0, 128])).save(path("rgba.png")).unwrap();
            ImageBuffer::<Rgb<u16>, Vec<u16>>::from_pixel(
                64,
                48,
                Rgb([u16::from(tone) * 257, 0, 514]),
            )
            .save(path("deep.png"))
            .unwrap();
            GrayImage::from_pixel(64, 48, Luma([tone])).save(path("grey.BMP")).unwrap();
            RgbImage::from_pixel(64, 48, Rgb([tone, 1, 2])).save(path("rgb.tiff")).unwrap();
            fs::write(path("turned.jpeg"), UPRIGHT).unwrap();
        }
    }
    dir
}

#[test]
fn every_kind_of_file_comes_in_one_shape() {
    let dir = mixture();
    let folder = load(&ImageFolderConfig::new(dir.path()));
    let data = &folder.dataset;
    assert_eq!(data.classes, ["Zoë", "a,\"b<"]); // capital letters come first
    assert_eq!(data.name, dir.path().file_name().unwrap().to_str().unwrap());
    assert_eq!((data.train.len() + data.test.len(), data.synthetic), (30, false));
    assert_eq!(data.train.shape().to_string(), "3x48x64");
    assert_eq!(folder.train_files.len(), data.train.len());
    for (i, path) in folder.train_files.iter().enumerate() {
        let (image, name) = (data.train.image(i), path.file_name().unwrap().to_str().unwrap());
        let tone = if data.train.label(i) == 1 { 10_u8 } else { 200 };
        assert!(
            path.starts_with(dir.path().join(&data.classes[data.train.label(i) as usize])),
            "{path:?}"
        );
        let corner = [image[0], image[48 * 64], image[2 * 48 * 64]];
        match &name[2..] {
            // 128 parts of 255 on white.
            "rgba.png" => assert_eq!(corner, [if tone == 10 { 132 } else { 227 }, 127, 127]),
            "deep.png" => assert_eq!(corner, [tone, 0, 2]),
            "grey.BMP" => assert_eq!(corner, [tone; 3]),
            "rgb.tiff" => assert_eq!(corner, [tone, 1, 2]),
            _ => assert!(
                corner.iter().all(|&sample| sample < 20),
                "{name}: \
                {corner:?}"
            ), // the dark corner is top left
        }
        assert_eq!(folder.decoder.read(path).unwrap(), image);
    }
}

#[test]
fn threads_change_no_byte_and_progress_counts_every_image() {
    let dir = mixture();
    let config = ImageFolderConfig {
        image_size: Some(ImageSize { height: 9, width: 11 }),
        ..ImageFolderConfig::new(dir.path())
    };
    let with = |threads| {
        let calls = Mutex::new(Vec::new());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let folder = pool
            .install(|| {
                config.load(&|stage, done, total| {
                    if stage == FolderStage::Decoding {
                        calls.lock().unwrap().push((done, total));
                    }
                    ControlFlow::Continue(())
                })
            })
            .unwrap();
        let mut calls = calls.into_inner().unwrap();
        calls.sort_unstable();
        assert_eq!(calls, (1..=30).map(|done| (done, 30)).collect::<Vec<_>>());
        (folder.dataset.hash(), folder.test_files)
    };
    assert!(with(1) == with(4));
}

#[test]
fn only_grey_images_stay_grey() {
    let dir = tempfile::tempdir().unwrap();
    let save = |class: &str, name: &str, colour: Option<[u8; 3]>| {
        let path = dir.path().join(class);
        fs::create_dir_all(&path).unwrap();
        match colour {
            Some(colour) => RgbImage::from_pixel(5, 5, Rgb(colour)).save(path.join(name)).unwrap(),
            None => ImageBuffer::from_pixel(5, 5, image::LumaA([80_u8, 255]))
                .save(path.join(name))
                .unwrap(),
        }
    };
    for (class, name) in [("a", "1.png"), ("a", "2.png"), ("b", "1.png"), ("b", "2.png")] {
        save(class, name, None);
    }
    let channels = |config: &ImageFolderConfig| load(config).dataset.train.shape().channels;
    let config = ImageFolderConfig::new(dir.path());
    assert_eq!(channels(&config), 1);
    assert_eq!(channels(&ImageFolderConfig { background: [255, 0, 0], ..config.clone() }), 3);
    assert_eq!(channels(&ImageFolderConfig { channels: Some(3), ..config.clone() }), 3);
    save("b", "3.png", Some([1, 2, 3]));
    assert_eq!(channels(&config), 3);
    assert_eq!(channels(&ImageFolderConfig { channels: Some(1), ..config }), 1);
}

#[test]
fn a_misnamed_image_is_read_by_its_content() {
    let dir = super::folder(2, 2);
    fs::write(dir.path().join("a/jpeg.png"), UPRIGHT).unwrap();
    let data = load(&ImageFolderConfig::new(dir.path())).dataset;
    assert_eq!(data.train.len() + data.test.len(), 5);
}

#[test]
fn a_folder_written_as_a_dot_has_its_own_name() {
    let dir = super::folder(2, 2);
    let name = |path: &Path| load(&ImageFolderConfig::new(path)).dataset.name;
    assert_eq!(name(&dir.path().join("a/..")), name(dir.path()));
}
