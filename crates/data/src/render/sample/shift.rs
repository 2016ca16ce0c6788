//! Sampling by a whole-pixel shift.

use std::ops::Range;

use crate::ImageShape;
use crate::render::colour::OutputMap;
use crate::render::geometry::Shift;
use crate::render::sample::{Border, fold};

/// Samples by a whole-pixel shift and applies the output's map: the same bits as general sampling
/// followed by the map.
///
/// All rows that show the input are moved in one piece, which is fast. The columns that this fills
/// from a neighbouring row are corrected afterwards.
#[multiversion::multiversion(targets("x86_64+avx+avx2"))]
pub(crate) fn shift(
    image: &[u8],
    shape: ImageShape,
    shift: Shift,
    border: Border,
    map: &OutputMap,
    out: &mut [f32],
) {
    let ImageShape { width, height, .. } = shape;
    let area = height * width;
    // A mirrored shift is a plain shift that is mirrored afterwards.
    let dx = if shift.mirror_x { shift.dx - (width as isize - 1) } else { shift.dx };
    let dy = if shift.mirror_y { shift.dy - (height as isize - 1) } else { shift.dy };
    let (rows, from_row) = overlap(dy, height);
    let (columns, _) = overlap(dx, width);
    for ((plane, out), &affine) in
        image.chunks_exact(area).zip(out.chunks_exact_mut(area)).zip(map.channels())
    {
        let moved = &mut out[rows.start * width..rows.end * width];
        let from = &plane[from_row * width..][..moved.len()];
        let (places, first) = overlap(dx, moved.len());
        for (out, &byte) in moved[places.clone()].iter_mut().zip(&from[first..][..places.len()]) {
            *out = affine.apply(f32::from(byte));
        }
        for (y, row) in out.chunks_exact_mut(width).enumerate() {
            // Mirrored first, since reading bytes that were just written in other pieces would have
            // to wait.
            if shift.mirror_x {
                row.reverse();
            }
            let missing = match (rows.contains(&y), shift.mirror_x) {
                (false, _) => [0..width, 0..0],
                (true, false) => [0..columns.start, columns.end..width],
                (true, true) => [0..width - columns.end, width - columns.start..width],
            };
            if border == Border::Zero {
                for columns in missing {
                    row[columns].fill(affine.black());
                }
            } else if let Some(from) = inside(border, y as isize + dy, height) {
                let line = &plane[from * width..][..width];
                for x in missing.into_iter().flatten() {
                    let place = if shift.mirror_x { width - 1 - x } else { x } as isize + dx;
                    row[x] = inside(border, place, width)
                        .map_or(affine.black(), |from| affine.apply(f32::from(line[from])));
                }
            }
        }
        if shift.mirror_y {
            let (upper, lower) = out.split_at_mut(height / 2 * width);
            upper
                .chunks_exact_mut(width)
                .zip(lower.rchunks_exact_mut(width))
                .for_each(|(a, b)| a.swap_with_slice(b));
        }
    }
}

/// Returns the position in 0..n that is shown at `at`; `None` if it is black.
#[inline]
fn inside(border: Border, at: isize, n: usize) -> Option<usize> {
    let last = n as isize - 1;
    match border {
        Border::Zero => (0..=last).contains(&at).then_some(at as usize),
        Border::Edge => Some(at.clamp(0, last) as usize),
        Border::Reflect => Some(fold(at, n)),
    }
}

/// Returns the positions x of `0..n` for which x + d is in `0..n` too, and x + d of the first of
/// them.
fn overlap(d: isize, n: usize) -> (Range<usize>, usize) {
    let gap = d.unsigned_abs().min(n);
    if d < 0 { (gap..n, 0) } else { (0..n - gap, gap) }
}
