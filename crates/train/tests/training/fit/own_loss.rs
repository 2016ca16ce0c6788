//! A loss of one's own.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor};
use zunder_train::{
    CrossEntropyConfig, FitConfig, FitContext, Fitted, Interrupt, Key, Loss, LossFunction, Targets,
    TrainError, evaluate, fit, named_tensors,
};

use super::setup::{Largest, Net, VALIDATION, config, without_times};

/// The cross-entropy, composed, and reported halved; samples of class 0 count twice over batches.
struct Own;

impl LossFunction for Own {
    fn forward(&self, scores: Tensor<2>, targets: Targets) -> Result<Tensor<1>, TrainError> {
        let shares = targets.shares(scores.dims()[1]);
        Ok(-(log_softmax(scores, 1) * shares).sum_dim(1).mean())
    }

    fn evaluated(&self, scores: Tensor<2>, targets: Targets) -> Result<Tensor<1>, TrainError> {
        Ok(self.forward(scores, targets)?.mul_scalar(0.5))
    }

    fn weight(&self, labels: &[u32], _: Option<&[f32]>) -> f64 {
        labels.iter().map(|label| if *label == 0 { 2.0 } else { 1.0 }).sum()
    }
}

fn train(config: &FitConfig, loss: Option<&dyn LossFunction>) -> Result<Fitted<Net>, TrainError> {
    let device = Device::flex();
    let context = FitContext::new(&device, Key::new(3));
    let context = match loss {
        Some(loss) => context.with_loss(loss),
        None => context,
    };
    fit(Net::new(), &Largest::default(), &VALIDATION, config, None, context)
}

#[test]
fn a_loss_of_the_configuration_is_one_like_any_other() {
    let smoothed = CrossEntropyConfig { label_smoothing: 0.1, ..CrossEntropyConfig::default() };
    let loss = Loss::CrossEntropy(smoothed);
    let expected = train(&FitConfig { loss: loss.clone(), ..config(2) }, None).unwrap();
    let fitted = train(&config(2), Some(&loss)).unwrap();
    assert_eq!(without_times(&fitted.records), without_times(&expected.records));
    assert_eq!(named_tensors(&fitted.model).unwrap(), named_tensors(&expected.model).unwrap());
    let other = train(&config(2), None).unwrap();
    assert_ne!(without_times(&other.records), without_times(&expected.records));
}

#[test]
fn an_own_loss_is_minimised_and_reported() {
    let fitted = train(&config(6), Some(&Own)).unwrap();
    let losses: Vec<f64> = fitted.records.iter().map(|record| record.train_loss).collect();
    assert!(losses[5] < 0.8 * losses[0], "{losses:?}");
    let best = &fitted.records[fitted.best_epoch.unwrap() - 1];
    assert!(best.validation_accuracy > 0.7, "{best:?}");
    let plain = |loss: &dyn LossFunction| {
        let (device, interrupt) = (Device::flex(), Interrupt::new());
        evaluate(&fitted.model, &VALIDATION, loss, &device, &interrupt).unwrap().unwrap().loss
    };
    assert_eq!(plain(&Own), best.validation_loss);
    assert!((plain(&Loss::default()) / (2.0 * best.validation_loss) - 1.0).abs() < 1e-5);
    // The same updates as the composed cross-entropy's, but another mean over the batches.
    let unweighted = train(&config(1), None).unwrap().records[0].train_loss;
    assert!((losses[0] - unweighted).abs() > 1e-6, "{} {unweighted}", losses[0]);
}

struct Refusing;

impl LossFunction for Refusing {
    fn forward(&self, scores: Tensor<2>, _: Targets) -> Result<Tensor<1>, TrainError> {
        let got = format!("{} classes", scores.dims()[1]);
        Err(TrainError::Setting { key: "loss", got, expected: "two classes" })
    }
}

#[test]
fn an_own_loss_may_refuse() {
    let error = train(&config(1), Some(&Refusing)).unwrap_err();
    assert_eq!(error.to_string(), "loss is 3 classes, expected two classes");
}
