//! Decodes an image file for a data set: its header, its pixels, its size.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zunder_data::ImageShape;
use zunder_data::image_folder::{ImageDecoder, ImageFolderConfig, ImageSize, OnBroken, ResizeMode};
use zunder_fuzz::{flags, folder, write};

const MODES: [ResizeMode; 4] =
    [ResizeMode::Crop, ResizeMode::Pad, ResizeMode::Stretch, ResizeMode::Crop];

fuzz_target!(|bytes: &[u8]| {
    let (how, bytes) = flags(bytes);
    let resize = MODES[usize::from(how & 3)];
    let shape = ImageShape {
        channels: if how & 4 == 0 { 3 } else { 1 },
        height: 1 + usize::from(how >> 3),
        width: 5,
    };
    let names = ["a/1.png", "a/2.png", "b/1.png", "b/2.png"];
    let path = names.map(|name| write(&format!("images/{name}"), bytes))[0].clone();
    let decoder = ImageDecoder { shape, resize, background: [255, 128, 0], depth: 16 };
    let alone = decoder.read(&path);
    if let Ok(pixels) = &alone {
        assert_eq!(pixels.len(), shape.len());
    }
    let config = ImageFolderConfig {
        image_size: Some(ImageSize { height: shape.height, width: shape.width }),
        channels: Some(shape.channels),
        resize,
        background: decoder.background,
        test_share: 0.5,
        max_memory_mb: 1_500,
        on_broken: OnBroken::Refuse,
        ..ImageFolderConfig::new(folder().join("images"))
    };
    // The folder may request more memory than allowed, but it never accepts a file that is refused
    // alone.
    if let Ok(loaded) = config.load(&|_, _, _| std::ops::ControlFlow::Continue(())) {
        let pixels = alone.expect("what a folder takes is an image by itself");
        assert!((0..loaded.dataset.train.len()).all(|i| loaded.dataset.train.image(i) == pixels));
    }
});
