//! The update of one parameter by an optimiser of Burn.

use burn::tensor::Tensor;

use super::average::Average;
use super::clip::Clip;
use super::magnitude::Magnitude;
use super::norms::on_device;
use super::updated::UpdatedParameter;

/// Updates a parameter by an optimiser that consists of tensor operations.
pub(super) fn update_as_tensors<const D: usize>(
    weight: Tensor<D>,
    gradient: Tensor<D>,
    clip: Clip,
    average: Option<Average<'_>>,
    measured: bool,
    by: impl FnOnce(Tensor<D>, Tensor<D>) -> Result<Tensor<D>, String>,
) -> Result<UpdatedParameter<D>, String> {
    let n = weight.dims().iter().product::<usize>();
    let clipped = clip.tensor(gradient.clone());
    let before = measured.then(|| weight.clone().reshape([n]));
    let weight = by(weight, clipped.clone())?;
    let norms = before
        .map(|before| on_device(clipped.reshape([n]), before, weight.clone().reshape([n])))
        .transpose()?;
    if let Some(average) = average {
        average.on_device(weight.clone().reshape([n]));
    }
    Ok(UpdatedParameter { weight, magnitude: Magnitude::Device(gradient.reshape([n])), norms })
}
