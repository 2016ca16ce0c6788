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

/// What a draw made of a step, as one number; none if the step did not happen.
type Measure = fn(&Draw) -> Option<f64>;

/// Every step with a range happens as often as asked, and keeps to its range, and comes near both
/// of its ends.
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
        // A crop by nothing looks like none; five standard deviations of a binomial count.
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
        // Mixing is drawn for pairs; a crop by nothing looks like none; five standard deviations of
        // a binomial count.
        let expected = match step {
            "mixup" | "cutmix" => 0.0,
            "crop" => 1200.0 * 80.0 / 81.0,
            // One operation in fourteen is nothing, and strength 0 is nothing for five that are
            // geometric, of 31 strengths.
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

/// The map, if it is not the identity.
fn changed(draw: &Draw) -> Option<[[f64; 3]; 3]> {
    (draw.map != Homography::IDENTITY).then_some(draw.map.0)
}

#[test]
fn settings_out_of_range_are_refused_by_their_key() {
    let refused = |json: &str, expected: &str| {
        let config: AugmentConfig = serde_json::from_str(json).unwrap();
        assert_eq!(config.validate().unwrap_err().to_string(), expected);
    };
    refused(
        r#"{"crop": {"probability": 1.5}}"#,
        "crop.probability is 1.5, expected a probability, 0 to 1",
    );
    refused(
        r#"{"resized_crop": {"area": [0.5, 0.2]}}"#,
        "resized_crop.area is [0.5, 0.2], expected two numbers above 0, at most 1, the smaller \
         first",
    );
    refused(
        r#"{"resized_crop": {"ratio": [0, 1]}}"#,
        "resized_crop.ratio is [0.0, 1.0], expected two numbers above 0, the smaller first",
    );
    refused(
        r#"{"horizontal_flip": {"probability": -1}}"#,
        "horizontal_flip.probability is -1, expected a probability, 0 to 1",
    );
    refused(
        r#"{"vertical_flip": {"probability": 2}}"#,
        "vertical_flip.probability is 2, expected a probability, 0 to 1",
    );
    refused(
        r#"{"scale": {"factor": [-1, 1]}}"#,
        "scale.factor is [-1.0, 1.0], expected two numbers of 0.01 to 100, the smaller first",
    );
    refused(
        r#"{"shear": {"degrees": 90}}"#,
        "shear.degrees is 90, expected an angle of 0 to 80 degrees",
    );
    refused(
        r#"{"rotation": {"degrees": 181}}"#,
        "rotation.degrees is 181, expected an angle of 0 to 180 degrees",
    );
    refused(r#"{"shift": {"fraction": 1.1}}"#, "shift.fraction is 1.1, expected 0 to 1");
    refused(
        r#"{"perspective": {"distortion": 1}}"#,
        "perspective.distortion is 1, expected 0 to 0.6",
    );
    refused(r#"{"elastic": {"sigma": 0}}"#, "elastic.sigma is 0, expected above 0 and at most 100");
    refused(r#"{"elastic": {"alpha": -1}}"#, "elastic.alpha is -1, expected 0 to 10000");
    refused(r#"{"brightness": {"strength": 1.5}}"#, "brightness.strength is 1.5, expected 0 to 1");
    refused(
        r#"{"contrast": {"probability": 1.5}}"#,
        "contrast.probability is 1.5, expected a probability, 0 to 1",
    );
    refused(
        r#"{"saturation": {"strength": -0.5}}"#,
        "saturation.strength is -0.5, expected 0 to 1",
    );
    refused(r#"{"hue": {"turns": 0.6}}"#, "hue.turns is 0.6, expected 0 to 0.5");
    refused(
        r#"{"grayscale": {"probability": 7}}"#,
        "grayscale.probability is 7, expected a probability, 0 to 1",
    );
    refused(
        r#"{"gamma": {"exponent": [2, 1]}}"#,
        "gamma.exponent is [2.0, 1.0], expected two numbers above 0, at most 100, the smaller \
         first",
    );
    refused(
        r#"{"auto_contrast": {"probability": 3}}"#,
        "auto_contrast.probability is 3, expected a probability, 0 to 1",
    );
    refused(
        r#"{"equalise": {"probability": 3}}"#,
        "equalise.probability is 3, expected a probability, 0 to 1",
    );
    refused(r#"{"posterise": {"bits": 0}}"#, "posterise.bits is 0, expected 1 to 8");
    refused(r#"{"solarise": {"threshold": 128}}"#, "solarise.threshold is 128, expected 0 to 1");
    refused(
        r#"{"blur": {"sigma": [0, 1]}}"#,
        "blur.sigma is [0.0, 1.0], expected two numbers above 0, at most 100, the smaller first",
    );
    refused(r#"{"sharpness": {"strength": 2}}"#, "sharpness.strength is 2, expected 0 to 1");
    refused(
        r#"{"rand_augment": {"operations": 0}}"#,
        "rand_augment.operations is 0, expected 1 to 14",
    );
    refused(
        r#"{"rand_augment": {"magnitude": 31}}"#,
        "rand_augment.magnitude is 31, expected 0 to 30",
    );
    refused(
        r#"{"trivial_augment": {"probability": -1}}"#,
        "trivial_augment.probability is -1, expected a probability, 0 to 1",
    );
    refused(r#"{"noise": {"std": 2}}"#, "noise.std is 2, expected 0 to 1");
    refused(
        r#"{"erasing": {"area": [0, 2]}}"#,
        "erasing.area is [0.0, 2.0], expected two numbers above 0, at most 1, the smaller first",
    );
    refused(r#"{"cutout": {"size": 0}}"#, "cutout.size is 0, expected above 0 and at most 1");
    refused(r#"{"mixup": {"alpha": 0}}"#, "mixup.alpha is 0, expected above 0 and at most 100");
    refused(
        r#"{"cutmix": {"alpha": 200}}"#,
        "cutmix.alpha is 200, expected above 0 and at most 100",
    );
    let nan = AugmentConfig {
        rotation: Some(Rotation { degrees: f32::NAN, probability: 1.0 }),
        ..none()
    };
    assert_eq!(
        nan.validate().unwrap_err().to_string(),
        "rotation.degrees is NaN, expected an angle of 0 to 180 degrees"
    );
}

#[test]
fn what_does_not_fit_the_images_is_refused() {
    let message = |config: AugmentConfig, channels| {
        config
            .init(ImageShape { channels, ..SHAPE }, &Standardisation::none(channels))
            .unwrap_err()
            .to_string()
    };
    let crop = AugmentConfig { crop: Some(Crop { padding: 6, probability: 1.0 }), ..none() };
    assert_eq!(
        message(crop, 1),
        "crop.padding is 6, expected less than the 6 pixels of an image's shorter side"
    );
    let hue = AugmentConfig { hue: Some(Hue::default()), ..none() };
    assert_eq!(message(hue, 1), "hue needs images of 3 channels (red, green, blue), these have 1");
    assert_eq!(
        AugmentConfig::preset("heavy").unwrap_err().to_string(),
        "the augmentation preset is \"heavy\", expected none, light, standard, strong"
    );
}

#[test]
fn a_configuration_names_what_it_does_not_know() {
    let config: AugmentConfig =
        serde_json::from_str(r#"{"crop": {"padding": 2}, "rotation": {}, "border": "reflect"}"#)
            .unwrap();
    let crop = Some(Crop { padding: 2, probability: 1.0 });
    assert_eq!(
        config,
        AugmentConfig {
            crop,
            rotation: Some(Rotation::default()),
            border: Border::Reflect,
            ..none()
        }
    );
    for (json, key) in [
        (r#"{"spin": {}}"#, "spin"),
        (r#"{"rotation": {"angle": 3}}"#, "angle"),
        (r#"{"border": "wrap"}"#, "wrap"),
    ] {
        let message = serde_json::from_str::<AugmentConfig>(json).unwrap_err().to_string();
        assert!(message.contains(key) && message.contains("expected"), "{message}");
    }
}

#[test]
fn presets_know_their_names_and_each_step_is_there_once() {
    for name in AugmentConfig::PRESETS {
        let preset = AugmentConfig::preset(name).unwrap();
        preset.validate().unwrap();
        assert_eq!(preset.preset_name(), Some(name));
    }
    assert_eq!(AugmentConfig { border: Border::Edge, ..none() }.preset_name(), None);
    // Each entry is on alone, and together they are all fields but the two that are no steps.
    let mut names = Vec::new();
    for (name, config) in AugmentConfig::every_step().each_alone() {
        config.validate().unwrap();
        let fields = serde_json::to_value(&config)
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>();
        assert_eq!(
            fields
                .iter()
                .filter(|f| !["border", "interpolation"].contains(&f.as_str()))
                .collect::<Vec<_>>(),
            [name]
        );
        assert_eq!(config.steps(), [name]);
        names.push(name);
    }
    assert_eq!(names, AugmentConfig::STEPS);
    let refusal = serde_json::from_str::<AugmentConfig>(r#"{"?": 1}"#).unwrap_err().to_string();
    assert!(names.iter().all(|name| refusal.contains(&format!("`{name}`"))), "{refusal}");
    assert_eq!(refusal.matches('`').count(), 2 * (names.len() + 3), "a step is missing: {refusal}");
}
