//! A rule as tensor operations, on whatever device.

use burn::tensor::Tensor;

use super::average::Average;
use super::magnitude::Magnitude;
use super::state::State;
use super::update::Update;

pub(super) fn apply_on_device<const S: usize, const D: usize>(
    rule: &impl Update<S>,
    weight: Tensor<D>,
    gradient: Tensor<D>,
    states: &mut Vec<State>,
    average: Option<Average<'_>>,
) -> Result<(Tensor<D>, Magnitude), String> {
    let (shape, device) = (weight.dims(), weight.device());
    let n = shape.iter().product::<usize>();
    let mut tensors: Vec<Tensor<1>> = states.drain(..).map(|state| state.into_device(&device)).collect();
    if tensors.is_empty() {
        tensors = vec![Tensor::zeros([n], &device); S];
    }
    let tensors = <[Tensor<1>; S]>::try_from(tensors).map_err(|t| format!("the optimiser has {} states, expected {S}", t.len()))?;
    let gradient = gradient.reshape([n]);
    let (weight, new) = rule.tensor(weight.reshape([n]), gradient.clone(), tensors);
    states.extend(new.into_iter().map(State::Device));
    if let Some(average) = average {
        average.on_device(weight.clone());
    }
    Ok((weight.reshape(shape), Magnitude::Device(gradient)))
}
