//! Optimisers and the loss against PyTorch's numbers (goldens/make.py).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use burn::module::{Module, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde::Deserialize;
use zunder_train::{Loss, OptimizerConfig, Targets};

#[derive(Deserialize)]
struct Optimizers {
    start: Parameters,
    gradients: Vec<Parameters>,
    cases: Vec<OptimizerCase>,
}

#[derive(Deserialize)]
struct Parameters {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

#[derive(Deserialize)]
struct OptimizerCase {
    optimizer: OptimizerConfig,
    clip_value: Option<f64>,
    clip_norm: Option<f64>,
    batch_weights: Option<Vec<f64>>,
    steps: Vec<Parameters>,
}

#[derive(Module, Debug)]
struct Layer {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

impl Parameters {
    fn tensors(&self, device: &Device) -> (Tensor<2>, Tensor<1>) {
        let weight = TensorData::new(self.weight.clone(), [3, 2]);
        (Tensor::from_data(weight, device), Tensor::from_data(TensorData::new(self.bias.clone(), [2]), device))
    }

    fn layer(&self, device: &Device) -> Layer {
        let (weight, bias) = self.tensors(device);
        Layer { weight: Param::from_tensor(weight), bias: Param::from_tensor(bias) }.train()
    }

    fn gradients(&self, layer: &Layer, device: &Device) -> GradientsParams {
        let (weight, bias) = self.tensors(device);
        let mut gradients = GradientsParams::new();
        gradients.register(layer.weight.id, weight);
        gradients.register(layer.bias.id, bias);
        gradients
    }

    #[track_caller]
    fn check(&self, layer: &Layer, case: &OptimizerCase, update: u64) {
        let weight: Vec<f32> = layer.weight.val().inner().try_into_vec_as().unwrap();
        let bias: Vec<f32> = layer.bias.val().inner().try_into_vec_as().unwrap();
        for (got, expected) in weight.iter().zip(&self.weight).chain(bias.iter().zip(&self.bias)) {
            let close = (got - expected).abs() <= 2e-6 * expected.abs().max(1.0);
            assert!(close, "{:?} after update {update}: {got}, expected {expected}", case.optimizer);
        }
    }
}

#[test]
fn optimizers_and_their_weight_decay() {
    let goldens: Optimizers = serde_json::from_str(include_str!("goldens/optimizers.json")).unwrap();
    assert_eq!(goldens.cases.len(), 22);
    let device = Device::flex();
    for case in goldens.cases.iter().filter(|case| case.clip_value.or(case.clip_norm).is_none() && case.batch_weights.is_none()) {
        let (mut layer, mut optimizer) = (goldens.start.layer(&device), case.optimizer.init().unwrap());
        for (gradients, expected) in goldens.gradients.iter().zip(&case.steps) {
            let gradients = gradients.gradients(&layer, &device);
            layer = optimizer.step(case.optimizer.lr(), layer, gradients).unwrap();
            expected.check(&layer, case, optimizer.updates());
        }
        assert_eq!(optimizer.updates() as usize, case.steps.len());
    }
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
