//! The kernels for products of tiles, one for each set of instructions.

use std::sync::LazyLock;

#[cfg(target_os = "linux")]
use super::amx::{Amx, Registers};
use super::avx512::Avx512;
use super::tiles::Tile;

/// Instructions for products of bfloat16 that this processor has.
#[derive(Clone, Copy)]
pub(super) enum Kernel {
    #[cfg(target_os = "linux")]
    Amx(Amx),
    Avx512(Avx512),
}

/// A kernel that is ready for products on this thread.
pub(super) enum Ready {
    #[cfg(target_os = "linux")]
    Amx(Registers),
    Avx512(Avx512),
}

impl Kernel {
    /// Returns the kernels for this processor, the fastest first.
    pub(super) fn available() -> &'static [Self] {
        static KERNELS: LazyLock<Vec<Kernel>> = LazyLock::new(|| {
            let mut kernels = Vec::new();
            #[cfg(target_os = "linux")]
            kernels.extend(Amx::request().map(Kernel::Amx));
            kernels.extend(Avx512::detect().map(Kernel::Avx512));
            kernels
        });
        &KERNELS
    }

    /// Prepares this thread for products.
    pub(super) fn ready(self) -> Ready {
        match self {
            #[cfg(target_os = "linux")]
            Self::Amx(kernel) => Ready::Amx(kernel.configure()),
            Self::Avx512(kernel) => Ready::Avx512(kernel),
        }
    }
}

impl Ready {
    /// Computes the 32 x 32 sums of the products of two groups of tiles of the left factor with two
    /// of the right one, and writes them to `out`, whose rows are `stride` numbers apart.
    ///
    /// # Safety
    /// There must be 32 numbers at the start of each of 32 rows of `out`, which nothing else reads
    /// or writes.
    #[allow(unsafe_code, reason = "writes to memory that several threads share")]
    pub(super) unsafe fn product(
        &self,
        left: &[Tile],
        right: &[Tile],
        out: *mut f32,
        stride: usize,
    ) {
        // SAFETY: the caller vouches for `out`.
        unsafe {
            match self {
                #[cfg(target_os = "linux")]
                Self::Amx(registers) => registers.product(left, right, out, stride),
                Self::Avx512(kernel) => kernel.product(left, right, out, stride),
            }
        }
    }
}
