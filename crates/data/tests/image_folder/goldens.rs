//! Compares with Pillow and torchvision: `tests/goldens/image_folder.py` made the files.

use std::path::PathBuf;

use zunder_data::ImageShape;
use zunder_data::image_folder::{ImageDecoder, ResizeMode};

fn golden(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/image_folder")).join(name)
}

fn decoded(name: &str, [channels, height, width]: [usize; 3], resize: ResizeMode) -> Vec<u8> {
    let shape = ImageShape { channels, height, width };
    ImageDecoder { shape, resize, background: [255; 3], depth: 16 }.read(&golden(name)).unwrap()
}

/// Returns the largest difference between the decoded `input` and `expected`.
fn difference(input: &str, expected: &str, shape: [usize; 3], resize: ResizeMode) -> u8 {
    let (got, expected) =
        (decoded(input, shape, resize), decoded(expected, shape, ResizeMode::Stretch));
    got.iter().zip(&expected).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

#[test]
fn resized_bytes_are_pillows() {
    use ResizeMode::{Crop, Pad, Stretch};
    for (input, expected, shape, resize) in [
        ("photo.png", "photo_crop_32x32.png", [3, 32, 32], Crop),
        ("photo.png", "photo_crop_13x13.png", [3, 13, 13], Crop),
        ("photo.png", "photo_stretch_20x30.png", [3, 20, 30], Stretch),
        ("photo.png", "photo_stretch_70x90.png", [3, 70, 90], Stretch),
        ("photo.png", "photo_pad_32x32.png", [3, 32, 32], Pad),
        ("photo.png", "photo_grey_crop_32x32.png", [1, 32, 32], Crop),
        ("rgba.png", "rgba_crop_32x32.png", [3, 32, 32], Crop),
        ("grey16.png", "grey16_crop_9x9.png", [1, 9, 9], Crop),
    ] {
        assert_eq!(difference(input, expected, shape, resize), 0, "{expected}");
    }
}

#[test]
fn every_exif_orientation_is_turned_upright() {
    for orientation in 1..=8 {
        let worst = difference(
            &format!("orientation_{orientation}.jpg"),
            "upright.png",
            [3, 16, 24],
            ResizeMode::Crop,
        );
        assert!(worst <= 5, "orientation {orientation}: {worst} levels"); // JPEG is not exact
    }
    for ending in ["png", "tif", "webp"] {
        assert_eq!(
            difference(
                &format!("orientation_6.{ending}"),
                "upright.png",
                [3, 16, 24],
                ResizeMode::Crop
            ),
            0,
            "{ending}"
        );
    }
}

#[test]
fn inks_become_colours() {
    let worst = difference("cmyk.jpg", "cmyk.png", [3, 16, 24], ResizeMode::Crop);
    assert!(worst <= 5, "{worst} levels");
}

#[test]
fn of_an_animation_the_first_picture_is_taken() {
    for name in ["animated.gif", "animated.webp"] {
        assert_eq!(decoded(name, [3, 1, 1], ResizeMode::Stretch), [255, 0, 0], "{name}");
    }
}

#[test]
fn other_shapes_are_refused() {
    let message = |channels, height| {
        let shape = ImageShape { channels, height, width: 8 };
        ImageDecoder { shape, resize: ResizeMode::Crop, background: [0; 3], depth: 16 }
            .read(&golden("photo.png"))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(message(2, 8), "channels is 2, expected 1 (grey) or 3 (RGB)");
    assert_eq!(message(3, 0), "image_size is 0x8, expected sides of 1 to 4096 pixels");
}
