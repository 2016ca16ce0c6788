//! Tests of optimisers and losses against PyTorch's numbers (goldens/make.py).

use burn::module::{Module, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde::Deserialize;
use zunder_train::{GradientsConfig, Loss, OptimizerConfig, Targets};

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
        (
            Tensor::from_data(weight, device),
            Tensor::from_data(TensorData::new(self.bias.clone(), [2]), device),
        )
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
            assert!(
                close,
                "{:?} after update {update}: {got}, expected {expected}",
                case.optimizer
            );
        }
    }
}

#[test]
fn optimizers_with_weight_decay_clipping_and_means_over_batches() {
    let goldens: Optimizers =
        serde_json::from_str(include_str!("../goldens/optimizers.json")).unwrap();
    assert_eq!(goldens.cases.len(), 22);
    let device = Device::flex();
    for case in &goldens.cases {
        let clipping = GradientsConfig {
            clip_value: case.clip_value,
            clip_norm: case.clip_norm,
            ..GradientsConfig::default()
        };
        let (mut layer, mut optimizer) = (
            goldens.start.layer(&device),
            case.optimizer.init().unwrap().with_clipping(&clipping).unwrap(),
        );
        let weights = case.batch_weights.clone().unwrap_or_else(|| vec![1.0]);
        for (batches, expected) in goldens.gradients.chunks(weights.len()).zip(&case.steps) {
            let mut sum = Parameters { weight: vec![0.0; 6], bias: vec![0.0; 2] };
            for (gradients, factor) in batches.iter().zip(&weights) {
                let numbers = gradients.weight.iter().chain(&gradients.bias);
                sum.weight
                    .iter_mut()
                    .chain(&mut sum.bias)
                    .zip(numbers)
                    .for_each(|(sum, g)| *sum += g * *factor as f32);
            }
            let gradients = sum.gradients(&layer, &device);
            layer = optimizer
                .step_sum(case.optimizer.lr(), layer, gradients, weights.iter().sum())
                .unwrap();
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
    let golden: CrossEntropy =
        serde_json::from_str(include_str!("../goldens/cross_entropy.json")).unwrap();
    let device = Device::flex().autodiff();
    let scores = Tensor::<2>::from_data(TensorData::new(golden.scores.concat(), [5, 4]), &device)
        .require_grad();
    let soft =
        Tensor::<2>::from_data(TensorData::new(golden.soft_labels.concat(), [5, 4]), &device);
    let loss = Loss::default().forward(scores.clone(), Targets::Soft(soft)).unwrap();
    let gradient: Vec<f32> = scores.grad(&loss.backward()).unwrap().try_into_vec_as().unwrap();
    assert!((f64::from(loss.into_scalar::<f32>()) - golden.soft_loss).abs() < 1e-6);
    for (got, expected) in gradient.iter().zip(golden.soft_gradient.concat()) {
        assert!((f64::from(*got) - expected).abs() < 1e-7, "{got}, expected {expected}");
    }
}

#[test]
fn cross_entropy_and_its_gradient() {
    let golden: CrossEntropy =
        serde_json::from_str(include_str!("../goldens/cross_entropy.json")).unwrap();
    let device = Device::flex().autodiff();
    let scores = Tensor::<2>::from_data(TensorData::new(golden.scores.concat(), [5, 4]), &device)
        .require_grad();
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
    let cases: Vec<LossCase> =
        serde_json::from_str(include_str!("../goldens/losses.json")).unwrap();
    assert_eq!(cases.len(), 17);
    let device = Device::flex().autodiff();
    for case in cases {
        let shape = [6, case.scores.len() / 6];
        let scores =
            Tensor::<2>::from_data(TensorData::new(case.scores, shape), &device).require_grad();
        let targets = match (case.labels, case.soft_labels) {
            (Some(labels), _) => {
                Targets::Classes(Tensor::from_data(TensorData::new(labels, [6]), &device))
            }
            (None, Some(shares)) => {
                Targets::Soft(Tensor::from_data(TensorData::new(shares, shape), &device))
            }
            (None, None) => panic!("a case without targets"),
        };
        let value = case.loss.forward(scores.clone(), targets).unwrap();
        let gradient: Vec<f32> = scores.grad(&value.backward()).unwrap().try_into_vec_as().unwrap();
        let value = f64::from(value.into_scalar::<f32>());
        assert!(
            (value - case.value).abs() < 2e-6 * case.value.abs().max(1.0),
            "{:?}: {value}, expected {}",
            case.loss,
            case.value
        );
        for (got, expected) in gradient.iter().zip(&case.gradient) {
            assert!(
                (f64::from(*got) - expected).abs() < 5e-7,
                "{:?}: {got}, expected {expected}",
                case.loss
            );
        }
    }
}
