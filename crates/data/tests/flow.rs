//! From a data set to the batches of an epoch.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use std::sync::Arc;

use zunder_data::shapes::ShapesConfig;
use zunder_data::{
    AugmentConfig, Batch, CutMix, DataError, ImageShape, Images, Loader, LoaderConfig, MixUp,
    Pipeline, Sampling, Split, Standardisation,
};
use zunder_random::Key;

const IMAGES: usize = 50;

fn images() -> Arc<Images> {
    Arc::new(ShapesConfig { train: IMAGES, test: 1, seed: 3 }.generate().unwrap().train)
}

fn pipeline(images: &Images) -> Pipeline {
    let all: Vec<u32> = (0..images.len() as u32).collect();
    let standardisation = Standardisation::fit(images, &all).unwrap();
    AugmentConfig::preset("light").unwrap().init(images.shape(), &standardisation).unwrap()
}

fn loader(config: LoaderConfig) -> Result<Loader, DataError> {
    let images = images();
    let split = Split::stratified(images.labels(), 10, 20, Key::new(1))?;
    let pipeline = pipeline(&images);
    Loader::new(images, split.train, pipeline, config, Key::new(2))
}

fn batches(loader: &Loader, epoch: u64) -> Vec<Batch> {
    loader.epoch(epoch).map(Result::unwrap).collect()
}

#[test]
fn threads_change_neither_order_nor_bits() {
    let with = |threads, prefetch| {
        batches(
            &loader(LoaderConfig { batch_size: 4, threads, prefetch, ..Default::default() })
                .unwrap(),
            5,
        )
    };
    let expected = with(0, 0);
    for threads in [1, 2, 3, 7] {
        for prefetch in [0, 2] {
            assert!(with(threads, prefetch) == expected, "{threads} threads, prefetch {prefetch}");
        }
    }
}

#[test]
fn an_epoch_visits_every_index_once_and_the_next_in_another_order() {
    let loader = loader(LoaderConfig { batch_size: 7, ..Default::default() }).unwrap();
    let order = |epoch| {
        batches(&loader, epoch).into_iter().flat_map(|batch| batch.indices).collect::<Vec<_>>()
    };
    let (first, second) = (order(0), order(1));
    assert_ne!(first, second);
    assert_eq!(first, order(0));
    let sorted = |mut order: Vec<u32>| {
        order.sort_unstable();
        order
    };
    assert_eq!(sorted(first.clone()).len(), 30);
    assert!(sorted(first.clone()).windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(sorted(first), sorted(second));
}

#[test]
fn batch_size_changes_no_pixel() {
    let with = |batch_size| {
        batches(&loader(LoaderConfig { batch_size, ..Default::default() }).unwrap(), 1)
    };
    let join = |batches: Vec<Batch>| {
        batches.into_iter().flat_map(|batch| batch.pixels).collect::<Vec<_>>()
    };
    assert!(join(with(8)) == join(with(usize::MAX)));
}

#[test]
fn a_batch_holds_what_the_pipeline_makes_of_its_images() {
    let images = images();
    let pipeline = pipeline(&images);
    let config =
        LoaderConfig { batch_size: 3, sampling: Sampling::Sequential, ..Default::default() };
    let loader =
        Loader::new(Arc::clone(&images), vec![4, 9, 2], pipeline.clone(), config, Key::new(2))
            .unwrap();
    let batch = &batches(&loader, 6)[0];
    assert_eq!(batch.indices, [4, 9, 2]);
    assert_eq!(batch.labels, [images.label(4), images.label(9), images.label(2)]);
    let mut expected = vec![0.0; images.shape().len()];
    pipeline.apply(images.image(9), Key::new(2).named("augment").at(6).at(9), &mut expected);
    assert_eq!(batch.pixels[3072..2 * 3072], expected);
}

#[test]
fn a_short_last_batch_is_kept_unless_told_otherwise() {
    for (batch_size, drop_last, sizes) in [
        (8, false, vec![8, 8, 8, 6]),
        (8, true, vec![8, 8, 8]),
        (10, true, vec![10; 3]),
        (99, false, vec![30]),
    ] {
        let loader = loader(LoaderConfig { batch_size, drop_last, ..Default::default() }).unwrap();
        assert_eq!(batches(&loader, 0).iter().map(Batch::len).collect::<Vec<_>>(), sizes);
        assert_eq!((loader.batches(), loader.images()), (sizes.len(), sizes.iter().sum()));
    }
}

#[test]
fn a_last_batch_that_is_too_small_is_left_out() {
    for (batch_size, smallest_batch, sizes) in
        [(29, 1, vec![29, 1]), (29, 2, vec![29]), (28, 2, vec![28, 2]), (99, 30, vec![30])]
    {
        let loader =
            loader(LoaderConfig { batch_size, smallest_batch, ..Default::default() }).unwrap();
        assert_eq!(batches(&loader, 0).iter().map(Batch::len).collect::<Vec<_>>(), sizes);
        assert_eq!(
            (loader.batches(), loader.images(), loader.batch_size()),
            (sizes.len(), sizes.iter().sum(), batch_size)
        );
    }
}

#[test]
fn no_images_make_no_batches() {
    let images = images();
    let pipeline = pipeline(&images);
    let loader =
        Loader::new(images, vec![], pipeline, LoaderConfig::default(), Key::new(2)).unwrap();
    assert_eq!((loader.batches(), loader.images(), loader.epoch(0).count()), (0, 0, 0));
}

#[test]
fn mixed_batches_carry_soft_labels_at_any_number_of_threads() {
    let images = images();
    let mixup = Some(MixUp { alpha: 1.0, probability: 1.0 });
    let augment =
        AugmentConfig { mixup, cutmix: Some(CutMix::default()), ..AugmentConfig::light() };
    let pipeline = augment.init(images.shape(), &Standardisation::none(3)).unwrap();
    let with = |threads| {
        let config = LoaderConfig { batch_size: 9, threads, ..Default::default() };
        let loader = Loader::new(
            Arc::clone(&images),
            (0..IMAGES as u32).collect(),
            pipeline.clone(),
            config,
            Key::new(2),
        )
        .unwrap();
        batches(&loader, 1)
    };
    let expected = with(0);
    assert!(expected == with(1) && expected == with(3));
    for batch in expected {
        let soft = batch.soft_labels.unwrap();
        assert_eq!(soft.len(), batch.labels.len() * 10);
        for (row, label) in soft.chunks_exact(10).zip(&batch.labels) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6 && row[*label as usize] >= 0.5);
        }
    }
    assert!(
        batches(&loader(LoaderConfig::default()).unwrap(), 1)
            .iter()
            .all(|batch| batch.soft_labels.is_none())
    );
}

#[test]
fn what_cannot_be_loaded_is_refused() {
    let message = |config| loader(config).unwrap_err().to_string();
    assert_eq!(
        message(LoaderConfig { batch_size: 0, ..Default::default() }),
        "batch_size is 0, expected at least 1"
    );
    assert_eq!(
        message(LoaderConfig { shuffle_block: 0, ..Default::default() }),
        "shuffle_block is 0, expected at least 1"
    );
    let unshuffled =
        LoaderConfig { sampling: Sampling::Replacement, shuffle_block: 2, ..Default::default() };
    assert_eq!(message(unshuffled), "shuffle_block is 2, expected 1 with the sampling replacement");
    assert_eq!(
        message(LoaderConfig { threads: 257, ..Default::default() }),
        "threads is 257, expected 0 to 256"
    );
    assert_eq!(
        message(LoaderConfig { prefetch: 1025, ..Default::default() }),
        "prefetch is 1025, expected 0 to 1024"
    );
    assert_eq!(
        message(LoaderConfig { smallest_batch: 0, ..Default::default() }),
        "smallest_batch is 0, expected 1 to the batch_size of 128"
    );
    assert_eq!(
        message(LoaderConfig { smallest_batch: 31, ..Default::default() }),
        "smallest_batch is 31, expected at most the 30 images, since a smaller last batch is left \
         out"
    );
    let message = message(LoaderConfig { drop_last: true, ..Default::default() });
    assert_eq!(
        message,
        "batch_size is 128, expected at most the 30 images, since the last batch is dropped unless \
         it is full"
    );

    let shape = ImageShape { channels: 1, height: 2, width: 2 };
    let grey = Arc::new(Images::new(shape, vec![1; 4], vec![0], 1).unwrap());
    let refused = |indices, pipeline| {
        Loader::new(Arc::clone(&grey), indices, pipeline, LoaderConfig::default(), Key::new(1))
            .unwrap_err()
            .to_string()
    };
    let fitting = AugmentConfig::default()
        .init(shape, &Standardisation { mean: vec![0.5], std: vec![0.5] })
        .unwrap();
    assert_eq!(refused(vec![0, 1], fitting), "index 1 names no image, expected one below 1");
    assert_eq!(
        refused(vec![0], pipeline(&images())),
        "the images have shape 1x2x2, expected 3x32x32 as the pipeline does"
    );
}

#[test]
fn a_loader_can_be_left_in_the_middle_of_an_epoch() {
    let loader = loader(LoaderConfig { batch_size: 1, threads: 3, ..Default::default() }).unwrap();
    for epoch in 0..20 {
        assert!(loader.epoch(epoch).next().unwrap().is_ok());
    }
}
