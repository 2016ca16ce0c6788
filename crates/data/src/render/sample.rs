//! Samples the pixels of an augmented image at the positions of its map.
//!
//! Images are \[channels, height, width\]; `out` has the image's shape. The arithmetic has a fixed
//! order, so the bits are the same for any instruction set.

mod bilinear;
mod packed;
mod places;
mod shift;

use serde::{Deserialize, Serialize};

pub(crate) use packed::Scratch;
pub(crate) use shift::shift;

use crate::ImageShape;
use crate::render::geometry::Homography;

/// One black pixel before each row and two after it: all that a clamped position and its right
/// neighbour can reach.
const MARGIN: usize = 3;

/// The pixels outside of the image, if a step makes them visible.
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

/// The interpolation between pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Interpolation {
    /// The four surrounding pixels, weighted by their distance.
    #[default]
    Bilinear,
    /// The nearest pixel.
    Nearest,
}

/// A map, and how to sample its positions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lookup<'a> {
    pub(crate) map: &'a Homography,
    /// Added to a pixel's position before the map: x and y, one value per pixel.
    pub(crate) displacement: Option<(&'a [f32], &'a [f32])>,
    pub(crate) border: Border,
    pub(crate) interpolation: Interpolation,
}

/// Samples with any map: values of 0 to 255.
pub(crate) fn general(
    image: &[u8],
    shape: ImageShape,
    lookup: &Lookup<'_>,
    scratch: &mut Scratch,
    out: &mut [f32],
) {
    let area = shape.height * shape.width;
    // Four channels are sampled at a time.
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

/// Returns the position in 0 to n - 1 of `at` if the line is mirrored at its first and last
/// position, repeatedly if necessary.
#[inline]
pub(crate) fn fold(at: isize, n: usize) -> usize {
    if n == 1 {
        return 0;
    }
    let last = n as isize - 1;
    // A division costs more than all the rest, and positions are rarely far outside.
    let near = if at.unsigned_abs() > 2 * n { at.rem_euclid(2 * last) } else { at };
    let mut near = near.abs();
    while near > last {
        near = (2 * last - near).abs();
    }
    near as usize
}

#[cfg(test)]
mod tests;
