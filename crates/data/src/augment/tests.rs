//! Tests of the draws: probabilities, ranges, independence of the steps.

mod settings;

use std::collections::HashMap;

use zunder_random::Key;

use super::*;
use crate::augment::draw::Draw;
use crate::render::geometry::Homography;
use crate::render::tone::Tone;
use crate::{ImageShape, Standardisation};

const SHAPE: ImageShape = ImageShape { channels: 3, height: 8, width: 6 };

fn none() -> AugmentConfig {
    AugmentConfig::default()
}

fn draws(config: &AugmentConfig, n: u64) -> Vec<Draw> {
    let drawing = Drawing::new(config, SHAPE);
    let image: Vec<u8> = (0..SHAPE.len()).map(|i| i as u8).collect();
    (0..n).map(|i| drawing.draw(&image, Key::new(1).at(i))).collect()
}

#[test]
fn crops_reach_every_offset_evenly_and_flips_half_of_them() {
    let light = AugmentConfig {
        crop: Some(Crop { padding: 1, probability: 1.0 }),
        horizontal_flip: Some(Flip::default()),
        ..none()
    };
    let mut counts = HashMap::new();
    for draw in draws(&light, 18_000) {
        *counts.entry(draw.map.0.map(|row| row.map(|v| v as i32))).or_insert(0_i32) += 1;
    }
    // 3 x 3 offsets, mirrored or not; five standard deviations of a binomial count.
    assert_eq!(counts.len(), 18);
    assert!(counts.values().all(|c| (c - 1000).abs() < 155), "{counts:?}");
}

#[test]
fn steps_draw_independently() {
    let crop = AugmentConfig { crop: Some(Crop::default()), ..none() };
    let both = AugmentConfig {
        horizontal_flip: Some(Flip { probability: 1.0 }),
        brightness: Some(Jitter::default()),
        ..crop.clone()
    };
    for (alone, both) in draws(&crop, 50).into_iter().zip(draws(&both, 50)) {
        assert_eq!(both.map, alone.map.then(Homography::mirror_x(SHAPE.width)));
    }
}

/// The drawn value of a step as one number; `None` if the step did not happen.
type Measure = fn(&Draw) -> Option<f64>;

/// Every step with a range happens with its probability, keeps to its range, and comes near both of
/// its ends.
#[test]
fn probabilities_and_ranges_hold() {
    let scale: Measure = |draw| changed(draw).map(|map| 1.0 / map[0][0]);
    let turn: Measure = |draw| changed(draw).map(|map| map[1][0].atan2(map[0][0]).to_degrees());
    let shear: Measure = |draw| changed(draw).map(|map| map[0][1].atan().to_degrees());
    let way: Measure = |draw| changed(draw).map(|map| map[0][2] / SHAPE.width as f64);
    let corner: Measure = |draw| changed(draw).map(|map| Homography(map).inverse().0[0][2]);
    let area: Measure = |draw| changed(draw).map(|map| map[0][0] * map[1][1]);
    let factor: Measure = |draw| draw.colour.map(|colour| colour.matrix[0].iter().sum());
    let colourfulness: Measure =
        |draw| draw.colour.map(|colour| colour.matrix[0][0] - colour.matrix[1][0]);
    let hue: Measure = |draw| {
        draw.colour.map(|colour| {
            (colour.matrix.iter().enumerate().map(|(i, row)| row[i]).sum::<f64>() / 2.0 - 0.5)
                .acos()
        })
    };
    let tone: Measure = |draw| {
        draw.tones.first().map(|tone| match tone {
            Tone::Curve(curve) => *curve as f64,
            Tone::Blur(value) | Tone::Sharpness(value) | Tone::Solarise(value) => f64::from(*value),
            Tone::Posterise(bits) => f64::from(*bits),
            _ => f64::NAN,
        })
    };
    let noise: Measure = |draw| draw.noise.map(|(std, _)| f64::from(std));
    let probability = 0.7;
    let jitter = Some(Jitter { strength: 0.3, probability });
    let cases: [(&str, AugmentConfig, Measure, [f64; 2]); 18] = [
        (
            "scale",
            AugmentConfig { scale: Some(Scale { factor: [0.5, 1.5], probability }), ..none() },
            scale,
            [0.5, 1.5],
        ),
        (
            "rotation",
            AugmentConfig { rotation: Some(Rotation { degrees: 30.0, probability }), ..none() },
            turn,
            [-30.0, 30.0],
        ),
        (
            "shear",
            AugmentConfig { shear: Some(Shear { degrees: 20.0, probability }), ..none() },
            shear,
            [-20.0, 20.0],
        ),
        (
            "shift",
            AugmentConfig { shift: Some(Shift { fraction: 0.25, probability }), ..none() },
            way,
            [-0.25, 0.25],
        ),
        (
            "crop",
            AugmentConfig { crop: Some(Crop { padding: 3, probability }), ..none() },
            way,
            [-0.5, 0.5],
        ),
        (
            "resized_crop",
            AugmentConfig {
                resized_crop: Some(ResizedCrop {
                    area: [0.2, 0.8],
                    ratio: [1.0, 1.0],
                    probability,
                }),
                ..none()
            },
            area,
            [0.2, 0.8],
        ),
        (
            "perspective",
            AugmentConfig {
                perspective: Some(Perspective { distortion: 0.4, probability }),
                ..none()
            },
            corner,
            [0.0, 1.0],
        ),
        ("brightness", AugmentConfig { brightness: jitter, ..none() }, factor, [0.7, 1.3]),
        ("contrast", AugmentConfig { contrast: jitter, ..none() }, factor, [0.7, 1.3]),
        ("saturation", AugmentConfig { saturation: jitter, ..none() }, colourfulness, [0.7, 1.3]),
        (
            "hue",
            AugmentConfig { hue: Some(Hue { turns: 0.25, probability }), ..none() },
            hue,
            [0.0, std::f64::consts::FRAC_PI_2],
        ),
        (
            "grayscale",
            AugmentConfig { grayscale: Some(Grayscale { probability }), ..none() },
            colourfulness,
            [0.0, 0.0],
        ),
        (
            "gamma",
            AugmentConfig { gamma: Some(Gamma { exponent: [0.5, 2.0], probability }), ..none() },
            tone,
            [0.0, 63.0],
        ),
        (
            "blur",
            AugmentConfig { blur: Some(Blur { sigma: [0.5, 2.0], probability }), ..none() },
            tone,
            [0.5, 2.0],
        ),
        ("sharpness", AugmentConfig { sharpness: jitter, ..none() }, tone, [0.7, 1.3]),
        (
            "posterise",
            AugmentConfig { posterise: Some(Posterise { bits: 3, probability }), ..none() },
            tone,
            [3.0, 3.0],
        ),
        (
            "solarise",
            AugmentConfig { solarise: Some(Solarise { threshold: 0.25, probability }), ..none() },
            tone,
            [63.75, 63.75],
        ),
        (
            "noise",
            AugmentConfig { noise: Some(Noise { std: 0.1, probability }), ..none() },
            noise,
            [25.5, 25.5],
        ),
    ];
    for (name, config, measure, [low, high]) in cases {
        config.validate().unwrap();
        let values: Vec<f64> = draws(&config, 4000).iter().filter_map(measure).collect();
        // A crop by 0 pixels looks like none. Five standard deviations of a binomial count.
        let missing = if name == "crop" { 4000.0 * 0.7 / 49.0 } else { 0.0 };
        assert!((values.len() as f64 + missing - 2800.0).abs() < 145.0, "{name}: {}", values.len());
        let (least, most) = values
            .iter()
            .fold((f64::MAX, f64::MIN), |(least, most), v| (least.min(*v), most.max(*v)));
        let slack = 1e-5 + 0.02 * (high - low);
        assert!(least >= low - 1e-5 && most <= high + 1e-5, "{name}: {least} to {most}");
        assert!(least <= low + slack && most >= high - slack, "{name}: {least} to {most}");
    }
}

#[test]
fn every_step_happens_as_often_as_asked() {
    let nothing = draws(&none(), 1).remove(0);
    for (step, config) in AugmentConfig::every_step().each_alone() {
        let mut value = serde_json::to_value(&config).unwrap();
        value[step]["probability"] = 0.3.into();
        let sometimes: AugmentConfig = serde_json::from_value(value).unwrap();
        let happened =
            draws(&sometimes, 4000).into_iter().filter(|draw| *draw != nothing).count() as f64;
        // Mixing is drawn for pairs; a crop by 0 pixels looks like none. Five standard deviations
        // of a binomial count.
        let expected = match step {
            "mixup" | "cutmix" => 0.0,
            "crop" => 1200.0 * 80.0 / 81.0,
            // One of fourteen operations has no effect, and strength 0 of 31 has none for five
            // geometric ones.
            "rand_augment" => 1200.0 * (1.0 - 1.0 / 196.0),
            "trivial_augment" => 1200.0 * (1.0 - 1.0 / 14.0 - 5.0 / 14.0 / 31.0),
            _ => 1200.0,
        };
        assert!(
            (happened - expected).abs() < 145.0 && (expected > 0.0 || happened == 0.0),
            "{step}: {happened}"
        );
    }
}

/// Returns the map, if it is not the identity.
fn changed(draw: &Draw) -> Option<[[f64; 3]; 3]> {
    (draw.map != Homography::IDENTITY).then_some(draw.map.0)
}
