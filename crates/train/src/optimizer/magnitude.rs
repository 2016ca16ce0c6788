//! The largest absolute value of a gradient.

use burn::tensor::Tensor;

use super::clip::Clip;
use crate::classifier::layer_of;

/// Returns the bits of the absolute value, which as integers have the same order; NaN is the
/// largest.
#[inline]
pub(super) fn magnitude(value: f32) -> u32 {
    value.to_bits() & 0x7fff_ffff
}

/// The largest gradient of a parameter in an update, or the gradient to compute it from.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "a handful of them")]
pub(super) enum Magnitude {
    /// [`magnitude`] of the largest number, computed during the update.
    Host(u32),
    /// The whole gradient: on a device, computing its maximum at each step would cost more time
    /// than keeping it.
    Device(Tensor<1>),
}

/// The largest gradients of all parameters in one update.
#[derive(Debug)]
pub(super) struct Magnitudes {
    /// Number of the update, from 1.
    pub update: u64,
    pub clip: Clip,
    pub parameters: Vec<(String, Magnitude)>,
}

impl Magnitudes {
    /// Returns the largest gradient of each layer, in the module's order, after averaging and
    /// clipping.
    pub(super) fn by_layer(&self) -> Result<Vec<(String, f32)>, String> {
        let mut layers: Vec<(String, f32)> = Vec::new();
        for (path, of) in &self.parameters {
            let largest = match of {
                Magnitude::Host(bits) => f32::from_bits(*bits),
                Magnitude::Device(gradient) => {
                    let values: Vec<f32> =
                        gradient.clone().try_into_vec_as().map_err(|e| e.to_string())?;
                    f32::from_bits(values.into_iter().map(magnitude).max().unwrap_or(0))
                }
            };
            let largest = self.clip.element(largest);
            let layer = layer_of(path);
            match layers.last_mut().filter(|(name, _)| name == layer) {
                Some((_, known)) => {
                    *known = f32::from_bits(magnitude(*known).max(magnitude(largest)));
                }
                None => layers.push((layer.to_owned(), largest)),
            }
        }
        Ok(layers)
    }
}
