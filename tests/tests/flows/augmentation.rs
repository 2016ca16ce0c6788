//! Augmentation in a run: mixing and soft labels in training, and the preview of the augmented
//! images.

use std::path::Path;

use zunder::data::{AugmentConfig, CutMix, MixUp};
use zunder::models::MlpConfig;
use zunder::train::Outcome;
use zunder::{
    DatasetName, ModelConfig, ModelKind, PreviewConfig, Run, RunConfig, RunOptions, preview,
};

use crate::watch::Watch;

fn config(augment: AugmentConfig) -> RunConfig {
    let mut config = RunConfig::preset(ModelKind::Mlp);
    config.model = ModelConfig::Mlp(MlpConfig { hidden: vec![24], ..MlpConfig::default() });
    config.data.dataset = DatasetName::Shapes;
    config.data.limit = Some(320);
    config.data.validation = 0.02;
    config.epochs = 2;
    config.batch_size = 32;
    config.augment = augment;
    config
}

fn everything() -> AugmentConfig {
    let mixup = Some(MixUp { alpha: 1.0, probability: 0.5 });
    AugmentConfig { mixup, cutmix: Some(CutMix::default()), ..AugmentConfig::every_step() }
}

fn weights(folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join("best/model.safetensors")).unwrap()
}

/// With all augmentation steps, including mixing: a run that is interrupted and resumed on another
/// number of threads ends with the same bits.
#[test]
fn a_run_with_every_step_resumes_to_the_same_bits() {
    let parent = tempfile::tempdir().unwrap();
    let (straight, broken) = (parent.path().join("straight"), parent.path().join("broken"));
    let config = RunConfig { threads: 2, ..config(everything()) };
    let run = Run::train_in(&straight, &config, RunOptions::default()).unwrap();
    assert!(run.epochs().unwrap().iter().all(|epoch| epoch.train_loss.is_finite()));

    let mut run = Run::train_in(&broken, &config, Watch::stopping_at((2, 3)).options()).unwrap();
    assert_eq!(run.outcome(), Some(Outcome::Interrupted));
    run.compute_on(None, Some(1), None).unwrap();
    assert_eq!(run.resume(RunOptions::default()).unwrap(), Outcome::Completed);
    assert_eq!(weights(&straight), weights(&broken));
}

/// A batch of one class only, or with a share of it, costs less than chance; mixed labels cost at
/// least their entropy. So mixing must raise the training loss.
#[test]
fn mixed_labels_reach_the_loss() {
    let parent = tempfile::tempdir().unwrap();
    let loss = |name: &str, augment| {
        let mut config = config(augment);
        config.epochs = 6;
        let run = Run::train_in(&parent.path().join(name), &config, RunOptions::default()).unwrap();
        run.epochs().unwrap().last().unwrap().train_loss
    };
    let plain = loss("plain", AugmentConfig::default());
    let mixed = loss(
        "mixed",
        AugmentConfig {
            mixup: Some(MixUp { alpha: 8.0, probability: 1.0 }),
            ..AugmentConfig::default()
        },
    );
    assert!(mixed > plain + 0.2, "{mixed} and {plain}");
}

#[test]
fn a_preview_shows_originals_and_draws() {
    let show = PreviewConfig { images: 3, draws: 2, each: false };
    let light = preview(&config(AugmentConfig::light()), show).unwrap();
    assert_eq!(light.sheet.columns, ["original", "epoch 1", "epoch 2"]);
    let captions: Vec<&str> = light.sheet.rows.iter().map(|row| &*row.caption).collect();
    assert_eq!(captions, ["circle", "ring", "crescent"]);
    for row in &light.sheet.rows {
        assert_eq!(row.pictures.len(), 3);
        assert_ne!(row.pictures[1], row.pictures[2]);
    }
    let none = preview(&config(AugmentConfig::default()), show).unwrap();
    for row in &none.sheet.rows {
        assert!(
            row.pictures.iter().all(|picture| *picture == row.pictures[0]),
            "standardised and back is the same"
        );
    }
    let each = preview(&config(AugmentConfig::every_step()), PreviewConfig { each: true, ..show })
        .unwrap();
    let captions: Vec<String> =
        each.sheet.rows.iter().map(|row| row.caption.replace(' ', "_")).collect();
    assert_eq!(captions, AugmentConfig::STEPS);
    assert_eq!(each.sheet.rows[6].details, "degrees 15");
    assert!(
        each.sheet
            .rows
            .iter()
            .all(|row| row.pictures[0] != row.pictures[1] || row.pictures[0] != row.pictures[2])
    );
    let refused = preview(&config(AugmentConfig::light()), PreviewConfig { images: 0, ..show })
        .unwrap_err()
        .to_string();
    assert!(refused.contains("images is 0, expected 1 to 1000"), "{refused}");
}
