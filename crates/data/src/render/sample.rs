//! Looks up the pixels of an augmented image where its map says they come from.
//!
//! Images are \[channels, height, width\]; `out` has the image's shape. Plain arithmetic in a fixed
//! order: the same bits with any instruction set.

mod bilinear;
mod packed;
mod places;
mod shift;

use serde::{Deserialize, Serialize};

pub(crate) use packed::Scratch;
pub(crate) use shift::shift;

use crate::ImageShape;
use crate::render::geometry::Homography;

/// One pixel of black before each row and two behind: all that a clamped place, and its neighbour
/// to the right, can reach.
const MARGIN: usize = 3;

/// What lies outside the image, where a step brings it into view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Border {
    /// Black.
    #[default]
    Zero,
    /// The nearest pixel of the image.
    Edge,
    /// The image mirrored at its outermost pixels, which are not repeated.
    Reflect,
}

/// How a place between pixels gets its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Interpolation {
    /// From the four pixels around it, weighted by how near they are.
    #[default]
    Bilinear,
    /// From the nearest pixel.
    Nearest,
}

/// A map, and how to look up what it points at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lookup<'a> {
    pub(crate) map: &'a Homography,
    /// Added to a pixel's place before the map: x and y, one value a pixel.
    pub(crate) displacement: Option<(&'a [f32], &'a [f32])>,
    pub(crate) border: Border,
    pub(crate) interpolation: Interpolation,
}

/// Samples by any map: values of 0 to 255.
pub(crate) fn general(
    image: &[u8],
    shape: ImageShape,
    lookup: &Lookup<'_>,
    scratch: &mut Scratch,
    out: &mut [f32],
) {
    let area = shape.height * shape.width;
    // Four channels at a time fit one lookup.
    for (image, out) in image.chunks(4 * area).zip(out.chunks_mut(4 * area)) {
        scratch.pack(image, shape);
        let rows = (packed::BAND / shape.width).max(1);
        for top in (0..shape.height).step_by(rows) {
            let bottom = (top + rows).min(shape.height);
            scratch.places(shape, lookup, top..bottom);
            scratch.unpack(lookup.interpolation, top * shape.width, area, out);
        }
    }
}

/// The place of 0 to n - 1 that `at` means when the line is mirrored at its first and last place,
/// as often as needed.
#[inline]
pub(crate) fn fold(at: isize, n: usize) -> usize {
    if n == 1 {
        return 0;
    }
    let last = n as isize - 1;
    // A division costs more than all the rest, and places are seldom far outside.
    let near = if at.unsigned_abs() > 2 * n { at.rem_euclid(2 * last) } else { at };
    let mut near = near.abs();
    while near > last {
        near = (2 * last - near).abs();
    }
    near as usize
}

#[cfg(test)]
mod tests;
