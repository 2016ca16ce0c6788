//! A loss of one's own.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use zunder_train::{
    BatchSource, CrossEntropyConfig, FitConfig, FitContext, Fitted, Interrupt, Key, LabelledBatch,
    Loss, LossFunction, SourceError, Targets, TrainError, evaluate, fit, named_tensors,
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

    fn evaluated_weight(&self, labels: &[u32], _: Option<&[f32]>) -> f64 {
        labels.len() as f64
    }
}

/// A mean in which samples of class 0 count twice, within a batch and over batches.
struct Weighted;

impl LossFunction for Weighted {
    fn forward(&self, scores: Tensor<2>, targets: Targets) -> Result<Tensor<1>, TrainError> {
        let device = scores.device();
        let shares = targets.shares(scores.dims()[1]);
        let weights = Tensor::<1>::from_floats([2.0, 1.0, 1.0], &device).unsqueeze::<2>();
        let weights = (shares.clone() * weights).sum_dim(1);
        let losses = (log_softmax(scores, 1) * shares).sum_dim(1).neg();
        Ok((losses * weights.clone()).sum() / weights.sum())
    }

    fn weight(&self, labels: &[u32], soft_labels: Option<&[f32]>) -> f64 {
        Own.weight(labels, soft_labels)
    }
}

/// The same 24 samples in batches of `size`: the first half is of class 0.
struct Samples {
    size: usize,
}

impl BatchSource for Samples {
    type Input = Tensor<2>;

    fn epoch<'a>(
        &'a self,
        _: usize,
        device: &'a Device,
    ) -> Box<dyn Iterator<Item = Result<LabelledBatch<Tensor<2>>, SourceError>> + 'a> {
        let mut rng = Key::new(1).rng();
        let values: Vec<f32> = (0..24 * 3).map(|_| rng.range(-1.0, 1.0)).collect();
        let labels: Vec<u32> = (0..24).map(|i| if i < 12 { 0 } else { i % 3 }).collect();
        Box::new((0..self.batches()).map(move |batch| {
            let rows = batch * self.size..24.min((batch + 1) * self.size);
            let shape = [rows.len(), 3];
            let data = TensorData::new(values[rows.start * 3..rows.end * 3].to_vec(), shape);
            let input = Tensor::from_data(data, device);
            Ok(LabelledBatch { input, labels: labels[rows].to_vec(), soft_labels: None })
        }))
    }

    fn batches(&self) -> usize {
        24_usize.div_ceil(self.size)
    }
}

/// The mean over the samples does not depend on how they are divided into batches.
#[test]
fn batches_change_no_weighted_mean() {
    let (device, interrupt) = (Device::flex(), Interrupt::new());
    let loss = |size| {
        let source = Samples { size };
        evaluate(&Net::new(), &source, &Weighted, &device, &interrupt).unwrap().unwrap().loss
    };
    let whole = loss(24);
    for size in [1, 5, 12, 23] {
        assert!(
            (loss(size) / whole - 1.0).abs() < 1e-5,
            "{size}: {}, expected {whole}",
            loss(size)
        );
    }
}

/// One loss per sample.
struct WithoutMean;

impl LossFunction for WithoutMean {
    fn forward(&self, scores: Tensor<2>, targets: Targets) -> Result<Tensor<1>, TrainError> {
        let shares = targets.shares(scores.dims()[1]);
        Ok((log_softmax(scores, 1) * shares).sum_dim(1).neg().squeeze_dim(1))
    }
}

#[test]
fn a_loss_that_is_no_mean_is_refused() {
    let error = train(&config(1), Some(&WithoutMean)).unwrap_err().to_string();
    assert!(error.starts_with("the loss function's result is "), "{error}");
    assert!(error.contains(" numbers, expected one number"), "{error}");
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
