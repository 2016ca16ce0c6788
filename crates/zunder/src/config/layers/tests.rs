//! Tests of the layers of a configuration.

use super::*;
use crate::ModelConfig;
use zunder_data::Rotation;
use zunder_train::{ClassWeights, Loss, OnNan, OptimizerConfig, Schedule, ScheduleKind};

fn config(settings: &[&str]) -> Result<RunConfig, RunError> {
    let settings: Vec<_> = settings.iter().map(|s| parse_setting(s).unwrap()).collect();
    RunConfig::from_layers(None, &settings)
}

/// Reads a configuration from a file with this text.
fn read(text: &str) -> RunConfig {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    RunConfig::from_layers(Some(file.path()), &[]).unwrap()
}

#[test]
fn a_saved_configuration_gives_the_same_one() {
    for preset in Preset::ALL {
        let config = RunConfig { seed: 9, ..RunConfig::preset(preset) };
        assert_eq!(read(&config.to_toml().unwrap()), config);
    }
}

#[test]
fn settings_lie_over_the_preset_of_their_model() {
    let linear = config(&["model.name=linear", "seed=7"]).unwrap();
    assert_eq!(linear, RunConfig { seed: 7, ..RunConfig::preset(ModelKind::Linear) });
    let grey = config(&["data.dataset=fashion-mnist"]).unwrap();
    assert_eq!(grey, Preset::Mlp.config(DatasetName::FashionMnist));
    assert_eq!(
        (grey.augment.preset_name(), config(&[]).unwrap().augment.preset_name()),
        (Some("none"), Some("weak"))
    );
    assert_eq!(
        config(&["data.dataset=mnist", "augment.preset=light"]).unwrap().augment.preset_name(),
        Some("light")
    );
    let wide = config(&["model.hidden=[64]", "optimizer.lr=0.5"]).unwrap();
    assert!(matches!(wide.model, ModelConfig::Mlp(m) if m.hidden == [64] && m.batch_norm));
    assert!(
        matches!(wide.optimizer, OptimizerConfig::Sgd(s) if s.lr == 0.5 && s.weight_decay == 5e-4)
    );
    // Another optimiser starts from its own defaults, without the settings of SGD.
    let adam = config(&["optimizer.name=adam"]).unwrap();
    assert!(
        matches!(adam.optimizer, OptimizerConfig::Adam(a) if a.lr == 0.001 && a.weight_decay == 0.0)
    );
}

#[test]
fn a_preset_lies_below_all_settings() {
    let best = config(&["epochs=7", "preset=best", "model.hidden=[64]"]).unwrap();
    let preset = RunConfig::preset(Preset::Best);
    assert!(matches!(&best.model, ModelConfig::Mlp(m) if m.hidden == [64]));
    assert_eq!(RunConfig { epochs: preset.epochs, model: preset.model.clone(), ..best }, preset);
    assert_eq!(config(&["preset=linear"]).unwrap(), config(&["model=linear"]).unwrap());
    assert_eq!(read("preset = \"best\"\nseed = 3\n"), RunConfig { seed: 3, ..preset });

    let refused = |settings: &[&str]| config(settings).unwrap_err().to_string();
    assert_eq!(
        refused(&["preset=better"]),
        "configuration: preset is \"better\", expected one of linear, mlp, quick, residual-mlp, \
         best"
    );
    assert_eq!(
        refused(&["preset=best", "model=linear"]),
        "configuration: preset best is for the model mlp, and model.name is linear"
    );
}

/// Mirror images of digits and letters have another meaning, those of clothes the same.
#[test]
fn presets_mirror_no_characters() {
    for preset in Preset::ALL {
        for (dataset, mirrored) in [("mnist", false), ("kmnist", false), ("fashion-mnist", true)] {
            let settings = [format!("preset={}", preset.name()), format!("data.dataset={dataset}")];
            let config = config(&settings.each_ref().map(String::as_str)).unwrap();
            assert_eq!((config.pool, config.tta.views()), (1, 1));
            let has_windows = preset == Preset::Best && mirrored;
            assert_eq!(
                (config.init_window < 1.0, !config.lasso.is_off()),
                (has_windows, has_windows)
            );
            let mirrored = mirrored && preset == Preset::Best;
            assert_eq!(config.augment.horizontal_flip.is_some(), mirrored, "{settings:?}");
            assert_eq!(config.augment.elastic.is_some(), preset == Preset::Best && !mirrored);
        }
    }
}

#[test]
fn a_bare_name_stands_for_its_table() {
    assert_eq!(config(&["loss=hinge"]).unwrap(), config(&["loss.name=hinge"]).unwrap());
    let smoothed = config(&[
        "loss.label_smoothing=0.1",
        "optimizer.beta_1=0.5",
        "optimizer=adam",
        "model=linear",
    ])
    .unwrap();
    assert!(matches!(smoothed.loss, Loss::CrossEntropy(c) if c.label_smoothing == 0.1));
    assert!(matches!(smoothed.optimizer, OptimizerConfig::Adam(a) if a.beta_1 == 0.5));
    assert_eq!(smoothed.model.kind(), ModelKind::Linear);
    let weights =
        |setting: &str| config(&["loss=hinge", setting]).unwrap().loss.class_weights().cloned();
    assert_eq!(weights("loss.class_weights=balanced"), Some(ClassWeights::Balanced));
    assert_eq!(weights("loss.class_weights=[1, 0.5]"), Some(ClassWeights::Values(vec![1.0, 0.5])));
    assert_eq!(read("loss = \"squared-error\"\n").loss, Loss::SquaredError {});
}

#[test]
fn a_schedule_takes_its_own_settings_and_the_warmup() {
    let step = config(&["schedule.name=step", "schedule.every=7", "schedule.warmup_epochs=2"])
        .unwrap()
        .schedule;
    let kind = ScheduleKind::Step(zunder_train::StepConfig { every: 7, ..Default::default() });
    assert_eq!(step, Schedule { warmup_epochs: 2.0, ..kind.into() });
    let milestones = config(&["schedule=multi-step", "schedule.milestones=[15, 25]"]).unwrap();
    assert!(matches!(
        &milestones.schedule.kind,
        ScheduleKind::MultiStep(m) if m.milestones.as_deref() == Some(&[15, 25])
    ));
    for schedule in ["constant", "plateau", "linear", "exponential", "cosine", "one-cycle"] {
        let config =
            config(&[&format!("schedule={schedule}"), "schedule.warmup_epochs=0.5"]).unwrap();
        assert_eq!(read(&config.to_toml().unwrap()), config);
    }
}

#[test]
fn every_optimizer_has_a_name_and_its_own_rate() {
    for (name, lr) in [
        ("sgd", 0.05),
        ("nesterov", 0.05),
        ("adagrad", 0.01),
        ("rmsprop", 0.001),
        ("adam", 0.001),
        ("adamw", 0.001),
        ("lion", 0.0001),
    ] {
        let other = if name == "sgd" { "model=linear" } else { "seed=1" };
        let config = config(&[
            &format!("optimizer={name}"),
            "gradients.clip_norm=inf",
            "ema=0.99",
            "on_nan=rollback",
            other,
        ])
        .unwrap();
        assert_eq!(config.optimizer.name(), name);
        assert!(name == "sgd" || config.optimizer.lr() == lr, "{name}");
        assert_eq!(read(&config.to_toml().unwrap()), config);
    }
    // The lecture's name of the preset's optimiser.
    let momentum = config(&["optimizer=momentum", "optimizer.momentum=0.8"]).unwrap().optimizer;
    assert!(matches!(momentum, OptimizerConfig::Sgd(s) if s.momentum == 0.8 && s.lr == 0.05));
}

#[test]
fn what_a_loss_without_a_value_does_takes_its_own_settings() {
    assert_eq!(config(&["on_nan=rollback", "on_nan.most=5"]).unwrap().on_nan.most(), 5);
    assert_eq!(config(&[]).unwrap().on_nan, OnNan::Stop {});
    check_refused("on_nan.most=2", &["most"]);
    check_refused("on_nan=panic", &["panic", "rollback"]);
}

#[test]
fn an_augmentation_starts_from_its_preset() {
    let light = RunConfig::default().augment;
    let turned = config(&["augment.rotation.degrees=20"]).unwrap().augment;
    assert_eq!(
        turned,
        AugmentConfig { rotation: Some(Rotation { degrees: 20.0, probability: 1.0 }), ..light }
    );
    let strong = config(&["augment.rotation.degrees=20", "augment.preset=strong"]).unwrap().augment;
    assert_eq!(strong, AugmentConfig { rotation: turned.rotation, ..AugmentConfig::strong() });
    assert_eq!(config(&["augment.preset=none"]).unwrap().augment, AugmentConfig::default());
    assert_eq!(config(&["augment=strong"]).unwrap().augment, AugmentConfig::strong());
    let without =
        config(&["augment=strong", "augment.erasing=false", "augment.noise=true"]).unwrap().augment;
    assert_eq!(
        without,
        AugmentConfig {
            erasing: None,
            noise: Some(zunder_data::Noise::default()),
            ..AugmentConfig::strong()
        }
    );
    assert!(
        RunConfig { augment: without.clone(), ..RunConfig::default() }
            .to_toml()
            .unwrap()
            .contains("strength = 0.3\n")
    );
    // A saved file is complete and does not depend on the model's preset.
    for augment in [AugmentConfig::default(), turned, AugmentConfig::strong()] {
        let config = RunConfig { augment, ..RunConfig::default() };
        assert_eq!(read(&config.to_toml().unwrap()), config);
    }
}

#[test]
fn settings_lie_over_a_file_too() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(
        &mut file,
        RunConfig::preset(ModelKind::Mlp).to_toml().unwrap().as_bytes(),
    )
    .unwrap();
    let over = |settings: &[&str]| {
        let settings: Vec<_> = settings.iter().map(|s| parse_setting(s).unwrap()).collect();
        RunConfig::from_layers(Some(file.path()), &settings).unwrap()
    };
    assert!(matches!(
        over(&["optimizer.beta_1=0.5", "optimizer.name=adam"]).optimizer,
        OptimizerConfig::Adam(a) if a.beta_1 == 0.5 && a.lr == 0.001
    ));
    assert!(matches!(
        over(&["optimizer.lr=0.5"]).optimizer,
        OptimizerConfig::Sgd(s) if s.lr == 0.5 && s.weight_decay == 5e-4
    ));
    // Another model over a file keeps the other settings of the file.
    let linear = over(&["model.name=linear"]);
    assert_eq!((linear.model.kind(), linear.epochs), (ModelKind::Linear, 30));
}

#[test]
fn a_residual_network_takes_its_own_settings() {
    let settings = [
        "model.width=64",
        "model.norm=batch",
        "model.activation=leaky-relu",
        "model.initializer=normal",
        "model=residual-mlp",
    ];
    let ModelConfig::ResidualMlp(model) = config(&settings).unwrap().model else {
        panic!("another model")
    };
    assert_eq!((model.width, model.depth, model.norm), (64, 4, zunder_models::Norm::Batch));
    assert_eq!(model.activation, zunder_models::Activation::LeakyRelu);
    assert_eq!(model.initializer, Some(zunder_models::Initializer::Normal));
    for (setting, part) in [
        ("model.depth=0", "depth is 0, expected 1 to 1000"),
        ("model.hidden=[3]", "hidden"),
        ("model.norm=group", "group"),
    ] {
        let message = config(&["model=residual-mlp", setting]).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
}

#[track_caller]
fn check_refused(setting: &str, parts: &[&str]) {
    let message = config(&[setting]).unwrap_err().to_string();
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    assert!(!message.contains('\n'), "{message}");
}

/// `device` and `devices` replace each other; the first of several keeps the weights.
#[test]
fn the_last_choice_of_devices_counts() {
    let chosen = |settings: &[&str]| {
        let two = ["gradients.accumulate=2"];
        let config = config(&[&two, settings].concat()).unwrap();
        (config.device.clone(), config.device_names())
    };
    let of = |device: &str, names: &str| (device.to_owned(), names.to_owned());
    let several = of("ndarray", "ndarray, flex");
    assert_eq!(chosen(&["devices=ndarray, flex"]), several);
    assert_eq!(chosen(&["devices=[\"ndarray\", \"flex\"]"]), several);
    assert_eq!(chosen(&["device=flex", "devices=ndarray,flex"]), several);
    assert_eq!(chosen(&["devices=ndarray,flex", "device=flex"]), of("flex", "flex"));
    for one in ["devices=[\"ndarray\"]", "devices=ndarray"] {
        assert_eq!(chosen(&["devices=flex,flex", one]), of("ndarray", "ndarray"));
    }
    assert_eq!(chosen(&["device=ndarray", "devices=[]"]), of("ndarray", "ndarray"));
    let saved = read("device = \"a\"\ndevices = [\"a\", \"b\"]\n[gradients]\naccumulate = 3\n");
    assert_eq!(saved.device_names(), "a, b");
    assert_eq!(read(&saved.to_toml().unwrap()), saved);
}

#[test]
fn each_device_needs_a_batch_and_the_first_keeps_the_weights() {
    check_refused(
        "devices=flex,flex",
        &["gradients.accumulate is 1 with 2 devices, expected 2 or more: each device computes a \
             batch of an update; batch_size 128 then keeps 256 images an update"],
    );
    check_refused("devices=[1, 2]", &["devices", "expected a string"]);
    let mut config = config(&["gradients.accumulate=3", "devices=flex,flex,flex"]).unwrap();
    config.device = "wgpu".to_owned();
    let message = config.validate().unwrap_err().to_string();
    assert_eq!(
        message,
        "configuration: devices begins with \"flex\" and device is \"wgpu\", expected the same \
         device, or one of the two settings"
    );
}

#[test]
fn bad_keys_and_values_are_refused_with_their_name() {
    check_refused("epoch=3", &["epoch", "epochs"]);
    check_refused("optimizer.lrr=3", &["lrr", "momentum"]);
    check_refused("optimizer.lr=-3", &["optimizer.lr is -3", "above 0"]);
    check_refused("optimizer.name=adamm", &["adamm", "adam"]);
    check_refused("optimizer.beta_1=0.5", &["beta_1"]);
    check_refused("optimizer=adamm", &["adamm", "nesterov", "lion"]);
    check_refused("optimizer.decoupled=3", &["optimizer"]);
    check_refused("ema=1", &["ema is 1", "0 <= ema < 1"]);
    check_refused("gradients.clip_norm=0", &["gradients.clip_norm is 0", "above 0"]);
    check_refused("gradients.clip_value=-1", &["gradients.clip_value is -1", "above 0"]);
    check_refused("gradients.accumulate=0", &["gradients.accumulate is 0", "1 to 10000"]);
    check_refused("gradients.norm=1", &["norm", "clip_norm"]);
    check_refused("loss=huber", &["huber", "squared-error"]);
    check_refused("loss.margin=2", &["margin", "label_smoothing"]);
    check_refused("loss.label_smoothing=1", &["loss.label_smoothing is 1", "0 <= e < 1"]);
    check_refused("loss.class_weights=heavy", &["heavy", "none, balanced, or a list"]);
    check_refused(
        "loss.class_weights=[1,-1]",
        &["loss.class_weights", "-1", "0.000001 to 1000000"],
    );
    check_refused("loss=3", &["loss"]);
    check_refused("schedule.name=cyclic", &["cyclic", "one-cycle"]);
    check_refused("schedule.milestones=3", &["milestones"]);
    check_refused("schedule.foo=1", &["foo", "end_factor"]);
    check_refused("schedule.warmup_epochs=-1", &["schedule.warmup_epochs is -1"]);
    check_refused("model.name=cnn", &["cnn", "linear, mlp, residual-mlp"]);
    check_refused("model.dropout=1", &["dropout is 1"]);
    check_refused(
        "model.activation=step",
        &["activation is step", "its derivative is 0", "logistic, tanh, relu"],
    );
    check_refused("model.activation=sine", &["sine", "leaky-relu"]);
    check_refused("model.initializer=ones", &["ones", "zeros"]);
    check_refused("model.width=8", &["model.width", "residual-mlp"]);
    check_refused("epochs=many", &["many"]);
    check_refused("epochs=0", &["epochs is 0"]);
    check_refused("batch_size=1", &["batch_size is 1"]);
    check_refused("data.validation=1.5", &["data.validation is 1.5"]);
    check_refused("data.dataset=imagenet", &["imagenet", "cifar10"]);
    check_refused(
        "augment.horizontal_flip.probability=2",
        &["horizontal_flip.probability is 2", "0 to 1"],
    );
    check_refused("augment.rotation.angle=2", &["angle", "degrees"]);
    check_refused("augment.spin.degrees=2", &["spin", "rotation"]);
    check_refused("augment.preset=heavy", &["heavy", "strong"]);
    check_refused("augment.preset=7", &["augment.preset is 7", "strong"]);
    check_refused("augment=heavy", &["augment.preset is \"heavy\"", "strong"]);
    check_refused("augment.rotation=5", &["expected a table", "augment.rotation"]);
    check_refused("augment.crop.padding=-1", &["expected a whole number", "crop.padding"]);
    check_refused("augment.rotation.degrees=500", &["augment.rotation.degrees is 500"]);
    check_refused("seed.x=2", &["seed"]);
    check_refused("seed=-1", &["-1"]);
    check_refused("epochs=9000000000000000000", &["epochs is 9000000000000000000"]);
    check_refused("model.hidden=[2000000,2000000]", &["[2000000, 2000000]", "268435456"]);
    check_refused("optimizer.lr=1e-50", &["optimizer.lr is"]);
    assert!(parse_setting("epochs").is_err() && parse_setting("=3").is_err());
}

/// Nested tables are built, merged and dropped recursively, so the depth of a path is limited.
#[test]
fn a_setting_has_one_line_and_few_parts() {
    let deep = |parts: usize| parse_setting(&format!("{}=1", vec!["a"; parts].join(".")));
    assert_eq!(deep(8).unwrap().0.len(), 8);
    for parts in [9, 100_000] {
        let message = format!("--set: a key has {parts} parts, expected at most 8");
        assert_eq!(deep(parts).unwrap_err().to_string(), message);
    }
    // A second line would be another setting, and would be ignored.
    assert_eq!(parse_setting("epochs=1\nseed=5").unwrap().1.as_str(), Some("1\nseed=5"));
    assert_eq!(parse_setting("epochs=1 # few").unwrap().1.as_integer(), Some(1));
}
