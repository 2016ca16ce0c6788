//! The kernel with AVX512-BF16: one instruction multiplies 16 pairs of entries with a pair each and
//! adds the products to 16 sums of 32 bits.

use std::arch::x86_64::{
    __m512, __m512bh, __m512i, _mm512_dpbf16_ps, _mm512_loadu_si512, _mm512_set1_epi32,
    _mm512_setzero_ps, _mm512_storeu_ps,
};
use std::mem::transmute;

use super::tiles::{LINES, PAIRS, Tile};

/// The rows whose sums are computed together. Their sums take `2 * ROWS` registers of 32.
const ROWS: usize = 8;

/// Shows that the processor has the instructions.
#[derive(Clone, Copy)]
pub(super) struct Avx512(());

impl Avx512 {
    /// Returns the kernel if the processor has the instructions and the system saves the registers.
    pub(super) fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bf16");
        found.then_some(Self(()))
    }

    /// Computes the 32 x 32 sums of the products of two groups of tiles of the left factor with two
    /// of the right one, and writes them to `out`, whose rows are `stride` numbers apart.
    ///
    /// # Safety
    /// There must be 32 numbers at the start of each of 32 rows of `out`, which nothing else reads
    /// or writes.
    #[allow(unsafe_code, reason = "writes to memory that several threads share")]
    #[allow(clippy::unused_self, reason = "shows that the processor has the instructions")]
    pub(super) unsafe fn product(
        self,
        left: &[Tile],
        right: &[Tile],
        out: *mut f32,
        stride: usize,
    ) {
        assert!(left.len() == right.len() && left.len().is_multiple_of(2));
        let depth = left.len() / 2;
        let right = right.split_at(depth);
        for (group, left) in left.chunks_exact(depth).enumerate() {
            for first in (0..LINES).step_by(ROWS) {
                let out = out.wrapping_add((group * LINES + first) * stride);
                // SAFETY: a value of this type exists only where the processor has the
                // instructions, and the caller vouches for `out`.
                unsafe { rows(left, right, first, out, stride) };
            }
        }
    }
}

/// Computes the sums of `ROWS` rows, from `first` on, and 32 columns.
///
/// # Safety
/// There must be 32 numbers at the start of each of `ROWS` rows of `out`, which nothing else reads
/// or writes.
#[allow(unsafe_code, reason = "writes to memory that several threads share")]
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn rows(
    left: &[Tile],
    right: (&[Tile], &[Tile]),
    first: usize,
    out: *mut f32,
    stride: usize,
) {
    let mut sums = [[_mm512_setzero_ps(); 2]; ROWS];
    for ((left, b), beside) in left.iter().zip(right.0).zip(right.1) {
        let left = &left.words()[first * PAIRS..][..ROWS * PAIRS];
        for pair in 0..PAIRS {
            let (b, beside) = (columns(b, pair), columns(beside, pair));
            for (row, sums) in sums.iter_mut().enumerate() {
                let a = _mm512_set1_epi32(left[row * PAIRS + pair].cast_signed());
                sums[0] = add_products(sums[0], a, b);
                sums[1] = add_products(sums[1], a, beside);
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        let out = out.wrapping_add(row * stride);
        // SAFETY: the caller vouches for 32 numbers from `out` on.
        unsafe {
            _mm512_storeu_ps(out, sums[0]);
            _mm512_storeu_ps(out.wrapping_add(LINES), sums[1]);
        }
    }
}

/// Returns a pair of entries of each of the 16 lines of a tile of the right factor.
#[inline]
#[target_feature(enable = "avx512f")]
fn columns(tile: &Tile, pair: usize) -> __m512i {
    let words = &tile.words()[pair * LINES..][..LINES];
    #[allow(unsafe_code, reason = "reads 16 words of 32 bits, the length of the slice")]
    unsafe {
        _mm512_loadu_si512(words.as_ptr().cast())
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn add_products(sums: __m512, a: __m512i, b: __m512i) -> __m512 {
    #[allow(unsafe_code, reason = "both types are 512 bits, each pattern of which is valid")]
    let [a, b] = unsafe { [a, b].map(|words| transmute::<__m512i, __m512bh>(words)) };
    _mm512_dpbf16_ps(sums, a, b)
}
