//! The loop from outside: it learns, keeps the best epoch, resumes bit for bit, and says what is
//! wrong.

mod average;
mod devices;
mod divergence;
mod gradients;
mod health;
mod lasso;
mod other_epochs;
mod own_loss;
mod own_metric;
mod own_optimizer;
mod pause;
mod report_interval;
mod setup;

use std::path::Path;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};
use zunder_train::{
    Checkpoint, ClassWeights, CrossEntropyConfig, EarlyStoppingConfig, FitConfig, GradientsConfig,
    Interrupt, LassoConfig, Loss, OptimizerConfig, Outcome, PlateauConfig, ScheduleKind, SgdConfig,
    TrainError, load_weights, save_weights,
};

use setup::{Largest, NEVER, Net, bits, config, run, without_times};

#[test]
fn learns_and_returns_the_best_epoch() {
    let fitted = run(Largest::default(), &config(8), None, NEVER).unwrap();
    assert_eq!((fitted.outcome, fitted.records.len()), (Outcome::Completed, 8));
    let accuracies: Vec<f64> = fitted.records.iter().map(|r| r.validation_accuracy).collect();
    let highest = accuracies.iter().copied().fold(0.0, f64::max);
    assert!(highest > 0.9, "{accuracies:?}");
    assert_eq!(fitted.best_epoch, accuracies.iter().position(|a| *a == highest).map(|i| i + 1));
    // The model that comes back is that epoch's, not the last one's.
    let validation = setup::VALIDATION;
    let again = zunder_train::evaluate(
        &fitted.model,
        &validation,
        &config(1).loss,
        &Device::flex(),
        &Interrupt::new(),
    )
    .unwrap()
    .unwrap();
    assert_eq!(again.accuracy, highest);
    assert!((again.zero_one_loss() - (1.0 - highest)).abs() < 1e-12);
}

#[test]
fn a_resumed_training_ends_in_the_same_bits() {
    let whole = tempfile::tempdir().unwrap();
    let expected = run(Largest::default(), &config(6), Some(whole.path()), NEVER).unwrap();
    for stop in [(1, 1), (1, 8), (2, 3), (4, 8), (6, 7)] {
        let folder = tempfile::tempdir().unwrap();
        let stopped = run(Largest::default(), &config(6), Some(folder.path()), stop).unwrap();
        assert_eq!(
            (stopped.outcome, stopped.records.len()),
            (Outcome::Interrupted, stop.0 - 1),
            "{stop:?}"
        );
        let resumed = run(Largest::default(), &config(6), Some(folder.path()), NEVER).unwrap();
        assert_eq!(resumed.outcome, Outcome::Completed);
        assert_eq!(bits(&resumed.model), bits(&expected.model), "{stop:?}");
        assert_eq!(without_times(&resumed.records), without_times(&expected.records));
        assert_eq!(resumed.health, expected.health);
        let weights =
            |f: &Path| bits(&load_weights(&f.join("best.safetensors"), Net::new()).unwrap().0);
        assert_eq!(weights(folder.path()), weights(whole.path()));
    }
}

/// The same with each optimiser, means over batches (of which an epoch leaves some over), both
/// clippings, an L1 penalty and a moving average.
#[test]
fn a_resumed_training_ends_in_the_same_bits_with_everything_on() {
    for name in ["sgd", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "lion"] {
        let optimizer: OptimizerConfig =
            serde_json::from_str(&format!(r#"{{ "name": "{name}", "weight_decay": 0.01 }}"#))
                .unwrap();
        let gradients = GradientsConfig {
            clip_value: Some(0.1),
            clip_tensor_norm: Some(0.4),
            clip_norm: Some(0.5),
            accumulate: 3,
        };
        let lasso = LassoConfig { l1: 1e-3, ..LassoConfig::default() };
        let config = FitConfig { optimizer, gradients, lasso, ema: 0.9, ..config(4) };
        let whole = tempfile::tempdir().unwrap();
        let expected = run(Largest::default(), &config, Some(whole.path()), NEVER).unwrap();
        assert!(expected.records.iter().all(|r| r.ema_loss.is_some() && r.ema_accuracy.is_some()));
        for stop in [(1, 5), (2, 8), (4, 2)] {
            let folder = tempfile::tempdir().unwrap();
            run(Largest::default(), &config, Some(folder.path()), stop).unwrap();
            let resumed = run(Largest::default(), &config, Some(folder.path()), NEVER).unwrap();
            assert_eq!(bits(&resumed.model), bits(&expected.model), "{name}, {stop:?}");
            assert_eq!(
                (resumed.best_epoch, resumed.averaged),
                (expected.best_epoch, expected.averaged)
            );
            assert_eq!(without_times(&resumed.records), without_times(&expected.records));
            assert_eq!(resumed.health, expected.health);
            let file = |f: &Path| std::fs::read(f.join("best.safetensors")).unwrap();
            assert!(file(folder.path()) == file(whole.path()));
        }
    }
}

/// The penalty is nu times the sum of the squared weights (lecture 6a.3), with nu half the weight
/// decay: of the matrices, after the epoch.
#[test]
fn the_penalty_is_told_apart_from_the_data_term() {
    let sgd = SgdConfig { weight_decay: 0.02, ..SgdConfig::default() };
    let fitted = run(
        Largest::default(),
        &FitConfig { optimizer: OptimizerConfig::Sgd(sgd), ..config(1) },
        None,
        NEVER,
    )
    .unwrap();
    let squares = |w: Tensor<2>| w.square().sum().into_scalar::<f32>();
    let sum = squares(fitted.model.hidden.weight.val()) + squares(fitted.model.output.weight.val());
    assert!((fitted.records[0].penalty / (0.01 * f64::from(sum)) - 1.0).abs() < 1e-6);
    assert_eq!(run(Largest::default(), &config(1), None, NEVER).unwrap().records[0].penalty, 0.0);
    // A decoupled decay is no part of what is minimised.
    let decoupled = SgdConfig { weight_decay: 0.02, decoupled: true, ..SgdConfig::default() };
    let fitted = run(
        Largest::default(),
        &FitConfig { optimizer: OptimizerConfig::Sgd(decoupled), ..config(1) },
        None,
        NEVER,
    )
    .unwrap();
    assert_eq!(fitted.records[0].penalty, 0.0);
}

/// Whatever training minimises, validation reports the plain loss; and the mean over an epoch goes
/// by the samples' weights.
#[test]
fn every_loss_trains_and_is_validated_plainly() {
    let weights = ClassWeights::Values(vec![1.0, 2.0, 0.5]);
    for loss in [
        Loss::CrossEntropy(CrossEntropyConfig {
            label_smoothing: 0.1,
            class_weights: weights.clone(),
        }),
        Loss::Hinge { class_weights: weights },
        Loss::SquaredError {},
    ] {
        let fitted =
            run(Largest::default(), &FitConfig { loss: loss.clone(), ..config(4) }, None, NEVER)
                .unwrap();
        let last = fitted.records.last().unwrap();
        assert!(
            last.validation_accuracy > 0.7 && last.train_loss < fitted.records[0].train_loss,
            "{}: {last:?}",
            loss.name()
        );
        let best = &fitted.records[fitted.best_epoch.unwrap() - 1];
        let validation = setup::VALIDATION;
        let again = zunder_train::evaluate(
            &fitted.model,
            &validation,
            &loss.plain(),
            &Device::flex(),
            &Interrupt::new(),
        )
        .unwrap()
        .unwrap();
        assert_eq!(again.loss, best.validation_loss);
    }
    let error = run(
        Largest::default(),
        &FitConfig { loss: Loss::Logistic { class_weights: ClassWeights::None }, ..config(1) },
        None,
        NEVER,
    );
    assert!(error.unwrap_err().to_string().starts_with("loss.name is logistic for 3 classes"));
}

/// A plateau's rate follows from the epochs' records, which a checkpoint brings back to the bit.
#[test]
fn a_resumed_plateau_goes_on_with_its_rate() {
    let plateau =
        PlateauConfig { patience: 1, factor: 0.5, min_delta: 0.08, ..PlateauConfig::default() };
    let config = FitConfig { schedule: ScheduleKind::Plateau(plateau).into(), ..config(7) };
    let whole = tempfile::tempdir().unwrap();
    let expected = run(Largest::default(), &config, Some(whole.path()), NEVER).unwrap();
    let rates: Vec<f64> = expected.records.iter().map(|r| r.learning_rate).collect();
    assert!(
        rates[0] == 0.05 && rates[6] < 0.02 && rates.windows(2).any(|w| w[0] == w[1]),
        "{rates:?}"
    );
    for stop in [(3, 1), (5, 4), (7, 8)] {
        let folder = tempfile::tempdir().unwrap();
        run(Largest::default(), &config, Some(folder.path()), stop).unwrap();
        let resumed = run(Largest::default(), &config, Some(folder.path()), NEVER).unwrap();
        assert_eq!(bits(&resumed.model), bits(&expected.model), "{stop:?}");
        assert_eq!(without_times(&resumed.records), without_times(&expected.records));
        assert_eq!(resumed.health, expected.health);
    }
}

#[test]
fn patience_ends_the_training() {
    let early =
        EarlyStoppingConfig { patience: Some(2), min_delta: 0.9, ..EarlyStoppingConfig::default() };
    let fitted =
        run(Largest::default(), &FitConfig { early_stopping: early, ..config(9) }, None, NEVER)
            .unwrap();
    assert_eq!((fitted.outcome, fitted.records.len()), (Outcome::StoppedEarly, 3));
}

#[test]
fn what_cannot_be_trained_is_said() {
    let error =
        |train, config: &FitConfig| run(train, config, None, NEVER).unwrap_err().to_string();
    assert_eq!(
        error(Largest { label: Some(3), ..Largest::default() }, &config(1)),
        "a training image has the label 3, expected one of the model's 3 classes (0 to 2)"
    );
    let message = error(Largest { value: Some(f32::NAN), ..Largest::default() }, &config(1));
    assert!(
        message.starts_with("the loss is NaN at step 1 of epoch 1 (learning rate 0.05)"),
        "{message}"
    );
    assert_eq!(error(Largest::default(), &config(0)), "epochs is 0, expected 1 to 1000000");
}

#[test]
fn weights_come_back_from_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    let mut net = Net::new();
    net.hidden.weight = net.hidden.weight.map(|w| w.mul_scalar(-3.0));
    save_weights(&path, &net, "a note").unwrap();
    let (back, note) = load_weights(&path, Net::new()).unwrap();
    assert_eq!((bits(&back), note.as_str()), (bits(&net), "a note"));
    assert_ne!(bits(&back), bits(&Net::new()));
}

#[derive(Module, Debug)]
struct Other {
    hidden: Linear,
}

#[test]
fn damaged_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    run(Largest::default(), &config(1), Some(folder.path()), NEVER).unwrap();
    let (last, best) =
        (folder.path().join("last.safetensors"), folder.path().join("best.safetensors"));
    let whole = std::fs::read(&last).unwrap();
    for length in [0, 7, 8, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&last, &whole[..length]).unwrap();
        assert!(
            matches!(Checkpoint::load(&last), Err(TrainError::BadCheckpoint { .. })),
            "{length} bytes"
        );
    }
    assert!(Checkpoint::load(&best).is_err(), "weights are no checkpoint");
    assert!(matches!(Checkpoint::load(&folder.path().join("none")), Err(TrainError::Io { .. })));
    // A model with another shape, and one with other tensors.
    let other = Other { hidden: LinearConfig::new(4, 16).init(&Device::flex()) };
    let message = load_weights(&best, other).unwrap_err().to_string();
    assert!(
        message.contains("hidden.weight with the shape [3, 16], expected [4, 16]"),
        "{message}"
    );
    let other = Other { hidden: LinearConfig::new(3, 16).init(&Device::flex()) };
    let message = load_weights(&best, other).unwrap_err().to_string();
    assert!(
        message.contains("holds the tensor norm.beta, which the model does not have"),
        "{message}"
    );
}
