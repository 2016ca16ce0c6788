//! The kernel with AMX, the matrix instructions of Intel processors, and the tile registers of a
//! thread.
//!
//! A register holds a tile: 16 lines of 32 entries. One instruction multiplies 16 rows of the left
//! factor with 16 columns of the right one, 32 entries of each, and adds the products to 16 x 16
//! sums of 32 bits.

use std::arch::asm;
use std::arch::x86_64::__cpuid_count;

use super::tiles::{DEPTH, LINES, Tile};

/// Shows that the processor has tiles and their products of bfloat16, and that the system permits
/// them.
#[derive(Clone, Copy)]
pub(super) struct Amx(());

impl Amx {
    /// Asks the system for the permission to use tiles, which holds for all threads of the process.
    /// Returns `None` if the processor does not have them or the system refuses.
    pub(super) fn request() -> Option<Self> {
        const BFLOAT16: u32 = 1 << 22;
        const TILES: u32 = 1 << 24;
        /// `ARCH_REQ_XCOMP_PERM` and `XFEATURE_XTILEDATA` of Linux, from 5.16 on.
        const PERMISSION: libc::c_int = 0x1023;
        const TILE_DATA: libc::c_ulong = 18;
        let features = __cpuid_count(7, 0).edx;
        if features & BFLOAT16 == 0 || features & TILES == 0 {
            return None;
        }
        #[allow(
            unsafe_code,
            reason = "the call has no pointer, and reports an error if it is unknown"
        )]
        let refused = unsafe { libc::syscall(libc::SYS_arch_prctl, PERMISSION, TILE_DATA) };
        (refused == 0).then_some(Self(()))
    }
}

/// The configured tile registers of this thread. They are released when this is dropped.
pub(super) struct Registers {
    /// Registers belong to a thread, so this must not be sent to another one.
    _thread: std::marker::PhantomData<*const ()>,
}

/// The configuration of the registers, as the processor reads it.
#[repr(C, align(64))]
struct Configuration {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    /// The bytes of a row of each register.
    row_bytes: [u16; 16],
    /// The rows of each register.
    rows: [u8; 16],
}

impl Amx {
    /// Configures all eight registers of this thread for whole tiles.
    #[allow(clippy::unused_self, reason = "shows that the registers may be used")]
    pub(super) fn configure(self) -> Registers {
        let mut configuration = Configuration {
            palette: 1,
            start_row: 0,
            reserved: [0; 14],
            row_bytes: [0; 16],
            rows: [0; 16],
        };
        configuration.row_bytes[..8].fill(2 * DEPTH as u16);
        configuration.rows[..8].fill(LINES as u8);
        #[allow(unsafe_code, reason = "reads 64 bytes, the size of the configuration")]
        unsafe {
            asm!(
                "ldtilecfg [{}]",
                in(reg) &raw const configuration,
                out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                options(nostack),
            );
        }
        Registers { _thread: std::marker::PhantomData }
    }
}

impl Registers {
    /// Computes the 32 x 32 sums of the products of two groups of tiles of the left factor with two
    /// of the right one, and writes them to `out`, whose rows are `stride` numbers apart.
    ///
    /// # Safety
    /// There must be 32 numbers at the start of each of 32 rows of `out`, which nothing else reads
    /// or writes.
    #[allow(unsafe_code, reason = "writes to memory that several threads share")]
    #[allow(clippy::unused_self, reason = "shows that the registers are configured")]
    pub(super) unsafe fn product(
        &self,
        left: &[Tile],
        right: &[Tile],
        out: *mut f32,
        stride: usize,
    ) {
        assert!(left.len() == right.len() && left.len() >= 2 && left.len().is_multiple_of(2));
        let depth = left.len() / 2;
        let ((a, below), (b, beside)) = (left.split_at(depth), right.split_at(depth));
        let lower = out.wrapping_add(LINES * stride);
        // SAFETY: each pointer to tiles advances by one of their `depth` tiles in each of `depth`
        // rounds, and the caller vouches for `out`.
        unsafe {
            asm!(
                "tilezero tmm0",
                "tilezero tmm1",
                "tilezero tmm2",
                "tilezero tmm3",
                "2:",
                "tileloadd tmm4, [{a} + {row}]",
                "tileloadd tmm6, [{b} + {row}]",
                "tileloadd tmm5, [{below} + {row}]",
                "tileloadd tmm7, [{beside} + {row}]",
                "tdpbf16ps tmm0, tmm4, tmm6",
                "tdpbf16ps tmm2, tmm5, tmm6",
                "tdpbf16ps tmm1, tmm4, tmm7",
                "tdpbf16ps tmm3, tmm5, tmm7",
                "add {a}, {tile}",
                "add {below}, {tile}",
                "add {b}, {tile}",
                "add {beside}, {tile}",
                "dec {rounds}",
                "jnz 2b",
                "tilestored [{out} + {stride}], tmm0",
                "tilestored [{out} + {stride} + 64], tmm1",
                "tilestored [{lower} + {stride}], tmm2",
                "tilestored [{lower} + {stride} + 64], tmm3",
                a = inout(reg) a.as_ptr() => _,
                below = inout(reg) below.as_ptr() => _,
                b = inout(reg) b.as_ptr() => _,
                beside = inout(reg) beside.as_ptr() => _,
                rounds = inout(reg) depth => _,
                row = in(reg) 2 * DEPTH,
                tile = const size_of::<Tile>(),
                out = in(reg) out,
                lower = in(reg) lower,
                stride = in(reg) stride * size_of::<f32>(),
                out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                options(nostack),
            );
        }
    }
}

impl Drop for Registers {
    fn drop(&mut self) {
        #[allow(unsafe_code, reason = "the registers hold nothing that is still needed")]
        unsafe {
            asm!(
                "tilerelease",
                out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                options(nostack, nomem),
            );
        }
    }
}
