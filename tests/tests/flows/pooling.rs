//! Runs with average pooling in front of the network: plan, training, resumption, exports.

use zunder::data::{AugmentConfig, ImageShape, Images};
use zunder::models::MlpConfig;
use zunder::train::{LassoConfig, Outcome};
use zunder::{
    DatasetName, ModelConfig, Prediction, Run, RunConfig, RunOptions, TestTimeAugmentation,
};

use crate::watch::Watch;

fn config() -> RunConfig {
    let mlp = MlpConfig { hidden: vec![12, 7], ..MlpConfig::default() };
    let mut config = RunConfig {
        model: ModelConfig::Mlp(mlp),
        epochs: 2,
        batch_size: 32,
        threads: 1,
        tta: TestTimeAugmentation::Cross { pixels: 1, mirror: true },
        pool: 4,
        augment: AugmentConfig::light(),
        ..RunConfig::default()
    };
    (config.data.dataset, config.data.limit, config.data.validation) =
        (DatasetName::Shapes, Some(300), 0.1);
    config
}

/// Returns the predictions of a model for some images.
fn said(run: &Run) -> Vec<Prediction> {
    let shape = run.decoder().unwrap().shape;
    let pixels = (0..8 * shape.len()).map(|i| ((i * 2_654_435_761) >> 7) as u8).collect();
    run.predict(Images::new(shape, pixels, vec![0; 8], 2).unwrap()).unwrap()
}

/// Returns true if the scores are the same but for rounding.
fn close(some: &[Prediction], others: &[Prediction]) -> bool {
    let scores = |all: &[Prediction]| -> Vec<f32> {
        all.iter().flat_map(|one| one.scores.iter().copied()).collect()
    };
    let (some, others) = (scores(some), scores(others));
    some.len() == 80
        && others.len() == 80
        && some.iter().zip(&others).all(|(a, b)| (a - b).abs() < 1e-5 * b.abs().max(1.0))
}

#[test]
fn a_pooled_run_goes_on_is_tested_and_exported() {
    let dir = tempfile::tempdir().unwrap();
    let place = |name: &str| dir.path().join(name);
    let plan = Run::plan(&config(), RunOptions::default()).unwrap();
    assert_eq!(plan.shape, ImageShape { channels: 3, height: 32, width: 32 });
    assert_eq!(plan.summary.layers()[0].inputs, 3 * 8 * 8);

    let whole = Run::train_in(&place("whole"), &config(), RunOptions::default()).unwrap();
    let mut watch = Watch::stopping_at((2, 1));
    let mut stopped = Run::train_in(&place("stopped"), &config(), watch.options()).unwrap();
    assert_eq!(stopped.outcome(), Some(Outcome::Interrupted));
    stopped.resume(RunOptions::default()).unwrap();
    assert_eq!(stopped.test().unwrap(), whole.test().unwrap());
    let tested = whole.test().unwrap().unwrap();
    assert_eq!(whole.evaluate().unwrap().confusion, tested.confusion);

    // The export sees whole images, with the pooling in its first layer.
    whole.export(&place("export")).unwrap();
    let back = Run::import(&place("export"), Some(&place("back"))).unwrap();
    assert_eq!((back.config().pool, back.config().tta), (1, config().tta));
    assert!(close(&said(&back), &said(&whole)));
}

#[test]
fn pooling_that_does_not_fit_is_refused_with_what_does() {
    for (pool, expected) in [
        (0, "pool is 0, expected at least 1"),
        (3, "pool is 3, expected a divisor of the images' height 32 and width 32: 1, 2, 4, 8"),
    ] {
        let error = Run::plan(&RunConfig { pool, ..config() }, RunOptions::default()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// A training on small images can go on with larger ones. The scores are the same at first.
#[test]
fn a_run_starts_from_one_with_larger_blocks() {
    let dir = tempfile::tempdir().unwrap();
    let place = |name: &str| dir.path().join(name);
    // Without moving averages, which go on with each batch.
    let mlp = MlpConfig { hidden: vec![12], batch_norm: false, ..MlpConfig::default() };
    // Without a penalty, which sets small weights to 0 whatever the rate.
    let lasso = LassoConfig::default();
    let config = RunConfig { model: ModelConfig::Mlp(mlp), lasso, ..config() };
    let small = Run::train_in(&place("small"), &config, RunOptions::default()).unwrap();
    // So low that no weight changes.
    let still = |pool| RunConfig {
        pool,
        init_from: Some(place("small")),
        epochs: 1,
        optimizer: config.optimizer.clone().with_lr(1e-12),
        ..config.clone()
    };
    for pool in [1, 2, 4] {
        let place = place(&format!("pool-{pool}"));
        let run = Run::train_in(&place, &still(pool), RunOptions::default()).unwrap();
        assert!(close(&said(&run), &said(&small)), "pool {pool}");
    }
    // All weights of the larger first layer learn.
    let learning = RunConfig { optimizer: config.optimizer.clone(), ..still(1) };
    let learnt = Run::train_in(&place("learnt"), &learning, RunOptions::default()).unwrap();
    let first = |run: &Run| {
        let tensors = zunder::train::read_weights(&run.folder().best()).unwrap();
        tensors.into_iter().find(|tensor| tensor.name == "mlp.hidden.0.linear.weight").unwrap()
    };
    let (first, before) = (first(&learnt), first(&Run::open(&place("pool-1")).unwrap()));
    assert_eq!((&first.shape, first.shape[0]), (&before.shape, 3 * 32 * 32));
    let rows = first.values.chunks(first.shape[1]).zip(before.values.chunks(first.shape[1]));
    assert!(rows.filter(|(after, before)| after != before).count() > 3000);
    // With a penalty, the plan says that its threshold is above the folded weights.
    let lasso = LassoConfig { l1: 1e-4, ..LassoConfig::default() };
    let plan = Run::plan(&RunConfig { lasso, ..still(1) }, RunOptions::default()).unwrap();
    let remarks = plan.remarks.join("\n");
    assert!(
        remarks.contains("% of the first layer's weights, those up to 5e-3, to 0"),
        "{remarks}"
    );
    let error = Run::plan(&still(8), RunOptions::default()).unwrap_err().to_string();
    assert!(error.contains("its pool is 4, expected a multiple of 8"), "{error}");
}
