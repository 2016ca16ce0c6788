//! The update of one parameter, on the host or as tensor operations.

use burn::tensor::Tensor;

use super::OptimizerConfig;
use super::average::Average;
use super::clip::Clip;
use super::device::apply_on_device;
use super::host::{HostParameter, update_in_memory};
use super::lasso::Shrinkage;
use super::magnitude::Magnitude;
use super::rule::UpdateRule;
use super::state::State;
use super::update_context::{RuleTarget, UpdateContext};
use super::updated::UpdatedParameter;
use crate::host_memory::HostTensor;

/// One parameter during its update.
pub(super) struct ParameterUpdate<'a, const D: usize> {
    pub weight: Tensor<D>,
    pub gradient: Tensor<D>,
    pub clip: Clip,
    pub shrinkage: Shrinkage,
    pub states: &'a mut Vec<State>,
    pub average: Option<Average<'a>>,
    /// Whether the parameter is in host memory.
    pub on_host: bool,
    /// Whether the norms of the update are measured.
    pub measured: bool,
}

impl<const D: usize> ParameterUpdate<'_, D> {
    /// Performs update t, counted from 1.
    pub(super) fn update(
        self,
        config: &OptimizerConfig,
        rate: f64,
        t: u64,
    ) -> Result<UpdatedParameter<D>, String> {
        let decay = config.decay().at(rate, D);
        let at = UpdateContext { rate, t, clip: self.clip, decay, shrinkage: self.shrinkage };
        if self.on_host { self.in_memory(config, at) } else { at.apply(config, OnDevice(self)) }
    }

    fn in_memory(
        self,
        config: &OptimizerConfig,
        at: UpdateContext,
    ) -> Result<UpdatedParameter<D>, String> {
        let mut weight = HostTensor::take(self.weight)?;
        let gradient = HostTensor::take(self.gradient)?;
        let parameter = HostParameter {
            weight: weight.values_mut()?,
            gradient: gradient.values()?,
            states: self.states,
            average: self.average,
            measure: self.measured.then_some(self.clip),
        };
        let (largest, norms) = update_in_memory(config, at, parameter)?;
        Ok(UpdatedParameter {
            weight: weight.give_back(),
            magnitude: Magnitude::Host(largest),
            norms,
        })
    }
}

/// A parameter that is updated by tensor operations.
struct OnDevice<'a, const D: usize>(ParameterUpdate<'a, D>);

impl<const D: usize> RuleTarget for OnDevice<'_, D> {
    type Output = Result<UpdatedParameter<D>, String>;

    fn take<const S: usize>(self, rule: &impl UpdateRule<S>) -> Self::Output {
        let ParameterUpdate { weight, gradient, states, average, clip, measured, .. } = self.0;
        let measure = measured.then_some(clip);
        apply_on_device(rule, weight, gradient, states, average, measure)
    }
}

#[cfg(test)]
mod tests {
    use super::super::LassoConfig;
    use super::super::magnitude::Magnitudes;
    use super::*;
    use crate::host_memory::CHUNK;
    use burn::tensor::{Device, TensorData};
    use zunder_random::Key;

    /// Every rule, with both kinds of weight decay.
    const CONFIGS: [&str; 12] = [
        r#"{ "name": "sgd", "weight_decay": 0.01 }"#,
        r#"{ "name": "sgd", "momentum": 0, "weight_decay": 0.01, "decoupled": true }"#,
        r#"{ "name": "nesterov", "weight_decay": 0.01 }"#,
        r#"{ "name": "nesterov", "weight_decay": 0.01, "decoupled": true }"#,
        r#"{ "name": "adagrad", "weight_decay": 0.01 }"#,
        r#"{ "name": "adagrad", "weight_decay": 0.01, "decoupled": true }"#,
        r#"{ "name": "rmsprop", "weight_decay": 0.01 }"#,
        r#"{ "name": "rmsprop", "weight_decay": 0.01, "decoupled": true }"#,
        r#"{ "name": "adam", "weight_decay": 0.01 }"#,
        r#"{ "name": "adam", "weight_decay": 0.01, "decoupled": true }"#,
        r#"{ "name": "adamw" }"#,
        r#"{ "name": "lion", "weight_decay": 0.01 }"#,
    ];

    fn draws(n: usize, key: u64) -> Tensor<2> {
        let mut rng = Key::new(key).rng();
        let values = (0..n).map(|_| rng.normal() as f32).collect();
        Tensor::from_data(TensorData::new(values, [n, 1]), &Device::flex())
    }

    /// Returns weights, state and moving average after a few steps with clipping, on the host or as
    /// tensor operations, and the largest gradient of the last step.
    fn run(
        config: &OptimizerConfig,
        lasso: &LassoConfig,
        n: usize,
        on_host: bool,
    ) -> (Vec<Vec<f32>>, f32) {
        let (mut weight, mut states, mut average) =
            (draws(n, 1), Vec::new(), State::Host(draws(n, 1).try_into_vec_as().unwrap()));
        let clip = Clip { mean: 0.5, limit: 0.8, norm: 0.9 };
        let mut parameters = Vec::new();
        let mut expected: Vec<f32> = draws(n, 1).try_into_vec_as().unwrap();
        for t in 1..=5 {
            let average = Some(Average { state: &mut average, share: 0.1 });
            let update = ParameterUpdate {
                weight,
                gradient: draws(n, 10 + t),
                clip,
                shrinkage: lasso.at(10.0 * config.lr(), 0),
                states: &mut states,
                average,
                on_host,
                measured: t == 5,
            };
            let updated = update.update(config, 10.0 * config.lr(), t).unwrap();
            assert_eq!(updated.norms.is_some(), t == 5);
            (weight, parameters) =
                (updated.weight, vec![("layer.weight".to_owned(), updated.magnitude)]);
            let weights = weight.clone().try_into_vec_as::<f32>().unwrap();
            expected
                .iter_mut()
                .zip(weights)
                .for_each(|(average, weight)| *average += 0.1 * (weight - *average));
        }
        assert_eq!(average.values().unwrap(), expected);
        let states = states.into_iter().chain([average]).map(|state| state.into_host().unwrap());
        let values = std::iter::once(weight.try_into_vec_as().unwrap()).chain(states).collect();
        (values, Magnitudes { update: 5, clip: Clip::NONE, parameters }.by_layer().unwrap()[0].1)
    }

    #[test]
    fn one_pass_equals_tensor_operations() {
        for (i, text) in CONFIGS.into_iter().enumerate() {
            let config: OptimizerConfig = serde_json::from_str(text).unwrap();
            let lasso = LassoConfig { l1: (i % 2) as f64 * 0.01, ..LassoConfig::default() };
            for n in [1, 7, 8, 9, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 77] {
                let (host, device) =
                    (run(&config, &lasso, n, true), run(&config, &lasso, n, false));
                assert_eq!(
                    (host.0.len(), host.1),
                    (device.0.len(), device.1),
                    "{text}: {n} numbers"
                );
                for (a, b) in host.0.iter().flatten().zip(device.0.iter().flatten()) {
                    assert!(
                        (a - b).abs() <= 1e-6 * a.abs(),
                        "{text}, {n} numbers: {a} on the host, {b} as tensors"
                    );
                }
                assert!(host.0.iter().all(|values| values.len() == n), "{text}: {n} numbers");
                assert_ne!(host.0[0], draws(n, 1).try_into_vec_as::<f32>().unwrap(), "{text}");
            }
        }
    }
}
