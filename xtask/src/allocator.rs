/// Each training step takes and gives back the same megabytes; the system's allocator returns them
/// to the kernel, which must clear them again. Measured in ARCHITECTURE.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay` of mimalloc's `mi_option_t`, versions 2 and 3.
const PURGE_DELAY: i32 = 15;

/// Memory that was not used for this long goes back to the system; mimalloc's default of 10 ms is
/// shorter than a training step.
const MILLISECONDS: i64 = 10_000;

/// Keeps freed memory at hand between training steps.
pub fn keep_memory() {
    #[allow(unsafe_code, reason = "a call into C that sets a number; the crate offers no safe one")]
    unsafe {
        libmimalloc_sys::mi_option_set(PURGE_DELAY, MILLISECONDS as _);
    }
}
