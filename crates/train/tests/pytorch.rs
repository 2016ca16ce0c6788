//! Optimisers and the loss against PyTorch's numbers (goldens/make.py).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use burn::module::{Module, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde::Deserialize;
use zunder_train::{AdamConfig, Loss, OptimizerConfig, SgdConfig, Targets};

#[derive(Deserialize)]
struct Optimizers {
    weight: Vec<f32>,
    gradients: Vec<Vec<f32>>,
    weights_after_each_step: std::collections::BTreeMap<String, Vec<Vec<f32>>>,
}

#[derive(Module, Debug)]
struct Matrix {
    weight: Param<Tensor<2>>,
}

fn matrix(values: &[f32], device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), [3, 2]), device)
}

#[track_caller]
fn check(name: &str, config: &OptimizerConfig) {
    let goldens: Optimizers = serde_json::from_str(include_str!("goldens/optimizers.json")).unwrap();
    let device = Device::flex();
    let mut model = Matrix { weight: Param::from_tensor(matrix(&goldens.weight, &device)) }.train();
    let mut optimizer = config.init().unwrap();
    for (gradient, expected) in goldens.gradients.iter().zip(&goldens.weights_after_each_step[name]) {
        let mut gradients = GradientsParams::new();
        gradients.register(model.weight.id, matrix(gradient, &device));
        model = optimizer.step(config.lr(), model, gradients).unwrap();
        let got: Vec<f32> = model.weight.val().inner().try_into_vec_as().unwrap();
        for (got, expected) in got.iter().zip(expected) {
            assert!(
                (got - expected).abs() <= 2e-6 * expected.abs().max(1.0),
                "{name} after update {}: {got}, expected {expected}",
                optimizer.updates()
            );
        }
    }
}

#[test]
fn sgd_with_momentum_and_weight_decay() {
    check("sgd", &OptimizerConfig::Sgd(SgdConfig { lr: 0.1, momentum: 0.9, weight_decay: 0.01 }));
}

#[test]
fn plain_gradient_descent() {
    check("plain_sgd", &OptimizerConfig::Sgd(SgdConfig { lr: 0.1, momentum: 0.0, weight_decay: 0.0 }));
}

#[test]
fn adam_with_weight_decay() {
    check("adam", &OptimizerConfig::Adam(AdamConfig { lr: 0.01, weight_decay: 0.01, ..AdamConfig::default() }));
}

#[derive(Deserialize)]
struct CrossEntropy {
    scores: Vec<Vec<f32>>,
    labels: Vec<i32>,
    loss: f64,
    gradient: Vec<Vec<f64>>,
    soft_labels: Vec<Vec<f32>>,
    soft_loss: f64,
    soft_gradient: Vec<Vec<f64>>,
}

#[test]
fn cross_entropy_with_soft_labels_and_its_gradient() {
    let golden: CrossEntropy = serde_json::from_str(include_str!("goldens/cross_entropy.json")).unwrap();
    let device = Device::flex().autodiff();
    let scores = Tensor::<2>::from_data(TensorData::new(golden.scores.concat(), [5, 4]), &device).require_grad();
    let soft = Tensor::<2>::from_data(TensorData::new(golden.soft_labels.concat(), [5, 4]), &device);
    let loss = Loss::default().forward(scores.clone(), Targets::Soft(soft)).unwrap();
    let gradient: Vec<f32> = scores.grad(&loss.backward()).unwrap().try_into_vec_as().unwrap();
    assert!((f64::from(loss.into_scalar::<f32>()) - golden.soft_loss).abs() < 1e-6);
    for (got, expected) in gradient.iter().zip(golden.soft_gradient.concat()) {
        assert!((f64::from(*got) - expected).abs() < 1e-7, "{got}, expected {expected}");
    }
}

#[test]
fn cross_entropy_and_its_gradient() {
    let golden: CrossEntropy = serde_json::from_str(include_str!("goldens/cross_entropy.json")).unwrap();
    let device = Device::flex().autodiff();
    let scores = Tensor::<2>::from_data(TensorData::new(golden.scores.concat(), [5, 4]), &device).require_grad();
    let labels = Tensor::<1, Int>::from_data(TensorData::new(golden.labels, [5]), &device);
    let loss = Loss::default().forward(scores.clone(), Targets::Classes(labels)).unwrap();
    let gradient: Vec<f32> = scores.grad(&loss.backward()).unwrap().try_into_vec_as().unwrap();
    assert!((f64::from(loss.into_scalar::<f32>()) - golden.loss).abs() < 1e-6);
    for (got, expected) in gradient.iter().zip(golden.gradient.concat()) {
        assert!((f64::from(*got) - expected).abs() < 1e-7, "{got}, expected {expected}");
    }
}

#[derive(Deserialize)]
struct LossCase {
    loss: Loss,
    scores: Vec<f32>,
    labels: Option<Vec<i32>>,
    soft_labels: Option<Vec<f32>>,
    value: f64,
    gradient: Vec<f64>,
}

/// goldens/losses.py
#[test]
fn losses_and_their_gradients() {
    let cases: Vec<LossCase> = serde_json::from_str(include_str!("goldens/losses.json")).unwrap();
    assert_eq!(cases.len(), 15);
    let device = Device::flex().autodiff();
    for case in cases {
        let shape = [6, case.scores.len() / 6];
        let scores = Tensor::<2>::from_data(TensorData::new(case.scores, shape), &device).require_grad();
        let targets = match (case.labels, case.soft_labels) {
            (Some(labels), _) => Targets::Classes(Tensor::from_data(TensorData::new(labels, [6]), &device)),
            (None, Some(shares)) => Targets::Soft(Tensor::from_data(TensorData::new(shares, shape), &device)),
            (None, None) => panic!("a case without targets"),
        };
        let value = case.loss.forward(scores.clone(), targets).unwrap();
        let gradient: Vec<f32> = scores.grad(&value.backward()).unwrap().try_into_vec_as().unwrap();
        let value = f64::from(value.into_scalar::<f32>());
        assert!((value - case.value).abs() < 2e-6 * case.value.abs().max(1.0), "{:?}: {value}, expected {}", case.loss, case.value);
        for (got, expected) in gradient.iter().zip(&case.gradient) {
            assert!((f64::from(*got) - expected).abs() < 5e-7, "{:?}: {got}, expected {expected}", case.loss);
        }
    }
}
