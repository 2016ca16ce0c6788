//! Products of bfloat16 by instructions of the processor.
//!
//! Both factors are rounded and copied to tiles. Each task computes a block of the result. The
//! order of the terms of a sum depends only on their number, so the number of threads changes no
//! bit.

use rayon::prelude::*;

use super::kernel::{Kernel, Ready};
use super::tiles::{self, DEPTH, LINES, Lines, Order, Tile};
use crate::matrix::Matrix;

/// The kernel computes the sums of 2 x 2 tiles: `SIDE` rows and columns.
const SIDE: usize = 2 * LINES;
/// The columns of the result that a task computes.
const WIDTH: usize = 4 * SIDE;
/// The rows of the result that a task computes. Each task copies its columns of the right factor,
/// which takes little time beside the products with so many rows.
const HEIGHT: usize = 32 * SIDE;

/// Returns the product of two matrices in row-major order.
pub(super) fn product_of(kernel: Kernel, left: &Matrix<'_>, right: &Matrix<'_>) -> Vec<f32> {
    let ([rows, entries], [_, columns]) = (left.dims(), right.dims());
    assert_eq!(entries, right.dims()[0], "as many columns to the left as rows to the right");
    if rows == 0 || columns == 0 || entries == 0 {
        return vec![0.0; rows * columns];
    }
    let depth = entries.div_ceil(DEPTH);
    let (left, right) = (Lines::rows_of(left), Lines::columns_of(right));
    let left = left_tiles(&left, rows, depth);
    let mut out: Vec<f32> = Vec::with_capacity(rows * columns);
    let result = Sums { start: out.as_mut_ptr(), rows, columns };
    let across = columns.div_ceil(WIDTH);
    let tasks = (0..rows.div_ceil(HEIGHT) * across).into_par_iter().with_max_len(1);
    tasks.for_each_init(Vec::new, |copied, task| {
        let (above, before) = (task / across * HEIGHT, task % across * WIDTH);
        let groups = (columns - before).min(WIDTH).div_ceil(SIDE) * 2;
        copied.resize(groups * depth, Tile::ZERO);
        for (group, tiles) in copied.chunks_mut(depth).enumerate() {
            tiles::pack(&right, before + group * LINES, Order::Entries, tiles);
        }
        let left = left.chunks(2 * depth).enumerate().skip(above / SIDE).take(HEIGHT / SIDE);
        let ready = kernel.ready();
        for (i, rows) in left {
            for (j, columns) in copied.chunks(2 * depth).enumerate() {
                result.compute(&ready, rows, columns, [i * SIDE, before + j * SIDE]);
            }
        }
    });
    #[allow(unsafe_code, reason = "the tasks cover the product, and each writes all of its own")]
    unsafe {
        out.set_len(rows * columns);
    }
    out
}

/// Returns the tiles of the left factor, an even number of groups of `depth` tiles.
fn left_tiles(left: &Lines<'_>, rows: usize, depth: usize) -> Vec<Tile> {
    let mut tiles = vec![Tile::ZERO; rows.div_ceil(SIDE) * 2 * depth];
    tiles.par_chunks_mut(depth).with_min_len(2).enumerate().for_each(|(group, tiles)| {
        tiles::pack(left, group * LINES, Order::Lines, tiles);
    });
    tiles
}

/// The result of a product, which tasks write block by block.
struct Sums {
    start: *mut f32,
    rows: usize,
    columns: usize,
}

#[allow(unsafe_code, reason = "tasks write to blocks of it that do not overlap")]
unsafe impl Sync for Sums {}

impl Sums {
    /// Computes the block of `SIDE` rows and columns at a place, as far as it lies in the result.
    fn compute(&self, kernel: &Ready, left: &[Tile], right: &[Tile], place: [usize; 2]) {
        let [row, column] = place;
        let (height, width) = ((self.rows - row).min(SIDE), (self.columns - column).min(SIDE));
        let start = self.start.wrapping_add(row * self.columns + column);
        if height == SIDE && width == SIDE {
            #[allow(unsafe_code, reason = "the whole block lies in the result")]
            unsafe {
                kernel.product(left, right, start, self.columns);
            }
            return;
        }
        let mut block = [0.0; SIDE * SIDE];
        #[allow(
            unsafe_code,
            reason = "the array has the size of a block, and `height` and `width` end in the result"
        )]
        unsafe {
            kernel.product(left, right, block.as_mut_ptr(), SIDE);
            for (i, values) in block.chunks(SIDE).take(height).enumerate() {
                start.wrapping_add(i * self.columns).copy_from(values.as_ptr(), width);
            }
        }
    }
}
