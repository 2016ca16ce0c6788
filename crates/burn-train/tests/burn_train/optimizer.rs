//! Optimisers and schedules of Zunder's configuration under Burn's learner.

use std::sync::Arc;

use burn::lr_scheduler::LrScheduler;
use burn::tensor::Device;
use burn::train::Learner;
use zunder_burn_train::{FitStrategy, Key, Learnable, UpdateRates, burn_optimizer};
use zunder_train::{
    AdamConfig, AdamWConfig, FitConfig, LionConfig, OptimizerConfig, PlateauConfig, Schedule,
    ScheduleKind, SgdConfig, tensors,
};

use crate::setup::{BATCH, Log, Net, alone, error, train, training};

/// The largest difference between the parameters of two models.
fn distance(a: &Learnable<Net>, b: &Learnable<Net>) -> f32 {
    let values = |model: &Learnable<Net>| -> Vec<f32> {
        tensors(model).unwrap().into_iter().flat_map(|tensor| tensor.values).collect()
    };
    values(a).iter().zip(values(b)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// The rules of both libraries differ in their rounding only.
#[test]
fn burns_learner_follows_the_configuration() {
    let _alone = alone();
    let (device, epochs) = (Device::flex(), 1);
    let sgd = SgdConfig { lr: 0.05, weight_decay: 0.3, ..SgdConfig::default() };
    let adam = AdamConfig { lr: 0.002, weight_decay: 0.3, ..AdamConfig::default() };
    let adamw = AdamWConfig { lr: 0.002, weight_decay: 0.3, ..AdamWConfig::default() };
    for optimizer in [
        OptimizerConfig::Sgd(sgd.clone()),
        OptimizerConfig::Sgd(SgdConfig { decay_all: true, ..sgd.clone() }),
        OptimizerConfig::Nesterov(sgd),
        OptimizerConfig::Adam(adam),
        OptimizerConfig::AdamW(adamw),
    ] {
        let (folder, log, config) =
            (tempfile::tempdir().unwrap(), Log::default(), FitConfig::default());
        let model = Learnable::new(Net::new(&device));
        let start = model.clone();
        let rule = burn_optimizer(&optimizer, &model).unwrap();
        let rates = UpdateRates::new(&config.schedule, optimizer.lr(), 5, epochs).unwrap();
        let learner = training(&model, folder.path(), train(&device), &log)
            .num_epochs(epochs)
            .launch(Learner::new(model, rule, rates));
        let strategy = FitStrategy::new(
            FitConfig { optimizer: optimizer.clone(), ..config },
            BATCH,
            &device,
            Key::new(3),
        );
        let (strategy, model) = (Arc::new(strategy), Learnable::new(Net::new(&device)));
        let zunder = training(&model, folder.path(), train(&device), &log)
            .with_training_strategy(strategy.training_strategy())
            .num_epochs(epochs)
            .launch(FitStrategy::learner(model));
        assert_eq!([error(&learner), error(&zunder)], [None, None]);
        let (apart, moved) =
            (distance(&learner.model, &zunder.model), distance(&learner.model, &start));
        assert!(apart < 1e-3 * moved, "{}: {apart} of {moved}", optimizer.name());
    }
}

#[test]
fn a_schedule_continues_from_its_record() {
    let schedule = Schedule::default();
    let mut rates = UpdateRates::new(&schedule, 0.1, 4, 3).unwrap();
    let all: Vec<f64> = (0..12).map(|_| rates.step()).collect();
    let expected = schedule.learning_rate(0.1, 4, 3);
    assert_eq!(all, (0..12).map(|update| expected.at(update)).collect::<Vec<_>>());
    let mut first = UpdateRates::new(&schedule, 0.1, 4, 3).unwrap();
    for _ in 0..5 {
        first.step();
    }
    let mut second = UpdateRates::new(&schedule, 0.1, 4, 3).unwrap();
    second.load_record(first.to_record());
    assert_eq!(second.step(), all[5]);
}

#[test]
fn what_burn_does_not_have_is_refused_by_name() {
    let _alone = alone();
    let model = Net::new(&Device::flex());
    let decoupled = SgdConfig { weight_decay: 0.1, decoupled: true, ..SgdConfig::default() };
    for (optimizer, expected) in [
        (OptimizerConfig::Lion(LionConfig::default()), "optimizer.name = lion"),
        (OptimizerConfig::Sgd(decoupled), "optimizer.decoupled"),
    ] {
        let error = burn_optimizer(&optimizer, &model).err().unwrap().to_string();
        assert_eq!(error, format!("Burn's learner cannot express {expected}"));
    }
    let plateau = Schedule::from(ScheduleKind::Plateau(PlateauConfig::default()));
    let error = UpdateRates::new(&plateau, 0.1, 4, 3).unwrap_err().to_string();
    assert_eq!(error, "Burn's learner cannot express schedule.name = plateau");
}
