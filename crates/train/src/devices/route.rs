//! Moves between devices: directly, or between servers through the memory of this process.
//!
//! For two remote devices, Burn would have one server fetch the tensor from the other, by the
//! address that this process uses. The servers may not reach each other by it, and Burn waits
//! without a limit. The bytes are the same on both ways.

use burn::backend::DispatchDeviceId;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};

use crate::TrainError;
use crate::host_memory::backend;

/// Returns true if tensors of one device reach the other through this process.
fn apart(from: &Device, to: &Device) -> bool {
    let remote = DispatchDeviceId::Remote as u16;
    [from, to].iter().all(|device| backend(device) == remote) && from != to
}

/// Returns a tensor without gradients on another device.
pub(super) fn moved<const D: usize>(
    tensor: Tensor<D>,
    device: &Device,
) -> Result<Tensor<D>, TrainError> {
    if apart(&tensor.device(), device) {
        through_host(tensor, device)
    } else {
        Ok(tensor.to_device(device))
    }
}

fn through_host<const D: usize>(
    tensor: Tensor<D>,
    device: &Device,
) -> Result<Tensor<D>, TrainError> {
    let data: TensorData =
        tensor.try_into_data().map_err(|error| TrainError::Device(error.to_string()))?;
    Ok(Tensor::from_data(data, device))
}

/// Returns gradients of a model, which are on `from`, on another device.
pub(super) fn gradients<M: Module>(
    gradients: GradientsParams,
    (from, to): (&Device, &Device),
    model: &M,
) -> Result<GradientsParams, TrainError> {
    if apart(from, to) {
        gradients_through_host(gradients, to, model)
    } else {
        Ok(gradients.to_device(to, model))
    }
}

fn gradients_through_host<M: Module>(
    gradients: GradientsParams,
    to: &Device,
    model: &M,
) -> Result<GradientsParams, TrainError> {
    let mut moving =
        Gradients { from: gradients, to: GradientsParams::new(), device: to, failed: Ok(()) };
    model.visit(&mut moving);
    moving.failed.map(|()| moving.to)
}

struct Gradients<'a> {
    from: GradientsParams,
    to: GradientsParams,
    device: &'a Device,
    failed: Result<(), TrainError>,
}

impl ModuleVisitor for Gradients<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = self.from.remove::<D>(param.id) else { return };
        match through_host(gradient, self.device) {
            Ok(gradient) => self.to.register(param.id, gradient),
            Err(error) => self.failed = Err(error),
        }
    }
}

/// Returns a replica of a model, which is in its [`train`](Module::train) form on `from`, for
/// another device.
pub(super) fn replica<M: Module>(
    model: M,
    (from, to): (&Device, &Device),
) -> Result<M, TrainError> {
    if apart(from, to) {
        replica_through_host(model, to)
    } else {
        Ok(model.fork(&to.clone().autodiff()))
    }
}

fn replica_through_host<M: Module>(model: M, to: &Device) -> Result<M, TrainError> {
    let mut replica = Replica { device: to, failed: Ok(()) };
    let model = model.map(&mut replica);
    replica.failed.map(|()| model)
}

struct Replica<'a> {
    device: &'a Device,
    failed: Result<(), TrainError>,
}

impl ModuleMapper for Replica<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|old| {
            let is_trained = old.is_require_grad();
            match through_host(old.clone().inner(), self.device) {
                Ok(new) => Tensor::from_inner(new).set_require_grad(is_trained),
                Err(error) => {
                    self.failed = Err(error);
                    old
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};

    use super::*;
    use crate::parameters::collect;

    #[derive(Module, Debug)]
    struct Layers {
        linear: Linear,
        norm: BatchNorm,
    }

    /// Both ways give the same tensors; no server is needed for the way through this process.
    #[test]
    fn the_way_through_this_process_keeps_every_bit() {
        let device = Device::flex();
        let layers = Layers {
            linear: LinearConfig::new(3, 2).init(&device),
            norm: BatchNormConfig::new(2).init(&device),
        }
        .train();
        let there = replica_through_host(layers.clone(), &device).unwrap();
        let values = |layers: &Layers| collect(&layers.valid()).unwrap();
        assert_eq!(format!("{:?}", values(&there)), format!("{:?}", values(&layers)));

        let input = Tensor::<2>::ones([4, 3], &device.clone().autodiff());
        let backward = |layers: &Layers| {
            let scores = layers.linear.forward(input.clone());
            GradientsParams::from_grads(scores.powf_scalar(2.0).sum().backward(), layers)
        };
        let weight = |gradients: &GradientsParams, layers: &Layers| {
            gradients.get::<2>(layers.linear.weight.id).unwrap().try_into_vec_as::<f32>().unwrap()
        };
        let expected = weight(&backward(&layers), &layers);
        // The replica is trained, too.
        assert_eq!(weight(&backward(&there), &there), expected);
        let moved = gradients_through_host(backward(&there), &device, &there).unwrap();
        assert_eq!(weight(&moved, &there), expected);
    }
}
