//! Views of an image: shifted by whole pixels, mirrored, and average-pooled.

use zunder_data::ImageShape;
use zunder_models::{ColumnMeans, ModelError};

/// A view: its pixel (x, y) is that at (x + right, y + down) of the image or of its mirror image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    pub down: isize,
    pub right: isize,
    pub mirrored: bool,
}

impl View {
    /// Returns the map from flattened images to this view of them, of which each block of `pool` x
    /// `pool` pixels is replaced by its mean. `pool` must divide height and width.
    ///
    /// # Shapes
    /// `[N, C H W]` to `[N, C (H / pool) (W / pool)]`.
    pub(crate) fn columns(self, shape: ImageShape, pool: usize) -> Result<ColumnMeans, ModelError> {
        let ImageShape { channels, height, width } = shape;
        let place = |position: usize, shift: isize, side: usize| {
            reflected((position as isize).saturating_add(shift), side)
        };
        let mut columns = Vec::with_capacity(shape.len());
        for channel in 0..channels {
            for (y, x) in blocks(height / pool, width / pool) {
                for (below, beside) in blocks(pool, pool) {
                    let y = place(pool * y + below, self.down, height);
                    let x = place(pool * x + beside, self.right, width);
                    let x = if self.mirrored { width - 1 - x } else { x };
                    columns.push(((channel * height + y) * width + x) as u32);
                }
            }
        }
        ColumnMeans::new(shape.len(), pool * pool, columns)
    }
}

/// Returns the positions in a rectangle, row by row.
fn blocks(height: usize, width: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..height).flat_map(move |y| (0..width).map(move |x| (y, x)))
}

/// Returns the position inside a side for one that may lie outside, by reflection at the centres
/// of the first and the last pixel: of 3 pixels, -1 is 1 and 3 is 1.
pub(crate) fn reflected(position: isize, side: usize) -> usize {
    let period = 2 * side.saturating_sub(1);
    if period == 0 {
        return 0;
    }
    let position = position.rem_euclid(period as isize) as usize;
    position.min(period - position)
}
