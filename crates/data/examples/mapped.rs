//! Makes a set of any size in the layout of CIFAR, and streams epochs of it from memory or from
//! mapped files:
//!
//! ```text
//! cargo run --release -p zunder-data --example mapped -- make DIR 20000
//! cargo run --release -p zunder-data --example mapped -- read DIR mapped        # or memory
//! cargo run --release -p zunder-data --example mapped -- read DIR mapped 64 1 3
//! ```
//!
//! The numbers are `shuffle_block` (default 1), loader threads (1) and epochs (2).
#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use zunder_data::records::RecordsConfig;
use zunder_data::shapes::{CLASSES, ShapesConfig};
use zunder_data::{AugmentConfig, Batch, Loader, LoaderConfig, Standardisation, Storage};
use zunder_random::Key;

/// The number of records in a file: 307 MB.
const FILE: usize = 100_000;
const TEST: usize = 1_000;

/// Writes `images` training records: drawn shapes that repeat, brighter by one each time, so that
/// files differ and have no empty regions.
fn make(dir: &Path, images: usize) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(dir)?;
    fs::write(dir.join("batches.meta.txt"), CLASSES.join("\n"))?;
    let drawn = ShapesConfig { train: 2_000, test: TEST, seed: 1 }.generate()?.train;
    let write = |name: String, records: std::ops::Range<usize>| -> Result<(), Box<dyn Error>> {
        let mut file = BufWriter::with_capacity(1 << 20, File::create(dir.join(name))?);
        let mut record = Vec::new();
        for i in records {
            let (image, round) = (i % drawn.len(), (i / drawn.len()) as u8);
            record.clear();
            record.push(drawn.label(image) as u8);
            record.extend(drawn.image(image).iter().map(|v| v.wrapping_add(round)));
            file.write_all(&record)?;
        }
        Ok(file.flush()?)
    };
    write("test_batch.bin".into(), 0..TEST)?;
    (0..images).step_by(FILE).try_for_each(|start| {
        write(format!("data_batch_{:04}.bin", start / FILE), start..images.min(start + FILE))
    })
}

/// Returns kilobytes of this process from a line of Linux's `/proc/self/status`; 0 on other
/// systems.
fn kilobytes(what: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Returns a number that changes with any pixel, label or order.
fn digest(digest: u64, batch: &Batch) -> u64 {
    let pixels: u64 = batch
        .pixels
        .iter()
        .enumerate()
        .map(|(i, v)| u64::from(v.to_bits()).wrapping_mul(i as u64 | 1))
        .fold(0, u64::wrapping_add);
    let of_images = batch
        .indices
        .iter()
        .chain(&batch.labels)
        .fold(digest, |digest, &v| digest.wrapping_mul(31).wrapping_add(v.into()));
    of_images.wrapping_mul(31).wrapping_add(pixels)
}

fn read(
    dir: &Path,
    storage: Storage,
    shuffle_block: usize,
    threads: usize,
    epochs: u64,
) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let images = Arc::new(RecordsConfig { storage, ..RecordsConfig::new(dir) }.load()?.train);
    let opened = start.elapsed().as_secs_f64();
    let all: Vec<u32> = (0..images.len() as u32).collect();
    let start = Instant::now();
    let standardisation = Standardisation::fit(&images, &all)?;
    println!(
        "{storage:?}: {} images opened in {opened:.1} s, standardised in {:.1} s",
        images.len(),
        start.elapsed().as_secs_f64()
    );

    let pipeline = AugmentConfig::preset("standard")?.init(images.shape(), &standardisation)?;
    let loader = Loader::new(
        images,
        all,
        pipeline,
        LoaderConfig { shuffle_block, threads, ..LoaderConfig::default() },
        Key::new(1),
    )?;
    let (mut anonymous, mut files) = (0, 0);
    for epoch in 0..epochs {
        let (start, mut sum) = (Instant::now(), 0);
        for (i, batch) in loader.epoch(epoch).enumerate() {
            sum = digest(sum, &batch?);
            if i % 256 == 0 {
                (anonymous, files) =
                    (kilobytes("RssAnon").max(anonymous), kilobytes("RssFile").max(files));
            }
        }
        let rate = loader.images() as f64 / start.elapsed().as_secs_f64();
        println!("epoch {epoch}: {rate:.0} images/s, digest {sum:016x}");
    }
    println!(
        "most memory: {} MB of its own, {} MB of mapped pages that the system may drop",
        anonymous / 1000,
        files / 1000
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number =
        |i: usize, default: usize| arguments.get(i).map_or(Ok(default), |text| text.parse());
    match arguments.as_slice() {
        ["make", dir, images] => make(dir.as_ref(), images.parse()?),
        ["read", dir, storage @ ("memory" | "mapped"), ..] => {
            let storage = if *storage == "memory" { Storage::Memory } else { Storage::Mapped };
            read(dir.as_ref(), storage, number(3, 1)?, number(4, 1)?, number(5, 2)? as u64)
        }
        _ => {
            println!(
                "usage: mapped make DIR IMAGES | read DIR memory|mapped [SHUFFLE_BLOCK] [THREADS] \
                 [EPOCHS]"
            );
            Ok(())
        }
    }
}
