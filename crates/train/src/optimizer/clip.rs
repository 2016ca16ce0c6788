use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Tensor, TensorData};
use rayon::prelude::*;

use super::host::{CHUNK, floats, into_bytes};
use crate::GradientsConfig;

/// What a number of a gradient goes through before weight decay: `norm * clamp(mean * g, -limit, limit)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Clip {
    /// Makes a sum of gradients their mean.
    pub mean: f32,
    /// The largest size that a number may have.
    pub limit: f32,
    /// Shortens all gradients together.
    pub norm: f32,
}

impl Clip {
    /// As it is.
    pub(super) const NONE: Self = Self { mean: 1.0, limit: f32::INFINITY, norm: 1.0 };

    #[inline]
    pub(super) fn element(self, gradient: f32) -> f32 {
        (gradient * self.mean).clamp(-self.limit, self.limit) * self.norm
    }

    pub(super) fn tensor<const D: usize>(self, gradient: Tensor<D>) -> Tensor<D> {
        let scaled = |gradient: Tensor<D>, factor: f32| if factor == 1.0 { gradient } else { gradient.mul_scalar(factor) };
        let mean = scaled(gradient, self.mean);
        let cut = if self.limit.is_finite() { mean.clamp(-self.limit, self.limit) } else { mean };
        scaled(cut, self.norm)
    }
}

/// Gradients that are divided by a number, and what is left to be done to each number of them.
///
/// On a CPU backend that is everything: the optimiser does it on its way. Elsewhere a limit on the norm is applied here, as tensor operations: nothing is asked back from the device.
pub(super) fn prepare<M: Module>(
    config: &GradientsConfig,
    module: &M,
    gradients: GradientsParams,
    divisor: f64,
    in_memory: fn(&Device) -> bool,
) -> Result<(GradientsParams, Clip), String> {
    let limit = config.clip_value.map_or(f32::INFINITY, |limit| limit as f32);
    let clip = Clip { mean: (1.0 / divisor) as f32, limit, norm: 1.0 };
    let (gradients, clip) = match config.clip_tensor_norm.filter(|longest| longest.is_finite()) {
        None => (gradients, clip),
        Some(longest) => {
            let mut each = ShortenEach { gradients, clip, longest };
            module.visit(&mut each);
            (each.gradients, Clip::NONE)
        }
    };
    let Some(longest) = config.clip_norm.filter(|longest| longest.is_finite()) else { return Ok((gradients, clip)) };
    let mut squares = Squares { gradients, clip, in_memory, host: 0.0, device: None, error: None };
    module.visit(&mut squares);
    if let Some(error) = squares.error {
        return Err(error);
    }
    let norm = (longest / (squares.host.sqrt() + 1e-6)).min(1.0) as f32;
    let Some(sum) = squares.device else { return Ok((squares.gradients, Clip { norm, ..clip })) };
    let mut shorten = Shorten { gradients: squares.gradients, clip, factor: factor(sum, longest) };
    module.visit(&mut shorten);
    Ok((shorten.gradients, Clip::NONE))
}

/// Sums up the squares of all gradients.
struct Squares {
    gradients: GradientsParams,
    clip: Clip,
    in_memory: fn(&Device) -> bool,
    host: f64,
    device: Option<Tensor<1>>,
    error: Option<String>,
}

impl ModuleVisitor for Squares {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.remove::<D>(param.id) else { return };
        if (self.in_memory)(&gradient.device()) {
            match self.on_host(gradient) {
                Ok(gradient) => self.gradients.register(param.id, gradient),
                Err(error) => self.error = Some(error),
            }
        } else {
            self.gradients.register(param.id, gradient.clone());
            let sum = self.clip.tensor(gradient).square().sum();
            self.device = Some(match self.device.take() {
                Some(others) => others + sum,
                None => sum,
            });
        }
    }
}

impl Squares {
    /// Takes the gradient's memory and gives it back: another owner beside it would make the optimiser copy it.
    fn on_host<const D: usize>(&mut self, gradient: Tensor<D>) -> Result<Tensor<D>, String> {
        let device = gradient.device();
        let (bytes, shape) = into_bytes(gradient)?;
        let sums: Vec<f64> = floats(&bytes)?.par_chunks(CHUNK).map(|chunk| sum_of_squares(chunk, self.clip)).collect();
        self.host += sums.iter().sum::<f64>();
        Ok(Tensor::from_data(TensorData::from_bytes(bytes, shape, DType::F32), &device))
    }
}

/// In 64 bits, eight sums beside each other for the processor's vector instructions.
pub(super) fn sum_of_squares(gradient: &[f32], clip: Clip) -> f64 {
    let mut sums = [0.0_f64; 8];
    for part in gradient.chunks(8) {
        for (sum, g) in sums.iter_mut().zip(part) {
            let g = f64::from(clip.element(*g));
            *sum += g * g;
        }
    }
    sums.iter().sum()
}

/// Applies a clip, and shortens each gradient by itself.
struct ShortenEach {
    gradients: GradientsParams,
    clip: Clip,
    longest: f64,
}

impl ModuleVisitor for ShortenEach {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            let gradient = self.clip.tensor(gradient);
            let factor = factor(gradient.clone().square().sum(), self.longest);
            self.gradients.register(param.id, gradient * factor.reshape([1; D]));
        }
    }
}

/// By what a gradient is multiplied whose squares have this sum, `[1]`: `min(1, c / (|g| + 1e-6))`.
fn factor(squares: Tensor<1>, longest: f64) -> Tensor<1> {
    squares.sqrt().add_scalar(1e-6).recip().mul_scalar(longest).clamp_max(1.0)
}

/// Applies a clip and a factor `[1]`.
struct Shorten {
    gradients: GradientsParams,
    clip: Clip,
    factor: Tensor<1>,
}

impl ModuleVisitor for Shorten {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            let factor = self.factor.clone().reshape([1; D]);
            self.gradients.register(param.id, self.clip.tensor(gradient) * factor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::{Linear, LinearConfig};
    use zunder_random::Key;

    const N: usize = 60;

    fn gradients(linear: &Linear) -> GradientsParams {
        let mut rng = Key::new(5).rng();
        let mut draw = |n: usize| (0..n).map(|_| rng.normal() as f32).collect::<Vec<_>>();
        let mut gradients = GradientsParams::new();
        let device = Device::flex();
        gradients.register(linear.weight.id, Tensor::<2>::from_data(TensorData::new(draw(N * N), [N, N]), &device));
        gradients.register(linear.bias.as_ref().unwrap().id, Tensor::<1>::from_data(TensorData::new(draw(N), [N]), &device));
        gradients
    }

    /// What an update sees of the gradients, weight then bias.
    fn prepared(config: &GradientsConfig, in_memory: fn(&Device) -> bool) -> Vec<f32> {
        let linear = LinearConfig::new(N, N).init(&Device::flex());
        let (mut gradients, clip) = prepare(config, &linear, gradients(&linear), 4.0, in_memory).unwrap();
        let weight = gradients.remove::<2>(linear.weight.id).unwrap().flatten::<1>(0, 1);
        let bias = gradients.remove::<1>(linear.bias.as_ref().unwrap().id).unwrap();
        let values: Vec<f32> = Tensor::cat(vec![weight, bias], 0).try_into_vec_as().unwrap();
        values.into_iter().map(|g| clip.element(g)).collect()
    }

    #[test]
    fn memory_and_tensor_operations_clip_alike() {
        for (clip_value, clip_norm) in [(None, None), (Some(0.3), None), (None, Some(2.0)), (Some(0.3), Some(2.0)), (None, Some(1e9))] {
            let config = GradientsConfig { clip_value, clip_norm, ..GradientsConfig::default() };
            let (host, device) = (prepared(&config, |_| true), prepared(&config, |_| false));
            for (a, b) in host.iter().zip(&device) {
                assert!((a - b).abs() <= 1e-6 * a.abs(), "{config:?}: {a} on the host, {b} as tensors");
            }
            let norm = host.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
            assert!(if clip_norm == Some(2.0) { (norm - 2.0).abs() < 1e-5 } else { norm > 10.0 }, "{config:?}: {norm}");
            assert!(clip_value.is_none() || host.iter().all(|g| g.abs() <= 0.3));
        }
    }

    /// Eight partial sums, and the length of a task.
    #[test]
    fn sums_of_squares_are_those_of_64_bits_at_every_size() {
        for n in [0, 1, 7, 8, 9, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 3] {
            let mut rng = Key::new(n as u64).rng();
            let gradient: Vec<f32> = (0..n).map(|_| rng.normal() as f32).collect();
            let expected: f64 = gradient.iter().map(|g| f64::from(*g).powi(2)).sum();
            let got = sum_of_squares(&gradient, Clip::NONE);
            assert!((got - expected).abs() <= 1e-12 * expected, "{n} numbers: {got}, expected {expected}");
        }
    }

    #[test]
    fn each_tensor_is_shortened_by_itself() {
        let longest = 3.0;
        let config = GradientsConfig { clip_tensor_norm: Some(longest), ..GradientsConfig::default() };
        for in_memory in [(|_: &Device| true) as fn(&Device) -> bool, |_| false] {
            let (plain, clipped) = (prepared(&GradientsConfig::default(), in_memory), prepared(&config, in_memory));
            for part in [0..N * N, N * N..N * N + N] {
                let norm = |values: &[f32]| values[part.clone()].iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
                let (before, after) = (norm(&plain), norm(&clipped));
                // The mean of four draws from N(0, 1): 60 numbers are shorter than the limit, 3600 longer.
                assert!((after - before.min(longest)).abs() < 1e-4, "{before} became {after}");
                let factor = (after / before) as f32;
                assert!(plain[part.clone()].iter().zip(&clipped[part.clone()]).all(|(a, b)| (a * factor - b).abs() < 1e-5));
            }
        }
    }
}
