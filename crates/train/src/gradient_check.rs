//! Checks the gradients of a model against finite differences.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use zunder_random::Key;

use crate::evaluate::{host_mean, host_values};
use crate::parameters::{collect, restore};
use crate::{Classifier, Loss, NamedTensor, Targets, TrainError};

/// How well the gradient of a parameter tensor agrees with finite differences.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GradientError {
    /// Name of the tensor, as in a checkpoint.
    pub tensor: String,
    /// Largest difference between the directional derivative by the gradient and by finite
    /// differences, relative to the norm of the gradient: about 0 for a correct gradient, 1 if one
    /// of them is zero and the other is not.
    pub error: f64,
}

/// Step lengths in both directions: large compared with the rounding of single precision, small
/// compared with the curvature of a loss. A kink rarely lies within both steps, so the better
/// agreement is used.
const STEPS: [f64; 2] = [4e-3, 5e-4];
/// Share of the whole gradient's norm that a tensor's gradient is assumed to have at least: for
/// shorter ones, the differences are rounding errors.
const SHORT: f64 = 0.05;

/// Compares the gradient of each parameter tensor with central differences of the loss, `(L(w + h
/// d) - L(w - h d)) / 2h`, in two directions d of length 1: that of the gradient, and a random one.
/// The forward pass is that of training. `key` determines its random draws, so that dropout masks
/// are the same each time; batch normalisation uses the statistics of the batch.
///
/// For small models: needs eight forward passes per tensor. The error of a correct gradient is
/// about 0.001, because of single precision and the kinks of ReLU and hinge loss.
///
/// # Errors
/// Returns [`TrainError::Label`] for a label without a score, [`TrainError::Setting`] for a loss
/// that does not support the number of classes, and [`TrainError::Device`] if the device fails.
pub fn gradient_errors<M: Classifier>(
    model: &M,
    input: &M::Input,
    labels: &[u32],
    loss: &Loss,
    key: Key,
    device: &Device,
) -> Result<Vec<GradientError>, TrainError>
where
    M::Input: Clone,
{
    let device = device.clone().autodiff();
    let forward = |model: &M| {
        let scores = model.scores_training(input.clone(), key);
        let targets = Targets::new(labels, None, scores.dims()[1], "training", &device)?;
        loss.forward(scores, targets)
    };
    let tensors = collect(model).map_err(TrainError::Device)?;
    let at = |tensors: Vec<NamedTensor>| {
        restore(model.clone(), tensors).map(Module::train).map_err(TrainError::Device)
    };
    let trained = at(tensors.clone())?;
    let gradients = GradientsParams::from_grads(forward(&trained)?.backward(), &trained);
    let mut found = Found { gradients, path: Vec::new(), by_name: BTreeMap::new(), error: None };
    trained.visit(&mut found);
    if let Some(error) = found.error {
        return Err(error);
    }
    let whole =
        length(&found.by_name.values().flatten().map(|g| f64::from(*g)).collect::<Vec<_>>());
    let mut errors = Vec::new();
    for (i, tensor) in tensors.iter().enumerate() {
        let Some(gradient) = found.by_name.get(&tensor.name) else { continue };
        let gradient: Vec<f64> = gradient.iter().map(|g| f64::from(*g)).collect();
        let size = length(&gradient);
        let mut rng = key.named("direction").at(i as u64).rng();
        let random: Vec<f64> =
            gradient.iter().map(|_| if rng.f64() < 0.5 { -1.0 } else { 1.0 }).collect();
        let mut worst: f64 = 0.0;
        for direction in [&gradient, &random] {
            let long = length(direction);
            if long == 0.0 {
                continue;
            }
            let moved = |step: f64| {
                let mut tensors = tensors.clone();
                let place = tensors[i].values.iter_mut().zip(direction);
                place.for_each(|(value, d)| *value = (f64::from(*value) + step * d / long) as f32);
                host_mean(forward(&at(tensors)?)?.inner())
            };
            let derivative = gradient.iter().zip(direction).map(|(g, d)| g * d / long).sum::<f64>();
            let mut least = f64::INFINITY;
            for step in STEPS {
                let difference = (moved(step)? - moved(-step)?) / (2.0 * step);
                // `min` of a number and NaN is the number.
                least = least.min(
                    (difference - derivative).abs()
                        / size.max(SHORT * whole).max(f64::MIN_POSITIVE),
                );
            }
            worst = worst.max(least);
        }
        errors.push(GradientError { tensor: tensor.name.clone(), error: worst });
    }
    Ok(errors)
}

fn length(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// Collects the gradients of a module by the names of its parameters; zeros for a parameter without
/// a gradient.
struct Found {
    gradients: GradientsParams,
    path: Vec<String>,
    by_name: BTreeMap<String, Vec<f32>>,
    error: Option<TrainError>,
}

impl ModuleVisitor for Found {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        if !tensor.is_require_grad() {
            return;
        }
        let values = match self.gradients.remove::<D>(param.id) {
            Some(gradient) => host_values(gradient),
            None => Ok(vec![0.0; tensor.dims().iter().product()]),
        };
        match values {
            Ok(values) => drop(self.by_name.insert(self.path.join("."), values)),
            Err(error) => self.error = Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::module::Module;

    /// A model of two layers without a bias, whose first gradient can be made wrong or be removed.
    #[derive(Module, Debug)]
    struct Two {
        first: Param<Tensor<2>>,
        second: Param<Tensor<2>>,
        #[module(skip)]
        fault: u8,
    }

    impl Classifier for Two {
        type Input = Tensor<2>;

        fn scores(&self, input: Tensor<2>) -> Tensor<2> {
            let hidden = input.matmul(self.first.val());
            let hidden = match self.fault {
                0 => hidden,
                1 => hidden.detach(),
                // The same value with twice the gradient.
                _ => hidden.clone().mul_scalar(2.0) - hidden.detach(),
            };
            hidden.tanh().matmul(self.second.val())
        }
    }

    fn errors(fault: u8) -> Vec<f64> {
        let device = Device::flex();
        let tensor = |shape: [usize; 2], seed: u64| {
            let mut rng = Key::new(seed).rng();
            let values: Vec<f32> =
                (0..shape[0] * shape[1]).map(|_| (2.0 * rng.f64() - 1.0) as f32).collect();
            Tensor::<2>::from_data(burn::tensor::TensorData::new(values, shape), &device)
        };
        let model = Two {
            first: Param::from_tensor(tensor([4, 5], 1)),
            second: Param::from_tensor(tensor([5, 3], 2)),
            fault,
        };
        let input = Tensor::from_data(tensor([6, 4], 3).into_data(), &device.clone().autodiff());
        let errors = gradient_errors(
            &model,
            &input,
            &[0, 1, 2, 0, 1, 2],
            &Loss::default(),
            Key::new(4),
            &device,
        )
        .unwrap();
        assert_eq!(
            errors.iter().map(|e| e.tensor.as_str()).collect::<Vec<_>>(),
            ["first", "second"]
        );
        errors.into_iter().map(|error| error.error).collect()
    }

    #[test]
    fn right_gradients_agree_and_wrong_ones_are_found() {
        assert!(errors(0).iter().all(|error| *error < 5e-3), "{:?}", errors(0));
        let lost = errors(1);
        assert!(lost[0] > 0.05 && lost[1] < 5e-3, "{lost:?}");
        let doubled = errors(2);
        assert!((doubled[0] - 0.5).abs() < 0.01 && doubled[1] < 5e-3, "{doubled:?}");
    }
}
