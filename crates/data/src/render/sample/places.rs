//! The input position of each output pixel.

use std::ops::Range;

use crate::ImageShape;
use crate::render::sample::{Border, Interpolation, Lookup, MARGIN};

/// The input positions of a band of rows: the packed pixel at the top left of each, and the
/// fraction from there to the position, 0 to 1.
#[derive(Debug, Default)]
pub(crate) struct Places {
    pub(crate) at: Vec<u32>,
    pub(crate) right: Vec<f32>,
    pub(crate) down: Vec<f32>,
}

impl Places {
    /// Computes the positions of some rows.
    pub(crate) fn compute(&mut self, shape: ImageShape, lookup: &Lookup<'_>, rows: Range<usize>) {
        let n = rows.len() * shape.width;
        self.at.resize(n, 0);
        self.right.resize(n, 0.0);
        self.down.resize(n, 0.0);
        let (at, right, down) = (&mut self.at[..], &mut self.right[..], &mut self.down[..]);
        source(shape, lookup, rows, right, down);
        let margin = if lookup.border == Border::Zero { 1.0 } else { 0.0 };
        let bounds = [shape.width, shape.height].map(|side| [-margin, side as f32 - 1.0 + margin]);
        if lookup.border == Border::Reflect {
            reflect(right, bounds[0][1]);
            reflect(down, bounds[1][1]);
        }
        let nudge = if lookup.interpolation == Interpolation::Nearest { 0.5 } else { 0.0 };
        split(at, right, down, bounds, nudge, (shape.width + MARGIN) as u32);
    }
}

/// The input position of each pixel, x in `u` and y in `v`.
#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn source(
    shape: ImageShape,
    lookup: &Lookup<'_>,
    rows: Range<usize>,
    u: &mut [f32],
    v: &mut [f32],
) {
    let m = lookup.map.0.map(|row| row.map(|v| v as f32));
    let lines = u.chunks_exact_mut(shape.width).zip(v.chunks_exact_mut(shape.width));
    for ((u, v), y) in lines.zip(rows) {
        let (row, line) = (y as f32, y * shape.width..(y + 1) * shape.width);
        match lookup.displacement {
            None => {
                let (cu, cv, cw) =
                    (m[0][1] * row + m[0][2], m[1][1] * row + m[1][2], m[2][1] * row + m[2][2]);
                for (i, (u, v)) in u.iter_mut().zip(&mut *v).enumerate() {
                    let x = i as i32 as f32;
                    (*u, *v) = (m[0][0] * x + cu, m[1][0] * x + cv);
                }
                if !lookup.map.is_affine() {
                    for (i, (u, v)) in u.iter_mut().zip(v).enumerate() {
                        let w = m[2][0] * i as i32 as f32 + cw;
                        (*u, *v) = (*u / w, *v / w);
                    }
                }
            }
            Some((dx, dy)) => {
                let (dx, dy) = (&dx[line.clone()], &dy[line]);
                for (i, (((u, v), dx), dy)) in u.iter_mut().zip(v).zip(dx).zip(dy).enumerate() {
                    let (x, y) = (i as i32 as f32 + dx, row + dy);
                    let w = m[2][0] * x + m[2][1] * y + m[2][2];
                    *u = (m[0][0] * x + m[0][1] * y + m[0][2]) / w;
                    *v = (m[1][0] * x + m[1][1] * y + m[1][2]) / w;
                }
            }
        }
    }
}

/// Mirrors positions at 0 and at `last`.
#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn reflect(values: &mut [f32], last: f32) {
    let period = (2.0 * last).max(1.0);
    for value in values {
        let within = *value - period * (*value / period).floor();
        *value = last - (within - last).abs();
    }
}

/// Clamps positions to their bounds and splits them into whole pixels and fractions. NaN becomes
/// the lower bound.
#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
fn split(
    at: &mut [u32],
    right: &mut [f32],
    down: &mut [f32],
    [across, along]: [[f32; 2]; 2],
    nudge: f32,
    stride: u32,
) {
    for ((at, right), down) in at.iter_mut().zip(right).zip(down) {
        *right = right.max(across[0]).min(across[1]) + nudge;
        *down = down.max(along[0]).min(along[1]) + nudge;
        let (left, top) = (right.floor(), down.floor());
        (*right, *down) = (*right - left, *down - top);
        // One row and one column of margin precede the image.
        *at = whole(top + 1.0) * stride + whole(left + 1.0);
    }
}

/// Converts a whole number below 2^23 to an integer: added to 2^23, it is in the lowest bits of the
/// sum. (A cast also has to check for overflow, which costs more than all the rest.)
#[inline]
fn whole(value: f32) -> u32 {
    (value + 8_388_608.0).to_bits() & 0x7F_FFFF
}
