//! From sampled values of 0 to 255 to the output: colours, tones, noise and standardisation, in
//! place.

use zunder_random::Key;

use crate::ImageShape;
use crate::augment::add_noise;
use crate::render::colour::{Affine, ClampedMatrix, ColourMatrix, OutputMap};
use crate::render::curves::ToneCurves;
use crate::render::tone::Tone;

/// What happens to the values of an image after sampling.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finish<'a> {
    pub(crate) colour: Option<ColourMatrix>,
    pub(crate) tones: &'a [Tone],
    pub(crate) curves: Option<&'a ToneCurves>,
    pub(crate) noise: Option<(f32, Key)>,
    pub(crate) output: &'a OutputMap,
}

impl Finish<'_> {
    /// Whether the output's map is all that happens.
    pub(crate) fn is_plain(&self) -> bool {
        self.colour.is_none() && self.tones.is_empty() && self.noise.is_none()
    }

    /// Finishes an image; `buffer` is memory to be used again.
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

/// The colour matrix alone, on values of 0 to 255, which stay there.
pub(crate) fn recolour(colour: ColourMatrix, area: usize, values: &mut [f32]) {
    let channels = values.len() / area;
    colours(colour, std::iter::repeat_n(Affine::IDENTITY, channels), area, values);
}

/// Each plane through its map.
#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn affine(maps: &[Affine], area: usize, values: &mut [f32]) {
    for (plane, map) in values.chunks_exact_mut(area).zip(maps) {
        for value in plane {
            *value = map.apply(*value);
        }
    }
}

/// The colour matrix and then the maps, as one matrix; clamped once.
fn colours(
    colour: ColourMatrix,
    maps: impl ExactSizeIterator<Item = Affine>,
    area: usize,
    values: &mut [f32],
) {
    if maps.len() == 3 {
        let mut three = [Affine::IDENTITY; 3];
        three.iter_mut().zip(maps).for_each(|(to, map)| *to = map);
        matrix(&colour.into_output(three), values);
    } else {
        for (plane, map) in values.chunks_exact_mut(area).zip(maps) {
            let (map, bounds) = colour.into_channel(map);
            clamped(map, bounds, plane);
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn matrix(matrix: &ClampedMatrix, values: &mut [f32]) {
    let (red, rest) = values.split_at_mut(values.len() / 3);
    let (green, blue) = rest.split_at_mut(red.len());
    for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
        [*red, *green, *blue] = matrix.apply([*red, *green, *blue]);
    }
}

#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn clamped(map: Affine, [low, high]: [f32; 2], plane: &mut [f32]) {
    for value in plane {
        *value = map.apply(*value).max(low).min(high);
    }
}
