//! Reads the cache of decoded images of a folder: damaged, truncated or of other images.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use zunder_data::Dataset;
use zunder_data::image_folder::{ImageFolderConfig, ImageSize};
use zunder_fuzz::{flags, folder, pieces};

struct Home {
    config: ImageFolderConfig,
    dataset: Dataset,
    cache: PathBuf,
    /// The key of the cache, which is a part of its name.
    key: String,
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
        let name = cache.file_stem().expect("a name").to_string_lossy();
        let key = name.strip_prefix("images-").expect("a key").to_owned();
        Home { config, dataset, cache, key }
    })
}

fuzz_target!(|bytes: &[u8]| {
    let (how, bytes) = flags(bytes);
    let Home { config, dataset, cache, key } = home();
    // With the right key, length and hash, the rest is examined.
    let [manifest, pixels] = pieces(bytes);
    let manifest = String::from_utf8_lossy(manifest).replace("KEY", key);
    let length = (manifest.len() as u64).to_le_bytes();
    let body = [&length[..], manifest.as_bytes(), pixels].concat();
    let whole = [&Sha256::digest(&body)[..], &body].concat();
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
