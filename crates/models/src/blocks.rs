//! How a large matrix product is cut into blocks, each computed by one thread.
//!
//! The crate gemm shares a product between threads piece by piece, and on some processors loses
//! half of their speed by it. Here each task computes a block of the result by a product of its
//! own, without any word to the others. The blocks depend on the shapes and layouts alone, so the
//! bits do not depend on the number of threads.

use std::ops::Range;

/// A part of a product: rows and columns of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub rows: Range<usize>,
    pub columns: Range<usize>,
}

/// How the factors and the result of a product lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// x W: both factors and the result row after row.
    Plain,
    /// x^T g: the left factor column after column.
    LeftTransposed,
    /// g W^T: the right factor column after column.
    RightTransposed,
    /// A result that is written column after column.
    ByColumns,
}

/// Rows and columns of a block, by measurements of the products of 3072-1024-512-10 and of the
/// residual multilayer perceptron (docs/decisions/0008-product-blocks.md). A block should reuse
/// what it copies into tiles often, fit its operands into a core's second-level cache, and leave
/// enough blocks for many threads.
fn size(layout: Layout, [rows, columns]: [usize; 2]) -> [usize; 2] {
    match layout {
        // A weight gradient has more rows than columns where the layer narrows.
        Layout::LeftTransposed if rows > columns => [384, 1024],
        Layout::Plain | Layout::LeftTransposed => [512, 128],
        Layout::RightTransposed | Layout::ByColumns => [512, 256],
    }
}

/// The blocks of a product of `rows` and `columns`; together they cover it, and none overlap.
pub(crate) fn blocks(layout: Layout, [rows, columns]: [usize; 2]) -> Vec<Block> {
    let [height, width] = size(layout, [rows, columns]);
    let cut = |whole: usize, part: usize| {
        (0..whole).step_by(part).map(move |start| start..whole.min(start + part))
    };
    cut(rows, height)
        .flat_map(|rows| {
            cut(columns, width).map(move |columns| Block { rows: rows.clone(), columns })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUTS: [Layout; 4] =
        [Layout::Plain, Layout::LeftTransposed, Layout::RightTransposed, Layout::ByColumns];

    /// Each element of the result lies in exactly one block.
    #[test]
    fn blocks_cover_the_product_once() {
        let sizes = [0, 1, 127, 128, 129, 255, 256, 257, 383, 384, 385, 511, 512, 513, 1025, 2300];
        for layout in LAYOUTS {
            for rows in sizes {
                for columns in sizes {
                    let mut area = 0;
                    let blocks = blocks(layout, [rows, columns]);
                    for (i, block) in blocks.iter().enumerate() {
                        area += block.rows.len() * block.columns.len();
                        let apart = |a: &Range<usize>, b: &Range<usize>| {
                            a.end <= b.start || b.end <= a.start
                        };
                        assert!(blocks[..i].iter().all(|other| {
                            apart(&other.rows, &block.rows) || apart(&other.columns, &block.columns)
                        }));
                    }
                    assert_eq!(area, rows * columns, "{layout:?} {rows} x {columns}");
                }
            }
        }
    }

    /// The products of the default network at its default batch.
    #[test]
    fn usual_products_have_blocks_for_several_threads() {
        assert_eq!(blocks(Layout::Plain, [128, 1024]).len(), 8);
        assert_eq!(blocks(Layout::LeftTransposed, [3072, 1024]).len(), 8);
        assert_eq!(blocks(Layout::LeftTransposed, [512, 1024]).len(), 8);
        assert_eq!(blocks(Layout::ByColumns, [128, 1024]).len(), 4);
    }
}
