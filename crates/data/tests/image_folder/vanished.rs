//! Pictures that would become blank: decoded as intended, or reported with the setting to change,
//! also from the cache.

use std::fs;
use std::path::Path;

use image::{GrayImage, ImageBuffer, Luma, Rgba, RgbaImage};
use tempfile::TempDir;
use zunder_data::image_folder::{Findings, ImageFolderConfig};

use super::load;

/// Two classes of six files each, written by `save` with their number.
fn folder_of(ending: &str, save: impl Fn(u8, &Path)) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..12 {
        let class = dir.path().join(if i < 6 { "a" } else { "b" });
        fs::create_dir_all(&class).unwrap();
        save(i, &class.join(format!("{i}.{ending}")));
    }
    dir
}

fn told(config: &ImageFolderConfig) -> Vec<String> {
    let folder = load(config);
    folder.report.findings.remarks(&folder.decoder)
}

#[test]
fn sensors_of_few_bits_are_told_and_stretched() {
    for (bits, most) in [(8_u8, 255_u16), (10, 1023), (12, 4095), (14, 16_383)] {
        for ending in ["png", "tif"] {
            let dir = folder_of(ending, |i, path| {
                let level = |x: u32| (u32::from(most) * (x + u32::from(i) % 2) / 8) as u16;
                ImageBuffer::<Luma<u16>, _>::from_fn(8, 4, |x, _| Luma([level(x)]))
                    .save(path)
                    .unwrap();
            });
            let cache = tempfile::tempdir().unwrap();
            let plain = ImageFolderConfig {
                cache: Some(cache.path().into()),
                ..ImageFolderConfig::new(dir.path())
            };
            let remark = told(&plain).remove(0);
            assert!(remark.contains(&format!("data.image_folder.depth={bits}")), "{remark}");
            // From the cache too.
            assert_eq!(told(&plain), [remark]);
            let stretched = ImageFolderConfig { depth: bits, ..plain };
            assert_eq!(told(&stretched), [""; 0]);
            let folder = load(&stretched);
            let expected: Vec<u8> =
                (0..8).map(|x| (255.0 * f64::from(x) / 8.0).round() as u8).collect();
            let near = |row: &[u8]| row.iter().zip(&expected).all(|(a, b)| a.abs_diff(*b) <= 33);
            assert!(folder.dataset.train.image(0)[..8].iter().max() > Some(&200), "{bits} bits");
            assert!(
                near(&folder.dataset.train.image(0)[..8]),
                "{bits} bits: {:?}",
                folder.dataset.train.image(0)
            );
        }
    }
}

#[test]
fn white_drawings_on_a_transparent_ground_are_told() {
    let dir = folder_of("png", |i, path| {
        let drawn = move |x, y| (x + y + u32::from(i)) % 5 < 2;
        RgbaImage::from_fn(9, 9, |x, y| Rgba(if drawn(x, y) { [255; 4] } else { [0; 4] }))
            .save(path)
            .unwrap();
    });
    let config = ImageFolderConfig::new(dir.path());
    let remark = told(&config).remove(0);
    assert!(
        remark.starts_with("12 of 12 image files are drawn in the colour of the background"),
        "{remark}"
    );
    assert!(remark.contains("data.image_folder.background=[0,0,0]"), "{remark}");
    let black = ImageFolderConfig { background: [0; 3], ..config };
    assert_eq!(told(&black), [""; 0]);
    assert!(load(&black).dataset.train.image(0).contains(&255));
}

#[test]
fn what_scaling_leaves_of_a_thin_picture_is_told() {
    let dir = folder_of("png", |i, path| {
        GrayImage::from_fn(1, 200, |_, y| Luma([if y < 20 { 255 - i } else { 0 }]))
            .save(path)
            .unwrap();
    });
    let config =
        ImageFolderConfig { image_size: "16".parse().ok(), ..ImageFolderConfig::new(dir.path()) };
    let remark = told(&config).remove(0);
    assert!(
        remark.starts_with("12 of 12 image files become one colour when they are scaled"),
        "{remark}"
    );
}

#[test]
fn ordinary_pictures_are_not_spoken_of() {
    let dir = folder_of("png", |i, path| {
        let edge = 3 + u32::from(i) % 3;
        let pixel = move |x| if x < edge { [200, 30, i, 255] } else { [0, 0, 0, 0] };
        RgbaImage::from_fn(9, 9, |x, _| Rgba(pixel(x))).save(path).unwrap();
    });
    let config = ImageFolderConfig::new(dir.path());
    assert_eq!(told(&config), [""; 0]);
    let expected: Findings = load(&config).report.findings;
    assert_eq!((expected.images, expected.vanished, expected.deep), (12, 0, [0; 5]));
}
