//! The steps from sampled values of 0 to 255 to the output: colours, tones, noise and
//! standardisation, in place.

use zunder_random::Key;

use crate::ImageShape;
use crate::render::colour::{Affine, ColourMatrix, OutputMap, colours, recolour};
use crate::render::curves::ToneCurves;
use crate::render::noise::add_noise;
use crate::render::tone::Tone;

/// The steps after sampling.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finish<'a> {
    pub(crate) colour: Option<ColourMatrix>,
    pub(crate) tones: &'a [Tone],
    pub(crate) curves: Option<&'a ToneCurves>,
    pub(crate) noise: Option<(f32, Key)>,
    pub(crate) output: &'a OutputMap,
}

impl Finish<'_> {
    /// Returns whether only the output's map is applied.
    pub(crate) fn is_plain(&self) -> bool {
        self.colour.is_none() && self.tones.is_empty() && self.noise.is_none()
    }

    /// Finishes an image. `buffer` is reused.
    pub(crate) fn apply(&self, shape: ImageShape, values: &mut [f32], buffer: &mut Vec<f32>) {
        let (maps, area) = (self.output.channels(), shape.height * shape.width);
        if self.tones.is_empty() && self.noise.is_none() {
            match self.colour {
                Some(colour) => colours(colour, maps.iter().copied(), area, values),
                None => affine(maps, area, values),
            }
            return;
        }
        if let Some(colour) = self.colour {
            recolour(colour, area, values);
        }
        for tone in self.tones {
            tone.apply(shape, self.curves, values, buffer);
        }
        if let Some((std, key)) = self.noise {
            add_noise(values, std, key);
        }
        affine(maps, area, values);
    }
}

/// Applies the map of each plane.
#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn affine(maps: &[Affine], area: usize, values: &mut [f32]) {
    for (plane, map) in values.chunks_exact_mut(area).zip(maps) {
        for value in plane {
            *value = map.apply(*value);
        }
    }
}
