//! Checks of the settings, and the presets.

use super::*;

#[test]
fn settings_out_of_range_are_refused_by_their_key() {
    for (step, key, value, expected) in [
        ("crop", "probability", "1.5", "a probability, 0 to 1"),
        ("resized_crop", "area", "[0.5, 0.2]", "two numbers above 0, at most 1, the smaller first"),
        ("resized_crop", "ratio", "[0.0, 1.0]", "two numbers above 0, the smaller first"),
        ("horizontal_flip", "probability", "-1", "a probability, 0 to 1"),
        ("vertical_flip", "probability", "2", "a probability, 0 to 1"),
        ("scale", "factor", "[-1.0, 1.0]", "two numbers of 0.01 to 100, the smaller first"),
        ("shear", "degrees", "90", "an angle of 0 to 80 degrees"),
        ("rotation", "degrees", "181", "an angle of 0 to 180 degrees"),
        ("shift", "fraction", "1.1", "0 to 1"),
        ("perspective", "distortion", "1", "0 to 0.6"),
        ("elastic", "sigma", "0", "above 0 and at most 100"),
        ("elastic", "alpha", "-1", "0 to 10000"),
        ("brightness", "strength", "1.5", "0 to 1"),
        ("contrast", "probability", "1.5", "a probability, 0 to 1"),
        ("saturation", "strength", "-0.5", "0 to 1"),
        ("hue", "turns", "0.6", "0 to 0.5"),
        ("grayscale", "probability", "7", "a probability, 0 to 1"),
        ("gamma", "exponent", "[2.0, 1.0]", "two numbers above 0, at most 100, the smaller first"),
        ("auto_contrast", "probability", "3", "a probability, 0 to 1"),
        ("equalise", "probability", "3", "a probability, 0 to 1"),
        ("posterise", "bits", "0", "1 to 8"),
        ("solarise", "threshold", "128", "0 to 1"),
        ("blur", "sigma", "[0.0, 1.0]", "two numbers above 0, at most 100, the smaller first"),
        ("sharpness", "strength", "2", "0 to 1"),
        ("rand_augment", "operations", "0", "1 to 14"),
        ("rand_augment", "magnitude", "31", "0 to 30"),
        ("trivial_augment", "probability", "-1", "a probability, 0 to 1"),
        ("noise", "std", "2", "0 to 1"),
        ("erasing", "area", "[0.0, 2.0]", "two numbers above 0, at most 1, the smaller first"),
        ("cutout", "size", "0", "above 0 and at most 1"),
        ("mixup", "alpha", "0", "above 0 and at most 100"),
        ("cutmix", "alpha", "200", "above 0 and at most 100"),
    ] {
        let json = format!("{{\"{step}\": {{\"{key}\": {value}}}}}");
        let config: AugmentConfig = serde_json::from_str(&json).unwrap();
        let expected = format!("{step}.{key} is {value}, expected {expected}");
        assert_eq!(config.validate().unwrap_err().to_string(), expected);
    }
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
        "the augmentation preset is \"heavy\", expected none, weak, light, standard, strong"
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
