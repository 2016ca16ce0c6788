use std::ops::Range;

use crate::ImageShape;
use crate::sample::places::Places;
use crate::sample::{Interpolation, Lookup};

/// Pixels that are worked on at once: what their places and values take stays in the fastest memory.
pub(super) const BAND: usize = 256;

/// One pixel of black before each row and two behind: all that a clamped place, and its neighbour to the right, can reach.
pub(super) const MARGIN: usize = 3;

/// Memory that an image needs on its way, to be used again for the next one.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Up to four channels of each pixel side by side, with a margin of black.
    pixels: Vec<[u8; 4]>,
    /// The shape and the channels of what is packed: as long as they stay, the margin stays too.
    packed: Option<(ImageShape, usize)>,
    places: Places,
    values: Vec<[f32; 4]>,
    stride: usize,
}

impl Scratch {
    /// Lays up to four planes side by side.
    pub(super) fn pack(&mut self, planes: &[u8], shape: ImageShape) {
        let channels = planes.len() / (shape.height * shape.width);
        self.stride = shape.width + MARGIN;
        if self.packed != Some((shape, channels)) {
            self.pixels.clear();
            self.pixels.resize(self.stride * (shape.height + MARGIN), [0; 4]);
            self.packed = Some((shape, channels));
        }
        let inner = &mut self.pixels[self.stride + 1..];
        match channels {
            1 => pack_one(planes, shape.width, self.stride, inner),
            3 => pack_three(planes, shape.width, self.stride, inner),
            _ => pack_any(planes, shape, self.stride, inner),
        }
    }

    pub(super) fn places(&mut self, shape: ImageShape, lookup: &Lookup<'_>, rows: Range<usize>) {
        self.places.compute(shape, lookup, rows);
    }

    /// Writes the values of the pixels whose places were computed, from `start` on, over the planes of `out`.
    pub(super) fn unpack(&mut self, interpolation: Interpolation, start: usize, area: usize, out: &mut [f32]) {
        let n = self.places.at.len();
        self.values.resize(n, [0.0; 4]);
        match interpolation {
            Interpolation::Bilinear => bilinear(self.pixels.as_flattened(), 4 * self.stride, &self.places, &mut self.values),
            Interpolation::Nearest => nearest(&self.pixels, &self.places.at, &mut self.values),
        }
        if out.len() == 3 * area {
            let (red, rest) = out.split_at_mut(area);
            let (green, blue) = rest.split_at_mut(area);
            spread(&self.values, [red, green, blue].map(|plane| &mut plane[start..start + n]));
        } else {
            for (channel, plane) in out.chunks_exact_mut(area).enumerate() {
                plane[start..start + n].iter_mut().zip(&self.values).for_each(|(out, values)| *out = values[channel]);
            }
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn pack_one(plane: &[u8], width: usize, stride: usize, out: &mut [[u8; 4]]) {
    for (row, out) in plane.chunks_exact(width).zip(out.chunks_mut(stride)) {
        for (out, &v) in out.iter_mut().zip(row) {
            *out = u32::from(v).to_le_bytes();
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn pack_three(planes: &[u8], width: usize, stride: usize, out: &mut [[u8; 4]]) {
    let (red, rest) = planes.split_at(planes.len() / 3);
    let (green, blue) = rest.split_at(red.len());
    let rows = red.chunks_exact(width).zip(green.chunks_exact(width)).zip(blue.chunks_exact(width));
    for (((red, green), blue), out) in rows.zip(out.chunks_mut(stride)) {
        for (((out, &r), &g), &b) in out.iter_mut().zip(red).zip(green).zip(blue) {
            *out = (u32::from(r) | u32::from(g) << 8 | u32::from(b) << 16).to_le_bytes();
        }
    }
}

fn pack_any(planes: &[u8], shape: ImageShape, stride: usize, out: &mut [[u8; 4]]) {
    for (channel, plane) in planes.chunks_exact(shape.height * shape.width).enumerate() {
        for (row, out) in plane.chunks_exact(shape.width).zip(out.chunks_mut(stride)) {
            out.iter_mut().zip(row).for_each(|(out, &v)| out[channel] = v);
        }
    }
}

/// Interpolates down first, at the left and at the right, then between them. At a whole place this gives the pixel itself, exactly.
#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn bilinear(pixels: &[u8], stride: usize, places: &Places, out: &mut [[f32; 4]]) {
    let Places { at, right, down } = places;
    for (((out, &at), right), down) in out.iter_mut().zip(at).zip(right).zip(down) {
        // The four pixels lie at both ends of this window.
        let window = &pixels[4 * at as usize..][..stride + 8];
        let mut sides = [0.0; 8];
        if let (Some(above), Some(below)) = (window.first_chunk::<8>(), window.last_chunk::<8>()) {
            for i in 0..8 {
                let (above, below) = (f32::from(above[i]), f32::from(below[i]));
                sides[i] = above + down * (below - above);
            }
        }
        for i in 0..4 {
            out[i] = sides[i] + right * (sides[i + 4] - sides[i]);
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn nearest(pixels: &[[u8; 4]], at: &[u32], out: &mut [[f32; 4]]) {
    for (out, &at) in out.iter_mut().zip(at) {
        let [a, b, c, d] = pixels[at as usize];
        *out = [f32::from(a), f32::from(b), f32::from(c), f32::from(d)];
    }
}

/// Three of the four values of each pixel, each into a plane of its own.
#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn spread(values: &[[f32; 4]], [red, green, blue]: [&mut [f32]; 3]) {
    for (((value, red), green), blue) in values.iter().zip(red).zip(green).zip(blue) {
        [*red, *green, *blue] = [value[0], value[1], value[2]];
    }
}
