//! The cache: hits, misses, damage.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use zunder_data::Storage;
use zunder_data::image_folder::{CacheUse, ImageFolder, ImageFolderConfig, ImageSize, OnBroken};

use super::{folder, load, not_decoded, save, unwatched};

struct Cached {
    data: TempDir,
    cache: TempDir,
}

impl Cached {
    fn new() -> Self {
        let data = folder(2, 5);
        fs::write(data.path().join("a/broken.png"), "no image").unwrap();
        Self { data, cache: tempfile::tempdir().unwrap() }
    }

    fn config(&self) -> ImageFolderConfig {
        let cache = Some(self.cache.path().join("inner"));
        ImageFolderConfig {
            cache,
            on_broken: OnBroken::Skip,
            ..ImageFolderConfig::new(self.data.path())
        }
    }

    fn file(&self) -> PathBuf {
        match load(&self.config()).report.cache {
            CacheUse::Hit { path } | CacheUse::Written { path, .. } => path,
            other => panic!("{other:?}"),
        }
    }
}

fn assert_same(a: &ImageFolder, b: &ImageFolder) {
    assert_eq!(
        (a.dataset.hash(), &a.dataset.classes, &a.dataset.name),
        (b.dataset.hash(), &b.dataset.classes, &b.dataset.name)
    );
    assert_eq!(
        (&a.train_files, &a.test_files, a.decoder),
        (&b.train_files, &b.test_files, b.decoder)
    );
    assert_eq!((&a.report.broken, &a.report.left_out), (&b.report.broken, &b.report.left_out));
}

fn is_hit(folder: &ImageFolder) -> bool {
    matches!(folder.report.cache, CacheUse::Hit { .. })
}

#[test]
fn the_second_load_decodes_nothing_and_gives_the_same() {
    let cached = Cached::new();
    let plain = load(&ImageFolderConfig { cache: None, ..cached.config() });
    let first = load(&cached.config());
    assert!(
        matches!(first.report.cache, CacheUse::Written { damaged: None, .. }),
        "{:?}",
        first.report.cache
    );
    let second = cached.config().load(&not_decoded).unwrap();
    assert!(is_hit(&second), "{:?}", second.report.cache);
    assert_eq!(second.report.broken.len(), 1);
    assert_same(&first, &plain);
    assert_same(&first, &second);
    // Only this one file is left.
    assert_eq!(fs::read_dir(cached.cache.path().join("inner")).unwrap().count(), 1);
}

/// Decoded into a file piece by piece or in memory, written by one and found by the other: the
/// images are the same.
#[test]
fn mapped_images_are_the_same_from_either_kind_of_cache() {
    let made_in_memory = Cached::new();
    let mapped_config =
        |cached: &Cached| ImageFolderConfig { storage: Storage::Mapped, ..cached.config() };
    let memory = load(&made_in_memory.config());
    let hit = load(&mapped_config(&made_in_memory));
    assert!(is_hit(&hit), "{:?}", hit.report.cache);
    assert_same(&memory, &hit);

    let made_mapped = Cached { cache: tempfile::tempdir().unwrap(), ..made_in_memory };
    let first = load(&mapped_config(&made_mapped));
    assert!(
        matches!(first.report.cache, CacheUse::Written { damaged: None, .. }),
        "{:?}",
        first.report.cache
    );
    assert_same(&memory, &first);
    assert_eq!(fs::read_dir(made_mapped.cache.path().join("inner")).unwrap().count(), 1);
    let again = load(&made_mapped.config());
    assert!(is_hit(&again), "{:?}", again.report.cache);
    assert_same(&memory, &again);
    // Mapped pixels take no memory.
    let small = ImageFolderConfig { max_memory_mb: 0, ..mapped_config(&made_mapped) };
    assert!(small.load(&unwatched).unwrap_err().to_string().contains("max_memory_mb"));
}

#[test]
fn mapping_needs_a_cache_that_can_be_written() {
    let cached = Cached::new();
    let message = |cache| {
        let config = ImageFolderConfig { storage: Storage::Mapped, cache, ..cached.config() };
        config.load(&unwatched).unwrap_err().to_string()
    };
    assert_eq!(
        message(None),
        "storage is mapped, expected memory, unless there is a cache, whose file can be mapped"
    );
    let file = cached.cache.path().join("file");
    fs::write(&file, "").unwrap();
    let expected = format!("{} could not be written: ", file.display());
    let message = message(Some(file));
    assert!(message.starts_with(&expected), "{message}");
}

#[test]
fn whatever_changes_the_images_is_another_cache() {
    let cached = Cached::new();
    load(&cached.config());
    let size = Some(ImageSize { height: 3, width: 3 });
    for config in [
        ImageFolderConfig { image_size: size, ..cached.config() },
        ImageFolderConfig { channels: Some(1), ..cached.config() },
        ImageFolderConfig { background: [0; 3], ..cached.config() },
        ImageFolderConfig { seed: 1, ..cached.config() },
        ImageFolderConfig { test_share: 0.4, ..cached.config() },
    ] {
        assert!(!is_hit(&load(&config)), "{config:?}");
    }
    assert!(is_hit(&load(&ImageFolderConfig { max_memory_mb: 100, ..cached.config() })));
    // Content, names and number of files matter, modification times do not.
    let a = cached.data.path().join("a/0.png");
    let old = fs::read(&a).unwrap();
    save(&a, 99);
    assert!(!is_hit(&load(&cached.config())));
    fs::write(&a, old).unwrap();
    assert!(is_hit(&load(&cached.config())));
    fs::rename(&a, a.with_file_name("00.png")).unwrap();
    assert!(!is_hit(&load(&cached.config())));
    fs::rename(a.with_file_name("00.png"), &a).unwrap();
    fs::write(cached.data.path().join("a/notes.txt"), "").unwrap();
    assert!(is_hit(&load(&cached.config())));
}

#[test]
fn a_damaged_cache_is_reported_and_written_anew() {
    let cached = Cached::new();
    let good = load(&cached.config());
    let path = cached.file();
    let bytes = fs::read(&path).unwrap();
    let flipped = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        bytes
    };
    let at = |text: &str| {
        bytes.windows(text.len()).position(|window| window == text.as_bytes()).unwrap()
    };
    let others = "it is the cache of other images";
    let content = "its content does not match its SHA-256";
    let length = "its length is not that of its images";
    for (damage, problem) in [
        (Vec::new(), "it is cut short"),
        (bytes[..39].to_vec(), "it is cut short"),
        (bytes[..100].to_vec(), "it is cut short"),
        (bytes[..bytes.len() - 1].to_vec(), length),
        ([bytes.as_slice(), &[0]].concat(), length),
        (flipped(0), content),
        (flipped(bytes.len() - 1), content),
        (flipped(40), "its manifest is not readable"),
        (flipped(at("\"key\":\"") + 8), others),
        (flipped(at("\"classes\":[\"") + 12), others),
    ] {
        fs::write(&path, damage).unwrap();
        let folder = load(&cached.config());
        assert_eq!(
            folder.report.cache,
            CacheUse::Written { path: path.clone(), damaged: Some(problem.to_owned()) }
        );
        assert_same(&folder, &good);
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

/// Every byte of the file matters, and none leads to a panic or a huge allocation.
#[test]
fn no_flipped_byte_goes_unnoticed() {
    let cached = Cached::new();
    let path = cached.file();
    let bytes = fs::read(&path).unwrap();
    for at in 0..250 {
        let mut damage = bytes.clone();
        damage[at] ^= 0x80;
        fs::write(&path, damage).unwrap();
        assert!(
            matches!(
                load(&cached.config()).report.cache,
                CacheUse::Written { damaged: Some(_), .. }
            ),
            "byte {at}"
        );
    }
}

/// A file with the right hash and other sides that give the same number of pixels.
#[test]
fn a_cache_of_another_shape_than_the_settings_is_made_anew() {
    use sha2::{Digest, Sha256};
    let cached = Cached::new();
    let size = Some(ImageSize { height: 4, width: 6 });
    let config = ImageFolderConfig { channels: Some(3), image_size: size, ..cached.config() };
    let good = load(&config);
    let CacheUse::Written { path, .. } = &good.report.cache else {
        panic!("{:?}", good.report.cache)
    };
    let bytes = fs::read(path).unwrap();
    for [channels, height, width] in
        [[3_u64, 6, 4], [1, 4, 18], [1, 12, 6], [3, 1, 24], [72, 1, 1], [0, 4, 6]]
    {
        let shape = |[channels, height, width]: [u64; 3]| {
            format!("{{\"channels\":{channels},\"height\":{height},\"width\":{width}}}")
        };
        let (from, to) = (shape([3, 4, 6]), shape([channels, height, width]));
        let at = bytes.windows(from.len()).position(|bytes| bytes == from.as_bytes()).unwrap();
        let mut other = bytes.clone();
        other.splice(at..at + from.len(), to.bytes());
        let length = u64::from_le_bytes(bytes[32..40].try_into().unwrap());
        let length = length + to.len() as u64 - from.len() as u64;
        other[32..40].copy_from_slice(&length.to_le_bytes());
        let hash = Sha256::digest(&other[32..]);
        other[..32].copy_from_slice(&hash);
        fs::write(path, &other).unwrap();
        let again = load(&config);
        let CacheUse::Written { damaged: Some(problem), .. } = &again.report.cache else {
            panic!("{:?}", again.report.cache)
        };
        assert_eq!(
            *problem,
            format!("its images are {channels}x{height}x{width}, which the settings do not give")
        );
        assert_same(&again, &good);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_pipe_in_place_of_a_cache_is_not_opened() {
    let cached = Cached::new();
    let path = cached.file();
    fs::remove_file(&path).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let folder = load(&cached.config());
    let problem = "it is not a regular file".to_owned();
    assert_eq!(folder.report.cache, CacheUse::Written { path, damaged: Some(problem) });
}

#[test]
fn a_cache_that_cannot_be_written_is_no_error() {
    let cached = Cached::new();
    let file = cached.cache.path().join("file");
    fs::write(&file, "").unwrap();
    let folder = load(&ImageFolderConfig { cache: Some(file), ..cached.config() });
    assert!(
        matches!(folder.report.cache, CacheUse::NotWritten { .. }),
        "{:?}",
        folder.report.cache
    );
}

/// A kill during a write leaves a file as large as the cache.
#[test]
fn what_a_killed_process_was_writing_is_swept() {
    let cached = Cached::new();
    let folder = cached.cache.path().join("inner");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(".writing-killed"), "a part").unwrap();
    let busy = fs::File::create(folder.join(".writing-busy")).unwrap();
    busy.lock().unwrap();
    load(&cached.config());
    assert!(!folder.join(".writing-killed").exists());
    assert!(folder.join(".writing-busy").exists(), "another process writes it");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
}
