//! What happens to the colour of each pixel: one affine map a channel, composed of all colour steps and the standardisation.

use crate::Standardisation;

/// A value v of 0 to 255 in channel c becomes `v * scale[c] + offset[c]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ColourMap(Vec<Affine>);

/// `v * scale + offset`: exact to 1 ulp of each of the two roundings, and the same for a byte and for a sampled value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Affine {
    scale: f32,
    offset: f32,
}

impl ColourMap {
    /// `(v / 255 - mean) / std`, the constants rounded once.
    pub(crate) fn standardise(standardisation: &Standardisation) -> Self {
        let affine = |(&mean, &std): (&f32, &f32)| {
            let (mean, std) = (f64::from(mean), f64::from(std));
            Affine { scale: (1.0 / (255.0 * std)) as f32, offset: (-mean / std) as f32 }
        };
        Self(standardisation.mean.iter().zip(&standardisation.std).map(affine).collect())
    }

    /// The map of each channel, in order.
    pub(crate) fn channels(&self) -> &[Affine] {
        &self.0
    }
}

impl Affine {
    #[inline]
    pub(crate) fn apply(self, value: f32) -> f32 {
        value * self.scale + self.offset
    }

    /// What a black pixel becomes.
    pub(crate) fn black(self) -> f32 {
        self.offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_standardised_to_within_rounding() {
        let standardisation = Standardisation { mean: vec![0.4914, 0.1], std: vec![0.247, 0.02] };
        for (channel, affine) in ColourMap::standardise(&standardisation).channels().iter().enumerate() {
            let (mean, std) = (f64::from(standardisation.mean[channel]), f64::from(standardisation.std[channel]));
            for byte in 0..=255_u8 {
                let exact = (f64::from(byte) / 255.0 - mean) / std;
                let size = (f64::from(byte) / 255.0 + mean) / std;
                assert!((f64::from(affine.apply(f32::from(byte))) - exact).abs() <= 2e-7 * size, "channel {channel} byte {byte}");
            }
            assert_eq!(affine.apply(0.0).to_bits(), affine.black().to_bits());
        }
    }
}
