//! Each kind of bad input, with its message.

use std::fs;

use zunder_data::image_folder::{ImageFolderConfig, ImageSize, OnBroken};

use super::{folder, load, not_decoded, refused, unwatched};

#[test]
fn folders_that_are_none_are_refused() {
    let (message, _) = refused(&ImageFolderConfig::new("no/such/folder"));
    assert_eq!(
        message,
        "the folder DIR does not exist, expected one with a subfolder for each class"
    );
    let dir = folder(1, 2);
    let (message, hint) = refused(&ImageFolderConfig::new(dir.path()));
    assert_eq!(message, "DIR has 1 subfolders, expected at least 2, one for each class");
    assert!(hint.contains("a folder of its own"));
    let (message, _) = refused(&ImageFolderConfig::new(dir.path().join("a/0.png")));
    assert_eq!(
        message,
        "DIR is a file, expected a folder with a subfolder of images for each class"
    );
}

#[test]
fn classes_without_enough_images_are_refused() {
    let dir = folder(2, 2);
    fs::create_dir_all(dir.path().join("c/inner")).unwrap();
    fs::write(dir.path().join("c/x.txt"), "").unwrap();
    let (message, hint) = refused(&ImageFolderConfig::new(dir.path()));
    assert_eq!(
        message,
        "the folder DIR/c has no image, expected at least one, since it is a class"
    );
    assert!(hint.contains("directly"));
    fs::copy(dir.path().join("a/0.png"), dir.path().join("c/0.png")).unwrap();
    let (message, _) = refused(&ImageFolderConfig::new(dir.path()));
    assert_eq!(
        message,
        "the folder DIR/c has one image, expected at least 2, since a share is taken for testing"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_class_name_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let dir = folder(2, 2);
    fs::create_dir(dir.path().join(std::ffi::OsStr::from_bytes(b"caf\xE9"))).unwrap();
    let (message, _) = refused(&ImageFolderConfig::new(dir.path()));
    assert_eq!(
        message,
        "the name of the folder DIR/caf\u{FFFD} is not UTF-8, expected UTF-8, as for \
         any class name"
    );
}

#[test]
fn broken_images_are_refused_or_left_out() {
    let dir = folder(2, 6);
    let path = |inside: &str| dir.path().join(inside);
    fs::write(path("a/broken.jpg"), "not an image").unwrap();
    let whole = fs::read(path("b/3.png")).unwrap();
    fs::write(path("b/3.png"), &whole[..60]).unwrap();
    let config = ImageFolderConfig::new(dir.path());
    let (message, hint) = refused(&config);
    assert!(message.starts_with("DIR/a/broken.jpg cannot be decoded: "), "{message}");
    assert!(hint.contains("on_broken = \"skip\""));

    let skip = ImageFolderConfig { on_broken: OnBroken::Skip, ..config };
    let folder = load(&skip);
    let broken: Vec<_> = folder.report.broken.iter().map(|broken| broken.path.clone()).collect();
    assert_eq!(broken.len(), 2);
    assert!(broken.contains(&path("a/broken.jpg")) && broken.contains(&path("b/3.png")));
    assert_eq!(
        (folder.dataset.train.len() + folder.dataset.test.len(), folder.dataset.train.len()),
        (11, folder.train_files.len())
    );
    for (i, file) in folder.train_files.iter().enumerate() {
        assert_eq!(folder.decoder.read(file).unwrap(), folder.dataset.train.image(i), "{file:?}");
    }

    for i in 0..6 {
        fs::write(path(&format!("b/{i}.png")), "").unwrap();
    }
    let (message, _) = refused(&skip);
    assert_eq!(message, "no image of class b in DIR can be decoded, expected at least one");
}

/// In any format, a file with a missing part is an error that names it, never a picture with a grey
/// part.
#[test]
fn damaged_pictures_are_refused_by_name() {
    use image::{ImageFormat, Rgb, RgbImage};
    let picture =
        RgbImage::from_fn(61, 47, |x, y| Rgb([(x * 4) as u8, (y * 5) as u8, (x * y) as u8]));
    let encoded = |format| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    };
    let dir = folder(2, 4);
    let refuse = |ending: &str, bytes: &[u8]| {
        let path = dir.path().join(format!("a/damaged.{ending}"));
        fs::write(&path, bytes).unwrap();
        let (message, hint) = refused(&ImageFolderConfig::new(dir.path()));
        assert!(
            message.starts_with(&format!("DIR/a/damaged.{ending} cannot be decoded: ")),
            "{message}"
        );
        assert!(hint.contains("on_broken = \"skip\""), "{hint}");
        fs::remove_file(path).unwrap();
        message
    };
    let formats = [
        ("png", ImageFormat::Png),
        ("jpg", ImageFormat::Jpeg),
        ("bmp", ImageFormat::Bmp),
        ("gif", ImageFormat::Gif),
        ("webp", ImageFormat::WebP),
        ("tif", ImageFormat::Tiff),
    ];
    for (ending, format) in formats {
        let bytes = encoded(format);
        for share in [3, 5, 7, 9] {
            refuse(ending, &bytes[..bytes.len() * share / 10]);
        }
    }
    // An end marker somewhere does not make a JPEG complete.
    let jpeg = encoded(ImageFormat::Jpeg);
    let (half, end) = (jpeg.len() / 2, [0xFF, 0xD9]);
    let ended = refuse("jpg", &[&jpeg[..half], &end].concat());
    assert!(ended.contains("its data end after "), "{ended}");
    refuse("jpg", &[&jpeg[..half], &jpeg].concat());
    refuse("jpg", &[&jpeg[..half], &jpeg[half + 300..]].concat());
    let mut zeroed = jpeg.clone();
    zeroed[half..jpeg.len() - 2].fill(0);
    refuse("jpg", &zeroed);
}

#[test]
fn an_image_that_is_too_large_is_refused_with_its_size() {
    let dir = folder(2, 4);
    image::GrayImage::new(16_385, 1).save(dir.path().join("a/wide.png")).unwrap();
    let (message, hint) = refused(&ImageFolderConfig::new(dir.path()));
    let told = "DIR/a/wide.png has 16385 x 1 pixels, decoded 0 MiB, expected at most 16384 along a \
        side and 512 MiB";
    assert_eq!(message, told);
    assert!(hint.starts_with("scale it down"), "{hint}");
}

/// The error is the first one in the order of the images, independent of the threads.
#[test]
fn of_many_broken_images_the_same_one_is_named() {
    let dir = folder(2, 30);
    // The headers are complete, so that only decoding detects the damage.
    for i in [8, 11, 23, 29] {
        let path = dir.path().join(format!("b/{i}.png"));
        let bytes = fs::read(&path).unwrap();
        fs::write(path, &bytes[..60]).unwrap();
    }
    let first = refused(&ImageFolderConfig::new(dir.path())).0;
    for _ in 0..5 {
        assert_eq!(refused(&ImageFolderConfig::new(dir.path())).0, first);
    }
}

#[cfg(unix)]
#[test]
fn a_link_to_nowhere_is_named() {
    let dir = folder(2, 2);
    std::os::unix::fs::symlink("nowhere", dir.path().join("a/gone.png")).unwrap();
    let (message, _) = refused(&ImageFolderConfig::new(dir.path()));
    assert!(message.starts_with("DIR/a/gone.png could not be read: "), "{message}");
}

#[test]
fn too_much_memory_is_refused_before_anything_is_decoded() {
    let dir = folder(2, 10);
    let big = ImageFolderConfig {
        image_size: Some(ImageSize { height: 1000, width: 2000 }),
        max_memory_mb: 100,
        ..ImageFolderConfig::new(dir.path())
    };
    let error = big.load(&not_decoded).unwrap_err();
    let message = "20 images of 3x1000x2000 and their decoding take 121 MB of memory, expected at \
        most max_memory_mb = 100";
    assert_eq!(error.to_string(), message);
    assert!(error.hint().unwrap().contains("a smaller image_size"));
}

#[test]
fn settings_out_of_range_are_refused() {
    let message = |config: ImageFolderConfig| config.load(&unwatched).unwrap_err().to_string();
    let share = |test_share| message(ImageFolderConfig { test_share, ..Default::default() });
    assert_eq!(share(0.0), "test_share is 0, expected above 0 and at most 0.5");
    assert_eq!(share(0.6), "test_share is 0.6, expected above 0 and at most 0.5");
    assert_eq!(share(f64::NAN), "test_share is NaN, expected above 0 and at most 0.5");
    let size = |height, width| {
        message(ImageFolderConfig {
            image_size: Some(ImageSize { height, width }),
            ..Default::default()
        })
    };
    assert_eq!(size(0, 3), "image_size is 0x3, expected sides of 1 to 4096 pixels");
    assert_eq!(size(3, 4097), "image_size is 3x4097, expected sides of 1 to 4096 pixels");
    for depth in [0, 7, 17] {
        let told = message(ImageFolderConfig { depth, ..Default::default() });
        assert_eq!(told, format!("depth is {depth}, expected 8 to 16 bits"));
    }
    let channels = message(ImageFolderConfig { channels: Some(4), ..Default::default() });
    assert_eq!(channels, "channels is 4, expected 1 (grey) or 3 (RGB)");
}
