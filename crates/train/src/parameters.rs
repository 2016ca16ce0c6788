//! The tensors of modules by name.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};

use crate::TrainError;
use crate::optimizer::WeightDecay;

/// A tensor of a model or an optimiser, identified by its path.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Names of the fields that lead to it, joined by dots, such as `hidden.0.linear.weight`.
    pub name: String,
    /// Shape.
    pub shape: Vec<usize>,
    /// Numbers in row-major order.
    pub values: Vec<f32>,
}

/// Returns every float tensor of a module, in the module's order: parameters and running averages.
///
/// # Errors
/// Returns [`TrainError::Device`] if the device does not return its numbers.
pub fn named_tensors<M: Module>(module: &M) -> Result<Vec<NamedTensor>, TrainError> {
    collect(module).map_err(TrainError::Device)
}

/// Returns the tensors, or the error message of the device.
///
/// Running averages have their current value only in the [`valid`](Module::valid) form of a module:
/// pass that.
pub(crate) fn collect<M: Module>(module: &M) -> Result<Vec<NamedTensor>, String> {
    let mut visitor = Collect { path: Vec::new(), tensors: Vec::new(), error: None };
    module.visit(&mut visitor);
    match visitor.error {
        Some(error) => Err(error),
        None => Ok(visitor.tensors),
    }
}

struct Collect {
    path: Vec<String>,
    tensors: Vec<NamedTensor>,
    error: Option<String>,
}

impl ModuleVisitor for Collect {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        let shape = tensor.dims().to_vec();
        match tensor.try_into_vec_as::<f32>() {
            Ok(values) => {
                self.tensors.push(NamedTensor { name: self.path.join("."), shape, values });
            }
            Err(error) => self.error = Some(error.to_string()),
        }
    }
}

/// Returns true if a parameter of this rank is a weight: matrices are; vectors are biases and
/// scales of norms, which are usually not penalised.
pub(crate) const fn is_weight(rank: usize) -> bool {
    rank >= 2
}

/// Returns the sum of squares of the numbers to which weight decay applies, in 64 bits.
pub(crate) fn sum_of_squares<M: Module>(module: &M, decay: WeightDecay) -> Result<f64, String> {
    let mut visitor = SumOfSquares { decay, sum: Ok(0.0) };
    module.visit(&mut visitor);
    visitor.sum
}

struct SumOfSquares {
    decay: WeightDecay,
    sum: Result<f64, String>,
}

impl ModuleVisitor for SumOfSquares {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        let Ok(sum) = &mut self.sum else { return };
        // Frozen parameters are not updated and therefore not penalised.
        if !self.decay.reaches(D) || !tensor.is_require_grad() {
            return;
        }
        match tensor.try_into_vec_as::<f32>() {
            Ok(values) => *sum += squares(&values),
            Err(error) => self.sum = Err(error.to_string()),
        }
    }
}

/// Returns the sum of squares in 64 bits. Takes a slice, so that it is compiled in this crate.
fn squares(values: &[f32]) -> f64 {
    values.iter().map(|v| f64::from(*v).powi(2)).sum()
}

/// Returns the module with every float tensor replaced by the one of the same name.
///
/// A missing tensor, a superfluous one, or another shape is an error with a message.
pub(crate) fn restore<M: Module>(module: M, tensors: Vec<NamedTensor>) -> Result<M, String> {
    let tensors = tensors.into_iter().map(|t| (t.name.clone(), t)).collect();
    let mut mapper = Restore { path: Vec::new(), tensors, error: None };
    let module = module.map(&mut mapper);
    match (mapper.error, mapper.tensors.keys().next()) {
        (Some(error), _) => Err(error),
        (None, Some(extra)) => {
            Err(format!("holds the tensor {extra}, which the model does not have"))
        }
        (None, None) => Ok(module),
    }
}

struct Restore {
    path: Vec<String>,
    tensors: BTreeMap<String, NamedTensor>,
    error: Option<String>,
}

impl ModuleMapper for Restore {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.join(".");
        let (id, tensor, mapper) = param.consume();
        let expected = tensor.dims();
        let tensor = match self.tensors.remove(&name) {
            Some(found) if found.shape == expected => {
                Tensor::from_data(TensorData::new(found.values, expected), &tensor.device())
            }
            Some(found) => {
                self.error.get_or_insert(format!(
                    "holds {name} with the shape {:?}, expected {expected:?}",
                    found.shape
                ));
                tensor
            }
            None => {
                self.error.get_or_insert(format!("lacks the tensor {name}"));
                tensor
            }
        };
        Param::from_mapped_value(id, tensor, mapper)
    }
}
