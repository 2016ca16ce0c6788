//! A rule as tensor operations, on whatever device.

use burn::tensor::Tensor;

use super::state::State;
use super::update::Update;

pub(super) fn apply_on_device<const S: usize, const D: usize>(
    rule: &impl Update<S>,
    weight: Tensor<D>,
    gradient: Tensor<D>,
    states: &mut Vec<State>,
) -> Result<Tensor<D>, String> {
    let (shape, device) = (weight.dims(), weight.device());
    let n = shape.iter().product::<usize>();
    let mut tensors: Vec<Tensor<1>> = states.drain(..).map(|state| state.into_device(&device)).collect();
    if tensors.is_empty() {
        tensors = vec![Tensor::zeros([n], &device); S];
    }
    let tensors = <[Tensor<1>; S]>::try_from(tensors).map_err(|t| format!("the optimiser has {} states, expected {S}", t.len()))?;
    let (weight, new) = rule.tensor(weight.reshape([n]), gradient.reshape([n]), tensors);
    states.extend(new.into_iter().map(State::Device));
    Ok(weight.reshape(shape))
}
