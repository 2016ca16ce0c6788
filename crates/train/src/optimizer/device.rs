//! Applies a rule with tensor operations, on any device.

use burn::tensor::Tensor;

use super::average::Average;
use super::clip::Clip;
use super::magnitude::Magnitude;
use super::norms::on_device;
use super::rule::UpdateRule;
use super::state::State;
use super::updated::UpdatedParameter;

pub(super) fn apply_on_device<const S: usize, const D: usize>(
    rule: &impl UpdateRule<S>,
    weight: Tensor<D>,
    gradient: Tensor<D>,
    states: &mut Vec<State>,
    average: Option<Average<'_>>,
    measure: Option<Clip>,
) -> Result<UpdatedParameter<D>, String> {
    let (shape, device) = (weight.dims(), weight.device());
    let n = shape.iter().product::<usize>();
    let mut tensors: Vec<Tensor<1>> =
        states.drain(..).map(|state| state.into_device(&device)).collect();
    if tensors.is_empty() {
        tensors = vec![Tensor::zeros([n], &device); S];
    }
    let tensors = <[Tensor<1>; S]>::try_from(tensors)
        .map_err(|t| format!("the optimiser has {} states, expected {S}", t.len()))?;
    let gradient = gradient.reshape([n]);
    let before = weight.reshape([n]);
    let (weight, new) = rule.tensor(before.clone(), gradient.clone(), tensors);
    let norms = measure
        .map(|clip| on_device(clip.tensor(gradient.clone()), before, weight.clone()))
        .transpose()?;
    states.extend(new.into_iter().map(State::Device));
    if let Some(average) = average {
        average.on_device(weight.clone());
    }
    Ok(UpdatedParameter {
        weight: weight.reshape(shape),
        magnitude: Magnitude::Device(gradient),
        norms,
    })
}
