//! Images a second through the pipeline on one core, and through the loader:
//! `cargo bench -p zunder-data`.
//!
//! Each pipeline is first compared with a slow reference that takes one step after the other: what
//! is fast must be right.

mod reference;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use zunder_data::shapes::ShapesConfig;
use zunder_data::{
    AugmentConfig, Crop, DataError, Flip, Hue, Images, Jitter, Loader, LoaderConfig, Rotation,
    Standardisation,
};
use zunder_random::Key;

const IMAGES: usize = 20_000;
const BATCH: usize = 128;

/// The measured configurations: the presets, the two pipelines with a target, and every step alone,
/// each step in every image.
fn configurations() -> Result<Vec<(&'static str, AugmentConfig)>, DataError> {
    let crop_flip = AugmentConfig {
        crop: Some(Crop::default()),
        horizontal_flip: Some(Flip { probability: 1.0 }),
        ..AugmentConfig::default()
    };
    let jitter = Some(Jitter::default());
    let crop_flip_rotation_colour = AugmentConfig {
        rotation: Some(Rotation::default()),
        brightness: jitter,
        contrast: jitter,
        saturation: jitter,
        hue: Some(Hue::default()),
        ..crop_flip.clone()
    };
    let mut all = vec![
        ("crop + flip", crop_flip),
        ("crop + flip + rotation + colour jitter", crop_flip_rotation_colour),
    ];
    for name in AugmentConfig::PRESETS {
        all.push((name, AugmentConfig::preset(name)?));
    }
    all.extend(AugmentConfig::every_step().each_alone());
    Ok(all)
}

fn pipeline(
    c: &mut Criterion,
    images: &Images,
    standardisation: &Standardisation,
) -> Result<(), DataError> {
    let mut group = c.benchmark_group("pipeline");
    group.throughput(Throughput::Elements(BATCH as u64));
    for (name, config) in configurations()? {
        let pipeline = config.init(images.shape(), standardisation)?;
        reference::check(name, &config, images, standardisation, &pipeline);
        let mut out = vec![0.0; BATCH * images.shape().len()];
        // Each round processes the next images, so that they come from memory as in an epoch.
        let mut next = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for out in out.chunks_exact_mut(images.shape().len()) {
                    pipeline.apply(images.image(next % IMAGES), Key::new(1).at(next as u64), out);
                    next += 1;
                }
                black_box(&mut out);
            });
        });
    }
    group.finish();
    Ok(())
}
fn loader(
    c: &mut Criterion,
    images: &Arc<Images>,
    standardisation: &Standardisation,
) -> Result<(), DataError> {
    let mut group = c.benchmark_group("loader");
    group.throughput(Throughput::Elements(IMAGES as u64)).sample_size(20);
    for threads in [0, 1, 2] {
        let pipeline = AugmentConfig::preset("light")?.init(images.shape(), standardisation)?;
        let config = LoaderConfig { batch_size: BATCH, threads, ..Default::default() };
        let loader = Loader::new(
            Arc::clone(images),
            (0..IMAGES as u32).collect(),
            pipeline,
            config,
            Key::new(1),
        )?;
        let mut epoch = 0;
        group.bench_function(BenchmarkId::new("threads", threads), |bencher| {
            bencher.iter(|| {
                epoch += 1;
                loader
                    .epoch(epoch)
                    .map_while(Result::ok)
                    .map(|batch| black_box(batch).len())
                    .sum::<usize>()
            });
        });
    }
    group.finish();
    Ok(())
}

fn generate(c: &mut Criterion) {
    let mut group = c.benchmark_group("shapes");
    group.throughput(Throughput::Elements(12_000)).sample_size(10);
    group.bench_function("generate", |bencher| {
        bencher.iter(|| black_box(ShapesConfig::default().generate().is_ok()));
    });
    group.finish();
}

fn all(c: &mut Criterion) {
    let prepared = || {
        let images = ShapesConfig { train: IMAGES, test: 1, seed: 1 }.generate()?.train;
        let standardisation = Standardisation::fit(&images, &[0, 1, 2])?;
        Ok::<_, DataError>((Arc::new(images), standardisation))
    };
    let run = |c: &mut Criterion| {
        let (images, standardisation) = prepared()?;
        pipeline(c, &images, &standardisation)?;
        loader(c, &images, &standardisation)
    };
    assert!(run(c).is_ok(), "the benchmark's own settings are valid");
    generate(c);
}

criterion_group!(benches, all);
criterion_main!(benches);
