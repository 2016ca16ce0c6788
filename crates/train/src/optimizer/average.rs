//! The exponential moving average of the weights.

use burn::tensor::Tensor;

use super::state::State;

/// Returns the share of the new value in the exponential moving average at update t (counted from
/// 1): `1 - min(decay, (1 + t) / (10 + t))`, so that the random initial weights lose their
/// influence quickly (as in TensorFlow's `ExponentialMovingAverage`).
pub(super) fn share(decay: f64, t: u64) -> f32 {
    let t = t as f64;
    (1.0 - decay.min((1.0 + t) / (10.0 + t))) as f32
}

/// The moving average of a parameter: `average += share * (weight - average)` after the weight is
/// updated.
pub(super) struct Average<'a> {
    pub state: &'a mut State,
    pub share: f32,
}

/// The moving average in host memory.
pub(super) struct HostAverage<'a> {
    pub values: &'a mut Vec<f32>,
    pub share: f32,
}

impl<'a> Average<'a> {
    pub(super) fn on_host(self) -> Result<HostAverage<'a>, String> {
        Ok(HostAverage { values: self.state.as_host()?, share: self.share })
    }

    /// Updates the average with tensor operations.
    pub(super) fn on_device(self, weight: Tensor<1>) {
        let average =
            std::mem::replace(self.state, State::Host(Vec::new())).into_device(&weight.device());
        *self.state = State::Device(average.clone() + (weight - average).mul_scalar(self.share));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_soon_forgotten() {
        assert_eq!([1, 2, 8].map(|t| share(0.999, t)), [9.0 / 11.0, 0.75, 0.5]);
        assert_eq!((share(0.9, 1000), share(0.5, 8)), (0.1, 0.5));
    }
}
