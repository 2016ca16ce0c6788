//! Pixels packed for sampling, four channels side by side.

use std::ops::Range;

use crate::ImageShape;
use crate::render::sample::bilinear::bilinear;
use crate::render::sample::places::Places;
use crate::render::sample::{Interpolation, Lookup, MARGIN};

/// The number of pixels that are processed at once, so that their positions and values stay in the
/// fastest cache.
pub(super) const BAND: usize = 256;

/// The buffers for sampling an image, reused for the next one.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Up to four channels of each pixel side by side, with a black margin.
    pixels: Vec<[f32; 4]>,
    /// The shape and the channels of the packed pixels. While they stay the same, so does the
    /// margin.
    packed: Option<(ImageShape, usize)>,
    places: Places,
    stride: usize,
}

impl Scratch {
    /// Packs up to four planes.
    pub(super) fn pack(&mut self, planes: &[u8], shape: ImageShape) {
        let channels = planes.len() / (shape.height * shape.width);
        self.stride = shape.width + MARGIN;
        if self.packed != Some((shape, channels)) {
            self.pixels.clear();
            self.pixels.resize(self.stride * (shape.height + MARGIN), [0.0; 4]);
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

    /// Writes the values of the pixels whose positions were computed, from `start` on, to the
    /// planes of `out`.
    pub(super) fn unpack(
        &mut self,
        interpolation: Interpolation,
        start: usize,
        area: usize,
        out: &mut [f32],
    ) {
        let n = self.places.at.len();
        let mut planes: [&mut [f32]; 4] = Default::default();
        let channels = out.len() / area;
        for (to, plane) in planes.iter_mut().zip(out.chunks_exact_mut(area)) {
            *to = &mut plane[start..start + n];
        }
        let planes = &mut planes[..channels];
        match interpolation {
            Interpolation::Bilinear => bilinear(&self.pixels, self.stride, &self.places, planes),
            Interpolation::Nearest => nearest(&self.pixels, &self.places.at, planes),
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn pack_one(plane: &[u8], width: usize, stride: usize, out: &mut [[f32; 4]]) {
    for (row, out) in plane.chunks_exact(width).zip(out.chunks_mut(stride)) {
        for (out, &v) in out.iter_mut().zip(row) {
            *out = [f32::from(v), 0.0, 0.0, 0.0];
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn pack_three(planes: &[u8], width: usize, stride: usize, out: &mut [[f32; 4]]) {
    let (red, rest) = planes.split_at(planes.len() / 3);
    let (green, blue) = rest.split_at(red.len());
    let rows = red.chunks_exact(width).zip(green.chunks_exact(width)).zip(blue.chunks_exact(width));
    for (((red, green), blue), out) in rows.zip(out.chunks_mut(stride)) {
        for (((out, &r), &g), &b) in out.iter_mut().zip(red).zip(green).zip(blue) {
            *out = [f32::from(r), f32::from(g), f32::from(b), 0.0];
        }
    }
}

fn pack_any(planes: &[u8], shape: ImageShape, stride: usize, out: &mut [[f32; 4]]) {
    for (channel, plane) in planes.chunks_exact(shape.height * shape.width).enumerate() {
        for (row, out) in plane.chunks_exact(shape.width).zip(out.chunks_mut(stride)) {
            out.iter_mut().zip(row).for_each(|(out, &v)| out[channel] = f32::from(v));
        }
    }
}

fn nearest(pixels: &[[f32; 4]], at: &[u32], planes: &mut [&mut [f32]]) {
    for (channel, plane) in planes.iter_mut().enumerate() {
        for (value, &at) in plane.iter_mut().zip(at) {
            *value = pixels[at as usize][channel];
        }
    }
}
