//! Matrix products with `gemm` for any layout in memory.

use burn_flex::FlexTensor;
use rayon::prelude::*;

use crate::blocks::{Block, Layout, blocks};

/// A matrix in a buffer.
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: isize,
    column_stride: isize,
}

/// The order of the result of a product in memory.
#[derive(Clone, Copy)]
pub(crate) enum Order {
    Rows,
    Columns,
}

impl<'a> Matrix<'a> {
    /// Returns the matrix of a tensor of two axes. No axis may have a negative stride (see
    /// [`forwards`]).
    pub(crate) fn of(tensor: &'a FlexTensor) -> Self {
        let layout = tensor.layout();
        let [rows, columns] = layout.shape().dims();
        let strides = layout.strides();
        let (row_stride, column_stride) = (strides[0], strides[1]);
        let values = &tensor.storage::<f32>()[layout.start_offset()..];
        let last =
            row_stride * (rows as isize - 1).max(0) + column_stride * (columns as isize - 1).max(0);
        let inside = row_stride >= 0 && column_stride >= 0 && (last as usize) < values.len();
        assert!(rows == 0 || columns == 0 || inside, "a matrix lies inside its buffer");
        Self { values, rows, columns, row_stride, column_stride }
    }

    /// Returns rows and columns.
    pub(crate) const fn dims(&self) -> [usize; 2] {
        [self.rows, self.columns]
    }

    /// Returns how far rows and columns are apart in [`values`](Self::values).
    pub(crate) const fn strides(&self) -> [usize; 2] {
        [self.row_stride as usize, self.column_stride as usize]
    }

    /// Returns the buffer from the first entry on, which may be longer than the matrix.
    pub(crate) const fn values(&self) -> &'a [f32] {
        self.values
    }

    /// Returns a matrix of the same layout in a buffer of the same length.
    pub(crate) fn with_values<'b>(&self, values: &'b [f32]) -> Matrix<'b> {
        assert_eq!(values.len(), self.values.len(), "numbers in the buffer of a matrix");
        let Self { rows, columns, row_stride, column_stride, .. } = *self;
        Matrix { values, rows, columns, row_stride, column_stride }
    }

    /// Returns a pointer to the start of a row.
    fn row(&self, row: usize) -> *const f32 {
        self.values.as_ptr().wrapping_offset(row as isize * self.row_stride)
    }

    /// Returns a pointer to the start of a column.
    fn column(&self, column: usize) -> *const f32 {
        self.values.as_ptr().wrapping_offset(column as isize * self.column_stride)
    }

    fn layout_with(&self, right: &Self, order: Order) -> Layout {
        match order {
            Order::Columns => Layout::ByColumns,
            Order::Rows if self.column_stride != 1 => Layout::LeftTransposed,
            Order::Rows if right.column_stride != 1 => Layout::RightTransposed,
            Order::Rows => Layout::Plain,
        }
    }

    pub(crate) fn transposed(self) -> Self {
        let Self { values, rows, columns, row_stride, column_stride } = self;
        Self {
            values,
            rows: columns,
            columns: rows,
            row_stride: column_stride,
            column_stride: row_stride,
        }
    }
}

/// Returns a tensor with the same numbers and without negative strides (a flipped tensor has one).
pub(crate) fn forwards(tensor: &FlexTensor) -> FlexTensor {
    if tensor.layout().strides().iter().all(|stride| *stride >= 0) {
        tensor.clone()
    } else {
        tensor.to_contiguous()
    }
}

/// Returns the product of two matrices.
pub(crate) fn product_of(left: &Matrix<'_>, right: &Matrix<'_>, order: Order) -> Vec<f32> {
    /// Number of multiplications from which a product is computed by several threads: burn-flex's
    /// own threshold.
    const LARGE: usize = 192 * 192 * 192;
    let (m, k, n) = (left.rows, left.columns, right.columns);
    assert_eq!(k, right.rows, "as many columns to the left as rows to the right");
    if m == 0 || k == 0 || n == 0 {
        return vec![0.0; m * n];
    }
    let mut out: Vec<f32> = Vec::with_capacity(m * n);
    let result = Product::new(out.as_mut_ptr(), order, [m, n]);
    if m * k * n < LARGE {
        result.compute(left, right, &Block { rows: 0..m, columns: 0..n });
    } else {
        let blocks = blocks(left.layout_with(right, order), [m, n]);
        let tasks = blocks.par_iter().with_max_len(1);
        tasks.for_each(|block| result.compute(left, right, block));
    }
    #[allow(unsafe_code, reason = "the blocks cover the product, and each writes all of its own")]
    unsafe {
        out.set_len(m * n);
    }
    out
}

/// Pointer and strides of the result of a product, which tasks write block by block.
#[derive(Clone, Copy)]
struct Product {
    start: *mut f32,
    row_stride: usize,
    column_stride: usize,
}

#[allow(unsafe_code, reason = "tasks write to blocks of it that do not overlap")]
unsafe impl Sync for Product {}

impl Product {
    fn new(start: *mut f32, order: Order, [rows, columns]: [usize; 2]) -> Self {
        let (row_stride, column_stride) = match order {
            Order::Rows => (columns, 1),
            Order::Columns => (1, rows),
        };
        Self { start, row_stride, column_stride }
    }

    /// Computes a block of the product of two matrices.
    fn compute(&self, left: &Matrix<'_>, right: &Matrix<'_>, block: &Block) {
        let Block { rows, columns } = block;
        let place = rows.start * self.row_stride + columns.start * self.column_stride;
        #[allow(
            unsafe_code,
            reason = "gemm takes pointers; a block lies inside the result, and Matrix keeps its \
                      strides inside its slice"
        )]
        unsafe {
            gemm::gemm(
                rows.len(),
                columns.len(),
                left.columns,
                self.start.add(place),
                self.column_stride as isize,
                self.row_stride as isize,
                false,
                left.row(rows.start),
                left.column_stride,
                left.row_stride,
                right.column(columns.start),
                right.column_stride,
                right.row_stride,
                0.0,
                1.0,
                false,
                false,
                false,
                gemm::Parallelism::None,
            );
        }
    }
}

/// Converts a matrix from column-major to row-major order.
///
/// # Shapes
/// `[columns, rows]` in memory to `[rows, columns]`.
pub(crate) fn turned(values: &[f32], [rows, columns]: [usize; 2]) -> Vec<f32> {
    /// Side of the squares that are converted one after the other; each occupies few cache lines.
    const TILE: usize = 16;
    let mut out = vec![0.0; rows * columns];
    crate::flex::for_each_chunk(&mut out, TILE * columns.max(1), |start, out| {
        let first = start / columns.max(1);
        for tile in (0..columns).step_by(TILE) {
            for (row, out) in (first..).zip(out.chunks_mut(columns)) {
                for (column, out) in (tile..).zip(&mut out[tile..columns.min(tile + TILE)]) {
                    *out = values[column * rows + row];
                }
            }
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_finds_its_place() {
        for rows in [0, 1, 2, 15, 16, 17, 100] {
            for columns in [0, 1, 3, 15, 16, 17, 70] {
                let values: Vec<f32> = (0..rows * columns).map(|i| i as f32).collect();
                let expected: Vec<f32> = (0..rows)
                    .flat_map(|row| (0..columns).map(move |column| (column * rows + row) as f32))
                    .collect();
                assert_eq!(turned(&values, [rows, columns]), expected, "{rows} x {columns}");
            }
        }
    }
}
