//! The memory allocator of the program.

/// Each training step allocates and frees the same megabytes. The system's allocator returns them
/// to the kernel, which must clear them again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay` of mimalloc's `mi_option_t`, versions 2 and 3.
const PURGE_DELAY: i32 = 15;

/// The time in milliseconds after which unused memory is returned to the system. mimalloc's default
/// of 10 ms is shorter than a training step.
const MILLISECONDS: i64 = 10_000;

/// Keeps freed memory between training steps.
pub fn keep_memory() {
    #[allow(unsafe_code, reason = "a call into C that sets a number; the crate offers no safe one")]
    unsafe {
        libmimalloc_sys::mi_option_set(PURGE_DELAY, MILLISECONDS as _);
    }
}
