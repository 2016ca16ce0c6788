//! Runs on several devices: the same run as on one that accumulates.

use super::*;

/// Settings for updates of six batches, without running averages.
fn six_batches() -> RunConfig {
    let mut config = config();
    config.model = ModelConfig::Mlp(MlpConfig {
        hidden: vec![24, 16],
        batch_norm: false,
        ..MlpConfig::default()
    });
    config.batch_size = 16;
    config.gradients.accumulate = 6;
    config.gradients.clip_norm = Some(1.0);
    config.ema = 0.9;
    config.augment.mixup = Some(zunder::data::MixUp::default());
    config
}

fn on(n: usize) -> Vec<String> {
    vec!["flex".to_owned(); n]
}

#[test]
fn devices_are_only_the_place() {
    let (_parent, folder) = new_folder();
    let alone = train(&folder, &six_batches(), &mut Watch::default()).unwrap();
    let expected = essence(&alone);
    assert!(alone.environment().unwrap().devices.is_empty());
    for n in [2, 3] {
        let (_parent, folder) = new_folder();
        let config = RunConfig { devices: on(n), ..six_batches() };
        let several = train(&folder, &config, &mut Watch::default()).unwrap();
        assert!(essence(&several) == expected, "{n} devices");
        assert_eq!(several.environment().unwrap().devices, on(n));
        assert_eq!(Run::open(&folder).unwrap().config().devices, on(n));
    }
    // An interrupted run goes on with other devices.
    let (_parent, folder) = new_folder();
    let config = RunConfig { devices: on(3), ..six_batches() };
    let stopped = train(&folder, &config, &mut Watch::stopping_at((2, 9))).unwrap();
    assert_eq!(stopped.outcome(), Some(Outcome::Interrupted));
    let mut resumed = Run::open(&folder).unwrap();
    let change = |settings: &str| [zunder::parse_setting(settings).unwrap()];
    let error = resumed.change(&change("devices=flex,flex,flex,flex,flex,flex,flex")).unwrap_err();
    assert!(error.to_string().contains("gradients.accumulate is 6 with 7 devices"), "{error}");
    resumed.change(&change("devices=flex,flex")).unwrap();
    assert_eq!(resumed.resume(RunOptions::default()).unwrap(), Outcome::Completed);
    assert!(essence(&resumed) == expected);
    assert_eq!(resumed.config().devices, on(2));
}

/// With batch normalisation, the same bits from run to run, and after an interruption.
#[test]
fn running_averages_repeat() {
    let mut config = config();
    (config.gradients.accumulate, config.batch_size, config.devices) = (2, 32, on(2));
    let (_parent, whole) = new_folder();
    let expected = essence(&train(&whole, &config, &mut Watch::default()).unwrap());
    let (_parent, folder) = new_folder();
    train(&folder, &config, &mut Watch::stopping_at((3, 4))).unwrap();
    let mut resumed = Run::open(&folder).unwrap();
    assert_eq!(resumed.resume(RunOptions::default()).unwrap(), Outcome::Completed);
    assert!(essence(&resumed) == expected);
}
