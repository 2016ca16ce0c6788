//! Checks of the settings, and the presets.

use super::*;

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
    // Each entry has one step, and together they have all fields except the two that are not steps.
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
