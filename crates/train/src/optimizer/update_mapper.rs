//! Updates every parameter of a module, one after the other.

use burn::module::{ModuleMapper, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::FitOptimizer;
use super::clip::Clip;
use super::driver::How;
use super::magnitude::Magnitude;
use super::norms::UpdateNorms;
use super::updated::UpdatedParameter;
use crate::parameters::is_weight;

pub(super) struct UpdateMapper<'a> {
    optimizer: &'a mut FitOptimizer,
    gradients: GradientsParams,
    clip: Clip,
    rate: f64,
    measured: bool,
    /// Number of weight matrices so far.
    matrices: usize,
    path: Vec<String>,
    pub magnitudes: Vec<(String, Magnitude)>,
    pub norms: Vec<UpdateNorms>,
    pub error: Option<String>,
}

impl<'a> UpdateMapper<'a> {
    pub(super) fn new(
        optimizer: &'a mut FitOptimizer,
        gradients: GradientsParams,
        clip: Clip,
        rate: f64,
        measured: bool,
    ) -> Self {
        Self {
            optimizer,
            gradients,
            clip,
            rate,
            measured,
            matrices: 0,
            path: Vec::new(),
            magnitudes: Vec::new(),
            norms: Vec::new(),
            error: None,
        }
    }
}

impl ModuleMapper for UpdateMapper<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let path = self.path.join(".");
        let matrix = is_weight(D).then_some(self.matrices);
        self.matrices += usize::from(is_weight(D));
        let Some(gradient) = self.gradients.remove::<D>(id) else {
            if self.optimizer.has_average() {
                self.error =
                    self.optimizer.watch(&path, tensor.clone().inner()).err().or(self.error.take());
            }
            return Param::from_mapped_value(id, tensor, mapper);
        };
        let shape = tensor.dims();
        let device = gradient.device();
        let measured = self.measured && is_weight(D);
        let how = How { rate: self.rate, clip: self.clip, matrix, measured };
        let updated = match self.optimizer.update((id, &path), how, tensor.inner(), gradient) {
            Ok(UpdatedParameter { weight, magnitude, norms }) => {
                self.norms
                    .extend(norms.map(|norms| UpdateNorms { parameter: path.clone(), ..norms }));
                self.magnitudes.push((path, magnitude));
                weight
            }
            Err(error) => {
                self.error = Some(error);
                Tensor::zeros(shape, &device)
            }
        };
        Param::from_mapped_value(id, Tensor::from_inner(updated).require_grad(), mapper)
    }
}
