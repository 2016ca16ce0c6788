//! Compares activations and the residual network with PyTorch's numbers, computed by
//! goldens/make.py.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use serde::Deserialize;
use zunder_models::{Activation, Key, ResidualMlp, ResidualMlpConfig};

#[derive(Deserialize)]
struct Points {
    x: Vec<f32>,
    y: Vec<f32>,
    derivative: Vec<f32>,
}

#[track_caller]
fn check_close(what: &str, got: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (got, expected) in got.iter().zip(expected) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs().max(1.0),
            "{what}: {got}, expected {expected}"
        );
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.try_into_vec_as().unwrap()
}

#[test]
fn activations_and_their_derivatives() {
    let goldens: BTreeMap<String, Points> =
        serde_json::from_str(include_str!("../goldens/activations.json")).unwrap();
    assert_eq!(goldens.len(), Activation::ALL.len());
    for activation in Activation::ALL {
        let name = activation.name();
        let points = &goldens[name];
        let x = Tensor::<1>::from_floats(points.x.as_slice(), &Device::flex().autodiff())
            .require_grad();
        let y = activation.forward(x.clone());
        check_close(name, &values(y.clone()), &points.y, 1e-6);
        if activation.check_trainable().is_ok() {
            check_close(
                name,
                &values(x.grad(&y.sum().backward()).unwrap()),
                &points.derivative,
                2e-6,
            );
        }
    }
}

#[derive(Deserialize)]
struct Case {
    config: ResidualMlpConfig,
    tensors: BTreeMap<String, Named>,
    input: Vec<f32>,
    scores_in_use: Vec<f32>,
    scores_in_training: Vec<f32>,
    gradient_of_scores: Vec<f32>,
    gradient_of_input: Vec<f32>,
    gradients: BTreeMap<String, Vec<f32>>,
}

#[derive(Deserialize)]
struct Named {
    shape: Vec<usize>,
    values: Vec<f32>,
}

/// Returns PyTorch's name of the tensor at a path.
fn pytorch_name(path: &[String]) -> String {
    let parts: Vec<&str> =
        path.iter().map(String::as_str).filter(|part| !["Layer", "Batch"].contains(part)).collect();
    let name = parts.join(".");
    name.replace("gamma", "weight").replace("beta", "bias").replace("slope", "weight")
}

/// PyTorch stores matrices transposed.
fn transposed<const D: usize>(tensor: Tensor<D>) -> Tensor<D> {
    if D == 2 { tensor.transpose() } else { tensor }
}

/// Loads the tensors of a case into a model.
struct Load<'a> {
    path: Vec<String>,
    tensors: &'a BTreeMap<String, Named>,
    loaded: usize,
}

impl ModuleMapper for Load<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = pytorch_name(&self.path);
        let found =
            self.tensors.get(&name).unwrap_or_else(|| panic!("PyTorch's model has no {name}"));
        self.loaded += 1;
        let (id, tensor, mapper) = param.consume();
        let loaded = Tensor::from_data(
            TensorData::new(found.values.clone(), found.shape.clone()),
            &tensor.device(),
        );
        let loaded = transposed(loaded);
        assert_eq!(loaded.dims(), tensor.dims(), "{name}");
        Param::from_mapped_value(id, loaded, mapper)
    }
}

/// Compares the gradients of a model with those of a case.
struct Compare<'a> {
    path: Vec<String>,
    gradients: &'a Gradients,
    expected: &'a BTreeMap<String, Vec<f32>>,
    compared: usize,
}

impl ModuleVisitor for Compare<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let name = pytorch_name(&self.path);
        if let Some(expected) = self.expected.get(&name) {
            let gradient = param
                .val()
                .grad(self.gradients)
                .unwrap_or_else(|| panic!("{name} has no gradient"));
            check_close(&name, &values(transposed(gradient)), expected, 1e-5);
            self.compared += 1;
        }
    }
}

fn model(case: &Case, device: &Device) -> ResidualMlp {
    let mut load = Load { path: Vec::new(), tensors: &case.tensors, loaded: 0 };
    let model = case.config.init(5, 3, Key::new(1), device).unwrap().map(&mut load);
    assert_eq!(load.loaded, case.tensors.len());
    model
}

#[test]
fn a_residual_network_and_its_gradients() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../goldens/residual_mlp.json")).unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let device = Device::flex();
        let x = Tensor::<2>::from_data(TensorData::new(case.input.clone(), [6, 5]), &device);
        check_close(
            "scores in use",
            &values(model(&case, &device).forward(x.clone())),
            &case.scores_in_use,
            1e-5,
        );

        let device = device.autodiff();
        let model = model(&case, &device).train();
        let x = Tensor::from_data(x.into_data(), &device).require_grad();
        let scores = model.forward_training(x.clone(), Key::new(1));
        check_close(
            "scores in training",
            &values(scores.clone().inner()),
            &case.scores_in_training,
            1e-5,
        );
        let weights = Tensor::from_data(TensorData::new(case.gradient_of_scores, [6, 3]), &device);
        let gradients = (scores * weights).sum().backward();
        check_close("input", &values(x.grad(&gradients).unwrap()), &case.gradient_of_input, 1e-5);
        let mut compare = Compare {
            path: Vec::new(),
            gradients: &gradients,
            expected: &case.gradients,
            compared: 0,
        };
        model.visit(&mut compare);
        assert_eq!(compare.compared, case.gradients.len());
    }
}
