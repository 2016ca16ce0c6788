//! The effect of the augmentation on pixels, through the public interface. These tests detect wrong
//! transformations.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use proptest::prelude::*;
use sha2::{Digest, Sha256};
use zunder_data::{
    AugmentConfig, Border, Crop, Cutout, Flip, Hue, ImageShape, Interpolation, Jitter,
    LabelInvariance, Perspective, Pipeline, Rotation, Scale, Shear, Shift, Standardisation,
};
use zunder_random::Key;

const SHAPE: ImageShape = ImageShape { channels: 3, height: 20, width: 30 };

fn none() -> AugmentConfig {
    AugmentConfig::default()
}

fn pipeline(config: &AugmentConfig, shape: ImageShape) -> Pipeline {
    config.init(shape, &Standardisation::none(shape.channels)).unwrap()
}

fn bytes(config: &AugmentConfig, shape: ImageShape, image: &[u8], key: Key) -> Vec<u8> {
    let mut out = vec![0; image.len()];
    pipeline(config, shape).apply_u8(image, key, &mut out);
    out
}

/// An image that makes mistakes visible: no two rows, columns or channels are equal.
fn image(shape: ImageShape) -> Vec<u8> {
    let value = |c: usize, y: usize, x: usize| (40 * c + 7 * y * y + 3 * x + x * y) % 256;
    (0..shape.len())
        .map(|i| {
            value(i / (shape.height * shape.width), i / shape.width % shape.height, i % shape.width)
                as u8
        })
        .collect()
}

/// The augmentation of a key must never change: a run must give the same images for years, on every
/// processor.
#[test]
fn fixed_draws_are_pinned() {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("goldens/draws.json")).unwrap();
    let mut drawn = serde_json::Map::new();
    let turned = |border, interpolation| AugmentConfig {
        rotation: Some(Rotation::default()),
        border,
        interpolation,
        ..none()
    };
    let variants = [
        ("rotation, nearest", turned(Border::Zero, Interpolation::Nearest)),
        ("rotation, edge", turned(Border::Edge, Interpolation::Bilinear)),
        ("rotation, reflect", turned(Border::Reflect, Interpolation::Bilinear)),
    ];
    for (name, config) in AugmentConfig::every_step().each_alone().into_iter().chain(variants) {
        let standardisation =
            Standardisation { mean: vec![0.49, 0.48, 0.45], std: vec![0.25, 0.24, 0.26] };
        let pipeline = config.init(SHAPE, &standardisation).unwrap();
        let mut batch = vec![0.0; 8 * SHAPE.len()];
        for (i, out) in batch.chunks_exact_mut(SHAPE.len()).enumerate() {
            let mut image = image(SHAPE);
            image.rotate_left(i);
            pipeline.apply(&image, Key::new(3).at(i as u64), out);
        }
        let soft = pipeline.mixing().map(|mixing| {
            mixing.apply(&mut batch, SHAPE, &mut [0, 1, 2, 3, 4, 5, 6, 7], 8, Key::new(4))
        });
        let mut hash = Sha256::new();
        batch
            .iter()
            .chain(soft.iter().flatten())
            .for_each(|v| hash.update(v.to_bits().to_le_bytes()));
        let digest = u64::from_be_bytes(*hash.finalize().first_chunk().unwrap());
        drawn.insert(name.to_owned(), format!("{digest:016x}").into());
    }
    let drawn = serde_json::Value::Object(drawn);
    assert_eq!(drawn, golden, "now:\n{}", serde_json::to_string_pretty(&drawn).unwrap());
}

#[test]
fn rows_are_rows_and_columns_are_columns() {
    // One bright pixel in row 2 and column 5 of the second channel.
    let mut pixels = vec![0; SHAPE.len()];
    let at = |c: usize, y: usize, x: usize| (c * 20 + y) * 30 + x;
    pixels[at(1, 2, 5)] = 255;
    let place = |config: &AugmentConfig, key| {
        bytes(config, SHAPE, &pixels, key).iter().position(|v| *v == 255)
    };
    let always = Some(Flip { probability: 1.0 });
    assert_eq!(
        place(&AugmentConfig { horizontal_flip: always, ..none() }, Key::new(1)),
        Some(at(1, 2, 24))
    );
    assert_eq!(
        place(&AugmentConfig { vertical_flip: always, ..none() }, Key::new(1)),
        Some(at(1, 17, 5))
    );
    let crop = AugmentConfig { crop: Some(Crop { padding: 2, probability: 1.0 }), ..none() };
    for i in 0..30 {
        let [[_, _, dx], [_, _, dy], _] = pipeline(&crop, SHAPE).source_map(Key::new(i));
        assert_eq!(
            place(&crop, Key::new(i)),
            Some(at(1, (2.0 - dy) as usize, (5.0 - dx) as usize))
        );
    }
}

#[test]
fn flips_are_involutions() {
    let (shape, key) = (SHAPE, Key::new(1));
    let flip = |horizontal: f32, vertical: f32| AugmentConfig {
        horizontal_flip: Some(Flip { probability: horizontal }),
        vertical_flip: Some(Flip { probability: vertical }),
        ..none()
    };
    for config in [flip(1.0, 0.0), flip(0.0, 1.0), flip(1.0, 1.0)] {
        let once = bytes(&config, shape, &image(shape), key);
        assert_ne!(once, image(shape));
        assert_eq!(bytes(&config, shape, &once, key), image(shape));
    }
}

#[test]
fn colours_may_turn_all_the_way_round() {
    let turns = |turns| AugmentConfig { hue: Some(Hue { turns, probability: 1.0 }), ..none() };
    let grey: Vec<u8> = image(ImageShape { channels: 1, ..SHAPE }).repeat(3);
    assert_eq!(bytes(&turns(0.5), SHAPE, &grey, Key::new(4)), grey);
    assert_eq!(bytes(&turns(0.0), SHAPE, &image(SHAPE), Key::new(4)), image(SHAPE));
    assert_ne!(bytes(&turns(0.5), SHAPE, &image(SHAPE), Key::new(4)), image(SHAPE));
}

#[test]
fn a_step_that_never_happens_changes_nothing() {
    let config: AugmentConfig = serde_json::from_str(
        r#"{"crop":{"probability":0},"resized_crop":{"probability":0},
            "horizontal_flip":{"probability":0},"vertical_flip":{"probability":0},
            "scale":{"probability":0},"shear":{"probability":0},"rotation":{"probability":0},
            "shift":{"probability":0},"perspective":{"probability":0},"elastic":{"probability":0},
            "brightness":{"probability":0},"contrast":{"probability":0},
            "saturation":{"probability":0},"hue":{"probability":0},"grayscale":{"probability":0},
            "gamma":{"probability":0},"auto_contrast":{"probability":0},
            "equalise":{"probability":0},"posterise":{"probability":0},
            "solarise":{"probability":0},"blur":{"probability":0},"sharpness":{"probability":0},
            "rand_augment":{"probability":0},"trivial_augment":{"probability":0},
            "noise":{"probability":0},"erasing":{"probability":0},"cutout":{"probability":0}}"#,
    )
    .unwrap();
    assert_eq!(bytes(&config, SHAPE, &image(SHAPE), Key::new(1)), image(SHAPE));
}

/// On a plane without corners, bilinear interpolation is exact: one map for all steps equals the
/// steps one after another, except for their rounding to bytes.
#[test]
fn the_composed_map_equals_the_steps_one_after_another() {
    let shape = ImageShape { channels: 3, height: 60, width: 60 };
    let plane: Vec<u8> =
        (0..shape.len()).map(|i| (20 * (i / 3600) + 2 * (i / 60 % 60) + i % 60) as u8).collect();
    let p = 1.0;
    let steps = [
        AugmentConfig { crop: Some(Crop { padding: 3, probability: p }), ..none() },
        AugmentConfig { horizontal_flip: Some(Flip { probability: p }), ..none() },
        AugmentConfig { scale: Some(Scale { factor: [1.0, 1.2], probability: p }), ..none() },
        AugmentConfig { shear: Some(Shear { degrees: 5.0, probability: p }), ..none() },
        AugmentConfig { rotation: Some(Rotation { degrees: 10.0, probability: p }), ..none() },
        AugmentConfig { shift: Some(Shift { fraction: 0.03, probability: p }), ..none() },
        AugmentConfig {
            perspective: Some(Perspective { distortion: 0.1, probability: p }),
            ..none()
        },
        AugmentConfig { brightness: Some(Jitter { strength: 0.1, probability: p }), ..none() },
        AugmentConfig { contrast: Some(Jitter { strength: 0.1, probability: p }), ..none() },
        AugmentConfig { saturation: Some(Jitter { strength: 0.1, probability: p }), ..none() },
        AugmentConfig { hue: Some(Hue { turns: 0.05, probability: p }), ..none() },
    ];
    let all = AugmentConfig {
        crop: steps[0].crop,
        horizontal_flip: steps[1].horizontal_flip,
        scale: steps[2].scale,
        shear: steps[3].shear,
        rotation: steps[4].rotation,
        shift: steps[5].shift,
        perspective: steps[6].perspective,
        brightness: steps[7].brightness,
        saturation: steps[9].saturation,
        hue: steps[10].hue,
        ..none()
    };
    for i in 0..10 {
        let key = Key::new(5).at(i);
        let once = bytes(&all, shape, &plane, key);
        // Contrast is left out: its mean is that of the whole image, which earlier steps change.
        let order = steps.iter().enumerate().filter(|(step, _)| *step != 8).map(|(_, step)| step);
        let one_by_one = order.fold(plane.clone(), |image, step| bytes(step, shape, &image, key));
        for c in 0..3 {
            for y in 22..38 {
                for x in 22..38 {
                    let at = (c * 60 + y) * 60 + x;
                    let (a, b) = (i32::from(once[at]), i32::from(one_by_one[at]));
                    assert!(
                        (a - b).abs() <= 4,
                        "draw {i}, channel {c}, row {y}, column {x}: {a} and {b}"
                    );
                }
            }
        }
    }
}

/// The rotation of one draw, undone by its map: `source_map` describes what happened.
#[test]
fn the_source_map_says_where_pixels_came_from() {
    let shape = ImageShape { channels: 1, height: 41, width: 41 };
    let smooth: Vec<u8> = (0..41 * 41).map(|i| (3 * (i / 41) + 2 * (i % 41)) as u8).collect();
    let config =
        AugmentConfig { rotation: Some(Rotation { degrees: 180.0, probability: 1.0 }), ..none() };
    for i in 0..20 {
        let map = pipeline(&config, shape).source_map(Key::new(i));
        let out = bytes(&config, shape, &smooth, Key::new(i));
        for (y, x) in [(20, 20), (12, 20), (20, 12), (26, 27)] {
            let [u, v, _] = map.map(|row| row[0] * x as f64 + row[1] * y as f64 + row[2]);
            assert!((f64::from(out[y * 41 + x]) - (3.0 * v + 2.0 * u)).abs() <= 0.51);
        }
    }
}

#[test]
fn covers_have_the_mean_colour() {
    let standardisation = Standardisation { mean: vec![0.5, 0.25, 0.75], std: vec![0.2; 3] };
    let config = AugmentConfig { cutout: Some(Cutout { size: 1.0, probability: 1.0 }), ..none() };
    let pipeline = config.init(SHAPE, &standardisation).unwrap();
    let (mut floats, mut bytes) = (vec![9.0; SHAPE.len()], vec![0; SHAPE.len()]);
    let white = vec![255; SHAPE.len()];
    pipeline.apply(&white, Key::new(1), &mut floats);
    pipeline.apply_u8(&white, Key::new(1), &mut bytes);
    let covered: Vec<usize> = (0..600).filter(|i| floats[*i] == 0.0).collect();
    assert!(covered.len() >= 100 && covered.len() <= 400, "{}", covered.len());
    for i in 0..600 {
        let expected = if covered.contains(&i) { [128, 64, 191] } else { [255; 3] };
        assert_eq!([bytes[i], bytes[600 + i], bytes[1200 + i]], expected, "pixel {i}");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let strong = AugmentConfig {
        noise: Some(zunder_data::Noise::default()),
        ..AugmentConfig::preset("strong").unwrap()
    };
    let pipeline = pipeline(&strong, SHAPE);
    let images = image(SHAPE).repeat(40);
    let with = |threads| {
        let mut out = vec![0.0; images.len()];
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| pipeline.apply_all(&images, Key::new(1), &mut out));
        out
    };
    let one = with(1);
    assert!(one == with(2) && one == with(3));
    let mut alone = vec![0.0; SHAPE.len()];
    pipeline.apply(&image(SHAPE), Key::new(1).at(7), &mut alone);
    assert_eq!(alone, one[7 * SHAPE.len()..8 * SHAPE.len()]);
}

#[test]
fn beyond_the_edge_lies_what_was_asked_for() {
    let shape = ImageShape { channels: 1, height: 4, width: 4 };
    // Columns 10, 20, 30, 40: a shift by whole pixels shows how the border continues them.
    let columns = [10, 20, 30, 40].repeat(4);
    let crop = |border| AugmentConfig {
        crop: Some(Crop { padding: 2, probability: 1.0 }),
        border,
        ..none()
    };
    let (mut left, mut right) = (false, false);
    for i in 0..100 {
        let dx = pipeline(&crop(Border::Zero), shape).source_map(Key::new(i))[0][2] as i32;
        let rows = [Border::Edge, Border::Reflect]
            .map(|border| bytes(&crop(border), shape, &columns, Key::new(i)));
        let [edge, reflect] = if dx == -2 {
            [[10, 10, 10, 20], [30, 20, 10, 20]]
        } else {
            [[30, 40, 40, 40], [30, 40, 30, 20]]
        };
        if dx.abs() == 2 {
            assert_eq!(rows, [edge.repeat(4), reflect.repeat(4)], "shift {dx}");
            left |= dx < 0;
            right |= dx > 0;
        }
    }
    assert!(left && right);
}

proptest! {
    /// For any preset, step and shape, values are in range and nothing panics.
    #[test]
    fn values_stay_between_black_and_white(
        channels in 1_usize..6,
        height in 1_usize..40,
        width in 1_usize..40,
        which in any::<prop::sample::Index>(),
        seed in any::<u64>(),
    ) {
        let shape = ImageShape { channels, height, width };
        let mut all: Vec<AugmentConfig> = AugmentConfig::every_step()
            .each_alone()
            .into_iter()
            .map(|(_, config)| config)
            .collect();
        all.extend(AugmentConfig::PRESETS.map(|name| AugmentConfig::preset(name).unwrap()));
        let (config, _) =
            all[which.index(all.len())].clone().suited(LabelInvariance::OBJECTS, shape);
        let standardisation =
            Standardisation { mean: vec![0.4; channels], std: vec![0.2; channels] };
        let mut out = vec![f32::NAN; shape.len()];
        config.init(shape, &standardisation).unwrap().apply(
            &image(shape),
            Key::new(seed),
            &mut out,
        );
        prop_assert!(out.iter().all(|v| (-2.001..3.001).contains(v)));
    }
}
