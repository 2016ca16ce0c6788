//! Gradient clipping by value, by the norm of each parameter, and by the norm of all parameters.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use rayon::prelude::*;

use crate::GradientsConfig;
use crate::host_memory::{CHUNK, CHUNKS_A_THREAD, HostTensor};

/// The transformation of each number of a gradient before weight decay:
/// `norm * clamp(mean * g, -limit, limit)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Clip {
    /// Factor that turns a sum of gradients into their mean.
    pub mean: f32,
    /// Largest absolute value of a number.
    pub limit: f32,
    /// Factor that limits the norm of all gradients.
    pub norm: f32,
}

impl Clip {
    /// Leaves gradients unchanged.
    pub(super) const NONE: Self = Self { mean: 1.0, limit: f32::INFINITY, norm: 1.0 };

    #[inline]
    pub(super) fn element(self, gradient: f32) -> f32 {
        (gradient * self.mean).clamp(-self.limit, self.limit) * self.norm
    }

    pub(super) fn tensor<const D: usize>(self, gradient: Tensor<D>) -> Tensor<D> {
        let scaled = |gradient: Tensor<D>, factor: f32| {
            if factor == 1.0 { gradient } else { gradient.mul_scalar(factor) }
        };
        let mean = scaled(gradient, self.mean);
        let cut = if self.limit.is_finite() { mean.clamp(-self.limit, self.limit) } else { mean };
        scaled(cut, self.norm)
    }
}

/// Divides gradients by a number, and returns the transformation that remains to be applied to each
/// number of them.
///
/// A limit on the norm of each parameter is applied here. On a CPU backend everything else remains,
/// and the optimiser applies it in its own pass. On other devices, a limit on the norm of all
/// gradients is applied here too, with tensor operations that read nothing from the device.
pub(super) fn clip_gradients<M: Module>(
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
            let mut each = ClipEachNorm { gradients, clip, longest, in_memory, error: None };
            module.visit(&mut each);
            match each.error {
                Some(error) => return Err(error),
                None => (each.gradients, Clip::NONE),
            }
        }
    };
    let Some(longest) = config.clip_norm.filter(|longest| longest.is_finite()) else {
        return Ok((gradients, clip));
    };
    let mut squares =
        SumOfSquares { gradients, clip, in_memory, host: 0.0, device: None, error: None };
    module.visit(&mut squares);
    if let Some(error) = squares.error {
        return Err(error);
    }
    let norm = host_factor(squares.host, longest);
    let Some(sum) = squares.device else { return Ok((squares.gradients, Clip { norm, ..clip })) };
    let mut shorten = ScaleAll { gradients: squares.gradients, clip, factor: factor(sum, longest) };
    module.visit(&mut shorten);
    Ok((shorten.gradients, Clip::NONE))
}

/// Sums the squares of all gradients.
struct SumOfSquares {
    gradients: GradientsParams,
    clip: Clip,
    in_memory: fn(&Device) -> bool,
    host: f64,
    device: Option<Tensor<1>>,
    error: Option<String>,
}

impl ModuleVisitor for SumOfSquares {
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

impl SumOfSquares {
    /// Takes the memory of the gradient and returns it: a second owner would make the optimiser
    /// copy it.
    fn on_host<const D: usize>(&mut self, gradient: Tensor<D>) -> Result<Tensor<D>, String> {
        let gradient = HostTensor::take(gradient)?;
        self.host += sum_of_all_squares(gradient.values()?, self.clip);
        Ok(gradient.give_back())
    }
}

/// Sums in parallel and adds in the order of the tasks, so the sum does not depend on the number of
/// threads.
fn sum_of_all_squares(gradient: &[f32], clip: Clip) -> f64 {
    let chunks = gradient.par_chunks(CHUNK).with_min_len(CHUNKS_A_THREAD);
    let sums: Vec<f64> = chunks.map(|chunk| sum_of_squares(chunk, clip)).collect();
    sums.iter().sum()
}

/// Sums in 64 bits, as eight partial sums for the processor's vector instructions.
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

/// Applies a clip, and limits the norm of each gradient separately.
struct ClipEachNorm {
    gradients: GradientsParams,
    clip: Clip,
    longest: f64,
    in_memory: fn(&Device) -> bool,
    error: Option<String>,
}

impl ModuleVisitor for ClipEachNorm {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.remove::<D>(param.id) else { return };
        let shortened = if (self.in_memory)(&gradient.device()) {
            shorten_on_host(gradient, self.clip, self.longest)
        } else {
            let gradient = self.clip.tensor(gradient);
            let factor = factor(gradient.clone().square().sum(), self.longest);
            Ok(gradient * factor.reshape([1; D]))
        };
        match shortened {
            Ok(gradient) => self.gradients.register(param.id, gradient),
            Err(error) => self.error = Some(error),
        }
    }
}

/// Applies a clip to a gradient and limits its norm, in place.
fn shorten_on_host<const D: usize>(
    gradient: Tensor<D>,
    clip: Clip,
    longest: f64,
) -> Result<Tensor<D>, String> {
    let mut gradient = HostTensor::take(gradient)?;
    let norm = host_factor(sum_of_all_squares(gradient.values()?, clip), longest);
    let clip = Clip { norm, ..clip };
    apply(clip, gradient.values_mut()?);
    Ok(gradient.give_back())
}

/// Applies a clip to numbers in place. No argument is a tensor, so the function is compiled in this
/// crate.
fn apply(clip: Clip, gradient: &mut [f32]) {
    let chunks = gradient.par_chunks_mut(CHUNK).with_min_len(CHUNKS_A_THREAD);
    chunks.for_each(|chunk| chunk.iter_mut().for_each(|g| *g = clip.element(*g)));
}

/// Returns the factor for gradients with this sum of squares: `min(1, c / (|g| + 1e-6))`.
fn host_factor(squares: f64, longest: f64) -> f32 {
    (longest / (squares.sqrt() + 1e-6)).min(1.0) as f32
}

/// Like [`host_factor`], as a tensor `[1]` on a device.
fn factor(squares: Tensor<1>, longest: f64) -> Tensor<1> {
    squares.sqrt().add_scalar(1e-6).recip().mul_scalar(longest).clamp_max(1.0)
}

/// Applies a clip and a factor `[1]`.
struct ScaleAll {
    gradients: GradientsParams,
    clip: Clip,
    factor: Tensor<1>,
}

impl ModuleVisitor for ScaleAll {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            let factor = self.factor.clone().reshape([1; D]);
            self.gradients.register(param.id, self.clip.tensor(gradient) * factor);
        }
    }
}

#[cfg(test)]
mod tests;
