//! Products of matrices whose entries are rounded to bfloat16, with sums of 32 bits.

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod kernel;
#[cfg(target_arch = "x86_64")]
mod product;
#[cfg(target_arch = "x86_64")]
mod tiles;

use rayon::prelude::*;

use crate::matrix::{self, Matrix, Order};

/// Rounds a number to the nearest bfloat16, ties to even, and returns its 16 bits. NaN stays NaN.
#[allow(clippy::inline_always, reason = "takes the instructions of the caller")]
#[inline(always)]
pub(crate) const fn round(x: f32) -> u32 {
    let bits = x.to_bits();
    // A NaN whose payload is in the lower half would become infinite.
    if bits & 0x7fff_ffff > 0x7f80_0000 {
        return (bits | 0x0040_0000) >> 16;
    }
    bits.wrapping_add(0x7fff).wrapping_add(bits >> 16 & 1) >> 16
}

/// Returns whether the processor has instructions for these products.
pub(crate) fn is_fast() -> bool {
    #[cfg(target_arch = "x86_64")]
    return !kernel::Kernel::available().is_empty();
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

/// Returns the product of two matrices in row-major order.
pub(crate) fn product_of(left: &Matrix<'_>, right: &Matrix<'_>) -> Vec<f32> {
    #[cfg(target_arch = "x86_64")]
    if let Some(kernel) = kernel::Kernel::available().first() {
        return product::product_of(*kernel, left, right);
    }
    product_of_rounded(left, right)
}

/// [`product_of`] for processors without such instructions: products of bfloat16 are exact in 32
/// bits.
fn product_of_rounded(left: &Matrix<'_>, right: &Matrix<'_>) -> Vec<f32> {
    let rounded = |matrix: &Matrix<'_>| -> Vec<f32> {
        const CHUNK: usize = 1 << 14;
        let values = matrix.values().par_iter().with_min_len(CHUNK);
        values.map(|x| f32::from_bits(round(*x) << 16)).collect()
    };
    let (a, b) = (rounded(left), rounded(right));
    matrix::product_of(&left.with_values(&a), &right.with_values(&b), Order::Rows)
}

#[cfg(test)]
mod tests;
