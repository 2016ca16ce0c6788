//! Zunder's loop as a strategy of Burn's training.

use std::path::Path;
use std::sync::Arc;

use burn::lr_scheduler::constant::ConstantLr;
use burn::optim::SgdConfig;
use burn::optim::momentum::MomentumConfig;
use burn::tensor::Device;
use burn::train::metric::LossMetric;
use burn::train::{Learner, LearningResult, SupervisedTraining};
use zunder_burn_train::{ExactMetric, FitStrategy, Key, Learnable};
use zunder_train::{
    BurnOptimizer, EarlyStoppingConfig, FitConfig, FitContext, OnNan, Outcome, RollbackConfig,
    Schedule, ScheduleKind, fit, load_weights,
};

use crate::metrics::{report, values};
use crate::setup::{
    BATCH, Log, Net, Silent, Summaries, alone, bits, error, train, train_loader, training,
    validation, validation_loader,
};

fn config() -> FitConfig {
    FitConfig { schedule: Schedule::from(ScheduleKind::Constant {}), ..FitConfig::default() }
}

fn strategy(folder: &Path) -> FitStrategy {
    FitStrategy::new(config(), BATCH, &Device::flex(), Key::new(3)).with_folder(folder)
}

type Training = SupervisedTraining<Learnable<Net>>;

/// Trains a new network by a strategy; `change` sets more of Burn's training.
fn launch(
    strategy: FitStrategy,
    change: impl FnOnce(Training) -> Training,
) -> (LearningResult<Learnable<Net>>, Arc<FitStrategy>, Log) {
    let (device, folder, log) = (Device::flex(), tempfile::tempdir().unwrap(), Log::default());
    let (model, strategy) = (Learnable::new(Net::new(&device)), Arc::new(strategy));
    let training = training(&model, folder.path(), train(&device), &log)
        .metrics(ExactMetric::all())
        .metrics((LossMetric::new(),))
        .with_training_strategy(strategy.training_strategy());
    let result = change(training).launch(FitStrategy::learner(model));
    (result, strategy, log)
}

fn sgd() -> SgdConfig {
    SgdConfig::new().with_momentum(Some(MomentumConfig::new()))
}

/// Burn's own strategy, and Zunder's with Burn's optimiser, with batch normalisation and Burn's
/// dropout.
#[test]
fn burns_strategy_and_zunders_end_in_the_same_bits() {
    let _alone = alone();
    let (device, folder, log) = (Device::flex(), tempfile::tempdir().unwrap(), Log::default());
    let model = Learnable::new(Net::new(&device.clone().autodiff()));
    let burns = training(&model, folder.path(), train(&device.clone().autodiff()), &log)
        .metrics(ExactMetric::all())
        .num_epochs(1)
        .launch(Learner::new(model, sgd().init(), ConstantLr::new(0.05)));
    assert_eq!(error(&burns), None);
    let optimizer = BurnOptimizer::new(0.05, sgd().build());
    let (zunders, strategy, other) =
        launch(strategy(folder.path()).with_optimizer(optimizer), |training| training);
    assert_eq!(error(&zunders), None);
    assert_eq!(bits(&burns.model), bits(&zunders.model));
    for part in ["train", "valid"] {
        for name in ["Exact Accuracy", "Exact Log Loss", "Exact AUROC"] {
            assert_eq!(log.value(part, 1, name), other.value(part, 1, name), "{part} {name}");
        }
    }
    // And what `fit` gives without Burn's training.
    let (train, validation) = (
        zunder::TensorBatches::flat(train_loader(false)),
        zunder::TensorBatches::flat(validation_loader()),
    );
    let optimizer = BurnOptimizer::new(0.05, sgd().build());
    let context = FitContext::new(&device, Key::new(3)).with_optimizer(optimizer);
    let config = FitConfig { epochs: 1, ..config() };
    let fitted = fit(Net::new(&device), &train, &validation, &config, None, context).unwrap();
    assert_eq!(bits(&fitted.model), bits(&zunders.model));
    let summary = strategy.summary().unwrap().unwrap();
    assert_eq!(summary.records[0].train_loss, fitted.records[0].train_loss);
}

#[test]
fn a_resumed_training_ends_in_the_same_bits() {
    let _alone = alone();
    let [straight, parts] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (whole, ..) = launch(strategy(straight.path()), |training| training.num_epochs(3));
    let (first, ..) = launch(strategy(parts.path()), |training| training.num_epochs(1));
    assert!(bits(&first.model) != bits(&whole.model));
    let (rest, strategy, log) =
        launch(strategy(parts.path()), |training| training.num_epochs(3).checkpoint(1));
    assert_eq!([error(&whole), error(&first), error(&rest)], [None, None, None]);
    assert_eq!(bits(&rest.model), bits(&whole.model));
    let summary = strategy.summary().unwrap().unwrap();
    assert_eq!((summary.records.len(), summary.outcome), (3, Outcome::Completed));
    assert!(log.last("valid", 1, "Loss").is_none() && log.last("valid", 3, "Loss").is_some());
    for file in ["checkpoint.safetensors", "best.safetensors"] {
        let read = |folder: &Path| std::fs::read(folder.join(file)).unwrap();
        assert!(!read(parts.path()).is_empty() && !read(straight.path()).is_empty());
    }
}

/// The model is that of the best epoch, and the metrics and Burn's summary have the last one.
#[test]
fn the_best_epoch_is_returned_and_stops_the_training() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let stopping = EarlyStoppingConfig { patience: Some(1), ..EarlyStoppingConfig::default() };
    // A rate so high that the validation soon stops improving.
    let optimizer = BurnOptimizer::new(3.0, SgdConfig::new().build());
    let strategy = FitStrategy::new(
        FitConfig { early_stopping: stopping, ..config() },
        BATCH,
        &Device::flex(),
        Key::new(3),
    )
    .with_folder(folder.path())
    .with_optimizer(optimizer);
    let (result, strategy, log) = launch(strategy, |training| training.num_epochs(20));
    assert_eq!(error(&result), None);
    let summary = strategy.summary().unwrap().unwrap();
    let (best, last) = (summary.best_epoch.unwrap(), summary.records.len());
    assert_eq!((summary.outcome, last), (Outcome::StoppedEarly, best + 1));
    let expected = report(&result.model);
    assert_eq!(expected.accuracy, log.value("valid", best, "Exact Accuracy"));
    assert_eq!(values(&expected)[3], log.value("valid", best, "Exact Log Loss"));
    assert_eq!(
        log.value("valid", last, "Loss") as f32,
        summary.records[last - 1].validation_loss as f32
    );
    let device = Device::flex();
    let (saved, _) =
        load_weights(&folder.path().join("best.safetensors"), Net::new(&device)).unwrap();
    assert_eq!(bits(&saved), bits(&result.model));
}

/// Burn reads the summary from files that its threads may not have written yet; here they have.
#[test]
fn burns_summary_has_the_last_epoch() {
    let _alone = alone();
    for _ in 0..5 {
        let (device, folder) = (Device::flex(), tempfile::tempdir().unwrap());
        let model = Learnable::new(Net::new(&device));
        let strategy = Arc::new(FitStrategy::new(config(), BATCH, &device, Key::new(3)));
        let summaries = Summaries::default();
        let result = model
            .supervised(folder.path(), train(&device), validation(&device))
            .metrics(ExactMetric::all())
            .metrics((LossMetric::new(),))
            .with_training_strategy(strategy.training_strategy())
            .renderer(Box::new(Silent(summaries.clone())))
            .num_epochs(2)
            .summary()
            .launch(FitStrategy::learner(model));
        assert_eq!(error(&result), None);
        let summary = summaries.0.lock().unwrap().pop().unwrap();
        for part in [summary.metrics.train, summary.metrics.valid] {
            let epochs: Vec<_> = part.iter().map(|metric| metric.entries.len()).collect();
            assert_eq!(epochs, [2; 6]);
        }
    }
}

#[test]
fn a_request_to_stop_keeps_the_last_epoch() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let (result, strategy, _) = launch(strategy(folder.path()), |training| {
        let interrupter = training.interrupter();
        interrupter.stop(Some("enough"));
        training.num_epochs(3)
    });
    assert_eq!(error(&result), None);
    assert_eq!(result.interrupted.unwrap().reason.as_deref(), Some("enough"));
    let summary = strategy.summary().unwrap().unwrap();
    assert_eq!((summary.outcome, summary.records.len()), (Outcome::Interrupted, 0));
}

#[test]
fn what_the_strategy_cannot_follow_is_refused_by_name() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let refused = |strategy: FitStrategy, change: fn(Training) -> Training, expected: &str| {
        let (result, strategy, _) = launch(strategy, change);
        let message = strategy.summary().unwrap().unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
        assert_eq!(error(&result).unwrap(), format!("Dataset error: {message}"));
        assert_eq!(bits(&result.model), bits(&Net::new(&Device::flex())));
    };
    refused(strategy(path), |t| t.grads_accumulation(2), "SupervisedTraining::grads_accumulation");
    refused(strategy(path), Training::with_default_checkpointers, "FitStrategy::with_folder");
    let on_nan = OnNan::Rollback(RollbackConfig::default());
    let rolls = FitConfig { on_nan, ..config() };
    let device = Device::flex();
    let rolls = FitStrategy::new(rolls, BATCH, &device, Key::new(3));
    refused(rolls, |t| t, "FitConfig::on_nan");
    let other = FitStrategy::new(config(), BATCH, &device, Key::new(3));
    refused(other, |t| t.checkpoint(1), "checkpoint(1) is set, but the strategy has no folder");
    let other = FitStrategy::new(config(), BATCH / 2, &device, Key::new(3));
    refused(other, |t| t, "gave 5 batches, expected 10 of 16 samples");
    refused(strategy(path), |t| t.checkpoint(1), "checkpoint.safetensors");
    launch(strategy(path), |t| t);
    refused(strategy(path), |t| t, "holds 1 epochs of another training");
    refused(strategy(path), |t| t.checkpoint(2), "has 1 epochs, expected the 2");
}

/// Batch normalisation shares its running averages among clones: a training must not change those
/// of another owner, whatever device the model is created on, and an error returns the start.
#[test]
fn a_clone_of_the_model_keeps_its_state() {
    let _alone = alone();
    let device = Device::flex();
    for on in [device.clone(), device.clone().autodiff()] {
        let (folder, log) = (tempfile::tempdir().unwrap(), Log::default());
        let model = Learnable::new(Net::new(&on));
        let (copy, before) = (model.clone(), bits(&model));
        // The second epoch fails.
        let data = train(&device).map(|mut batch| {
            batch.labels[0] = if batch.key == second_epoch() { 11 } else { batch.labels[0] };
            batch
        });
        let strategy = Arc::new(FitStrategy::new(config(), BATCH, &device, Key::new(3)));
        let result = training(&model, folder.path(), data, &log)
            .metrics(ExactMetric::all())
            .with_training_strategy(strategy.training_strategy())
            .num_epochs(3)
            .launch(FitStrategy::learner(model));
        let message = error(&result).unwrap();
        assert!(message.contains("a training image has the label 11"), "{message}");
        assert!(log.value("valid", 1, "Exact Accuracy").is_finite());
        assert_eq!(bits(&copy), before);
        assert_eq!(bits(&result.model), before);
    }
}

/// The key of the first step of the second epoch.
fn second_epoch() -> Key {
    Key::new(3).named("step").at(2).at(1)
}
