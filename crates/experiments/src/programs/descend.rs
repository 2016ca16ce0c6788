//! Gradient descent on a function of a few numbers, with the optimiser that trains the networks.

use burn::module::{Module, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use zunder_train::{OptimizerConfig, SgdConfig, TrainError};

/// Parameters to optimise.
#[derive(Module, Debug)]
struct Weights {
    w: Param<Tensor<1>>,
}

/// [`optimize`] by gradient descent, with or without momentum.
pub(super) fn descend(
    start: &[f64],
    config: &SgdConfig,
    steps: usize,
    device: &Device,
    gradient: impl Fn(&[f64]) -> Vec<f64>,
) -> Result<Vec<Vec<f64>>, TrainError> {
    optimize(start, &OptimizerConfig::Sgd(config.clone()), steps, device, gradient)
}

/// Returns the points of the descent, the start first: `steps` updates with a constant learning
/// rate and the gradient at each point. It computes in 32 bits, as all training does, so the path
/// ends early if a value overflows.
///
/// # Errors
/// Returns [`TrainError::Setting`] if a setting is out of range, and [`TrainError::Device`] if the
/// device cannot return its numbers.
pub(super) fn optimize(
    start: &[f64],
    config: &OptimizerConfig,
    steps: usize,
    device: &Device,
    mut gradient: impl FnMut(&[f64]) -> Vec<f64>,
) -> Result<Vec<Vec<f64>>, TrainError> {
    let mut optimizer = config.init()?;
    let trained = device.clone().autodiff();
    let tensor = |values: &[f64], device: &Device| {
        let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
        let shape = [values.len()];
        Tensor::<1>::from_data(TensorData::new(values, shape), device)
    };
    let mut model = Weights { w: Param::from_tensor(tensor(start, &trained).require_grad()) };
    let mut path = vec![start.to_vec()];
    for _ in 0..steps {
        let here = &path[path.len() - 1];
        let mut gradients = GradientsParams::new();
        gradients.register(model.w.id, tensor(&gradient(here), device));
        model = optimizer.step(config.lr(), model, gradients)?;
        let values = model
            .w
            .val()
            .inner()
            .try_into_vec_as::<f32>()
            .map_err(|error| TrainError::Device(error.to_string()))?;
        if values.iter().any(|value| !value.is_finite()) {
            break;
        }
        path.push(values.into_iter().map(f64::from).collect());
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with v := mu v + g, w -= lr v, calculated by hand for the gradient 2 w.
    #[test]
    fn the_path_is_the_lecture_s_update() {
        let config = SgdConfig { lr: 0.125, momentum: 0.5, ..SgdConfig::default() };
        let path = descend(&[8.0], &config, 3, &Device::flex(), |w| vec![2.0 * w[0]]).unwrap();
        // v: 16, then 8 + 12, then 10 + 7; w: 8 - 2, 6 - 2.5, 3.5 - 2.125.
        assert_eq!(path, [[8.0], [6.0], [3.5], [1.375]]);
        assert!(
            descend(
                &[1.0],
                &SgdConfig { lr: 0.0, ..config.clone() },
                1,
                &Device::flex(),
                <[f64]>::to_vec
            )
            .is_err()
        );
        let lost = descend(&[1.0], &SgdConfig { lr: 1e20, ..config }, 50, &Device::flex(), |w| {
            vec![w[0] * 1e3]
        })
        .unwrap();
        assert!(lost.len() < 10 && lost.iter().flatten().all(|value| value.is_finite()));
    }
}
