//! Looks up the pixels of an augmented image where its map says they come from. Outside the input everything is black.
//!
//! Images are \[channels, height, width\]; `out` has the image's shape, and values go through the colour map on their way.

use std::ops::Range;

use crate::ImageShape;
use crate::colour::ColourMap;
use crate::geometry::{Homography, Shift};

/// Samples by any map, between pixels by bilinear interpolation.
pub(crate) fn bilinear(image: &[u8], shape: ImageShape, map: &Homography, colours: &ColourMap, out: &mut [f32]) {
    let area = shape.height * shape.width;
    for y in 0..shape.height {
        for x in 0..shape.width {
            let (u, v) = map.source(x as f32, y as f32);
            let taps = taps(u, v, shape);
            let planes = image.chunks_exact(area).zip(out.chunks_exact_mut(area));
            for ((plane, out), affine) in planes.zip(colours.channels()) {
                let value = taps.iter().map(|&(place, weight)| weight * f32::from(plane[place])).sum();
                out[y * shape.width + x] = affine.apply(value);
            }
        }
    }
}

/// The four pixels around (u, v), each with its place in a plane and its weight: 0 outside the image.
fn taps(u: f32, v: f32, shape: ImageShape) -> [(usize, f32); 4] {
    let (left, top) = (u.floor(), v.floor());
    let (right_share, lower_share) = (u - left, v - top);
    let corners = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)];
    corners.map(|(dx, dy)| {
        let (x, y) = (left + dx, top + dy);
        // Written so that a place that is not a number is outside.
        let inside = x >= 0.0 && y >= 0.0 && x < shape.width as f32 && y < shape.height as f32;
        let share = |offset: f32, far: f32| if offset > 0.0 { far } else { 1.0 - far };
        if inside { (y as usize * shape.width + x as usize, share(dx, right_share) * share(dy, lower_share)) } else { (0, 0.0) }
    })
}

/// Samples by a whole-pixel shift: what [`bilinear`] computes for that map, bit for bit.
///
/// All rows that show the input are moved in one piece, which is fast; the columns that this fills from a neighbouring row are then made black.
pub(crate) fn shift(image: &[u8], shape: ImageShape, shift: Shift, colours: &ColourMap, out: &mut [f32]) {
    let (width, area) = (shape.width, shape.height * shape.width);
    // A mirrored shift is a plain one that is mirrored afterwards.
    let dx = if shift.mirrored { shift.dx - (width as isize - 1) } else { shift.dx };
    let (rows, from_row) = overlap(shift.dy, shape.height);
    let (columns, _) = overlap(dx, width);
    for ((plane, out), &affine) in image.chunks_exact(area).zip(out.chunks_exact_mut(area)).zip(colours.channels()) {
        out[..rows.start * width].fill(affine.black());
        out[rows.end * width..].fill(affine.black());
        let out = &mut out[rows.start * width..rows.end * width];
        let plane = &plane[from_row * width..][..out.len()];
        let (places, from) = overlap(dx, out.len());
        out[places.clone()].iter_mut().zip(&plane[from..][..places.len()]).for_each(|(out, &byte)| *out = affine.apply(f32::from(byte)));
        for row in out.chunks_exact_mut(width) {
            row[..columns.start].fill(affine.black());
            row[columns.end..].fill(affine.black());
            if shift.mirrored {
                row.reverse();
            }
        }
    }
}

/// Of `0..n`, the places x for which x + d lies in `0..n` too, and x + d of the first of them.
fn overlap(d: isize, n: usize) -> (Range<usize>, usize) {
    let gap = d.unsigned_abs().min(n);
    if d < 0 { (gap..n, 0) } else { (0..n - gap, gap) }
}

#[cfg(test)]
mod tests;
