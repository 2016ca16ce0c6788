//! Reads the cache of decoded images of a folder: damaged, truncated or of other images.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use zunder_data::Dataset;
use zunder_data::image_folder::{ImageFolderConfig, ImageSize};
use zunder_fuzz::{flags, folder};

/// The length of magic, version and fingerprint, and of the hash of the body.
const HEAD: usize = 8 + 4 + 32;

struct Home {
    config: ImageFolderConfig,
    dataset: Dataset,
    cache: PathBuf,
    head: Vec<u8>,
}

fn home() -> &'static Home {
    static HOME: OnceLock<Home> = OnceLock::new();
    HOME.get_or_init(|| {
        let images = folder().join("images");
        for (class, level) in [("a", 10), ("b", 200)] {
            fs::create_dir_all(images.join(class)).expect("a folder");
            for i in 0..3 {
                let path = images.join(class).join(format!("{i}.png"));
                image::GrayImage::from_pixel(2, 1, image::Luma([level + i]))
                    .save(path)
                    .expect("an image");
            }
        }
        let size = Some(ImageSize { height: 1, width: 2 });
        let cache = Some(folder().join("cache"));
        let config = ImageFolderConfig {
            image_size: size,
            cache,
            test_share: 0.4,
            ..ImageFolderConfig::new(images)
        };
        let dataset = config
            .load(&|_, _, _| std::ops::ControlFlow::Continue(()))
            .expect("a folder of images")
            .dataset;
        let mut files = fs::read_dir(folder().join("cache")).expect("a folder");
        let cache = files.next().expect("a cache").expect("a cache").path();
        let head = fs::read(&cache).expect("a cache")[..HEAD].to_vec();
        Home { config, dataset, cache, head }
    })
}

fuzz_target!(|bytes: &[u8]| {
    let (how, bytes) = flags(bytes);
    let Home { config, dataset, cache, head } = home();
    // With the right head and hash, the body is parsed.
    let whole = [&head[..], &Sha256::digest(bytes), bytes].concat();
    let forged = how & 1 == 1;
    fs::write(cache, if forged { &whole } else { bytes }).expect("a file");
    let loaded = config
        .load(&|_, _, _| std::ops::ControlFlow::Continue(()))
        .expect("a cache is no reason to fail")
        .dataset;
    for (got, expected) in [(&loaded.train, &dataset.train), (&loaded.test, &dataset.test)] {
        assert_eq!(
            (got.shape(), got.labels(), got.n_classes()),
            (expected.shape(), expected.labels(), expected.n_classes())
        );
        assert!(forged || got == expected, "other pixels");
    }
});
