//! Divides a large matrix product into blocks, each computed by one thread.
//!
//! The crate gemm distributes small parts of one product over the threads, which halves the speed
//! on some processors. Here each task computes a block of the result as a separate product, without
//! synchronisation. The blocks depend on the shapes, the layouts and the processor's cache, but not
//! on the number of threads, so neither do the bits.

use std::ops::Range;

/// A block of a product: rows and columns of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub rows: Range<usize>,
    pub columns: Range<usize>,
}

/// The memory layout of the factors and the result of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// x W: both factors and the result in row-major order.
    Plain,
    /// x^T g: the left factor in column-major order.
    LeftTransposed,
    /// g W^T: the right factor in column-major order.
    RightTransposed,
    /// Any product whose result is written in column-major order.
    ByColumns,
}

/// Returns the rows and columns of a block for a core with `second_level` bytes of second-level
/// cache.
///
/// Measured with a cache of 2 MiB, for the products of 3072-1024-512-10 and of the residual
/// multilayer perceptron at 128 and 512 samples (docs/decisions/0008-product-blocks.md). With these
/// sizes a block reuses the tiles that gemm copies, its operands fit into the cache, and there are
/// enough blocks for many threads. A core with less than half of that cache uses half of the rows.
fn size(layout: Layout, second_level: usize) -> [usize; 2] {
    const MEASURED: usize = 2 << 20;
    let [rows, columns] = match layout {
        Layout::Plain => [512, 128],
        Layout::LeftTransposed => [256, 512],
        Layout::RightTransposed | Layout::ByColumns => [512, 256],
    };
    if second_level < MEASURED / 2 { [rows / 2, columns] } else { [rows, columns] }
}

/// Returns the blocks of a product of `rows` and `columns` on this processor. They cover the
/// product without overlap.
pub(crate) fn blocks(layout: Layout, shape: [usize; 2]) -> Vec<Block> {
    cut(shape, size(layout, gemm_common::cache::CACHE_INFO[1].cache_bytes))
}

/// Divides a product of `rows` and `columns` into blocks of at most `height` and `width`.
fn cut([rows, columns]: [usize; 2], [height, width]: [usize; 2]) -> Vec<Block> {
    let ranges = |whole: usize, part: usize| {
        (0..whole).step_by(part).map(move |start| start..whole.min(start + part))
    };
    ranges(rows, height)
        .flat_map(|rows| {
            ranges(columns, width).map(move |columns| Block { rows: rows.clone(), columns })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUTS: [Layout; 4] =
        [Layout::Plain, Layout::LeftTransposed, Layout::RightTransposed, Layout::ByColumns];

    /// Returns the size of a block of each layout, for a small and a large second-level cache.
    fn sizes_of_blocks() -> impl Iterator<Item = [usize; 2]> {
        LAYOUTS.into_iter().flat_map(|layout| [256 << 10, 2 << 20].map(|cache| size(layout, cache)))
    }

    /// Each element of the result is in exactly one block.
    #[test]
    fn blocks_cover_the_product_once() {
        let sizes = [0, 1, 127, 128, 129, 255, 256, 257, 383, 384, 385, 511, 512, 513, 1025, 2300];
        for size in sizes_of_blocks() {
            for rows in sizes {
                for columns in sizes {
                    let mut area = 0;
                    let blocks = cut([rows, columns], size);
                    for (i, block) in blocks.iter().enumerate() {
                        area += block.rows.len() * block.columns.len();
                        let apart = |a: &Range<usize>, b: &Range<usize>| {
                            a.end <= b.start || b.end <= a.start
                        };
                        assert!(blocks[..i].iter().all(|other| {
                            apart(&other.rows, &block.rows) || apart(&other.columns, &block.columns)
                        }));
                    }
                    assert_eq!(area, rows * columns, "{size:?} of {rows} x {columns}");
                }
            }
        }
    }

    /// Checks the products of the default network at its default batch size.
    #[test]
    fn usual_products_have_blocks_for_several_threads() {
        let count = |layout, shape, cache| cut(shape, size(layout, cache)).len();
        for (layout, shape, large, small) in [
            (Layout::Plain, [128, 1024], 8, 8),
            (Layout::LeftTransposed, [3072, 1024], 24, 48),
            (Layout::LeftTransposed, [512, 1024], 4, 8),
            (Layout::ByColumns, [128, 1024], 4, 4),
        ] {
            assert_eq!(count(layout, shape, 2 << 20), large, "{layout:?}");
            assert_eq!(count(layout, shape, 1 << 20), large, "{layout:?}");
            assert_eq!(count(layout, shape, (1 << 20) - 1), small, "{layout:?}");
        }
    }
}
